"""One writer at a time on a machine, its checkpoint included: a lock that is asked for before SQLite's own.

SQLite before 3.51.3 can damage a file where one connection writes at the instant that a second checkpoint follows a
first (https://sqlite.org/wal.html, "The WAL-Reset Bug"), and Debian's is older. Commits, and the checkpoints that they
run, all happen under this lock, so no two of ours ever meet. It spares writers SQLite's way of waiting, too, which is
polling with pauses of up to 100 ms.

The lock is an OS file lock beside the database, so it dies with its owner. Whoever deletes the file takes away this
protection, not SQLite's own locking.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from mockwave.store.protocol import StoreError

FIRST_PAUSE_S = 0.0002
LONGEST_PAUSE_S = 0.004


class WriteLock:
    """The lock of one store; its connections' threads queue at `_threads` for the turn to ask other processes."""

    def __init__(self, database: Path) -> None:
        self._path = Path(f"{database}-lock")
        self._threads = Lock()
        self._descriptor: int | None = None

    @contextmanager
    def held(self, timeout_s: float) -> Iterator[None]:
        """Holds the lock. Raises StoreError where another process does not give it up in time."""
        with self._threads:
            try:
                descriptor = self._lock_file(time.monotonic() + timeout_s)
            except OSError as error:
                raise StoreError(
                    f"{self._path}: cannot be locked ({error.strerror}): "
                    "make it and its folder writable, and choose a local disk"
                ) from error
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        with self._threads:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None

    def _lock_file(self, deadline: float) -> int:
        """The descriptor of the file, locked."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreError(
                        f"{self._path}: stayed locked by another process: end what holds it, or try again"
                    ) from None
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                return self._descriptor
