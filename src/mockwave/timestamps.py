"""Times as text: RFC 3339 date-times, written in UTC, read in any offset; as numbers, microseconds since the epoch."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_INSTANT = "expected an RFC 3339 date-time such as 2026-01-31T12:00:00Z, or seconds since the epoch"
_EPOCH_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
# A + that was not escaped arrives as a space.
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2}|60)(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?:[Zz]|(?P<sign>[+ -])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))"
)


def show_time(time_us: int) -> str:
    """To the millisecond, rounded down. `time_us` is in microseconds since the epoch."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S}.{time_us // 1000 % 1000:03d}Z"


def show_time_us(time_us: int) -> str:
    """To the microsecond."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S.%f}Z"


def next_time_us(before_us: int) -> int:
    """Now, or one microsecond after `before_us` if the clock is not later."""
    return max(time.time_ns() // 1000, before_us + 1)


def read_instant(text: str) -> int:
    """Microseconds since the epoch of an RFC 3339 date-time or of seconds since the epoch."""
    if _EPOCH_SECONDS.fullmatch(text):
        seconds, _, fraction = text.partition(".")
        return int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise ValueError(_INSTANT)
    year, month, day, hour, minute, second = (int(found[index]) for index in range(1, 7))
    try:
        # RFC 3339 §5.7 writes a leap second as 60; it counts as the next second.
        instant = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) + timedelta(
            seconds=second // 60
        )
        offset = timedelta(0)
        if found["sign"]:
            offset = timedelta(hours=_bounded(found["hours"], 23), minutes=_bounded(found["minutes"], 59))
            offset = -offset if found["sign"] == "-" else offset
        elapsed = instant - offset - EPOCH
    except (ValueError, OverflowError):
        raise ValueError(_INSTANT) from None
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + int(fraction)


def _moment(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def _bounded(digits: str, highest: int) -> int:
    if int(digits) > highest:
        raise ValueError(_INSTANT)
    return int(digits)
