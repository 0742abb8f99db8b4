"""The log as it grows: the entries after a place in it, in order, each once.

Sequence numbers of a server's log have no gaps, and are assigned in the transaction that stores the entries, whichever
worker drains. So a follower that has seen everything up to a number, and reads on after it, misses nothing and sees
nothing twice, even if a worker is killed. All followers in a worker share one look at their logs every POLL_S: the log
of a server is read once for all of them, and once per set of filters (a *View*). Nobody looks while nobody follows.

More than RATE entries per second are sampled, and of long ones fewer are shown: the caller of the mock chooses the
content of an entry. A Batch has the number of entries, and some of them. Entries that are not shown are counted where
they are (`log_surveys.py`).
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator

import msgspec
from msgspec import Struct

from mockwave.journal.log_surveys import Survey, Wish
from mockwave.model import LogQuery
from mockwave.store.protocol import Store, StoreError
from mockwave.store.records import LogExtent

logger = logging.getLogger("mockwave.journal")

POLL_S = 0.25
"""Between two looks; twice as long while a sample is shown, which nobody can read entry by entry anyway."""
RATE = 200
"""Entries per second that a follower gets, if the log grows faster."""

BACKLOG_ENTRIES = 10_000
"""The most entries that a returning follower gets: the newest of those since it left."""

BACKLOG_BYTES = 8 * 1024 * 1024
"""The most bytes of these entries, as JSON."""

QUEUED_BYTES = 2 * 1024 * 1024
QUEUED_BATCHES = 64
"""Batches kept for a slow follower; of earlier ones it learns only the number of entries."""


class Batch(Struct):
    """New entries: sequence numbers from `first` up to, not including, `next`.

    `matching` of them pass the filters; `classes` are their counts by the first digit of the status; `shown` has
    (sequence number, LogEntry as JSON) of all of these, or of as many as may be shown. `written` is the batch as it
    is sent, once it has been written for one follower: all followers get the same.
    """

    first: int
    next: int
    matching: int
    classes: tuple[int, ...]
    shown: tuple[tuple[int, bytes], ...]
    written: bytes = b""

    @property
    def size_bytes(self) -> int:
        """The size of the shown entries."""
        return sum(len(line) for _, line in self.shown)


class Follower:
    """A follower of a log, with the batches that it has not taken yet."""

    def __init__(self) -> None:
        self.batches: deque[Batch] = deque()
        self.news = asyncio.Event()

    def give(self, batch: Batch) -> None:
        queued_bytes = sum(each.size_bytes for each in self.batches)
        is_full = len(self.batches) >= QUEUED_BATCHES or queued_bytes + batch.size_bytes > QUEUED_BYTES
        if is_full and self.batches:
            batch = join_unshown(self.batches.pop(), batch)
        self.batches.append(batch)
        self.news.set()


class View:
    """The end of a log as one query sees it, for all its followers."""

    def __init__(self, query: LogQuery, next_sequence: int) -> None:
        self.query = query
        self.next = next_sequence
        self.is_over = False
        self.followers: set[Follower] = set()
        self._allowance = float(RATE)
        self._allowed_at_s = time.monotonic()

    def allow(self) -> int:
        """Returns how many entries may be shown now."""
        now_s = time.monotonic()
        self._allowance = min(float(RATE), self._allowance + (now_s - self._allowed_at_s) * RATE)
        self._allowed_at_s = now_s
        return int(self._allowance)

    def take(self, batch: Batch) -> None:
        if batch.next == self.next:
            return
        self._allowance -= len(batch.shown)
        self.next = batch.next
        for follower in self.followers:
            follower.give(batch)

    def end(self) -> None:
        """Tells the followers that there is nothing left to follow."""
        self.is_over = True
        for follower in self.followers:
            follower.news.set()


class Tails:
    """The logs that are followed in one worker: by server, the views of its end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._views: dict[str, dict[LogQuery, View]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def follow(
        self, mock_server_id: str, query: LogQuery, after_sequence: int | None, idle_s: float
    ) -> AsyncGenerator[Batch | None]:
        """Yields the entries after this sequence number (None: from now on), batch by batch; None after each `idle_s`
        without any.

        A new follower first gets an empty batch, which tells it where to continue if it has to come back. Ends when the
        server is gone. Only the filters of `query` count.
        """
        extent = await self._store.read_log_extent(mock_server_id)
        view, follower = self._join(mock_server_id, msgspec.structs.replace(query, limit=1, offset=0), extent)
        begins = view.next  # from here on the follower gets all batches
        try:
            if after_sequence is None:
                yield Batch(begins, begins, 0, (0,) * 10, ())
            else:
                # This includes entries that the view has not looked at yet, of which it may show only a part.
                begins = max(begins, extent.next)
                if after_sequence + 1 < begins:
                    wish = Wish(query, after_sequence + 1, BACKLOG_ENTRIES, from_end=True, most_bytes=BACKLOG_BYTES)
                    yield await self._read(mock_server_id, wish, begins)
            while True:
                while follower.batches:
                    batch = follower.batches.popleft()
                    if batch.first >= begins:
                        yield batch
                    elif batch.next > begins:  # its first part was read above
                        yield await self._read(mock_server_id, Wish(query, begins, RATE), batch.next)
                if view.is_over:
                    return
                follower.news.clear()
                try:
                    await asyncio.wait_for(follower.news.wait(), idle_s)
                except TimeoutError:
                    yield None
        finally:
            self._leave(mock_server_id, view, follower)

    def _join(self, mock_server_id: str, query: LogQuery, extent: LogExtent) -> tuple[View, Follower]:
        views = self._views.setdefault(mock_server_id, {})
        view = views.get(query)
        if view is None or view.is_over:
            view = views[query] = View(query, extent.next)
        follower = Follower()
        view.followers.add(follower)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_again_and_again())
        return view, follower

    def _leave(self, mock_server_id: str, view: View, follower: Follower) -> None:
        view.followers.discard(follower)
        views = self._views.get(mock_server_id, {})
        if not view.followers and views.get(view.query) is view:
            del views[view.query]
        if not views:
            self._views.pop(mock_server_id, None)
        if not self._views and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_again_and_again(self) -> None:
        is_sampled = False
        while True:
            await asyncio.sleep(2 * POLL_S if is_sampled else POLL_S)
            # Followers that join meanwhile may follow a server that the extents do not have yet.
            followed = {mock_server_id: list(views.values()) for mock_server_id, views in self._views.items()}
            try:
                extents = await self._store.read_log_extents(tuple(followed))
                is_sampled = False
                for mock_server_id, views in followed.items():
                    is_sampled |= await self._look(mock_server_id, views, extents.get(mock_server_id))
            except StoreError:
                continue  # the store reports what is wrong, and the next look may succeed
            except Exception:
                logger.exception("a look at the logs that are followed failed; the next may succeed")

    async def _look(self, mock_server_id: str, views: list[View], extent: LogExtent | None) -> bool:
        """Hands on the new entries; returns whether there were too many to show them all."""
        is_sampled = False
        for view in views:
            if extent is None or extent.next < view.next:  # the server is gone, or another has its id
                view.end()
        views = [view for view in views if not view.is_over]
        # In turns of a bounded number of chunks, each a batch: usually there is one.
        while extent is not None and (behind := [view for view in views if view.next < extent.next]):
            wishes = [Wish(view.query, max(view.next, extent.first), view.allow()) for view in behind]
            reached, all_found = await Survey(self._store, mock_server_id, wishes, extent.next).look()
            for view, wish, found in zip(behind, wishes, all_found, strict=True):
                view.take(Batch(wish.first, max(reached, wish.first), found.matching, found.classes, found.shown))
                is_sampled |= len(found.shown) < found.matching
        return is_sampled

    async def _read(self, mock_server_id: str, wish: Wish, end: int) -> Batch:
        """Reads the wished part of the log, to below `end`, as one batch."""
        survey = Survey(self._store, mock_server_id, [wish], end)
        while await survey.go_on() < end:
            pass
        (found,) = await survey.show()
        return Batch(wish.first, end, found.matching, found.classes, found.shown)


def join_unshown(first: Batch, second: Batch) -> Batch:
    """Joins two batches into one, without the entries of either."""
    classes = tuple(count + more for count, more in zip(first.classes, second.classes, strict=True))
    return Batch(first.first, second.next, first.matching + second.matching, classes, ())
