"""Draining: ring records become log segments in the Store, each exactly once.

Whoever holds the drain lock reads all rings from the positions the Store knows, merges them by time, and stores
segments and new positions in ONE transaction; only then is the room in the rings freed. A process killed before the
commit has stored nothing, one killed after it has only left room to be freed by the next drain.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator

from mockwave._ring import Ring, monotonic_now_ns, monotonic_to_realtime_us, wait_for_appender
from mockwave._segments import encode_rings
from mockwave.data_folder import DataFolder, try_lock
from mockwave.journal.slots import map_ring
from mockwave.settings import Settings
from mockwave.store.protocol import Store
from mockwave.store.records import LogSegment, RingPosition

logger = logging.getLogger("mockwave.journal")

NODE = "local"
BATCH_ENTRIES = 65_536


class Drainer:
    """Drains every ring of the data folder. Several may live at once, one in each worker: the lock takes turns."""

    def __init__(self, folder: DataFolder, settings: Settings, store: Store) -> None:
        self._folder = folder
        self._settings = settings
        self._store = store
        self._rings: dict[int, Ring] = {}
        self._reported_broken: set[bytes] = set()

    def rings(self) -> list[Ring]:
        """Every worker's ring, by slot."""
        self.map_new_rings()
        return [self._rings[slot] for slot in sorted(self._rings)]

    def has_pending(self) -> bool:
        """Whether any ring this drainer knows holds entries not stored yet: a few loads, no system call."""
        return any(ring.head != ring.tail for ring in self._rings.values())

    async def drain_if_free(self) -> int:
        """Drains unless another process is at it. Gives the number of entries stored."""
        with self._open_lock_file() as descriptor:
            if not try_lock(descriptor):
                return 0
            return await self._drain()

    async def drain(self) -> int:
        """Drains all that was appended before the call, waiting for the lock. Gives the number of entries stored."""
        with self._open_lock_file() as descriptor:
            if not try_lock(descriptor):
                # In a thread: flock has no timeout, and its holder may be this very event loop's other drain.
                await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
            return await self._drain()

    @contextlib.contextmanager
    def _open_lock_file(self) -> Iterator[int]:
        """A descriptor of its own for each drain: flock knows open files, so closing it is letting go."""
        descriptor = os.open(self._folder.drain_lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    async def _drain(self) -> int:
        self.map_new_rings()
        rings = list(self._rings.values())
        cut_ns = monotonic_now_ns()
        for ring in rings:
            wait_for_appender(ring)
        if not any(ring.head != ring.tail for ring in rings):
            return 0
        known = await self._store.read_ring_positions()
        positions = [max(known.get(ring.ring_id.hex(), 0), ring.tail) for ring in rings]
        stored = 0
        while True:
            segments, positions, count, more, broken = await asyncio.to_thread(
                encode_rings,
                rings,
                positions,
                cut_ns=cut_ns,
                offset_us=monotonic_to_realtime_us(),
                max_entries=BATCH_ENTRIES,
            )
            for index in broken:
                positions[index] = self._skip_damage(rings[index], positions[index])
            await self._store.append_log(
                [log_segment(*segment) for segment in segments],
                [
                    RingPosition(ring_id=ring.ring_id.hex(), node=NODE, position=position)
                    for ring, position in zip(rings, positions, strict=True)
                    if position != known.get(ring.ring_id.hex())
                ],
            )
            for ring, position in zip(rings, positions, strict=True):
                ring.release(position)
            stored += count
            if not more:
                return stored

    def map_new_rings(self) -> None:
        """Maps rings that came since the last look: workers are replaced while others drain."""
        for slot, path in self._folder.ring_files().items():
            if slot not in self._rings:
                self._rings[slot] = map_ring(str(path), self._settings)

    def _skip_damage(self, ring: Ring, position: int) -> int:
        """Goes on behind what cannot be read: said once, since it means a fault in the code or in memory."""
        if ring.ring_id not in self._reported_broken:
            self._reported_broken.add(ring.ring_id)
            logger.error("%s: unreadable from byte %d to %d; entries there are lost", ring.path, position, ring.head)
        return ring.head


def log_segment(server_id: bytes, entry_count: int, oldest_us: int, newest_us: int, data: bytes) -> LogSegment:
    return LogSegment(
        mock_server_id=f"mock_{server_id.hex()}",
        entry_count=entry_count,
        oldest_us=oldest_us,
        newest_us=newest_us,
        data=data,
    )
