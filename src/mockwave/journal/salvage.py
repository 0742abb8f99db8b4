"""Reads rings to which no worker appends any more to their end, damaged or not.

Every record has a checksum that includes its position in the ring's life. So if a header cannot be trusted, the records
themselves show where they are: they are read from the position that the Store knows, as long as checksums hold, and
after damage from the next whole record on.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mockwave._ring import Ring
from mockwave._segments import encode_rings, find_record
from mockwave.store.records import LogSegment

LATEST = 2**64 - 1


class Batch(NamedTuple):
    """Some of a ring's entries, the position to continue from, and the bytes before it that could not be read."""

    segments: list[LogSegment]
    position: int
    entry_count: int
    lost_bytes: int


def read_to_end(ring: Ring, position: int, offset_us: int) -> Iterator[Batch]:
    """Reads everything in a ring from the position on; nothing if its file was cut short.

    `offset_us` converts CLOCK_MONOTONIC to microseconds since the epoch. At most one capacity is read.
    """
    if ring.is_cut_short:
        return
    is_damaged = bool(ring.find_damage())
    end = position + ring.capacity_bytes if is_damaged else ring.head
    more = True
    while more:
        packed, (position,), entry_count, more, _ = encode_rings(
            [ring], [position], cut_ns=LATEST, offset_us=offset_us, verify=True
        )
        lost_bytes = 0
        if not more and position < end:
            found = find_record(ring, position, end)
            more = found < end
            # After the last record of a damaged ring there is nothing to lose.
            if more or not is_damaged:
                lost_bytes, position = found - position, found
        yield Batch([log_segment(*segment) for segment in packed], position, entry_count, lost_bytes)


def move_aside(path: Path) -> Path:
    """Renames a finished ring, so that its slot is free; returns its new path."""
    aside = path.with_name(f"damaged-{path.name}-{os.getpid()}-{time.time_ns()}")
    path.rename(aside)
    return aside


def log_segment(server_id: bytes, entry_count: int, oldest_us: int, newest_us: int, data: bytes) -> LogSegment:
    return LogSegment(
        mock_server_id=f"mock_{server_id.hex()}",
        entry_count=entry_count,
        oldest_us=oldest_us,
        newest_us=newest_us,
        data=data,
    )
