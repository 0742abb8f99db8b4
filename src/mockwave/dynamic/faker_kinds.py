"""The kinds of values that fakers make: one of a list, digits, numbers, words, dates and so on.

A faker takes a source of randomness and the arguments of the hint, and returns a function that makes one value per
call. The caller passes the source in; nothing global is used. `fakers.py` has the table of names.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Any, Final

from mockwave.dynamic import words
from mockwave.timestamps import show_time

Make = Callable[[], Any]
Faker = Callable[..., Make]

HEXADECIMAL: Final = "0123456789abcdef"
CASINGS: Final[dict[str, Callable[[str], str]]] = {"upper": str.upper, "lower": str.lower}
ALPHANUMERIC: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
MAXIMUM_COUNT: Final = 1_000  # most words, digits or characters that an argument can request


def choose(options: tuple[str, ...]) -> Faker:
    """A faker that returns one of `options`."""

    def faker(random: Random, *arguments: Any) -> Make:
        pick, count = random.random, len(options)
        return lambda: options[int(pick() * count)]

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


def read_bounds(arguments: tuple[Any, ...], low: float, high: float) -> tuple[float, float]:
    """Reads `min` and `max` of an options object, or the first two numbers, or a single number as the maximum."""
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


def read_count(arguments: tuple[Any, ...], usual: int, key: str = "length") -> int:
    first = arguments[0] if arguments else usual
    if isinstance(first, dict):
        first = first.get(key, first.get("count", usual))
    return max(0, min(first, MAXIMUM_COUNT)) if isinstance(first, int) else usual


def whole(low: int, high: int) -> Faker:
    """A faker of integers from `low` to `high`, unless the arguments say otherwise."""

    def faker(random: Random, *arguments: Any) -> Make:
        first, last = map(int, read_bounds(arguments, low, high))
        pick, count = random.random, last - first + 1
        return lambda: first + int(pick() * count)

    return faker


def decimal(low: float, high: float, places: int) -> Faker:
    """A faker of numbers from `low` to `high` of `places` decimal places, unless the arguments say otherwise."""

    def faker(random: Random, *arguments: Any) -> Make:
        first, last = read_bounds(arguments, low, high)
        options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        kept = options.get("fractionDigits", options.get("dec", places))
        kept = kept if isinstance(kept, int) else places
        pick, width = random.random, last - first
        return lambda: min(last, round(first + pick() * width, kept))

    return faker


def price(random: Random, *arguments: Any) -> Make:
    """`commerce.price`: text, as in faker; an amount with two decimal places."""
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
    """A faker of strings from `alphabet`, with the length and the `casing` that the arguments name."""

    def faker(random: Random, *arguments: Any) -> Make:
        count, several = read_count(arguments, usual), random.choices
        options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        recase = CASINGS.get(str(options.get("casing")))
        letters = alphabet if recase is None else "".join(dict.fromkeys(recase(alphabet)))
        return lambda: "".join(several(letters, k=count))

    return faker


def several_words(usual: int, ending: str = "", joint: str = " ") -> Faker:
    """A faker of several words; with an ending, the first word is capitalised."""

    def faker(random: Random, *arguments: Any) -> Make:
        count, several = read_count(arguments, usual, "wordCount"), random.choices
        if not ending:
            return lambda: joint.join(several(words.LOREM, k=count))
        return lambda: joint.join(several(words.LOREM, k=count)).capitalize() + ending

    return faker


def sentences(usual: int, joint: str = " ") -> Faker:
    def faker(random: Random, *arguments: Any) -> Make:
        sentence = several_words(7, ".")(random)
        count = read_count(arguments, usual, "sentenceCount")
        return lambda: joint.join([sentence() for _ in range(count)])

    return faker


def date(first_year: int, years: int) -> Faker:
    """A faker of dates in `years` years from `first_year` (RFC 3339 full-date)."""

    def faker(random: Random, *arguments: Any) -> Make:
        pick = random.random

        def make() -> str:
            # Each month has 28 days, so every date exists.
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
    """A faker of times as HTTP writes them: IMF-fixdate (RFC 9110 §5.6.7)."""
    pick, first = random.random, datetime(2015, 1, 1, tzinfo=UTC).timestamp()

    def make() -> str:
        return format_datetime(datetime.fromtimestamp(int(first + pick() * HTTP_DATE_YEARS_S), UTC), usegmt=True)

    return make


HTTP_DATE_YEARS_S: Final = 9 * 365 * 86_400


def between(random: Random, *arguments: Any) -> Make:
    """`date.between`: a moment between `from` and `to`, in milliseconds."""
    given: Any = (
        arguments[0] if arguments and isinstance(arguments[0], dict) else dict(zip(BOUNDS, arguments, strict=False))
    )
    first, last = (_read_moment(given.get(name)) for name in BOUNDS)
    pick, width = random.random, last - first
    return lambda: _write_moment(first + pick() * width)


BOUNDS: Final = ("from", "to")


def date_between(random: Random, *arguments: Any) -> Make:
    """The date of a moment of `between`."""
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


def some_of_argument(random: Random, *arguments: Any) -> Make:
    """`helpers.arrayElements`: as many items of the given array as the second argument says."""
    options = arguments[0] if arguments else None
    if not isinstance(options, list):
        raise ValueError("an array of values is needed")
    low, high = read_bounds(arguments[1:] or (len(options),), 1, len(options))
    if len(arguments) > 1 and isinstance(arguments[1], int):
        low = high
    fewest, most = max(0, min(int(low), len(options))), max(0, min(int(high), len(options)))
    return lambda: random.sample(options, fewest + int(random.random() * (most - fewest + 1)))


def one_of_argument(random: Random, *arguments: Any) -> Make:
    """`helpers.arrayElement`: one item of the given array."""
    options = arguments[0] if arguments and isinstance(arguments[0], list) else list(arguments)
    if not options:
        raise ValueError("an array of values is needed")
    pick, count = random.random, len(options)
    return lambda: options[int(pick() * count)]


def from_template(random: Random, *arguments: Any) -> Make:
    """`helpers.replaceSymbols` and `phone.number`: a digit for each `#` of the given text, a capital letter for each
    `?`."""
    template = arguments[0] if arguments and isinstance(arguments[0], str) else "+1-555-01##"
    pick = random.random
    filling = {"#": "0123456789", "?": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

    def fill(mark: str) -> str:
        alphabet = filling.get(mark)
        return mark if alphabet is None else alphabet[int(pick() * len(alphabet))]

    return lambda: "".join([fill(mark) for mark in template])
