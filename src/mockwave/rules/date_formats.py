"""Reading times: without a format by ISO 8601 and HTTP (RFC 9110 §5.6.7), else by a pattern of Java's
DateTimeFormatter, `unix` (seconds) or `epoch` (milliseconds).

A time has a zone or is local; a date alone is its first moment, local. A pattern becomes a regular expression without
nested repetitions, so that it takes time in proportion to the text.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

MAXIMUM_CHARACTERS: Final = 100  # most characters of a time, and of a format
LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z

MONTHS: Final = "january february march april may june july august september october november december".split()
DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()

Parse = Callable[[str], datetime | None]


class FormatRefused(ValueError):
    """The format is not understood; the message says why."""


def parse_time(text: str) -> datetime | None:
    """Reads a time in one of the forms that need no format; None if it has none of them."""
    text = text.strip()
    if len(text) > MAXIMUM_CHARACTERS:
        return None
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return _read_iso(text, iso)
    for parse in _HTTP_FORMATS:
        found = parse(text)
        if found is not None:
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


@lru_cache(maxsize=256)
def compile_format(pattern: str) -> Parse:
    """Compiles a format into a function that reads times. Raises FormatRefused."""
    if pattern.lower() == "unix":
        return lambda text: _from_epoch(text, 1)
    if pattern.lower() == "epoch":
        return lambda text: _from_epoch(text, 1000)
    if not pattern or len(pattern) > MAXIMUM_CHARACTERS:
        raise FormatRefused(f"a format has 1 to {MAXIMUM_CHARACTERS} characters")
    expression, names = _translate(pattern)
    compiled = re.compile(expression, re.IGNORECASE | re.ASCII)

    def parse(text: str) -> datetime | None:
        match = compiled.fullmatch(text.strip()) if len(text) <= 2 * MAXIMUM_CHARACTERS else None
        return None if match is None else _assemble(dict(zip(names, match.groups(), strict=True)))

    return parse


_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?([Zz]|[+-]\d{2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?)?",
    re.ASCII,
)


def _read_iso(text: str, match: re.Match[str]) -> datetime | None:
    day, time, fraction, zone = match.groups()
    try:
        found = datetime.fromisoformat(f"{day}T{time or '00:00'}")
    except ValueError:
        return None
    if fraction:
        found = found.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    return _with_zone(found, zone) if zone else found


def _with_zone(moment: datetime, zone: str) -> datetime | None:
    offset = read_offset(zone)
    return None if offset is None else moment.replace(tzinfo=offset)


def read_offset(text: str) -> timezone | None:
    """Reads an offset from UTC: Z, GMT, +01, +0100, +01:00."""
    if text.upper() in ("Z", "UTC", "GMT", "UT"):
        return UTC
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) not in (1, 2, 4, 6):
        return None
    hours, minutes = int(digits[:2]), int(digits[2:4] or 0)
    if hours > 18 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if "-" in text else offset)


def _from_epoch(text: str, per_second: int) -> datetime | None:
    text = text.strip()
    if len(text) > 20 or not re.fullmatch(r"-?[0-9]+", text):
        return None
    value = int(text)
    if not 0 <= value // per_second <= LAST_SECOND and abs(value // per_second) > LAST_SECOND // 5:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value * 1000 // per_second)
    except OverflowError:
        return None


# Letters of a pattern, by their number: the regular expression, and the part of the time that it reads.
_LETTERS: Final[dict[str, dict[int, tuple[str, str]]]] = {
    "y": {1: (r"\d{4}", "year"), 2: (r"\d{2}", "year2"), 4: (r"\d{4}", "year")},
    "u": {1: (r"\d{4}", "year"), 2: (r"\d{2}", "year2"), 4: (r"\d{4}", "year")},
    "M": {
        1: (r"\d{1,2}", "month"),
        2: (r"\d{2}", "month"),
        3: ("|".join(name[:3] for name in MONTHS), "month_name"),
        4: ("|".join(MONTHS), "month_name"),
    },
    "d": {1: (r"\d{1,2}", "day"), 2: (r"\d{2}", "day")},
    "E": {n: ("|".join(name[:3] for name in DAYS), "weekday") for n in (1, 2, 3)} | {4: ("|".join(DAYS), "weekday")},
    "a": {1: ("am|pm", "half")},
    "H": {1: (r"\d{1,2}", "hour"), 2: (r"\d{2}", "hour")},
    "h": {1: (r"\d{1,2}", "hour12"), 2: (r"\d{2}", "hour12")},
    "m": {1: (r"\d{1,2}", "minute"), 2: (r"\d{2}", "minute")},
    "s": {1: (r"\d{1,2}", "second"), 2: (r"\d{2}", "second")},
    "S": {n: (rf"\d{{{n}}}", "fraction") for n in range(1, 10)},
    "X": {
        1: (r"Z|[+-]\d{2}(?:\d{2})?", "zone"),
        2: (r"Z|[+-]\d{4}", "zone"),
        3: (r"Z|[+-]\d{2}:\d{2}", "zone"),
    },
    "x": {1: (r"[+-]\d{2}(?:\d{2})?", "zone"), 2: (r"[+-]\d{4}", "zone"), 3: (r"[+-]\d{2}:\d{2}", "zone")},
    "Z": dict.fromkeys((1, 2, 3), (r"[+-]\d{4}", "zone"))
    | {4: (r"GMT(?:[+-]\d{1,2}:\d{2})?", "zone"), 5: (r"Z|[+-]\d{2}:\d{2}", "zone")},
    "z": dict.fromkeys((1, 2, 3), (r"GMT|UTC|UT|Z", "zone")),
    "V": {2: (r"GMT|UTC|UT|Z|[+-]\d{2}:?\d{2}", "zone")},
}


def _translate(pattern: str) -> tuple[str, list[str]]:
    """Translates a pattern of Java into a regular expression, and returns what each of its groups means."""
    expression, names, index = "", [], 0
    while index < len(pattern):
        character = pattern[index]
        if character == "'":
            quoted, index = _take_quoted(pattern, index)
            expression += re.escape(quoted)
            continue
        end = index
        while end < len(pattern) and pattern[end] == character:
            end += 1
        if character.isascii() and character.isalpha():
            form = _LETTERS.get(character, {}).get(end - index)
            if form is None:
                raise FormatRefused(f"{pattern[index:end]!r} is not understood in a format")
            if form[1] in names:
                raise FormatRefused(f"{pattern[index:end]!r} repeats another part of the format")
            expression += f"({form[0]})"
            names.append(form[1])
        elif character in "[]{}#":
            raise FormatRefused(f"{character!r} is not understood in a format; quote it")
        else:
            expression += re.escape(pattern[index:end])
        index = end
    if not {"year", "year2"}.intersection(names):
        raise FormatRefused("a format has a year")
    return expression, names


def _take_quoted(pattern: str, index: int) -> tuple[str, int]:
    """Takes a quoted text at `index`, and returns its end; two quotes are one, inside and outside a quoted text."""
    if pattern.startswith("''", index):
        return "'", index + 2
    match = _QUOTED.match(pattern, index)
    if match is None:
        raise FormatRefused("a quote is not closed")
    return match[1].replace("''", "'"), match.end()


_QUOTED = re.compile(r"'((?:[^']|'')*+)'")


def _assemble(parts: dict[str, str]) -> datetime | None:
    hour = int(parts.get("hour", 0))
    if "hour12" in parts:
        if not 1 <= int(parts["hour12"]) <= 12:
            return None
        hour = int(parts["hour12"]) % 12 + (12 if parts.get("half", "").lower() == "pm" else 0)
    month = int(parts.get("month", 1))
    if "month_name" in parts:
        month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(parts["month_name"].lower()))
    try:
        found = datetime(
            int(parts["year"]) if "year" in parts else 2000 + int(parts["year2"]),
            month,
            int(parts.get("day", 1)),
            hour,
            int(parts.get("minute", 0)),
            int(parts.get("second", 0)),
            int(parts.get("fraction", "0")[:6].ljust(6, "0")),
        )
    except ValueError:
        return None
    return _with_zone(found, parts["zone"]) if "zone" in parts else found


# IMF-fixdate, RFC 850 and asctime, all in GMT.
_HTTP_FORMATS: Final = tuple(
    compile_format(pattern)
    for pattern in (
        "EEE, d MMM yyyy HH:mm:ss zzz",
        "EEE, d MMM yyyy HH:mm:ss Z",
        "EEEE, dd-MMM-yy HH:mm:ss zzz",
        "EEE MMM d HH:mm:ss yyyy",
        "EEE MMM  d HH:mm:ss yyyy",
    )
)
