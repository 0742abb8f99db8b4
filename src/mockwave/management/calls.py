"""The arguments of handlers: the Call, with its caller, and the Services of the plane.

Every write goes through `Services.commit`: it finishes even if the client is gone, and raises the generation before the
answer can go out, so that the next request on any worker sees it (read your writes).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine, Iterator
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from mockwave.journal.tail import Batch
from mockwave.journal.usage import Usage
from mockwave.management.exchange import ManagementRequest
from mockwave.management.tokens import Bearer
from mockwave.model import Figures, LogEntry, LogQuery, Violation
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.reading.readers import Reader
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.settings import Settings
from mockwave.state.states import StateTable
from mockwave.store.protocol import Store
from mockwave.store.records import ServerRecord
from mockwave.templates import Template, TemplateError

Result = TypeVar("Result")


class LogReader(Protocol):
    def read_logs(self, mock_server_id: str, query: LogQuery) -> AsyncGenerator[Iterator[LogEntry | None], None]:
        """Yields the server's LogEntries for the query, newest first, some at a time, including every request answered
        before. None stands for an entry that is damaged in the store. The caller applies the query's limit."""

    async def drain(self) -> None:
        """Stores the entries of all requests answered before."""

    async def read_entry(self, mock_server_id: str, entry_id: str) -> LogEntry | None:
        """The entry with this id; None if there is none."""

    async def clear(self, mock_server_id: str) -> int | None:
        """Removes the entries of all requests answered before; None if there is no such server."""

    def follow(
        self, mock_server_id: str, query: LogQuery, after_sequence: int | None, idle_s: float
    ) -> AsyncGenerator[Batch | None]:
        """Yields the entries after this sequence number (None: from now on), in order, each in one Batch; None after
        each `idle_s` without news. Ends when the server is gone."""

    async def read_figures(self, mock_server_id: str, since_us: int, step_us: int) -> Figures:
        """Returns requests, status classes and durations since then, in steps."""

    async def count_usage(self, mock_server_id: str) -> Usage:
        """Hits and last use by route id, as far as the log goes back."""


class Services(Struct, frozen=True, kw_only=True):
    settings: Settings
    store: Store
    logs: LogReader
    states: StateTable
    reader: Reader
    check_template: Callable[[str, Template], Awaitable[TemplateError | None]]
    """Returns what is wrong with a template of a mock server, if anything. Raises Refusal."""
    check_rules: Callable[[str, bytes, RouteTraits | None, Collection[str]], Awaitable[list[Violation]]]
    """Returns the faults of rules, as stored, that take long to compile: of a mock server's route with these traits, or
    its own, with the faults that the engine can do. Raises Refusal."""
    after_write: Callable[[], Awaitable[None]]
    count_answered: Callable[[], int]
    read_generation: Callable[[], int]
    is_stopping: Callable[[], bool]

    def begin_pauses(self) -> Pauses:
        """Returns the Pauses for a piece of work that begins."""
        return Pauses(self.count_answered)

    async def commit(self, write: Awaitable[Result]) -> Result:
        """Awaits the write and raises the generation; a caller that is cancelled meanwhile stops neither."""
        return await asyncio.shield(asyncio.ensure_future(self._write(write)))

    async def _write(self, write: Awaitable[Result]) -> Result:
        result = await write
        # False and None mean that there was nothing to write to.
        if result is not None and result is not False:
            await self.after_write()
        return result


class Call(Struct, frozen=True, kw_only=True):
    """One management call of an admitted bearer, with the ids that its path names."""

    services: Services
    request: ManagementRequest
    bearer: Bearer
    mock_server_id: str = ""
    route_id: str = ""
    entry_id: str = ""

    async def read_server(self) -> ServerRecord:
        """Returns the server that the path names. Raises Refusal (404) if there is none that the bearer may see."""
        server = await self.services.store.read_server(self.mock_server_id)
        if server is None or not self.bearer.sees(server.workspace_id):
            raise no_such_server(self.mock_server_id)
        return server

    async def work_while_waited_for(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Awaits the work, and gives it up when the client is gone: for long work that writes nothing."""
        if self.request.wait_until_gone is None:
            return await work
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self.request.wait_until_gone())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Refusal(408, "client-gone", "the client is gone, so the work for it was given up")
            return working.result()
        finally:
            working.cancel()
            leaving.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    async def check_server(self) -> None:
        """Raises Refusal (404) if the path names a server that the bearer may not see.

        For writes, which themselves find out whether the server exists: a bearer who sees everything need not wait for
        another read.
        """
        if self.bearer.workspaces is not None:
            await self.read_server()


MAXIMUM_TRIES: Final = 50
"""How often a write is made again that was made from what has changed since it was read."""


def refuse_changing(what: str) -> Refusal:
    """`what` changed before each try to write it."""
    message = f"{what} is being changed by others all the time; try again when they are done"
    return Refusal(503, "changed-meanwhile", message, headers=[(b"retry-after", b"1")])


def no_such_server(mock_server_id: str) -> Refusal:
    return Refusal(404, "mock-server-not-found", f"there is no mock server {quote(mock_server_id)}")
