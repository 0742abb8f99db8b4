"""Chunks in the Store, some of which a disk may have damaged: an unreadable chunk does not hide others."""

import logging
from collections.abc import Callable
from typing import TypeVar

from mockwave._chunks import ChunkReader, SegmentFault
from mockwave.store.records import LogChunk

logger = logging.getLogger("mockwave.journal")

Counted = TypeVar("Counted")

MAXIMUM_REPORTS = 1024

_reported: set[int] = set()
"""Ids of damaged chunks that were reported, each once per process; their number is bounded."""


def open_chunk(chunk: LogChunk) -> ChunkReader | None:
    """Opens the chunk; None if it is damaged, which is reported."""
    try:
        reader = ChunkReader(chunk.data)
    except SegmentFault as fault:
        report_damage(chunk, fault)
        return None
    if reader.entry_count != chunk.entry_count:
        report_damage(chunk, SegmentFault(f"the chunk has {reader.entry_count} entries, not {chunk.entry_count}"))
        return None
    return reader


def count_in(chunk: LogChunk, count: Callable[[bytes], Counted]) -> Counted | None:
    """What `count` finds in the chunk (`mockwave._chunk_counts`), without opening it; None if it is damaged, which is
    reported."""
    try:
        return count(chunk.data)
    except SegmentFault as fault:
        report_damage(chunk, fault)
        return None


def report_damage(chunk: LogChunk, fault: SegmentFault) -> None:
    """Writes into the server's log which entries cannot be read."""
    if chunk.id not in _reported and len(_reported) < MAXIMUM_REPORTS:
        _reported.add(chunk.id)
        logger.error(
            "the log of %s: among entries %d to %d are some that are damaged in the store and left out: %s",
            chunk.mock_server_id,
            chunk.first_sequence,
            chunk.first_sequence + chunk.entry_count - 1,
            fault,
        )
