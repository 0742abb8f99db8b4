"""Fakers, which make realistic values, by the names that documents use in `x-faker` (fakerjs.dev in both spellings: the
old `name.firstName`, and `person.firstName` since version 8).

This file has the table of their names, and the fakers that combine others; `faker_kinds.py` has the basic ones. Their
texts are plain ASCII without quotes or backslashes, so that they need no escapes in JSON. Texts that contain an
argument may need some; `is_plain` tells which fakers are safe.
"""

import re
from random import Random
from typing import Any, Final

from mockwave.dynamic import jargon, words
from mockwave.dynamic.faker_kinds import (
    ALPHANUMERIC,
    HEXADECIMAL,
    Faker,
    Make,
    between,
    boolean,
    characters,
    choose,
    date,
    date_between,
    decimal,
    digits,
    from_template,
    http_date,
    moment,
    one_of_argument,
    price,
    sentences,
    several_words,
    some_of_argument,
    time,
    uuid,
    whole,
)
from mockwave.dynamic.faker_names import OLD_MODULES, OLD_NAMES
from mockwave.dynamic.hints import TEMPLATE_FAKER, read_call


def compose(template: str, *names: str) -> Faker:
    """A faker of `template`, whose `%s` are filled by the fakers `names`."""

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


def template(random: Random, *arguments: Any) -> Make:
    """`helpers.fake`: the given text, with each `{{…}}` replaced by a value of the faker that it names."""
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


# By module and method, as in faker 8 and later.
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
    # Parts of others, and fakers without a name in fakerjs.
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


QUOTED: Final = frozenset(("_.entityTag", "_.nextLink"))  # contain quotes


def find_faker(name: str) -> str | None:
    """The current name of the faker `name`, in any case; None if there is none."""
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
    """Whether the faker's texts need no escapes in JSON, only quotes."""
    return name not in QUOTED and not (arguments and name in TAKES_TEXT)
