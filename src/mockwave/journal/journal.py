"""The Journal of one worker: its own ring to append to, its turn at draining, and the log as clients read it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Iterator

from mockwave._control import ControlBlock
from mockwave.journal.drain import Drainer
from mockwave.journal.reading import read_entries
from mockwave.journal.slots import Slot
from mockwave.model import LogEntry, LogQuery
from mockwave.settings import Settings
from mockwave.store.protocol import Store

logger = logging.getLogger("mockwave.journal")

DRAIN_INTERVAL_S = 0.2
RETENTION_INTERVAL_S = 15.0
LONGEST_PAUSE_S = 5.0
"""Between attempts while the store cannot be written to."""
ROOM_POLL_S = 0.005
ROOM_PATIENCE_S = 30.0


class JournalFull(Exception):
    """The ring stayed full for as long as a request may wait: the store takes no entries."""


class Journal:
    """Appending is the mock plane's, through `slot.ring`; everything else about the log goes through here."""

    def __init__(self, slot: Slot, drainer: Drainer, control: ControlBlock, settings: Settings, store: Store) -> None:
        self.slot = slot
        self._drainer = drainer
        self._control = control
        self._settings = settings
        self._store = store
        self._wake = asyncio.Event()
        self._running: asyncio.Task[int] | None = None
        self._upcoming: asyncio.Task[int] | None = None
        self._loop_task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop_task = asyncio.create_task(self._drain_again_and_again())

    async def stop(self) -> None:
        """Stores what the rings hold and stops. Entries that cannot be stored stay in the ring for the next start."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop_task
        try:
            await self.drain()
        except Exception as fault:
            logger.warning("the last drain failed, entries wait in the ring: %s", fault)
        self.slot.release()

    async def read_logs(self, mock_server_id: str, query: LogQuery) -> AsyncGenerator[Iterator[LogEntry], None]:
        """The entries asked for, as `read_entries` has them. They show every request answered before this call."""
        await self.drain()
        async for entries in read_entries(self._store, mock_server_id, query):
            yield entries

    async def drain(self) -> None:
        """Stores everything appended before this call.

        A drain that runs already may have passed an entry by, so callers share the one after it. It is a task of its
        own: a caller that goes away must not cut a drain in two, whose lock would then be free before its commit.
        """
        if self._upcoming is None:
            self._upcoming = asyncio.create_task(self._drain_after(self._running))
        await asyncio.shield(self._upcoming)

    async def make_room(self) -> None:
        """Returns when the full ring has room again. Raises JournalFull where that takes too long."""
        deadline = time.monotonic() + ROOM_PATIENCE_S
        tail = self.slot.ring.tail
        self._wake.set()
        while self.slot.ring.tail == tail:
            if time.monotonic() >= deadline:
                raise JournalFull(f"no log entry could be stored for {ROOM_PATIENCE_S:g} s")
            await asyncio.sleep(ROOM_POLL_S)

    async def _drain_after(self, before: asyncio.Task[int] | None) -> int:
        if before is not None:
            await asyncio.wait([before])
        task = asyncio.current_task()
        self._running, self._upcoming = task, None
        stored = await self._drainer.drain()
        self._control.count_drained(self.slot.number, stored)
        return stored

    async def _drain_again_and_again(self) -> None:
        pause_s = DRAIN_INTERVAL_S
        retention_due = time.monotonic() + RETENTION_INTERVAL_S
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            self._wake.clear()
            try:
                self._drainer.map_new_rings()
                if self._drainer.has_pending():
                    await self._drain_in_turn()
                if time.monotonic() >= retention_due:
                    retention_due = time.monotonic() + RETENTION_INTERVAL_S
                    await self._prune()
                pause_s = DRAIN_INTERVAL_S
            except Exception as fault:
                if pause_s == DRAIN_INTERVAL_S:
                    logger.error("log entries cannot be stored, they wait in the ring: %s", fault)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _drain_in_turn(self) -> None:
        """The regular drain, left to another worker where one is at it."""
        if self._running is not None and not self._running.done():
            return
        self._running = asyncio.create_task(self._drainer.drain_if_free())
        self._control.count_drained(self.slot.number, await asyncio.shield(self._running))

    async def _prune(self) -> None:
        age_s = self._settings.log_retention_age_s
        if age_s is not None or self._settings.log_retention_entries is not None:
            older_than_us = None if age_s is None else int((time.time() - age_s) * 1e6)
            await self._store.prune_log(self._settings.log_retention_entries, older_than_us)
