"""Draining: ring records become log segments in the Store, each exactly once.

The holder of the drain lock reads all rings from the positions that the Store knows, merges them by time, and stores
segments and new positions in ONE transaction; only then is the room in the rings freed. A process killed before the
commit has stored nothing; one killed after it only leaves room to be freed by the next drain.

Rings are memory that others write, so each is checked before it is read. A damaged one is left alone and reported until
its owner has moved to another slot; then it is *retired*: read to its end by its checksums and moved aside.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

from mockwave._control import ControlBlock
from mockwave._ring import Ring, RingFault, monotonic_now_ns, monotonic_to_realtime_us, wait_for_appender
from mockwave._segments import encode_rings, find_record
from mockwave.data_folder import DataFolder, read_signature, sign_lock, try_lock
from mockwave.journal.salvage import log_segment, move_aside, read_to_end
from mockwave.journal.slot_files import map_ring
from mockwave.settings import Settings
from mockwave.store.protocol import Store, StoreError
from mockwave.store.records import RingPosition

logger = logging.getLogger("mockwave.journal")

NODE = "local"
BATCH_ENTRIES = 65_536

PAUSE_US = 300
"""The pause between steps of the encoding, for requests that come meanwhile."""
HASTY_FROM_FILL = 0.5
"""From this fill of a ring on there are no pauses: nothing is slower than a full ring."""

LOCK_PATIENCE_S = 10.0
"""How long a drain waits for another process to release the lock; a drain takes a fraction of a second."""
LOCK_POLL_S = 0.005

DAMAGE_PATIENCE_S = 1.0
"""How long an unreadable record is left alone. By then its owner, if alive, knows whether the header that leads to it
is wrong."""


class DrainStalled(StoreError):
    """The drain lock is not available: another process has not released it, or its file cannot be opened."""


class Drainer:
    """Drains every ring of the data folder. Each worker has a Drainer; the lock makes them take turns.

    `damage` says what is wrong with the rings of slots. A worker's Drainer notes its activity, and damage that it
    finds, in the control block under the worker's `slot`; without a slot it notes nothing.
    """

    def __init__(
        self, folder: DataFolder, settings: Settings, store: Store, control: ControlBlock | None = None, slot: int = 0
    ) -> None:
        self.slot = slot
        self.damage: dict[int, str] = {}
        self._folder = folder
        self._settings = settings
        self._store = store
        self._control = control
        self._rings: dict[int, Ring] = {}
        self._unreadable_since: dict[bytes, tuple[int, float]] = {}

    def rings(self) -> dict[int, Ring]:
        """The readable rings of all workers, by slot."""
        self.map_new_rings()
        return dict(sorted(self._sound_rings().items()))

    def fill(self) -> float:
        """The fill of the fullest ring, 0 if all are empty; it takes a few loads and no system call."""
        return max((ring.fill for ring in self._sound_rings().values()), default=0.0)

    async def drain_if_free(self) -> int:
        """Drains, unless another process does. Returns the number of entries stored."""
        with self._open_lock_file() as descriptor:
            if not try_lock(descriptor):
                return 0
            return await self._drain(descriptor)

    async def drain(self) -> int:
        """Waits for the lock, and drains everything appended before the call. Returns the number of entries stored.

        Raises DrainStalled if another process keeps it for too long, and StoreError.
        """
        with self._open_lock_file() as descriptor:
            await self._wait_for_lock(descriptor)
            return await self._drain(descriptor)

    async def retire(self, slot: int, ring: Ring | None = None) -> None:
        """Stores what can be read of a damaged ring and moves it aside. Only for the holder of the slot's lock.

        Nobody appends to the ring any more; `ring` is its last appender's, if there is one. Raises the same as `drain`.
        """
        ring, path = ring or self._rings.get(slot), self._folder.ring_file(slot)
        with self._open_lock_file() as descriptor:
            await self._wait_for_lock(descriptor)
            with self._noted_as_drainer(descriptor):
                if ring is None or ring.is_cut_short:
                    outcome = "its entries that were not stored yet are lost"
                else:
                    outcome = "{} more entries stored of it, {} bytes were unreadable".format(
                        *await self._store_rest(ring)
                    )
                moved = "it is no longer there"
                with contextlib.suppress(FileNotFoundError):  # another process has done it
                    if ring is None or path.stat().st_ino == ring.inode:  # it is not a new ring in its place
                        moved = f"moved to {move_aside(path)}"
                logger.error("%s: %s; %s", path, moved, outcome)
        self._forget(slot)

    def map_new_rings(self) -> None:
        """Maps rings that are new since the last look (workers are replaced while others drain), and checks all of
        them."""
        files = self._folder.ring_files()
        for slot in [*self._rings, *self.damage]:
            if slot not in files:
                self._forget(slot)
        for slot, path in files.items():
            damage = self._look_at(slot, path)
            if not damage:
                self.damage.pop(slot, None)
            elif slot not in self.damage:
                logger.error("%s", damage)
                if self._control is not None:
                    self._control.report_ring_damage(slot)
                self.damage[slot] = damage

    def _look_at(self, slot: int, path: Path) -> str:
        """Maps the slot's ring if necessary, and returns what is wrong with it; empty if nothing is."""
        ring = self._rings.get(slot)
        try:
            if ring is None or ring.inode != path.stat().st_ino:
                self._rings.pop(slot, None)
                ring = self._rings[slot] = map_ring(str(path), self._settings)
        except FileNotFoundError:
            return ""  # it is being moved aside
        except RingFault as fault:
            return str(fault)
        return ring.find_damage()

    def _sound_rings(self) -> dict[int, Ring]:
        return {slot: ring for slot, ring in self._rings.items() if slot not in self.damage}

    def _forget(self, slot: int) -> None:
        self._rings.pop(slot, None)
        self.damage.pop(slot, None)

    @contextlib.contextmanager
    def _open_lock_file(self) -> Iterator[int]:
        """Opens a descriptor for each drain: flock locks belong to open files, so closing it releases the lock."""
        try:
            descriptor = os.open(self._folder.drain_lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DrainStalled(f"log entries cannot be stored: {error}") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    async def _wait_for_lock(self, descriptor: int) -> None:
        # Polled, since flock has no timeout, and the holder may be another drain of this same event loop.
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise DrainStalled(
                    f"log entries cannot be stored: process {read_signature(descriptor)} has not released"
                    f" {self._folder.drain_lock_file} for {LOCK_PATIENCE_S:g} s"
                )
            await asyncio.sleep(LOCK_POLL_S)

    @contextlib.contextmanager
    def _noted_as_drainer(self, descriptor: int) -> Iterator[None]:
        sign_lock(descriptor)
        control, slot = self._control, self.slot  # the worker's slot may change meanwhile
        if control is not None:
            control.note_draining(slot, True)
        try:
            yield
        finally:
            if control is not None:
                control.note_draining(slot, False)

    async def _drain(self, descriptor: int) -> int:
        with self._noted_as_drainer(descriptor):
            self.map_new_rings()
            # 1. Nothing later than the cut is drained. Once no append that began before it is under way, every record
            #    with an earlier time is published, so that entries of all rings can be merged by time.
            rings = list(self._sound_rings().values())
            cut_ns = monotonic_now_ns()
            for ring in rings:
                wait_for_appender(ring)
            if not any(ring.head != ring.tail for ring in rings):
                return 0
            # 2. Continue from the Store's position: the tail of a ring is only a hint.
            known = await self._store.read_ring_positions()
            positions = [find_position(ring, known) for ring in rings]
            stored = 0
            while True:
                segments, positions, count, more, broken = await asyncio.to_thread(
                    encode_rings,
                    rings,
                    positions,
                    cut_ns=cut_ns,
                    offset_us=monotonic_to_realtime_us(),
                    max_entries=BATCH_ENTRIES,
                    pause_us=0 if any(ring.fill > HASTY_FROM_FILL for ring in rings) else PAUSE_US,
                )
                for index in broken:
                    positions[index] = self._skip_damage(rings[index], positions[index])
                # 3. Entries and positions in one transaction: a kill before its commit has stored nothing, a kill after
                #    it only leaves room to be freed.
                await self._store.append_log(
                    [log_segment(*segment) for segment in segments],
                    [
                        ring_position(ring, position)
                        for ring, position in zip(rings, positions, strict=True)
                        if position != known.get(ring.ring_id.hex())
                    ],
                )
                # 4. Only now is the room in the rings free again.
                for ring, position in zip(rings, positions, strict=True):
                    if not ring.is_cut_short:
                        ring.release(position)
                stored += count
                if not more:
                    return stored

    async def _store_rest(self, ring: Ring) -> tuple[int, int]:
        """Stores the rest of a ring to which nobody appends; returns the entries stored and the bytes lost."""
        known = await self._store.read_ring_positions()
        stored = lost_bytes = 0
        batches = read_to_end(ring, known.get(ring.ring_id.hex(), 0), monotonic_to_realtime_us())
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await self._store.append_log(batch.segments, [ring_position(ring, batch.position)])
            stored += batch.entry_count
            lost_bytes += batch.lost_bytes
        return stored, lost_bytes

    def _skip_damage(self, ring: Ring, position: int) -> int:
        """Where to continue in a ring that is unreadable at the position: there or, later, at the next whole record."""
        if ring.find_damage():
            return position
        first_at, since_s = self._unreadable_since.get(ring.ring_id, (-1, 0.0))
        now_s = time.monotonic()
        if first_at != position:
            self._unreadable_since[ring.ring_id] = position, now_s
            return position
        if now_s - since_s < DAMAGE_PATIENCE_S:
            return position
        found = find_record(ring, position, ring.head)
        logger.error("%s: unreadable from byte %d to %d; entries there are lost", ring.path, position, found)
        return found


def find_position(ring: Ring, known: dict[str, int]) -> int:
    """Where to continue reading: at the Store's position, unless that does not lie in the ring."""
    position, head = known.get(ring.ring_id.hex(), ring.tail), ring.head
    return position if head - ring.capacity_bytes <= position <= head else ring.tail


def ring_position(ring: Ring, position: int) -> RingPosition:
    return RingPosition(ring_id=ring.ring_id.hex(), node=NODE, position=position)
