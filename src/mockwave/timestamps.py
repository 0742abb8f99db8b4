"""Times as text: RFC 3339 date-times, in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def show_time(time_us: int) -> str:
    """To the millisecond, which is cut off, not rounded. `time_us` are microseconds since the epoch."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S}.{time_us // 1000 % 1000:03d}Z"


def show_time_us(time_us: int) -> str:
    """To the microsecond."""
    return f"{_moment(time_us):%Y-%m-%dT%H:%M:%S.%f}Z"


def _moment(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)
