"""Why a server is not ready, in words. Everything that a request may have to wait for is examined without waiting.

stored data           can be read, as far as a short look tells, and is what this worker serves
the disk              has room, and can be written to
the drain             goes on: no process keeps its lock, no ring stands still, no store refuses the entries
the rings             are whole, or were found damaged a while ago
the store             was written to when it was last tried; no process keeps its lock
"""

import asyncio
import os

import msgspec

from mockwave.monitoring.watched import Watched
from mockwave.problems import TITLES, ProblemDocument
from mockwave.store.protocol import StoreError

FREE_BYTES_NEEDED = 1024**2
"""With less, the next transactions fail: SQLite's write-ahead log grows by the pages they change."""

READ_PATIENCE_S = 5.0

DAMAGE_SHOWN_S = 60.0
"""How long a damaged ring is reported, though its worker uses another one by then: long enough for occasional
checks."""


class Unreadiness(ProblemDocument, kw_only=True):
    """A problem document that lists each reason separately."""

    reasons: list[str]


def describe_unreadiness(reasons: list[str]) -> bytes:
    """Returns the problem document of a server that is not ready, as JSON."""
    return msgspec.json.encode(
        Unreadiness(
            type="urn:mockwave:problem:not-ready",
            title=TITLES[503],
            status=503,
            detail="; ".join(reasons),
            reasons=reasons,
        )
    )


async def find_reasons(watched: Watched) -> list[str]:
    """Returns why the server is not ready; nothing if it is."""
    candidates = [
        await _find_stale_snapshots(watched),
        await _find_store_damage(watched),
        _find_disk_trouble(watched.data_dir),
        watched.journal.find_stall(),
        *watched.drainer.damage.values(),
        _find_recent_damage(watched),
        watched.states.find_loss(),
        watched.store.write_failure,
    ]
    return list(dict.fromkeys(filter(None, candidates)))


async def _find_stale_snapshots(watched: Watched) -> str:
    try:
        await asyncio.wait_for(watched.refresh(), READ_PATIENCE_S)
    except StoreError as error:
        return str(error)
    except TimeoutError:
        return f"what is stored could not be read within {READ_PATIENCE_S:g} s"
    return ""


async def _find_store_damage(watched: Watched) -> str:
    try:
        return await asyncio.wait_for(watched.store.find_damage(watched.control.store_failed_ago_s), READ_PATIENCE_S)
    except TimeoutError:
        return f"whether what is stored can be read could not be told within {READ_PATIENCE_S:g} s"


def _find_disk_trouble(path: str) -> str:
    try:
        disk = os.statvfs(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if disk.f_flag & os.ST_RDONLY:
        return f"the disk of {path} is mounted for reading alone"
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return f"{path}: this user may no longer read and write the folder"
    free_bytes = disk.f_bavail * disk.f_frsize
    return f"the disk of {path} is full: {free_bytes} bytes are free" if free_bytes < FREE_BYTES_NEEDED else ""


def _find_recent_damage(watched: Watched) -> str:
    damage = watched.control.last_ring_damage
    if damage is None or damage[1] >= DAMAGE_SHOWN_S:
        return ""
    slot, ago_s = damage
    return f"the ring of slot {slot} was found damaged {ago_s:.0f} s ago; its worker goes on in another slot"
