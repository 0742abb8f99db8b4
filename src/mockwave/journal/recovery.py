"""What happens once, before any worker runs: the folder is made whole and old rings are emptied.

A ring of this boot is as its workers left it and is drained like any other. One from before a reboot may have lost
pages, head and all: its records are read from the stored position on for as long as their checksums hold. Either way
the ring starts anew under another id, once its last entries and its position are stored.
"""

import logging
import os
from pathlib import Path

from mockwave._control import create_control_block
from mockwave._ring import Ring, RingFault, current_boot_id, monotonic_to_realtime_us
from mockwave._segments import encode_rings
from mockwave.data_folder import DataFolder
from mockwave.journal.drain import NODE, log_segment
from mockwave.journal.slots import map_ring
from mockwave.settings import Settings
from mockwave.store.protocol import Store
from mockwave.store.records import LogSegment, RingPosition
from mockwave.store.sqlite import SqliteStore

logger = logging.getLogger("mockwave.journal")

LATEST = 2**64 - 1


async def empty_old_rings(folder: DataFolder, settings: Settings, store: Store) -> int:
    """Stores what rings hold and removes them. For the holder of the folder's lock, while no worker runs.

    Gives the number of entries stored. A file that is no ring is moved aside and reported, never read.
    """
    positions = await store.read_ring_positions()
    boot_id = current_boot_id()
    stored = 0
    for path in folder.ring_files().values():
        try:
            ring = map_ring(str(path), settings)
        except RingFault as fault:
            aside = path.with_name(f"damaged-{path.name}-{os.getpid()}")
            path.rename(aside)
            logger.error("%s; moved to %s", fault, aside)
            continue
        stored += await _store_ring(store, ring, positions.get(ring.ring_id.hex(), 0), ring.boot_id != boot_id)
        path.unlink()
    # Only now: a ring whose file is still there must keep its position, or a crash here would store it twice.
    await store.append_log([], [], forget_rings=sorted(await store.read_ring_positions()))
    return stored


async def _store_ring(store: Store, ring: Ring, position: int, other_boot: bool) -> int:
    offset_us = monotonic_to_realtime_us()
    if other_boot:
        # CLOCK_MONOTONIC started anew with the boot: the file's last change stands for its newest entry's time.
        clock_segments, _, _ = _read_ring(ring, position, offset_us=0, verify=True)
        newest_us = max((segment.newest_us for segment in clock_segments), default=0)
        offset_us = int(Path(ring.path).stat().st_mtime * 1e6) - newest_us
    segments, end, count = _read_ring(ring, position, offset_us, verify=other_boot)
    await store.append_log(segments, [RingPosition(ring_id=ring.ring_id.hex(), node=NODE, position=end)])
    return count


def _read_ring(ring: Ring, position: int, offset_us: int, verify: bool) -> tuple[list[LogSegment], int, int]:
    """All segments from the position on, the position behind them, and how many entries they hold."""
    segments: list[LogSegment] = []
    total, more = 0, True
    while more:
        batch, (position,), count, more, _ = encode_rings(
            [ring], [position], cut_ns=LATEST, offset_us=offset_us, verify=verify
        )
        segments += [log_segment(*segment) for segment in batch]
        total += count
    return segments, position, total


async def prepare_data_dir(settings: Settings) -> None:
    """Makes the data folder ready for workers: folders, migrated Store, emptied rings, a fresh control block.

    For the holder of the folder's lock, before any worker runs. Raises StoreError, OSError.
    """
    folder = DataFolder(settings.data_dir)
    folder.create()
    store = SqliteStore(folder.database, durable=not settings.ephemeral)
    await store.open()
    try:
        await store.compact()
        await empty_old_rings(folder, settings, store)
    finally:
        await store.close()
    create_run_files(folder)


def create_run_files(folder: DataFolder) -> None:
    """Makes the control block and clears what an earlier server left in `run`."""
    for entry in folder.run.iterdir():
        entry.unlink()
    create_control_block(str(folder.control_block))
