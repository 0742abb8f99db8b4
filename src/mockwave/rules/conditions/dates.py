"""Operators on times: before, after, equalToDateTime.

The expected value is a time, `now`, or an offset from now (`now +3 days`, `-15 minutes`), moved by `expectedOffset` and
`expectedOffsetUnit`. `truncateExpected` and `truncateActual` round the compared times, before the offset or, with
`applyTruncationLast`, after it. As in WireMock, if only the expected time has a zone, the actual time is in the
system's zone; if only the actual time has one, it is ignored.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import eq, gt, lt
from typing import Any, Final

from msgspec import Struct

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.date_formats import FormatRefused, Parse, compile_format, parse_time

COMPARISONS: Final[dict[str, Callable[[datetime, datetime], bool]]] = {"before": lt, "after": gt, "equalToDateTime": eq}
UNITS: Final = ("seconds", "minutes", "hours", "days", "months", "years")
MAXIMUM_OFFSET: Final = 1_000_000_000

Truncate = Callable[[datetime], datetime]


def first_hour_of_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def first_day_of_month(moment: datetime) -> datetime:
    return first_hour_of_day(moment).replace(day=1)


def first_day_of_next_month(moment: datetime) -> datetime:
    return first_day_of_month(first_day_of_month(moment) + timedelta(days=32))


def first_day_of_year(moment: datetime) -> datetime:
    return first_hour_of_day(moment).replace(month=1, day=1)


def first_day_of_next_year(moment: datetime) -> datetime:
    return first_day_of_year(moment).replace(year=moment.year + 1)


TRUNCATIONS: Final[dict[str, Truncate]] = {
    "first second of minute": lambda moment: moment.replace(second=0, microsecond=0),
    "first minute of hour": lambda moment: moment.replace(minute=0, second=0, microsecond=0),
    "first hour of day": first_hour_of_day,
    "first day of month": first_day_of_month,
    "first day of next month": first_day_of_next_month,
    "last day of month": lambda moment: first_day_of_next_month(moment) - timedelta(days=1),
    "first day of year": first_day_of_year,
    "first day of next year": first_day_of_next_year,
    "last day of year": lambda moment: first_hour_of_day(moment).replace(month=12, day=31),
}


class Offset(Struct, frozen=True):
    amount: int
    unit: str

    def shift(self, moment: datetime) -> datetime:
        """Raises OverflowError, ValueError beyond the range of the calendar."""
        if self.unit not in ("months", "years"):
            return moment + timedelta(**{self.unit: self.amount})
        months = moment.year * 12 + moment.month - 1 + self.amount * (12 if self.unit == "years" else 1)
        first = moment.replace(day=1, year=months // 12, month=months % 12 + 1)
        last_day = (first_day_of_next_month(first) - timedelta(days=1)).day
        return first.replace(day=min(moment.day, last_day))


class Expected(Struct, frozen=True):
    """The expected time, or None for now, with its offset and truncation."""

    moment: datetime | None
    offset: Offset | None
    truncate: Truncate | None
    truncates_last: bool

    def at(self, now: datetime) -> datetime:
        moment = self.moment or now
        if self.truncate and not self.truncates_last:
            moment = self.truncate(moment)
        if self.offset:
            moment = self.offset.shift(moment)
        return self.truncate(moment) if self.truncate and self.truncates_last else moment


class ComparesTime(Operator):
    __slots__ = ("_compare", "_expected", "_parse", "_truncate", "expected", "name")

    def __init__(self, name: str, text: str, expected: Expected, parse: Parse, truncate: Truncate | None) -> None:
        self.name = name
        self.expected = text
        self._compare = COMPARISONS[name]
        self._expected = expected
        self._parse = parse
        self._truncate = truncate

    @property
    def fixed(self) -> datetime | None:
        """The expected time, if it is constant."""
        expected = self._expected
        is_moved = expected.offset or expected.truncate or self._truncate or self._parse is not parse_time
        return None if is_moved else expected.moment

    def holds(self, text: str | None) -> bool:
        actual = None if text is None else self._parse(text)
        if actual is None:
            return False
        try:
            if self._truncate:
                actual = self._truncate(actual)
            expected = self._expected.at(datetime.now(UTC).astimezone())
            if expected.tzinfo is None:
                actual = actual.replace(tzinfo=None)
            elif actual.tzinfo is None:
                actual = actual.astimezone()
            return self._compare(actual, expected)
        except (OverflowError, ValueError, OSError):  # beyond the range of the calendar
            return False


def find_empty_time(operators: list[ComparesTime]) -> bool:
    """Whether no time fits all of them; decided only for times that need no calculation."""
    fixed = [(each.name, each.fixed) for each in operators if each.fixed is not None and each.fixed.tzinfo]
    lows = [moment for name, moment in fixed if name != "before"]
    highs = [moment for name, moment in fixed if name != "after"]
    if not lows or not highs:
        return False
    if max(lows) != min(highs):
        return max(lows) > min(highs)
    return len({name for name, _ in fixed}) > 1


_FROM_NOW = re.compile(r"(?:now\s*)?([+-]?\s*[0-9]{1,9})\s+([a-z]+)", re.IGNORECASE)


def _make_reader(name: str) -> Callable[[Reading, dict[str, Any], str], Operator | None]:
    def read(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
        text = reading.take_text(given[name], pointer_below(at, name))
        expected = None if text is None else _read_expected(reading, given, name, text, at)
        truncate = _read_truncation(reading, given, "truncateActual", at)
        parse: Parse | None = parse_time
        if "actualFormat" in given:
            parse = _read_format(reading, given["actualFormat"], pointer_below(at, "actualFormat"))
        if text is None or expected is None or parse is None:
            return None
        return ComparesTime(name, text, expected, parse, truncate)

    return read


def _read_expected(reading: Reading, given: dict[str, Any], name: str, text: str, at: str) -> Expected | None:
    offset = _read_offset(reading, given, at)
    moment = None
    from_now = _FROM_NOW.fullmatch(text.strip())
    if from_now is not None:
        unit = _find_unit(from_now[2])
        if not unit:
            reading.refuse_unknown(pointer_below(at, name), from_now[2], "unit of time", UNITS)
            return None
        if offset is not None:
            reading.refuse(pointer_below(at, name), "oneOf", "it has an offset of its own, and expectedOffset")
            return None
        offset = Offset(int(from_now[1].replace(" ", "")), unit)
    elif text.strip().lower() != "now":
        moment = parse_time(text)
        if moment is None:
            message = "expected a time of ISO 8601 or HTTP, or now, like now +3 days"
            reading.refuse(pointer_below(at, name), "format", message)
            return None
    truncate = _read_truncation(reading, given, "truncateExpected", at)
    expected = Expected(moment, offset, truncate, reading.take_flag(given, "applyTruncationLast", at))
    try:
        expected.at(datetime.now(UTC))
    except (OverflowError, ValueError):
        reading.refuse(pointer_below(at, name), "never", "it is beyond the years 1 to 9999")
        return None
    return expected


def _read_offset(reading: Reading, given: dict[str, Any], at: str) -> Offset | None:
    if "expectedOffset" not in given:
        if "expectedOffsetUnit" in given:
            reading.refuse(pointer_below(at, "expectedOffsetUnit"), "unknown", "there is no expectedOffset")
        return None
    amount, unit = given["expectedOffset"], given.get("expectedOffsetUnit", "seconds")
    if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > MAXIMUM_OFFSET:
        reading.refuse_type(pointer_below(at, "expectedOffset"), "an integer", amount)
        return None
    name = _find_unit(unit) if isinstance(unit, str) else ""
    if not name:
        reading.refuse(pointer_below(at, "expectedOffsetUnit"), "enum", f"expected one of {', '.join(UNITS)}")
        return None
    return Offset(amount, name)


def _find_unit(text: str) -> str:
    """The unit that is meant, in any case, singular or plural; "" if there is none."""
    lowered = text.lower()
    return next((unit for unit in UNITS if lowered in (unit, unit[:-1])), "")


def _read_truncation(reading: Reading, given: dict[str, Any], name: str, at: str) -> Truncate | None:
    if name not in given:
        return None
    text = given[name]
    truncate = TRUNCATIONS.get(text.lower().replace("_", " ")) if isinstance(text, str) else None
    if truncate is None:
        reading.refuse(pointer_below(at, name), "enum", f"expected one of {', '.join(TRUNCATIONS)}")
    return truncate


def _read_format(reading: Reading, given: Any, at: str) -> Parse | None:
    text = reading.take_text(given, at)
    if text is None:
        return None
    try:
        return compile_format(text)
    except FormatRefused as refused:
        reading.refuse(at, "format", str(refused))
        return None


DATE_OPTIONS: Final = frozenset(
    (
        "actualFormat",
        "applyTruncationLast",
        "expectedOffset",
        "expectedOffsetUnit",
        "truncateActual",
        "truncateExpected",
    )
)
DATE_KINDS = {name: Kind(_make_reader(name), DATE_OPTIONS) for name in COMPARISONS}
