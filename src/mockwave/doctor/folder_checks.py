"""The data folder itself: whether it exists, who may read it, whether a server uses it, whether its disk has room."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mockwave.data_folder import DataFolder
from mockwave.doctor.findings import Finding, Grade
from mockwave.management.keys import KeyFileError, read_secret
from mockwave.server.lock_holders import find_holder
from mockwave.server.presence import find_running_server

FREE_BYTES_NEEDED = 64 * 1024 * 1024
"""With less, a server starts with few rings or none, and its store cannot grow."""

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_folder(folder: DataFolder) -> Iterator[Finding]:
    """Findings about the folder; a folder that does not exist yet is not a fault."""
    try:
        mode = folder.path.stat()
    except FileNotFoundError:
        yield Finding("note", "folder", f"{folder.path} does not exist yet; `mockwave serve` makes it")
        return
    except OSError as error:
        yield Finding("fault", "folder", f"{folder.path}: {error.strerror}")
        return
    if not stat.S_ISDIR(mode.st_mode):
        yield Finding("fault", "folder", f"{folder.path} is not a folder; choose another with --data-dir")
        return
    yield from _look_at_access(folder)
    yield from _look_at_server(folder)
    yield from _look_at_secret(folder)
    yield _look_at_disk(folder.path)


def _look_at_access(folder: DataFolder) -> Iterator[Finding]:
    if not os.access(folder.path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("fault", "folder", f"{folder.path} cannot be read and written by this user")
        return
    found = False
    closed: tuple[tuple[Path, str, Grade], ...] = ((folder.path, "700", "note"), (folder.secret_file, "600", "fault"))
    for path, mode, grade in closed:
        if path.exists() and path.stat().st_mode & OTHERS:
            found = True
            yield Finding(grade, "folder", f"{path} is open to other users: chmod {mode} {path}")
    for path in (folder.secret_file, folder.database, folder.lock_file):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            found = True
            yield Finding("fault", "folder", f"{path} cannot be read and written by this user")
    if not found:
        yield Finding("ok", "folder", f"{folder.path} is closed to other users")


def _look_at_server(folder: DataFolder) -> Iterator[Finding]:
    holder = find_holder(folder)
    running = find_running_server(folder)
    if holder is None:
        yield Finding("ok", "server", "no server runs on the folder")
        if running is not None:
            text = f"{folder.server_file} names process {running.pid}, which does not hold the lock; the next server removes the file"
            yield Finding("note", "server", text)
    elif not holder.process_id:
        text = "a process uses the folder that cannot be seen from here (on another machine, or in a container)"
        yield Finding("note", "server", text)
    elif running is not None and running.pid == holder.process_id:
        yield Finding("ok", "server", f"process {running.pid} serves it at {running.url}")
    else:
        yield Finding("note", "server", f"process {holder.process_id} uses it, but has not said where it answers")


def _look_at_secret(folder: DataFolder) -> Iterator[Finding]:
    try:
        secret = read_secret(folder)
    except KeyFileError as error:
        yield Finding("fault", "secret", str(error))
        return
    yield Finding("ok", "secret", "can sign tokens" if secret else "is made when a server first starts")


def _look_at_disk(path: Path) -> Finding:
    disk = os.statvfs(path)
    free_bytes = disk.f_bavail * disk.f_frsize
    text = f"{free_bytes / 1024**2:,.0f} MiB are free"
    if free_bytes < FREE_BYTES_NEEDED:
        return Finding("fault", "disk", f"{text}: free some space; logs and rings need room")
    return Finding("ok", "disk", text)
