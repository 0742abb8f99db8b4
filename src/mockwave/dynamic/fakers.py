"""Fakers: what makes a realistic value, by the name that documents use for it in `x-faker` (fakerjs.dev, both its
spellings: `name.firstName` of old, `person.firstName` since version 8).

A faker takes a source of randomness and the arguments of the hint, and returns a function that makes one value per
call. Made texts are plain ASCII without quotes or backslashes, so that they stand in JSON as they are; those that hold
an argument may not be, which is why `is_plain` tells them apart. The source is the caller's own: nothing global is
used.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Any, Final

from mockwave.dynamic import jargon, words
from mockwave.dynamic.faker_names import OLD_MODULES, OLD_NAMES
from mockwave.dynamic.hints import TEMPLATE_FAKER, read_call
from mockwave.timestamps import show_time

Make = Callable[[], Any]
Faker = Callable[..., Make]

HEXADECIMAL: Final = "0123456789abcdef"
CASINGS: Final[dict[str, Callable[[str], str]]] = {"upper": str.upper, "lower": str.lower}
ALPHANUMERIC: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
MAXIMUM_COUNT: Final = 1_000  # of words, digits or characters that an argument can ask for


def choose(options: tuple[str, ...]) -> Faker:
    """A faker of one of `options`."""

    def faker(random: Random, *arguments: Any) -> Make:
        pick, count = random.random, len(options)
        return lambda: options[int(pick() * count)]

    return faker


def compose(template: str, *names: str) -> Faker:
    """A faker of `template`, its `%s` filled by the fakers `names`."""

    def faker(random: Random, *arguments: Any) -> Make:
        parts = [FAKERS[name](random) for name in names]
        return lambda: template % tuple([part() for part in parts])

    return faker


def lowered(name: str) -> Faker:
    """The faker `name` in lower case, with hyphens for spaces."""

    def faker(random: Random, *arguments: Any) -> Make:
        make = FAKERS[name](random)
        return lambda: make().lower().replace(" ", "-")

    return faker


def digits(template: str) -> Faker:
    """A faker of `template`, a digit for each `#` and one from 1 to 9 for each `!`."""

    def faker(random: Random, *arguments: Any) -> Make:
        pick = random.random
        pieces = template.replace("!", "#").split("#")
        floors = [1 if mark == "!" else 0 for mark in template if mark in "#!"]
        joined = "%d".join(pieces)
        return lambda: joined % tuple([low + int(pick() * (10 - low)) for low in floors])

    return faker


def _bounds(arguments: tuple[Any, ...], low: float, high: float) -> tuple[float, float]:
    """`min` and `max` of an options object, or the two first numbers, or one as the highest."""
    numbers = [each for each in arguments if isinstance(each, int | float) and not isinstance(each, bool)]
    options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    if len(numbers) == 1:
        high = numbers[0]
    elif numbers:
        low, high = numbers[:2]
    low, high = options.get("min", low), options.get("max", high)
    if not all(isinstance(each, int | float) for each in (low, high)):
        raise ValueError("min and max take numbers")
    return min(low, high), high


def _count(arguments: tuple[Any, ...], usual: int, key: str = "length") -> int:
    first = arguments[0] if arguments else usual
    if isinstance(first, dict):
        first = first.get(key, first.get("count", usual))
    return max(0, min(first, MAXIMUM_COUNT)) if isinstance(first, int) else usual


def whole(low: int, high: int) -> Faker:
    """A faker of integers from `low` to `high`, unless the arguments say otherwise."""

    def faker(random: Random, *arguments: Any) -> Make:
        first, last = map(int, _bounds(arguments, low, high))
        pick, count = random.random, last - first + 1
        return lambda: first + int(pick() * count)

    return faker


def decimal(low: float, high: float, places: int) -> Faker:
    """A faker of numbers from `low` to `high` of `places` decimal places, unless the arguments say otherwise."""

    def faker(random: Random, *arguments: Any) -> Make:
        first, last = _bounds(arguments, low, high)
        options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        kept = options.get("fractionDigits", options.get("dec", places))
        kept = kept if isinstance(kept, int) else places
        pick, width = random.random, last - first
        return lambda: min(last, round(first + pick() * width, kept))

    return faker


def price(random: Random, *arguments: Any) -> Make:
    """`commerce.price`: text, as there; an amount of two decimal places."""
    make = decimal(1, 1000, 2)(random, *arguments)
    return lambda: f"{make():.2f}"


def boolean(random: Random, *arguments: Any) -> Make:
    pick = random.random
    return lambda: pick() < 0.5


def uuid(random: Random, *arguments: Any) -> Make:
    """A random UUID of version 4 (RFC 9562 §5.4)."""
    bits = random.getrandbits

    def make() -> str:
        text = f"{bits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[bits(2)]}{text[17:20]}-{text[20:]}"

    return make


def characters(alphabet: str, usual: int) -> Faker:
    """A faker of strings of `alphabet`, as long as the argument says, and in the `casing` it names."""

    def faker(random: Random, *arguments: Any) -> Make:
        count, several = _count(arguments, usual), random.choices
        options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        recase = CASINGS.get(str(options.get("casing")))
        letters = alphabet if recase is None else "".join(dict.fromkeys(recase(alphabet)))
        return lambda: "".join(several(letters, k=count))

    return faker


def several_words(usual: int, ending: str = "", joint: str = " ") -> Faker:
    """A faker of so many words, the first one capital where there is an ending."""

    def faker(random: Random, *arguments: Any) -> Make:
        count, several = _count(arguments, usual, "wordCount"), random.choices
        if not ending:
            return lambda: joint.join(several(words.LOREM, k=count))
        return lambda: joint.join(several(words.LOREM, k=count)).capitalize() + ending

    return faker


def sentences(usual: int, joint: str = " ") -> Faker:
    def faker(random: Random, *arguments: Any) -> Make:
        sentence = several_words(7, ".")(random)
        count = _count(arguments, usual, "sentenceCount")
        return lambda: joint.join([sentence() for _ in range(count)])

    return faker


def date(first_year: int, years: int) -> Faker:
    """A faker of dates in `years` years from `first_year` (RFC 3339 full-date)."""

    def faker(random: Random, *arguments: Any) -> Make:
        pick = random.random

        def make() -> str:
            # A month of 28 days each: every date exists.
            months, day = divmod(int(pick() * years * 336), 28)
            return f"{first_year + months // 12}-{months % 12 + 1:02d}-{day + 1:02d}"

        return make

    return faker


def time(random: Random, *arguments: Any) -> Make:
    pick = random.random

    def make() -> str:
        minutes, second = divmod(int(pick() * 86_400), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}Z"

    return make


def moment(first_year: int, years: int) -> Faker:
    """A faker of dates with a time in UTC (RFC 3339 date-time)."""

    def faker(random: Random, *arguments: Any) -> Make:
        make_date, make_time = date(first_year, years)(random), time(random)
        return lambda: f"{make_date()}T{make_time()}"

    return faker


def http_date(random: Random, *arguments: Any) -> Make:
    """IMF-fixdate (RFC 9110 §5.6.7): the time as HTTP writes it."""
    pick, first = random.random, datetime(2015, 1, 1, tzinfo=UTC).timestamp()

    def make() -> str:
        return format_datetime(datetime.fromtimestamp(int(first + pick() * HTTP_DATE_YEARS_S), UTC), usegmt=True)

    return make


HTTP_DATE_YEARS_S: Final = 9 * 365 * 86_400


def between(random: Random, *arguments: Any) -> Make:
    """`date.between`: a moment of `from` to `to`, in milliseconds."""
    given: Any = (
        arguments[0] if arguments and isinstance(arguments[0], dict) else dict(zip(BOUNDS, arguments, strict=False))
    )
    first, last = (_read_moment(given.get(name)) for name in BOUNDS)
    pick, width = random.random, last - first
    return lambda: _write_moment(first + pick() * width)


BOUNDS: Final = ("from", "to")


def date_between(random: Random, *arguments: Any) -> Make:
    """The day of a moment of `between`."""
    make = between(random, *arguments) if arguments else moment(2015, 12)(random)
    return lambda: make()[:10]


def _read_moment(value: Any) -> float:
    """Seconds since the epoch of a date, a date with a time, or milliseconds since the epoch."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC).timestamp()
    raise ValueError("from and to take dates")


