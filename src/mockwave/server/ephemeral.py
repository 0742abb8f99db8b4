"""Ephemeral data folders: made in the system's temporary folder, removed when their server stops.

A server that is killed cannot remove its folder, so the next ephemeral server does.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path

from mockwave.data_folder import try_lock

PREFIX = "mockwave-"

ABANDONED_AFTER_S = 60.0
"""A server writes its folder's lock when it starts. A younger lock may be that of a server that is about to take it."""


def make_ephemeral_folder() -> Path:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_abandoned(folder)
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _remove_if_abandoned(folder: Path) -> None:
    """Removes the folder only if it is this user's, with an old lock that nobody holds."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        is_own = folder.lstat().st_uid == os.geteuid()
        age_s = time.time() - os.fstat(lock).st_mtime
        if is_own and age_s > ABANDONED_AFTER_S and try_lock(lock):
            remove_folder(folder)
    finally:
        os.close(lock)
