"""How a server for tests and its users find each other, and how it ends with the last of them.

lease           each user holds a shared lock on it. The server waits for the exclusive one, which it gets when no user
                is left, whatever ended them; it keeps it until it has ended
alive           held by the server as long as it lives
start.lock      held by whoever starts a server, so that of many users one does
server.json     where it answers, and the token for it
output          what it said on stdout and stderr

All are locks of the kernel, so they end with their holders. That of `alive` is a record lock (fcntl(2)), which forked
processes do not inherit; the others are flock(2) locks. A user who came while the server was ending waits for its
lease until it has ended, and starts another.
"""

import contextlib
import fcntl
import os
from pathlib import Path

import msgspec
from msgspec import Struct


class MeetingPoint(Struct, frozen=True):
    """Where a server for tests answers, and the token for it."""

    url: str
    token: str


class MeetingFolder:
    """The files below one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lease_file = path / "lease"
        self.alive_file = path / "alive"
        self.start_lock_file = path / "start.lock"
        self.server_file = path / "server.json"
        self.output_file = path / "output"

    def take_lease(self) -> int:
        """The lock of one user, as a descriptor."""
        descriptor = _open(self.lease_file)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor

    def wait_for_last_user(self) -> None:
        """Returns when no user is left. No lease is given from then on while this process lives."""
        fcntl.flock(_open(self.lease_file), fcntl.LOCK_EX)

    def say_alive(self) -> None:
        """For the server: true until it ends. It must not open the file again: that would end the lock."""
        fcntl.lockf(_open(self.alive_file), fcntl.LOCK_EX)

    def take_start_lock(self) -> int:
        descriptor = _open(self.start_lock_file)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    def publish(self, point: MeetingPoint) -> None:
        part = self.server_file.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.encode(point))
        part.replace(self.server_file)

    def find(self) -> MeetingPoint | None:
        """Where the living server of the folder answers; None if there is none, or it does not answer yet."""
        descriptor = _open(self.alive_file)
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
            return msgspec.json.decode(self.server_file.read_bytes(), type=MeetingPoint)
        except FileNotFoundError:
            return None
        finally:
            os.close(descriptor)


def release(descriptor: int) -> None:
    """Gives a lock back, also where processes that were forked since have its descriptor too."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
