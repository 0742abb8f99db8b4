"""Times as text: RFC 3339 date-times, in UTC; and as numbers, microseconds since the epoch."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def show_time(time_us: int) -> str:
    """To the millisecond, which is cut off, not rounded. `time_us` are microseconds since the epoch."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S}.{time_us // 1000 % 1000:03d}Z"


def show_time_us(time_us: int) -> str:
    """To the microsecond."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S.%f}Z"


def next_time_us(before_us: int) -> int:
    """Now, or right after `before_us` where the clock says that it is not later."""
    return max(time.time_ns() // 1000, before_us + 1)


def _moment(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)
