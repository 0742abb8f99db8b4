"""Figures of a server's log: how many requests in each step of time, by status class, and how long they took.

They are made from the log on request, and bounded: if the log is too long to be read, the newest part counts, and the
answer says since when.
"""

import asyncio

from mockwave._chunks import BUCKETS
from mockwave.journal.stored_chunks import open_chunk
from mockwave.model import Figures, FigureStep
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk
from mockwave.timestamps import show_time_us

MAXIMUM_CHUNKS = 1024
"""The most chunks read for one answer: half a million entries."""

CHUNKS_A_READ = 16


async def read_figures(store: Store, mock_server_id: str, since_us: int, step_us: int) -> Figures:
    """Reads the figures from `since_us` on, in steps of `step_us`."""
    counts: dict[int, list[int]] = {}
    extent = await store.read_log_extent(mock_server_id)
    below = extent.next
    read = 0
    complete_us = since_us
    while below > extent.first:
        chunks = await store.read_log_chunks(
            mock_server_id, below_sequence=below, count=CHUNKS_A_READ, since_us=since_us
        )
        if not chunks:
            break
        for chunk in chunks:
            await asyncio.to_thread(add_tally, counts, chunk, since_us, step_us)
            below = chunk.first_sequence
            read += 1
        if read >= MAXIMUM_CHUNKS:
            complete_us = chunks[-1].oldest_us
            break
    steps = [show_step(since_us + step * step_us, counts[step]) for step in sorted(counts)]
    return Figures(from_=show_time_us(complete_us), step_ms=step_us // 1000, steps=steps)


def add_tally(counts: dict[int, list[int]], chunk: LogChunk, since_us: int, step_us: int) -> None:
    reader = open_chunk(chunk)
    for step, classes, durations in [] if reader is None else reader.tally(None, since_us, step_us):
        known = counts.setdefault(step, [0] * (10 + BUCKETS))
        for index, count in enumerate((*classes, *durations)):
            known[index] += count


def show_step(from_us: int, counts: list[int]) -> FigureStep:
    classes, durations = counts[:10], counts[10:]
    return FigureStep(
        from_=show_time_us(from_us),
        requests=sum(classes),
        classes={f"{digit}xx": count for digit, count in enumerate(classes) if count},
        p50_ms=find_quantile(durations, 0.5),
        p99_ms=find_quantile(durations, 0.99),
    )


def find_quantile(durations: list[int], share: float) -> float:
    """The upper end, in milliseconds, of the bucket that contains this quantile of the durations."""
    wanted, seen = sum(durations) * share, 0
    for bucket, count in enumerate(durations):
        seen += count
        if seen >= wanted and seen:
            return end_of_bucket(bucket) / 1000
    return 0.0


def end_of_bucket(bucket: int) -> int:
    """The first duration, in microseconds, beyond this bucket (cext/journal/chunks.pyx, `bucket_of`)."""
    return bucket + 1 if bucket < 8 else (8 + bucket % 8 + 1) << (bucket // 8 - 1)
