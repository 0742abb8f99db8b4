"""The Journal of one worker: its own ring to append to, its turn at draining, and the log as clients read it.

Nothing here waits for another process forever. A wait for a drain or for room in the ring ends with DrainStalled or
JournalFull, with the reason; `find_stall` returns the same reasons for monitoring.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterator

from mockwave._control import ControlBlock
from mockwave._ring import RingFault
from mockwave.data_folder import DataFolder
from mockwave.journal.drain import Drainer, DrainStalled
from mockwave.journal.log_figures import FigureCounter
from mockwave.journal.log_reading import read_entries, read_entry
from mockwave.journal.slot_files import NoFreeSlot, Slot, claim_slot, try_slot
from mockwave.journal.tail import Batch, Tails
from mockwave.journal.usage import Usage, UsageCounter
from mockwave.model import Figures, LogEntry, LogQuery, RingFill
from mockwave.settings import Settings
from mockwave.store.protocol import Store, StoreError
from mockwave.timestamps import show_time_us

logger = logging.getLogger("mockwave.journal")

DRAIN_INTERVAL_S = 0.2
SHORTEST_INTERVAL_S = 0.02
WANTED_FILL = 0.25
"""How full a ring should be at most when a drain begins: if one is fuller, the next drain comes sooner, so that no
request waits for room."""
RETENTION_INTERVAL_S = 15.0
LONGEST_PAUSE_S = 2.0
"""The pause between attempts while the store cannot be written to."""
ROOM_POLL_S = 0.005
READ_PATIENCE_S = 15.0
"""How long a reader of the log waits for the drain that stores everything answered so far."""
REPAIR_PATIENCE_S = 2.0
"""How long it waits until the owner of a damaged ring gives it up, which takes one DRAIN_INTERVAL_S."""
FILL_STEP_S = 5
FILLS_SHOWN_S = 15 * 60
STALLED_AFTER_S = 5.0
"""If an entry waits this long to be stored, something is wrong."""
WRITING_STALLED_AFTER_S = 10.0
"""A transaction of the management plane may take longer, for a large document."""


class JournalFull(Exception):
    """The ring stayed full for as long as a request may wait: the store takes no entries."""


class Journal:
    """Appending is the mock plane's, through `slot.ring`; everything else about the log goes through here.

    `move_to` is called with the number of the new slot if the worker's ring has been damaged. The Ring object stays the
    same.
    """

    def __init__(
        self,
        slot: Slot,
        drainer: Drainer,
        control: ControlBlock,
        settings: Settings,
        store: Store,
        move_to: Callable[[int], None],
    ) -> None:
        self.slot = slot
        self._drainer = drainer
        self._control = control
        self._settings = settings
        self._folder = DataFolder(settings.data_dir)
        self._store = store
        self._move_to = move_to
        self._wake = asyncio.Event()
        self._running: asyncio.Task[int] | None = None
        self._upcoming: asyncio.Task[int] | None = None
        self._loop_task: asyncio.Task[None] | None = None
        self._given_up: list[Slot] = []
        self._followed = Tails(store)
        self._usage = UsageCounter(store)
        self._figures = FigureCounter(store)
        self._failure = ""
        self._tails: dict[int, tuple[int, float]] = {}

    def start(self) -> None:
        self._loop_task = asyncio.create_task(self._drain_again_and_again())

    async def stop(self) -> None:
        """Stores the entries of the rings and stops. Entries that cannot be stored stay in the ring for the next
        start."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop_task
        try:
            await self.drain()
        except Exception as fault:
            logger.warning("the last drain failed, entries wait in the ring: %s", fault)
        for slot in (self.slot, *self._given_up):
            slot.release()

    async def read_logs(self, mock_server_id: str, query: LogQuery) -> AsyncGenerator[Iterator[LogEntry | None], None]:
        """Reads the entries of the query, like `read_entries`, including every request answered before this call."""
        deadline = time.monotonic() + REPAIR_PATIENCE_S
        while self._drainer.damage and time.monotonic() < deadline:
            await asyncio.sleep(DRAIN_INTERVAL_S / 4)
        await self.drain()
        async for entries in read_entries(self._store, mock_server_id, query):
            yield entries

    async def read_entry(self, mock_server_id: str, entry_id: str) -> LogEntry | None:
        """Reads the entry with this id; None if there is none, or it is damaged."""
        return await read_entry(self._store, mock_server_id, entry_id)

    async def clear(self, mock_server_id: str) -> int | None:
        """Removes all entries of requests answered before this call; returns how many were stored, None if there is no
        such server."""
        await self.drain()
        return await self._store.clear_log(mock_server_id)

    async def follow(
        self, mock_server_id: str, query: LogQuery, after_sequence: int | None, idle_s: float
    ) -> AsyncGenerator[Batch | None]:
        """Follows the log (`Tails.follow`); a returning follower first gets every request answered before this call."""
        if after_sequence is not None:
            with contextlib.suppress(DrainStalled, StoreError):  # unstored entries come later
                await self.drain()
        async with contextlib.aclosing(self._followed.follow(mock_server_id, query, after_sequence, idle_s)) as batches:
            async for batch in batches:
                yield batch

    async def read_figures(self, mock_server_id: str, since_us: int, step_us: int) -> Figures:
        """Reads the figures of the log since then, including every request answered before this call."""
        await self.drain()
        figures = await self._figures.read(mock_server_id, since_us, step_us)
        now_s = int(time.time())
        fills = self._control.fills_since((now_s - FILLS_SHOWN_S) // FILL_STEP_S)
        figures.ring_fills = [
            RingFill(from_=show_time_us(step * FILL_STEP_S * 1_000_000), share=share) for step, share in fills
        ]
        figures.dropped_entries = sum(ring.dropped for ring in self._drainer.rings().values())
        return figures

    async def count_usage(self, mock_server_id: str) -> Usage:
        """Counts how often the server's routes were called, including every request answered before this call."""
        await self.drain()
        return await self._usage.count(mock_server_id)

    async def drain(self) -> None:
        """Stores everything appended before this call. Raises DrainStalled if that takes too long, and StoreError.

        A running drain may have missed an entry, so callers share the next one. It is a separate task: a caller that
        goes away must not interrupt a drain, whose lock would then be free before its commit.
        """
        if self._upcoming is None:
            self._upcoming = asyncio.create_task(self._drain_after(self._running))
            # The waiting caller may have given up by then.
            self._upcoming.add_done_callback(lambda task: task.cancelled() or task.exception())
        drain = self._upcoming
        done, _ = await asyncio.wait([drain], timeout=READ_PATIENCE_S)
        if not done:
            reason = self.find_stall() or "the store takes its time"
            raise DrainStalled(f"log entries could not be stored within {READ_PATIENCE_S:g} s: {reason}")
        await drain

    async def make_room(self) -> None:
        """Returns when the full ring has room again, or was replaced. Raises JournalFull if that takes too long.

        It waits longer than a stuck worker may live: entries that such a worker holds up are stored when it is gone.
        """
        patience_s = self._settings.stuck_after_s + STALLED_AFTER_S
        deadline = time.monotonic() + patience_s
        ring = self.slot.ring
        full = ring.inode, ring.tail
        self._wake.set()
        while (ring.inode, ring.tail) == full:
            if time.monotonic() >= deadline:
                reason = self.find_stall() or "the store takes its time"
                raise JournalFull(f"no log entry could be stored for {patience_s:g} s: {reason}")
            await asyncio.sleep(ROOM_POLL_S)

    def find_stall(self) -> str:
        """Why entries are not stored, as far as this worker knows; empty if they are."""
        for holder in self._control.holders():
            if is_alive(holder.process_id):
                if holder.draining_s > STALLED_AFTER_S:
                    return f"process {holder.process_id} has been storing log entries for {holder.draining_s:.0f} s"
                if holder.writing_s > WRITING_STALLED_AFTER_S:
                    return f"process {holder.process_id} has been writing to the store for {holder.writing_s:.0f} s"
        if self._failure:
            return self._failure
        try:
            self._note_tails()
        except OSError as error:
            return str(error)
        now_s = time.monotonic()
        longest_s = max((now_s - since_s for _, since_s in self._tails.values()), default=0.0)
        return f"no log entry has been stored for {longest_s:.0f} s" if longest_s > STALLED_AFTER_S else ""

    def _note_tails(self) -> None:
        """Notes since when each ring with entries has stood still."""
        rings = self._drainer.rings()
        self._tails = {slot: seen for slot, seen in self._tails.items() if slot in rings}
        for slot, ring in rings.items():
            tail = ring.tail
            if ring.head == tail:
                self._tails.pop(slot, None)
            elif slot not in self._tails or self._tails[slot][0] != tail:
                self._tails[slot] = tail, time.monotonic()

    async def _drain_after(self, before: asyncio.Task[int] | None) -> int:
        if before is not None:
            await asyncio.wait([before])
        task = asyncio.current_task()
        self._running, self._upcoming = task, None
        stored = await self._drainer.drain()
        self._control.count_drained(self.slot.number, stored)
        return stored

    async def _drain_again_and_again(self) -> None:
        pause_s = interval_s = DRAIN_INTERVAL_S
        retention_due = time.monotonic() + RETENTION_INTERVAL_S
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            self._wake.clear()
            try:
                lost = self._find_loss()
                self._note_tails()
                await self._leave_damaged_rings(lost)
                fill = self._drainer.fill()
                self._control.note_fill(int(time.time()) // FILL_STEP_S, fill)
                interval_s = choose_interval(interval_s, fill)
                if fill:
                    await self._drain_in_turn()
                elif self._store.write_failure:
                    await self._store.try_write()
                if time.monotonic() >= retention_due:
                    retention_due = time.monotonic() + RETENTION_INTERVAL_S
                    await self._prune()
                pause_s, self._failure = interval_s, ""
            except Exception as fault:
                if not self._failure:
                    logger.error("log entries cannot be stored, they wait in the ring: %s", fault)
                pause_s, self._failure = (
                    min(max(pause_s, DRAIN_INTERVAL_S) * 2, LONGEST_PAUSE_S),
                    str(fault) or repr(fault),
                )

    async def _drain_in_turn(self) -> None:
        """The regular drain, skipped if another worker is already draining."""
        if self._running is not None and not self._running.done():
            return
        self._running = asyncio.create_task(self._drainer.drain_if_free())
        self._control.count_drained(self.slot.number, await asyncio.shield(self._running))

    async def _leave_damaged_rings(self, lost: str) -> None:
        """Moves to another slot if this worker's ring is damaged or `lost`, and retires damaged rings that nobody
        owns."""
        damage = self.slot.ring.find_damage() or lost
        if damage or self._control.has_damaged_ring(self.slot.number):
            self._control.report_ring_damage(self.slot.number)
            await self._change_slot(damage or "another worker has found its ring damaged")
        while self._given_up:
            await self._drainer.retire(self._given_up[0].number, self._given_up[0].ring)
            self._given_up.pop(0).release()
        for slot in list(self._drainer.damage):
            descriptor = try_slot(self._folder, slot)
            if descriptor is not None:
                try:
                    await self._drainer.retire(slot)
                finally:
                    os.close(descriptor)

    def _find_loss(self) -> str:
        """What happened to this worker's ring file, which others find by its path; empty if it is there."""
        ring = self.slot.ring
        try:
            is_there = os.stat(ring.path).st_ino == ring.inode
        except FileNotFoundError:
            is_there = False
        if is_there:
            return ""
        self._folder.create()  # the whole folder may be gone
        return f"{ring.path}: somebody has removed or replaced the file"

    async def _change_slot(self, damage: str) -> None:
        try:
            slot = await asyncio.to_thread(claim_slot, self._folder, self._settings)
        except (OSError, RingFault, NoFreeSlot) as fault:
            # Appends stay within the mapping whatever the header says, so the next look is early enough.
            raise DrainStalled(f"{damage}; the worker cannot go on in another slot: {fault}") from None
        logger.error("%s; the worker goes on in slot %d, not %d", damage, slot.number, self.slot.number)
        ring = self.slot.ring
        ring.exchange(slot.ring)
        self._given_up.append(Slot(self.slot.number, slot.ring, self.slot.lock_descriptor))
        self.slot = Slot(slot.number, ring, slot.lock_descriptor)
        self._move_to(slot.number)

    async def _prune(self) -> None:
        age_s = self._settings.log_retention_age_s
        if age_s is not None or self._settings.log_retention_entries is not None:
            older_than_us = None if age_s is None else int((time.time() - age_s) * 1e6)
            await self._store.prune_log(self._settings.log_retention_entries, older_than_us)


def choose_interval(before_s: float, fill: float) -> float:
    """The seconds to the next drain, if the fullest ring reached this fill (0 to 1) within `before_s`."""
    if fill == 0:
        return DRAIN_INTERVAL_S
    return min(DRAIN_INTERVAL_S, max(SHORTEST_INTERVAL_S, before_s * WANTED_FILL / fill))


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