def _write_moment(seconds: float) -> str:
    return show_time(int(seconds // 1) * 1_000_000 + int(seconds % 1 * 1000) * 1000)


def template(random: Random, *arguments: Any) -> Make:
    """`helpers.fake`: the text given, what stands in `{{…}}` replaced by what the faker named there makes."""
    text = arguments[0] if arguments else None
    if not isinstance(text, str):
        raise ValueError("a text is needed")
    texts = re.split(r"\{\{(.*?)\}\}", text)
    parts: list[Make] = []
    for call in texts[1::2]:
        name, further = read_call(call)
        found = find_faker(name)
        if found is None or found == TEMPLATE_FAKER:
            raise ValueError(f"there is no faker {name[:80]!r}")
        parts.append(FAKERS[found](random, *further))
    joined = "%s".join(each.replace("%", "%%") for each in texts[::2])
    return lambda: joined % tuple([part() for part in parts])


def some_of_argument(random: Random, *arguments: Any) -> Make:
    """`helpers.arrayElements`: some of the array given, as many as the second argument says."""
    options = arguments[0] if arguments else None
    if not isinstance(options, list):
        raise ValueError("an array of values is needed")
    low, high = _bounds(arguments[1:] or (len(options),), 1, len(options))
    if len(arguments) > 1 and isinstance(arguments[1], int):
        low = high
    fewest, most = max(0, min(int(low), len(options))), max(0, min(int(high), len(options)))
    return lambda: random.sample(options, fewest + int(random.random() * (most - fewest + 1)))


def one_of_argument(random: Random, *arguments: Any) -> Make:
    """`helpers.arrayElement`: one of the array given."""
    options = arguments[0] if arguments and isinstance(arguments[0], list) else list(arguments)
    if not options:
        raise ValueError("an array of values is needed")
    pick, count = random.random, len(options)
    return lambda: options[int(pick() * count)]


def from_template(random: Random, *arguments: Any) -> Make:
    """`helpers.replaceSymbols` and `phone.number`: a digit for each `#` of the text given, a capital for each `?`."""
    template = arguments[0] if arguments and isinstance(arguments[0], str) else "+1-555-01##"
    pick = random.random
    filling = {"#": "0123456789", "?": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

    def fill(mark: str) -> str:
        alphabet = filling.get(mark)
        return mark if alphabet is None else alphabet[int(pick() * len(alphabet))]

    return lambda: "".join([fill(mark) for mark in template])


# By module and method, as of faker 8 and above.
FAKERS: Final[dict[str, Faker]] = {
    "airline.airport": choose(words.CITIES),
    "animal.type": choose(("bear", "bird", "cat", "cow", "dog", "fish", "horse", "lion", "rabbit", "snake")),
    "color.human": choose(words.COLORS),
    "color.rgb": compose("#%s", "_.hexadecimal6"),
    "commerce.department": choose(words.DEPARTMENTS),
    "commerce.isbn": digits("978-0-##-######-#"),
    "commerce.price": price,
    "commerce.product": choose(words.PRODUCTS),
    "commerce.productAdjective": choose(words.ADJECTIVES),
    "commerce.productDescription": several_words(9, "."),
    "commerce.productMaterial": choose(words.MATERIALS),
    "commerce.productName": compose(
        "%s %s %s", "commerce.productAdjective", "commerce.productMaterial", "commerce.product"
    ),
    "company.buzzAdjective": choose(jargon.ADJECTIVES),
    "company.buzzNoun": choose(jargon.NOUNS),
    "company.buzzPhrase": several_words(3),
    "company.buzzVerb": choose(jargon.VERBS),
    "company.catchPhrase": several_words(4),
    "company.catchPhraseAdjective": choose(jargon.ADJECTIVES),
    "company.catchPhraseDescriptor": choose(jargon.DESCRIPTORS),
    "company.catchPhraseNoun": choose(jargon.NOUNS),
    "company.name": compose("%s %s", "_.companyWord", "_.companyKind"),
    "database.collation": choose(jargon.COLLATIONS),
    "database.column": choose(jargon.COLUMNS),
    "database.engine": choose(jargon.ENGINES),
    "database.mongodbObjectId": characters(HEXADECIMAL, 24),
    "database.type": choose(jargon.COLUMN_TYPES),
    "datatype.boolean": boolean,
    "date.anytime": moment(2015, 12),
    "date.between": between,
    "date.birthdate": date(1950, 55),
    "date.future": moment(2035, 5),
    "date.month": choose(words.MONTHS),
    "date.past": moment(2015, 9),
    "date.recent": moment(2023, 1),
    "date.soon": moment(2035, 1),
    "date.weekday": choose(words.WEEKDAYS),
    "finance.accountName": choose(jargon.ACCOUNTS),
    "finance.accountNumber": digits("!#######"),
    "finance.amount": price,
    "finance.bic": compose("EXMP%sXX", "location.countryCode"),
    "finance.bitcoinAddress": characters(jargon.BASE58, 34),
    "finance.creditCardNumber": digits("4000-0000-####-####"),
    "finance.currencyCode": choose(tuple(code for code, _ in words.CURRENCIES)),
    "finance.currencyName": choose(tuple(name for _, name in words.CURRENCIES)),
    "finance.currencySymbol": choose(jargon.CURRENCY_SYMBOLS),
    "finance.iban": digits("XX################"),
    "finance.maskedNumber": digits("####"),
    "finance.pin": digits("####"),
    "finance.transactionType": choose(("deposit", "invoice", "payment", "withdrawal")),
    "git.branch": several_words(2, "", "-"),
    "git.commitMessage": several_words(4),
    "git.commitSha": characters(HEXADECIMAL, 40),
    "hacker.abbreviation": choose(jargon.ABBREVIATIONS),
    "hacker.adjective": choose(jargon.ADJECTIVES),
    "hacker.ingverb": choose(jargon.ONGOING),
    "hacker.noun": choose(jargon.NOUNS),
    "hacker.phrase": several_words(6, "."),
    "hacker.verb": choose(jargon.VERBS),
    "helpers.arrayElement": one_of_argument,
    "helpers.arrayElements": some_of_argument,
    "helpers.fake": template,
    "helpers.replaceSymbols": from_template,
    "helpers.slugify": several_words(3, "", "-"),
    "image.avatar": compose("https://example.com/avatars/%s.png", "_.hexadecimal8"),
    "image.dataUri": compose(jargon.IMAGE, "_.hexadecimal6"),
    "image.url": compose("https://example.com/images/%s.png", "_.hexadecimal8"),
    "internet.domainName": compose("%s.example.com", "_.topic"),
    "internet.domainSuffix": choose(("com", "example", "net", "org", "test")),
    "internet.domainWord": choose(words.TOPICS),
    "internet.email": compose("%s.%s@%s", "_.firstNameLower", "_.lastNameLower", "_.domain"),
    "internet.httpMethod": choose(("DELETE", "GET", "PATCH", "POST", "PUT")),
    "internet.httpStatusCode": whole(200, 599),
    "internet.ipv4": digits("192.0.2.!#"),
    "internet.ipv6": compose("2001:db8::%s:%s", "_.hexadecimal4", "_.hexadecimal4"),
    "internet.mac": compose("02:00:5e:10:%s:%s", "_.hexadecimal2", "_.hexadecimal2"),
    "internet.password": characters(ALPHANUMERIC, 15),
    "internet.port": whole(1024, 65535),
    "internet.protocol": choose(("http", "https")),
    "internet.url": compose("https://%s/%s", "_.domain", "_.topic"),
    "internet.userAgent": choose(words.USER_AGENTS),
    "internet.userName": compose("%s_%s", "_.firstNameLower", "_.twoDigits"),
    "location.buildingNumber": digits("!#"),
    "location.city": choose(words.CITIES),
    "location.country": choose(tuple(name for name, _ in words.COUNTRIES)),
    "location.countryCode": choose(tuple(code for _, code in words.COUNTRIES)),
    "location.latitude": decimal(-90, 90, 4),
    "location.longitude": decimal(-180, 180, 4),
    "location.secondaryAddress": digits("Apt. !##"),
    "location.state": choose(words.STATES),
    "location.street": compose("%s %s", "_.streetName", "_.streetKind"),
    "location.streetAddress": compose("%s %s", "location.buildingNumber", "location.street"),
    "location.timeZone": choose(words.TIME_ZONES),
    "location.zipCode": digits("!####"),
    "lorem.paragraph": sentences(3),
    "lorem.paragraphs": sentences(6, " "),
    "lorem.sentence": several_words(6, "."),
    "lorem.sentences": sentences(3),
    "lorem.slug": several_words(3, "", "-"),
    "lorem.text": sentences(3),
    "lorem.word": choose(words.LOREM),
    "lorem.words": several_words(3),
    "number.float": decimal(0, 1, 4),
    "number.int": whole(0, 99_999),
    "person.bio": several_words(6, "."),
    "person.firstName": choose(words.FIRST_NAMES),
    "person.fullName": compose("%s %s", "person.firstName", "person.lastName"),
    "person.gender": choose(("female", "male", "nonbinary")),
    "person.jobArea": choose(words.DEPARTMENTS),
    "person.jobDescriptor": choose(jargon.RANKS),
    "person.jobTitle": choose(words.JOBS),
    "person.jobType": choose(words.JOBS),
    "person.lastName": choose(words.LAST_NAMES),
    "person.middleName": choose(words.FIRST_NAMES),
    "person.prefix": choose(("Dr.", "Mr.", "Mrs.", "Ms.", "Mx.")),
    "person.sex": choose(("female", "male")),
    "person.suffix": choose(("I", "II", "III", "Jr.", "Sr.")),
    "phone.number": from_template,
    "string.alpha": characters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
    "string.alphanumeric": characters(ALPHANUMERIC, 1),
    "string.hexadecimal": characters(HEXADECIMAL, 1),
    "string.nanoid": characters(ALPHANUMERIC, 21),
    "string.numeric": characters("0123456789", 1),
    "string.sample": characters(ALPHANUMERIC, 10),
    "string.uuid": uuid,
    "system.commonFileExt": choose(words.FILE_ENDINGS),
    "system.commonFileName": compose("%s.%s", "_.topic", "system.fileExt"),
    "system.commonFileType": choose(jargon.FILE_TYPES),
    "system.directoryPath": compose("/home/%s", "_.topic"),
    "system.fileExt": choose(words.FILE_ENDINGS),
    "system.fileName": compose("%s.%s", "_.topic", "system.fileExt"),
    "system.filePath": compose("/home/%s/%s", "_.topic", "system.fileName"),
    "system.fileType": choose(jargon.FILE_TYPES),
    "system.mimeType": choose(words.MEDIA_TYPES),
    "system.semver": digits("#.#.#"),
    "vehicle.vin": characters("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 17),
    # Parts of others, and what has no name at faker.
    "_.companyKind": choose(words.COMPANY_KINDS),
    "_.companyWord": choose(words.COMPANY_WORDS),
    "_.date": date(2015, 12),
    "_.dateBetween": date_between,
    "_.domain": choose(words.DOMAINS),
    "_.duration": digits("PT!H##M"),
    "_.entityTag": compose('"%s"', "_.hexadecimal8"),
    "_.firstNameLower": lowered("person.firstName"),
    "_.epochMilliseconds": digits("17##########"),
    "_.hexadecimal2": characters(HEXADECIMAL, 2),
    "_.hexadecimal4": characters(HEXADECIMAL, 4),
    "_.hexadecimal6": characters(HEXADECIMAL, 6),
    "_.hexadecimal8": characters(HEXADECIMAL, 8),
    "_.httpDate": http_date,
    "_.hundred": whole(1, 100),
    "_.hundreds": digits("!00"),
    "_.lastNameLower": lowered("person.lastName"),
    "_.locale": choose(words.LOCALES),
    "_.nextLink": compose('<%s>; rel="next"', "internet.url"),
    "_.streetKind": choose(words.STREET_KINDS),
    "_.streetName": choose(words.STREETS),
    "_.time": time,
    "_.topic": choose(words.TOPICS),
    "_.twoDigits": digits("!#"),
}

TAKES_TEXT: Final = frozenset(
    ("helpers.arrayElement", "helpers.arrayElements", "helpers.fake", "helpers.replaceSymbols", "phone.number")
)


QUOTED: Final = frozenset(("_.entityTag", "_.nextLink"))  # have quotes of their own


def find_faker(name: str) -> str | None:
    """The present name of the faker `name`, in whichever case; None if there is none."""
    name = _SPELLINGS.get(name.lower(), name)
    name = OLD_NAMES.get(name, name)
    if name in FAKERS:
        return None if name.startswith("_.") and name != "_.locale" else name
    module, _, method = name.partition(".")
    name = f"{OLD_MODULES.get(module.lower(), module)}.{method}"
    name = _SPELLINGS.get(name.lower(), name)
    name = OLD_NAMES.get(name, name)
    return name if name in FAKERS else None


_SPELLINGS: Final = {name.lower(): name for name in (*OLD_NAMES, *FAKERS)}


def is_plain(name: str, arguments: tuple[Any, ...]) -> bool:
    """Whether what the faker makes stands in JSON as it is, but for its quotes."""
    return name not in QUOTED and not (arguments and name in TAKES_TEXT)
