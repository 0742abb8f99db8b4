"""Who owns the data folder: the parent's lock, and the lock that its workers share.

    lock            held by the parent as long as it lives; its text is the parent's pid
    workers.lock    shared by every worker as long as it lives

Both are flock(2) locks, so they end with their owners, however those end. The second is for a parent that is killed:
the kernel then kills its workers too, but a moment later, and nobody may touch their rings sooner.
"""

import fcntl
import os
import time

from mockwave.data_folder import DataFolder, try_lock
from mockwave.server.start_errors import StartError

WORKERS_PATIENCE_S = 10.0
"""How long workers of a killed parent may live on; on a busy machine their end takes time."""

POLL_INTERVAL_S = 0.02


def lock_data_folder(folder: DataFolder) -> int:
    """Makes the folder if need be and takes its lock. Returns the descriptor that holds the lock, to be kept open.

    On return no worker of an earlier server is left. Raises FolderInUse, StartError.
    """
    try:
        folder.create()
        descriptor = folder.lock()
    except OSError as error:
        raise StartError(f"data folder {folder.path} cannot be used: {error.strerror} ({error.filename})") from None
    try:
        _wait_for_old_workers(folder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def share_workers_lock(folder: DataFolder) -> None:
    """Says that this process is a living worker of the folder, until the process ends."""
    fcntl.flock(_open_workers_lock(folder), fcntl.LOCK_SH)


def _wait_for_old_workers(folder: DataFolder) -> None:
    descriptor = _open_workers_lock(folder)
    deadline = time.monotonic() + WORKERS_PATIENCE_S
    try:
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise StartError(
                    f"data folder {folder.path} is in use by workers of a server that is gone; end them first"
                )
            time.sleep(POLL_INTERVAL_S)
    finally:
        os.close(descriptor)


def _open_workers_lock(folder: DataFolder) -> int:
    return os.open(folder.path / "workers.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
