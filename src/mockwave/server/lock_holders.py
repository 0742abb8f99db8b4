"""Which process holds a data folder's lock, without taking the lock.

The lock's file names the process that signed it last. That is believed only if the process has this very file open:
process numbers come again, and on a shared disk they may be those of another machine or container.
"""

import os
from pathlib import Path

from msgspec import Struct

from mockwave.data_folder import DataFolder, read_signature, try_lock


class LockHolder(Struct, frozen=True):
    """`process_id` is 0 if the holder cannot be told, or cannot be seen from here."""

    process_id: int


def find_holder(folder: DataFolder) -> LockHolder | None:
    """Returns who holds the folder's lock; None if nobody does. Raises OSError if the lock's file cannot be opened."""
    try:
        descriptor = os.open(folder.lock_file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if try_lock(descriptor):
            return None
        process_id = read_signature(descriptor)
        return LockHolder(process_id if process_id and _has_open(process_id, os.fstat(descriptor)) else 0)
    finally:
        os.close(descriptor)


def _has_open(process_id: int, file: os.stat_result) -> bool:
    """Whether the process has the file open (proc_pid_fd(5))."""
    try:
        for entry in Path(f"/proc/{process_id}/fd").iterdir():
            try:
                if os.path.samestat(entry.stat(), file):
                    return True
            except OSError:
                continue  # closed meanwhile
    except OSError:
        return False  # gone, or another user's
    return False
