"""SQLite connections as the store uses them: opened alike, one thread each, one thread hop a transaction.

aiosqlite gives each connection a thread and queues functions to it. Its own calls hop once per statement, and a
coroutine cancelled between two of them leaves a transaction open. So a whole transaction is one function here, queued
in one hop: once queued it runs to its COMMIT or ROLLBACK whatever becomes of the coroutine that waits for it. aiosqlite
has no public call that queues a function, but a `_execute` that all its calls are made of; a subclass may use it.

Writers take SQLite's one write lock at BEGIN, so a transaction never fails half way for want of it; before it they take
ours (write_lock.py).
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import aiosqlite

from mockwave.store.protocol import StoreError
from mockwave.store.sqlite.failures import (
    describe_failure,
    describe_unstorable,
    keeps_writes_away,
    makes_unreadable,
)
from mockwave.store.sqlite.health import StoreFiles
from mockwave.store.sqlite.write_lock import WriteLock

LOGGER = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30.0

# Once all of it is in the database the WAL is written from its start again, and cut down to WAL_KEPT_BYTES. SQLite does
# so by itself only at a moment without readers; beyond WAL_LARGE_BYTES such a moment is made, or awaited for so long.
WAL_KEPT_BYTES = 16 * 1024 * 1024
WAL_LARGE_BYTES = 64 * 1024 * 1024
WAL_RESTART_TIMEOUT_S = 1.0

# Nothing interrupts COMMIT or a checkpoint, and on a busy core mocks wait for each millisecond of them. A small cache
# makes a long transaction write to the WAL as it goes; in larger pages both take half the time that 4 KiB take.
CACHE_KIB = 256
PAGE_BYTES = 8192

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Connection(aiosqlite.Connection):
    """A connection whose unit of work is a transaction: a function of a sqlite3.Connection, run on its own thread."""

    def __init__(
        self,
        path: Path,
        write_lock: WriteLock,
        files: StoreFiles,
        *,
        durable: bool,
        note_unreadable: Callable[[], None] | None = None,
    ) -> None:
        """`note_unreadable` is called, in the connection's thread, where SQLite cannot read what is stored."""
        super().__init__(lambda: connect(path, durable=durable), iter_chunk_size=64)
        # A process that dies without close() must not wait for this thread; SQLite rolls back what it was at.
        self._thread.daemon = True
        self._path = path
        self._write_lock = write_lock
        self._files = files
        self._note_unreadable = note_unreadable or (lambda: None)

    async def start(self) -> None:
        """Opens the connection. Raises StoreError."""
        try:
            await self
        except sqlite3.Error as error:
            # aiosqlite does not wait for its thread here, which would find the event loop closed where nothing follows.
            await asyncio.to_thread(self._thread.join)
            raise describe_failure(self._path, error) from error

    async def read(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Arguments], Result],
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Result:
        """Runs the function in a read transaction: all it reads is one state of the store. Raises StoreError."""
        return await self._run(lambda c: run_transaction(c, "BEGIN", partial(function, c, *arguments, **keywords)))

    async def write(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Arguments], Result],
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Result:
        """Runs the function in a write transaction, undone if it raises; durable on return.

        Raises StoreError, and ValueError for a value that SQLite cannot hold.
        """
        return await self.write_alone(
            lambda c: run_transaction(c, "BEGIN IMMEDIATE", partial(function, c, *arguments, **keywords))
        )

    async def write_alone(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Runs a function that makes its transactions itself, while no other writer does."""

        def run(connection: sqlite3.Connection) -> Result:
            try:
                with self._write_lock.held(BUSY_TIMEOUT_S):
                    loss = self._files.find_loss()
                    if loss:
                        raise StoreError(f"{loss}; nothing of this write was stored")
                    result = function(connection)
                    restart_large_wal(connection, self._path)
            except sqlite3.Error as error:
                if keeps_writes_away(error):
                    self._write_lock.failure = str(describe_failure(self._path, error))
                raise
            except StoreError as error:
                self._write_lock.failure = str(error)
                raise
            self._write_lock.failure = ""
            return result

        return await self._run(run)

    async def _run(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        if not self._running or self._connection is None:
            raise StoreError(f"{self._path}: the store is closed")
        try:
            result: Result = await self._execute(function, self._connection)  # type: ignore[no-untyped-call]
        except sqlite3.Error as error:
            if makes_unreadable(error):
                self._note_unreadable()
            raise describe_failure(self._path, error) from error
        except UnicodeEncodeError as error:
            raise describe_unstorable(error) from error
        except OverflowError as error:
            raise ValueError("number cannot be stored: expected one of 64 bits, signed") from error
        return result


def run_transaction(connection: sqlite3.Connection, begin: str, function: Callable[[], Result]) -> Result:
    """One transaction, whole: BEGIN to COMMIT, or to ROLLBACK where anything raises."""
    connection.execute(begin)
    try:
        result = function()
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def connect(path: Path, *, durable: bool) -> sqlite3.Connection:
    """A connection with the settings that belong to connections, not to the file."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=256)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        # Debian's SQLite zeroes what is deleted, which doubles the cost of dropping a log.
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def restart_large_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Keeps a steady stream of readers from growing the WAL for ever; they wait for nothing, writers for the oldest."""
    try:
        wal_bytes = os.stat(f"{path}-wal").st_size
    except FileNotFoundError:
        # A file not yet in WAL mode.
        return
    if wal_bytes <= WAL_LARGE_BYTES:
        return
    connection.execute(f"PRAGMA busy_timeout = {int(WAL_RESTART_TIMEOUT_S * 1000)}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        # What was written is safe in the WAL; a full disk must not make it look lost. The next write tries again.
        LOGGER.warning("%s: the write-ahead log stays large, since its checkpoint failed", path, exc_info=True)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")


def use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Puts the file into WAL mode, with pages that can be given back; what it is made with stays. Raises StoreError."""
    # These take effect in a file that has no tables yet, and there only before the change to WAL writes its first page.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            # Where two processes change the mode at once, SQLite gives up at once instead of waiting.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
    if mode != "wal":
        raise StoreError(
            f"{path}: this file system cannot share memory between processes, which SQLite's WAL needs "
            f"(journal mode is {mode}): choose a data folder on a local disk"
        )
