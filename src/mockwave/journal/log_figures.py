"""Figures of a server's log by steps of time: requests, status classes, durations and faults.

They are made from the log on request, and bounded: if a log grew faster than it can be read, only the newest part
counts, and the answer says since when. Counts are kept for all clients as long as the log has the entries: a repeated
request pays only for new ones.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from mockwave._chunk_counts import count_entries
from mockwave.journal.stored_chunks import count_in
from mockwave.model import Figures, FigureStep
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk, LogExtent
from mockwave.timestamps import show_time_us

MAXIMUM_CHUNKS = 1024
"""The most chunks read for one answer: up to four million entries."""

CHUNKS_A_READ = 16

KEPT_STEPS = 1024
KEPT_LOGS = 64
"""The most logs whose figures are kept, by server and length of step: the most recently requested."""


class StepCounts:
    """The counts of one step of time."""

    __slots__ = ("classes", "durations", "faults")

    def __init__(self) -> None:
        self.classes = [0] * 10
        self.durations: dict[int, int] = {}
        self.faults = 0


class LogCounts:
    """The counts of one server's log in steps of one length, by the number of the step since the epoch."""

    def __init__(self, step_us: int, since_us: int) -> None:
        self.lock = asyncio.Lock()
        self.steps: dict[int, StepCounts] = {}
        self.since_us = since_us
        self.complete_us = since_us
        self.first = self.next = 0  # the counted sequence numbers
        self._step_us = step_us

    def has(self, since_us: int, extent: LogExtent) -> bool:
        """Whether these figures were counted, and the log still has their entries."""
        return since_us >= self.since_us and extent.first <= self.first <= self.next <= extent.next

    def add(self, chunks: Sequence[LogChunk], first: int, end: int) -> None:
        """Counts the entries of the chunks from the sequence number `first` to below `end`."""
        for chunk in chunks:
            low, high = max(first - chunk.first_sequence, 0), max(end - chunk.first_sequence, 0)
            for step, classes, durations, faults in self._count(chunk, low, high):
                known = self.steps.setdefault(step, StepCounts())
                known.classes = [count + more for count, more in zip(known.classes, classes, strict=True)]
                known.faults += faults
                for bucket, count in durations.items():
                    known.durations[bucket] = known.durations.get(bucket, 0) + count

    def _count(self, chunk: LogChunk, low: int, high: int) -> list[tuple[int, tuple[int, ...], dict[int, int], int]]:
        return count_in(chunk, lambda data: count_entries(data, low, high, 0, self._step_us)) or []

    def forget_old(self) -> None:
        if len(self.steps) > KEPT_STEPS:
            for step in sorted(self.steps)[:-KEPT_STEPS]:
                del self.steps[step]
            self.since_us = max(self.since_us, min(self.steps) * self._step_us)


class FigureCounter:
    """Counts for one worker."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, int], LogCounts] = OrderedDict()

    async def read(self, mock_server_id: str, since_us: int, step_us: int) -> Figures:
        """Returns the figures from `since_us` on, where a step begins, in steps of `step_us`."""
        key = mock_server_id, step_us
        counts = self._kept.pop(key, None) or LogCounts(step_us, since_us)
        self._kept[key] = counts
        if len(self._kept) > KEPT_LOGS:
            self._kept.popitem(last=False)
        async with counts.lock:  # a request that waited finds it done
            extent = await self._store.read_log_extent(mock_server_id)
            if not counts.has(since_us, extent) or not await self._go_on(mock_server_id, counts, extent):
                await self._begin(mock_server_id, counts, extent, since_us)
            counts.forget_old()
            return show_figures(counts, since_us, step_us)

    async def _go_on(self, mock_server_id: str, counts: LogCounts, extent: LogExtent) -> bool:
        """Counts the new entries; False if they are too many."""
        for _ in range(0, MAXIMUM_CHUNKS, CHUNKS_A_READ):
            if counts.next >= extent.next:
                return True
            chunks = await self._store.read_log_range(mock_server_id, counts.next, CHUNKS_A_READ)
            if not chunks:
                return False
            await asyncio.to_thread(counts.add, chunks, counts.next, extent.next)
            counts.next = min(chunks[-1].first_sequence + chunks[-1].entry_count, extent.next)
        return counts.next >= extent.next

    async def _begin(self, mock_server_id: str, counts: LogCounts, extent: LogExtent, since_us: int) -> None:
        """Counts from the start, from the newest entry back to that time."""
        counts.steps = {}
        counts.since_us = counts.complete_us = since_us
        counts.first = counts.next = extent.next
        for _ in range(0, MAXIMUM_CHUNKS, CHUNKS_A_READ):
            if counts.first <= extent.first:
                return
            chunks = await self._store.read_log_chunks(
                mock_server_id, below_sequence=counts.first, count=CHUNKS_A_READ, since_us=since_us
            )
            if not chunks:
                return
            await asyncio.to_thread(counts.add, chunks, 0, extent.next)
            counts.first = chunks[-1].first_sequence
        counts.complete_us = max(since_us, chunks[-1].oldest_us)


def show_figures(counts: LogCounts, since_us: int, step_us: int) -> Figures:
    shown = [
        show_step(step * step_us, counts.steps[step]) for step in sorted(counts.steps) if step * step_us >= since_us
    ]
    return Figures(from_=show_time_us(max(counts.complete_us, since_us)), step_ms=step_us // 1000, steps=shown)


def show_step(from_us: int, counts: StepCounts) -> FigureStep:
    return FigureStep(
        from_=show_time_us(from_us),
        requests=sum(counts.classes),
        classes={f"{digit}xx": count for digit, count in enumerate(counts.classes) if count},
        p50_ms=find_quantile(counts.durations, 0.5),
        p99_ms=find_quantile(counts.durations, 0.99),
        faults=counts.faults,
    )


def find_quantile(durations: dict[int, int], share: float) -> float:
    """Returns the upper end, in milliseconds, of the bucket that this share of the durations does not exceed."""
    wanted, seen = sum(durations.values()) * share, 0
    for bucket in sorted(durations):
        seen += durations[bucket]
        if seen >= wanted:
            return end_of_bucket(bucket) / 1000
    return 0.0


def end_of_bucket(bucket: int) -> int:
    """Returns the first duration, in µs, beyond this bucket (`bucket_of` of cext/journal/chunk_counts.pyx)."""
    return bucket + 1 if bucket < 8 else (8 + bucket % 8 + 1) << (bucket // 8 - 1)
