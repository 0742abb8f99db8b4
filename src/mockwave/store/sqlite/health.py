"""Whether the files of a store exist and can be read, as far as that can be found cheaply.

1. The *files* must be the opened ones: stat(2) tells, also before each write, since data written to a removed file is
   lost. None of them is opened here directly: closing it would drop all locks that SQLite has on it in this process
   (https://sqlite.org/howtocorrupt.html, 2.2).
2. A *look* reads both ends of each table by a new connection, which has no cached pages; it reads all of a small store.
3. A *check* goes through all pages, if there are not too many, after somebody could not read the store. If it finds
   nothing, the suspicion is lifted; a store that is too large to be checked is suspected for a while.

Looks share one thread, and happen at most once per LOOK_INTERVAL_S.
"""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from mockwave.store.sqlite.failures import describe_failure

LOOK_INTERVAL_S = 1.0
CHECK_INTERVAL_S = 5.0
BUSY_TIMEOUT_S = 1.0

SMALL_BYTES = 4 * 1024 * 1024
"""A store of this size is checked with each look, in some milliseconds, without the interpreter lock."""

CHECKED_BYTES = 256 * 1024 * 1024
"""In a larger store a check leaves out the log, since SQLite cannot be interrupted."""

SUSPECTED_S = 60.0
"""How long a store that cannot be checked as a whole is suspected after a failed read."""

LOG_TABLES = frozenset({"log_chunks"})

WAY_OUT = "restore it from a backup, or move it away to start with an empty store"


class StoreFiles:
    """The files of one store: the database, its write-ahead log and that one's index, as they were when opened."""

    def __init__(self, database: Path) -> None:
        self._paths = (str(database), f"{database}-wal", f"{database}-shm")
        self._known: dict[str, tuple[int, int]] = {}

    def remember(self) -> None:
        """Call it while connections that have read are open: then all files exist, and stay."""
        self._known = {path: identity for path in self._paths if (identity := identify(path)) is not None}

    def forget(self) -> None:
        """Call it before they are closed, since the last one to close removes files."""
        self._known = {}

    def find_loss(self) -> str:
        """Says which file is no longer the one that was opened; empty if none."""
        for path, known in self._known.items():
            found = identify(path)
            if found != known:
                what = "removed" if found is None else "replaced"
                return (
                    f"{path}: somebody has {what} the file while the server runs; put it back, or stop the server and"
                    " start it again"
                )
        return ""

    def find_closed(self) -> str:
        """Says which file this user may no longer read and write; empty if none."""
        for path in self._known:
            if not os.access(path, os.R_OK | os.W_OK):
                return f"{path}: this user may no longer read and write it"
        return ""


class StoreHealth:
    """The known health of one store."""

    def __init__(self, database: Path, files: StoreFiles) -> None:
        self._database = database
        self._files = files
        self._looking: asyncio.Task[str] | None = None
        self._looked_s = self._check_due_s = self._sound_s = 0.0
        self._damage = ""

    async def find_damage(self, failed_ago_s: float | None) -> str:
        """Says why the store cannot be read; empty if nothing seems wrong. `failed_ago_s` is the time since somebody
        last failed to read it."""
        now_s = monotonic()
        if self._looking is None or (self._looking.done() and now_s - self._looked_s >= LOOK_INTERVAL_S):
            self._looked_s = now_s
            self._looking = asyncio.create_task(asyncio.to_thread(self._look, failed_ago_s))
        # The caller may have given up; the look goes on for the others.
        return await asyncio.shield(self._looking)

    def _look(self, failed_ago_s: float | None) -> str:
        loss = self._files.find_loss() or self._files.find_closed()
        if loss:
            return loss
        try:
            with closing(self._open()) as connection:
                return self._read(connection, failed_ago_s)
        except sqlite3.Error as error:
            return str(describe_failure(self._database, error))

    def _read(self, connection: sqlite3.Connection, failed_ago_s: float | None) -> str:
        began_s = monotonic()
        failed_s = None if failed_ago_s is None else began_s - failed_ago_s
        tables = read_ends(connection)
        size = count_bytes(connection)
        is_suspected = failed_s is not None and failed_s > self._sound_s
        if size <= SMALL_BYTES or (is_suspected and began_s >= self._check_due_s):
            checked = tables if size > CHECKED_BYTES else [""]
            said = find_faults(connection, checked)
            self._damage = f"{self._database}: is damaged ({said}): {WAY_OUT}" if said else ""
            self._check_due_s = monotonic() + CHECK_INTERVAL_S
            if size <= CHECKED_BYTES and not said:
                self._sound_s = began_s
                return ""
        if self._damage:
            return self._damage
        if failed_s is not None and failed_s > self._sound_s and began_s - failed_s < SUSPECTED_S:
            return f"{self._database}: could not be read {began_s - failed_s:.0f} s ago; `mockwave doctor` tells more"
        return ""

    def _open(self) -> sqlite3.Connection:
        # A missing file is never created.
        return sqlite3.connect(
            f"file:{quote(str(self._database))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
        )


def identify(path: str) -> tuple[int, int] | None:
    """The identity of the file at the path; None if there is no regular file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def read_ends(connection: sqlite3.Connection) -> list[str]:
    """Reads the first and the last row of each table, and the pages that lead to them. Returns the tables except those
    of the log. Raises sqlite3.Error."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    for name in names:
        for order in ("ASC", "DESC"):
            connection.execute(f'SELECT 1 FROM "{name}" ORDER BY 1 {order} LIMIT 1').fetchone()
    return [name for name in names if name not in LOG_TABLES]


def count_bytes(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_bytes)


def find_faults(connection: sqlite3.Connection, tables: list[str]) -> str:
    """Returns the first fault in the pages of these tables ("" for all tables); empty if there is none. Raises
    sqlite3.Error."""
    return next(_faults_of(connection, tables), "")


def _faults_of(connection: sqlite3.Connection, tables: list[str]) -> Iterator[str]:
    for table in tables:
        asked = f'"{table}"' if table else "1"
        (said,) = connection.execute(f"PRAGMA quick_check({asked})").fetchone()
        if said != "ok":
            yield str(said).replace("\n", " ")
