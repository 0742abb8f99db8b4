"""Where things lie in the data folder, and the lock that reserves it for one server.

lock                    held by the server, for as long as it or one of its processes lives
mockwave.sqlite3        the Store
jwt-secret              the HS256 secret, made at first start
journal/ring-N          the ring of worker slot N; journal/slot-N.lock is held by the worker that owns it
journal/drain.lock      held by whoever drains
run/                    files of the running server only: control block, state of rules, server.json, ready files
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from mockwave.errors import ForeseenError


class FolderInUse(ForeseenError):
    """Another server uses the folder; `process_id` is the process that signed the lock, or 0 if unknown."""

    exit_code = 2

    def __init__(self, folder: Path, process_id: int) -> None:
        holder = f"process {process_id}" if process_id else "another process"
        super().__init__(f"data folder {folder} is in use by {holder}; stop that server, or choose another --data-dir")
        self.process_id = process_id


class DataFolder:
    """The paths below one data folder. Nothing is made until `create`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.lock_file = self.path / "lock"
        self.database = self.path / "mockwave.sqlite3"
        self.secret_file = self.path / "jwt-secret"
        self.journal = self.path / "journal"
        self.drain_lock_file = self.journal / "drain.lock"
        self.run = self.path / "run"
        self.control_block = self.run / "control"
        self.state_table = self.run / "state"
        self.server_file = self.run / "server.json"

    def create(self) -> None:
        """Makes the folders, closed to other users. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.journal.mkdir(mode=0o700, exist_ok=True)
        self.run.mkdir(mode=0o700, exist_ok=True)

    def ring_file(self, slot: int) -> Path:
        return self.journal / f"ring-{slot}"

    def slot_lock_file(self, slot: int) -> Path:
        return self.journal / f"slot-{slot}.lock"

    def ring_files(self) -> dict[int, Path]:
        """The files of all rings, by slot."""
        found = {}
        for entry in self.journal.iterdir():
            name, _, number = entry.name.partition("-")
            if name == "ring" and number.isdecimal():
                found[int(number)] = entry
        return dict(sorted(found.items()))

    def lock(self, patience_s: float = 2.0) -> int:
        """Takes the folder's lock and returns the descriptor that holds it, to be kept open.

        Waits for a holder that is just dying. Raises FolderInUse.
        """
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience_s
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = read_signature(descriptor)
                os.close(descriptor)
                raise FolderInUse(self.path, holder)
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        sign_lock(descriptor)
        return descriptor


def try_lock(descriptor: int) -> bool:
    """Takes the file's lock (flock) if it is free."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def sign_lock(descriptor: int) -> None:
    """Writes into the lock's file who holds it, so that others can name the holder."""
    with contextlib.suppress(OSError):  # a full disk does not prevent holding the lock
        os.pwrite(descriptor, b"%-10d" % os.getpid(), 0)


def read_signature(descriptor: int) -> int:
    """The process that signed last, which is the holder if the lock is held; 0 if no process signed."""
    said = os.pread(descriptor, 20, 0).strip()
    return int(said) if said.isdigit() else 0
