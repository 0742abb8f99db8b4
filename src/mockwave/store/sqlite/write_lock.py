"""One writer at a time on a machine, its checkpoint included: a lock that is asked for before SQLite's own.

SQLite before 3.51.3 can damage a file where one connection writes at the instant that a second checkpoint follows a
first (https://sqlite.org/wal.html, "The WAL-Reset Bug"), and Debian's is older. Commits, and the checkpoints that they
run, all happen under this lock, so no two of ours ever meet. It spares writers SQLite's way of waiting, too, which is
polling with pauses of up to 100 ms.

The lock is an OS file lock beside the database, so it dies with its owner. A lock that was taken counts only if its
file is still the one at the path: where somebody has removed that, all go on with the new one.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from mockwave.data_folder import read_signature, sign_lock
from mockwave.store.protocol import StoreError

FIRST_PAUSE_S = 0.0002
LONGEST_PAUSE_S = 0.004


class WriteLock:
    """The lock of one store; its connections' threads queue at `_threads` for the turn to ask other processes.

    `note_holding` is told when it is taken and when it is let go of. `failure` is why the last write could not be made,
    as far as that was the store's fault; empty if it was made.
    """

    def __init__(self, database: Path, note_holding: Callable[[bool], None] | None = None) -> None:
        self._path = Path(f"{database}-lock")
        self._note_holding = note_holding or (lambda begins: None)
        self._threads = Lock()
        self._descriptor: int | None = None
        self.failure = ""

    @contextmanager
    def held(self, timeout_s: float) -> Iterator[None]:
        """Holds the lock. Raises StoreError if others, in this process and elsewhere, do not give it up in time."""
        deadline = time.monotonic() + timeout_s
        if not self._threads.acquire(timeout=timeout_s):
            raise StoreError(f"{self._path}: other writes of this process took over {timeout_s:g} s: try again")
        try:
            try:
                descriptor = self._lock_file(deadline)
            except OSError as error:
                raise StoreError(
                    f"{self._path}: cannot be locked ({error.strerror}): "
                    "make it and its folder writable, and choose a local disk"
                ) from error
            self._note_holding(True)
            try:
                yield
            finally:
                self._note_holding(False)
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        with self._threads:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None

    def _lock_file(self, deadline: float) -> int:
        """The descriptor of the file, locked."""
        pause_s = FIRST_PAUSE_S
        while True:
            if self._descriptor is None:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = read_signature(self._descriptor)
                    raise StoreError(
                        f"{self._path}: stayed locked by {f'process {holder}' if holder else 'another process'}:"
                        " end what holds it, or try again"
                    ) from None
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                if is_at(self._path, self._descriptor):
                    sign_lock(self._descriptor)
                    return self._descriptor
                os.close(self._descriptor)
                self._descriptor = None


def is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one at the path."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
