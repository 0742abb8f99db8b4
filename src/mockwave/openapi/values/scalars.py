"""Numbers and strings for a Schema: always the same ones, within bounds, a different one for each `variant`.

By default a number is 0 and a string is "string", as in other mock servers; each format has one sample. Variants serve
arrays of unique items: 0 is the value to show, the others are merely different.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from mockwave.openapi.schemas.pattern_strings import make_string as make_matching_string
from mockwave.openapi.schemas.pattern_strings import matches
from mockwave.openapi.schemas.schema import Schema

MAXIMUM_STRING: Final = 1 << 20
ANY_TEXT: Final = "string"

# RFC 3339, 5321, 6531, 1123, 3986, 3987, 4122, 6901, 6570; the registry at spec.openapis.org/registry/format.
FORMATS: Final[dict[str, str]] = {
    "date-time": "2019-08-24T14:15:22Z",
    "date": "2019-08-24",
    "time": "14:15:22Z",
    "duration": "P3D",
    "email": "user@example.com",
    "idn-email": "пользователь@пример.ру",  # noqa: RUF001
    "hostname": "example.com",
    "idn-hostname": "пример.ру",  # noqa: RUF001
    "ipv4": "192.168.0.1",
    "ipv6": "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "uri": "http://example.com",
    "url": "http://example.com",
    "uri-reference": "../dictionary",
    "uri-template": "http://example.com/{endpoint}",
    "iri": "http://example.com",
    "iri-reference": "../словарь",
    "uuid": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "guid": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "json-pointer": "/json/pointer",
    "relative-json-pointer": "1/relative/json/pointer",
    "regex": "/regex/",
    "password": "pa$$word",
    "byte": "c3RyaW5n",
    "base64": "c3RyaW5n",
    "base64url": "c3RyaW5n",
    "int64": "0",
    "decimal": "0",
    "char": "s",
}

# How to make a sample of a format longer or different: text is inserted at the mark.
ELASTIC: Final[dict[str, str]] = {
    "email": "user{}@example.com",
    "uri": "http://example.com/{}",
    "url": "http://example.com/{}",
    "iri": "http://example.com/{}",
    "uri-reference": "../dictionary{}",
    "hostname": "example{}.com",
    "password": "pa$$word{}",
    "json-pointer": "/json/pointer{}",
    "regex": "/regex{}/",
}
BASE64: Final = frozenset(("byte", "base64", "base64url"))

# The look of formats that a length or a pattern may contradict: that of samples, not all that the standards allow.
_DATE, _TIME = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
FORMS: Final[dict[str, re.Pattern[str]]] = {
    "date-time": re.compile(f"{_DATE}T{_TIME}"),
    "date": re.compile(_DATE),
    "time": re.compile(_TIME),
    "duration": re.compile(r"P(\d+[YMWD])*(T(\d+[HMS])+)?"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "hostname": re.compile(r"[A-Za-z0-9.-]+"),
    "ipv4": re.compile(r"\d{1,3}(\.\d{1,3}){3}"),
    "ipv6": re.compile(r"[0-9A-Fa-f:]{2,}"),
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+"),
    "uuid": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "byte": re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"),
}
FRACTION: Final = "2019-08-24T14:15:22.{}Z"  # a date-time of any length from 22

# Further samples of a format, for patterns that the first one does not match.
FURTHER_SAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "uri": (
        "https://example.com",
        "https://www.example.com/path",
        "urn:example:string",
        "/string",
        "ftp://example.com",
    ),
    "url": ("https://example.com", "https://www.example.com/path"),
    "uri-reference": ("https://example.com", "http://example.com", "/string"),
    "date-time": ("2019-08-24T14:15:22.123Z", "2019-08-24T14:15:22+00:00", "2019-08-24T14:15:22.123456Z"),
    "time": ("14:15:22", "14:15:22.123Z", "14:15:22+00:00"),
    "hostname": ("www.example.com", "example"),
    "duration": ("PT3H", "P3DT4H"),
}


def make_number(schema: Schema, is_integer: bool, variant: int = 0) -> int | float | None:
    """The number nearest to 0 within the bounds of `schema`, or one of the next; None if there is none."""
    low = None if schema.minimum is None else Fraction(str(schema.minimum.value))
    high = None if schema.maximum is None else Fraction(str(schema.maximum.value))
    low_is_open = schema.minimum is not None and schema.minimum.is_exclusive
    high_is_open = schema.maximum is not None and schema.maximum.is_exclusive

    def fits(number: Fraction) -> bool:
        above = low is None or number > low or (number == low and not low_is_open)
        return above and (high is None or number < high or (number == high and not high_is_open))

    # 1. Start at 0, or at the bound nearest to it, and go away from 0.
    step = _step(schema, is_integer)
    start = Fraction(0)
    if low is not None and low >= 0:
        start = low
    elif high is not None and high <= 0:
        start = high
    direction = -1 if high is not None and high <= 0 else 1
    # 2. Without a step any number will do: one beside an open bound, or the middle of narrow bounds.
    if step is None:
        if not fits(start):
            start += direction
        if not fits(start) and low is not None and high is not None:
            start = (low + high) / 2
        step = Fraction(1)
        if variant and low is not None and high is not None and not fits(start + direction * variant):
            step = (high - low) / Fraction(2 + variant)
            start = low
    else:
        # With a step, only its multiples will do.
        start = _to_multiple(start, step, direction)
        if not fits(start):
            start += direction * step
    # 3. Move on to the variant, on this side, or on the other if that is out of bounds.
    number = start + direction * variant * step
    if not fits(number):
        number = start - direction * variant * step
    if not fits(number):
        return None
    is_whole = number.denominator == 1 and (is_integer or abs(number) < 1e21)
    try:
        return int(number) if is_whole else float(number)
    except OverflowError:  # beyond a double's precision, JSON writes digits
        return int(number)


def _step(schema: Schema, is_integer: bool) -> Fraction | None:
    """The least common multiple of all `multipleOf`; None if there are none."""
    steps = [Fraction(str(each)) for each in schema.multiples] + [Fraction(1)] * is_integer
    if not steps:
        return None
    step = steps[0]
    for each in steps[1:]:
        step = _least_common_multiple(step, each)
    return step


def _least_common_multiple(first: Fraction, second: Fraction) -> Fraction:
    quotient = first / second
    return second * quotient.numerator


def _to_multiple(number: Fraction, step: Fraction, direction: int) -> Fraction:
    """The multiple of `step` at `number`, or the next one in `direction`."""
    quotient = number / step
    return (-(-quotient // 1) if direction > 0 else quotient // 1) * step


def make_string(schema: Schema, variant: int = 0) -> str | None:
    """Makes a string with the format, patterns and lengths of `schema`; None if none was found."""
    if not schema.patterns:
        return _make_string(schema, variant)
    key = (schema.format, tuple(schema.patterns), schema.min_length, schema.max_length, variant)
    if key not in _matching_strings:
        if len(_matching_strings) >= MAXIMUM_KEPT_STRINGS:
            _matching_strings.clear()
        _matching_strings[key] = _make_string(schema, variant)
    return _matching_strings[key]


# Documents repeat their patterns, and finding a string that matches takes a millisecond.
MAXIMUM_KEPT_STRINGS: Final = 1_000
_matching_strings: dict[tuple[str, tuple[str, ...], int, int | None, int], str | None] = {}


def _make_string(schema: Schema, variant: int) -> str | None:
    if schema.min_length > (MAXIMUM_STRING if schema.max_length is None else schema.max_length):
        return None
    if schema.min_length > MAXIMUM_STRING:
        return None
    if schema.format in BASE64 and not schema.patterns:
        return _make_base64(schema, variant)
    sample = _sample(schema, variant)
    fits = schema.min_length <= len(sample) and (schema.max_length is None or len(sample) <= schema.max_length)
    if not schema.patterns:
        return sample if fits else _stretch(sample, schema)
    for each in (sample, *FURTHER_SAMPLES.get(schema.format, ())) if not variant or fits else ():
        fits = schema.min_length <= len(each) and (schema.max_length is None or len(each) <= schema.max_length)
        if fits and all(matches(each, pattern) for pattern in schema.patterns):
            return each
    return make_matching_string(schema.patterns, schema.min_length, schema.max_length, variant)


def _make_base64(schema: Schema, variant: int) -> str:
    """Base64 without padding, four characters for three bytes (RFC 4648 §4), if the lengths leave room for it."""
    digits = str(variant)
    ending = b64encode(digits.rjust(-(-len(digits) // 3) * 3, "0").encode()).decode() if variant else ""
    longest = MAXIMUM_STRING if schema.max_length is None else schema.max_length
    length = min(max(-(-schema.min_length // 4) * 4, 8 + len(ending)), longest // 4 * 4)
    if length < schema.min_length:
        return _stretch(FORMATS["byte"], schema, ending)
    return (FORMATS["byte"] * (length // 8 + 1))[: max(0, length - len(ending))] + ending[
        max(0, len(ending) - length) :
    ]


def keeps_format(text: str, name: str) -> bool:
    """Whether `text` looks like the format `name`; True for formats not listed here."""
    form = FORMS.get(name)
    return form is None or form.fullmatch(text) is not None


def make_plain_string(schema: Schema) -> str:
    """A string with the lengths of `schema`, as far as possible, whatever its patterns."""
    return _stretch(ANY_TEXT, schema)[:MAXIMUM_STRING] if schema.min_length <= MAXIMUM_STRING else ANY_TEXT


def _sample(schema: Schema, variant: int) -> str:
    elastic = ELASTIC.get(schema.format)
    plain = FORMATS.get(schema.format, ANY_TEXT)
    if schema.format == "date-time" and schema.min_length > len(plain):
        digits = max(1, schema.min_length - len(FRACTION) + 2)
        return FRACTION.format(str(variant).rjust(digits, "0")[-digits:])
    if schema.min_length > len(plain) and elastic is not None:
        return elastic.format("a" * (schema.min_length - len(elastic) + 2 - len(str(variant))) + str(variant or "a"))
    if not variant:
        return plain
    if elastic is not None:
        return elastic.format(variant)
    mutate = MUTATIONS.get(schema.format)
    return mutate(plain, variant) if mutate else _stretch(plain, schema, str(variant))


def _stretch(sample: str, schema: Schema, ending: str = "") -> str:
    """`sample` repeated or cut to the lengths of `schema`, followed by `ending`."""
    length = max(schema.min_length, len(sample) + len(ending))
    if schema.max_length is not None:
        length = min(length, schema.max_length)
    kept = max(0, length - len(ending))
    repeated = sample * (-(-kept // len(sample)))
    return (repeated[:kept] + ending)[:length]


def _mutate_date(sample: str, variant: int) -> str:
    return f"{2019 + variant // 28:04d}-08-{variant % 28 + 1:02d}{sample[10:]}"


def _mutate_tail(sample: str, variant: int) -> str:
    digits = f"{variant:x}"
    return sample[: -len(digits)] + digits


MUTATIONS: Final[dict[str, Callable[[str, int], str]]] = {
    "date-time": _mutate_date,
    "date": _mutate_date,
    "time": lambda sample, variant: f"{variant // 3600 % 24:02d}:{variant // 60 % 60:02d}:{variant % 60:02d}Z",
    "duration": lambda sample, variant: f"P{3 + variant}D",
    "ipv4": lambda sample, variant: f"192.168.{variant // 256 % 256}.{variant % 256}",
    "ipv6": _mutate_tail,
    "uuid": _mutate_tail,
    "guid": _mutate_tail,
    "int64": lambda sample, variant: str(variant),
    "decimal": lambda sample, variant: str(variant),
}
