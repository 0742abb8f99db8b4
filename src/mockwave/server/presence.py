"""The small files below `<data-dir>/run` by which processes find each other.

    worker-<id>.ready   pid of the process that came up last as this worker
    server.json         where the running server answers, for clients on this machine

A file outlives its writer, so it counts only for a process known to live, or known to have died just now.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from mockwave.data_folder import DataFolder


class RunningServer(Struct, frozen=True, kw_only=True):
    """The content of server.json: `audience` and `issuer` are those that tokens have to name."""

    url: str
    pid: int
    tls_certificate: str = ""
    audience: str = ""
    issuer: str = ""


def mark_ready(folder: DataFolder, worker_id: int) -> None:
    """Records that this process came up as the worker."""
    _write_whole(ready_file(folder, worker_id), str(os.getpid()).encode())


def has_come_up(folder: DataFolder, worker_id: int, pid: int) -> bool:
    """Whether the process came up as the worker before it died."""
    try:
        return ready_file(folder, worker_id).read_bytes() == str(pid).encode()
    except FileNotFoundError:
        return False


def publish_server(folder: DataFolder, server: RunningServer) -> None:
    _write_whole(folder.server_file, msgspec.json.encode(server))


def withdraw_server(folder: DataFolder) -> None:
    for file in (folder.server_file, *folder.run.glob("worker-*.ready")):
        file.unlink(missing_ok=True)


def find_running_server(folder: DataFolder) -> RunningServer | None:
    """Returns the server that runs on the folder; None if there is none, or it cannot be told."""
    try:
        server = msgspec.json.decode(folder.server_file.read_bytes(), type=RunningServer)
        os.kill(server.pid, 0)
    except (OSError, msgspec.DecodeError):
        return None
    return server


def ready_file(folder: DataFolder, worker_id: int) -> Path:
    return folder.run / f"worker-{worker_id}.ready"


def _write_whole(file: Path, content: bytes) -> None:
    """Replaces the file, so that readers see the old content or the new, never a part."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(file)
