"""Recovery, once before any worker runs: the folder is completed and old rings are emptied.

Each ring is read to its end by its records' checksums (salvage.py): a ring of this boot is as its workers left it, but
one from before a reboot may have lost pages, including its head. Either way the ring starts over under a new id, once
its last entries and its position are stored.
"""

import contextlib
import errno
import logging
import os
from pathlib import Path

from mockwave._control import create_control_block
from mockwave._ring import Ring, RingFault, create_ring_file, current_boot_id, monotonic_to_realtime_us
from mockwave._state_table import create_state_table
from mockwave.data_folder import DataFolder
from mockwave.errors import ForeseenError
from mockwave.journal.drain import ring_position
from mockwave.journal.salvage import move_aside, read_to_end
from mockwave.journal.slot_files import map_ring
from mockwave.settings import Settings
from mockwave.store.opening import open_store
from mockwave.store.protocol import Store

logger = logging.getLogger("mockwave.journal")

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoomForRings(ForeseenError):
    """The disk has no room for the rings of all workers."""


async def empty_old_rings(folder: DataFolder, settings: Settings, store: Store) -> int:
    """Stores the entries of old rings and removes them. Only for the holder of the folder's lock, while no worker runs.

    Returns the number of entries stored. A file that is not a ring is moved aside and reported, never read.
    """
    positions = await store.read_ring_positions()
    boot_id = current_boot_id()
    stored = 0
    for path in folder.ring_files().values():
        try:
            ring = map_ring(str(path), settings)
        except RingFault as fault:
            logger.error("%s; moved to %s", fault, move_aside(path))
            continue
        stored += await _store_ring(store, ring, positions.get(ring.ring_id.hex(), 0), ring.boot_id != boot_id)
        path.unlink()
    # Only now: while the file exists, its position must be kept, or a crash here would store it twice.
    await store.append_log([], [], forget_rings=sorted(await store.read_ring_positions()))
    return stored


async def _store_ring(store: Store, ring: Ring, position: int, other_boot: bool) -> int:
    offset_us = monotonic_to_realtime_us()
    if other_boot:
        # CLOCK_MONOTONIC restarted with the boot: the file's last change stands in for its newest entry's time.
        newest_us = 0
        for batch in read_to_end(ring, position, 0):
            newest_us = max([newest_us, *(segment.newest_us for segment in batch.segments)])
        offset_us = int(Path(ring.path).stat().st_mtime * 1e6) - newest_us
    stored = lost_bytes = 0
    for batch in read_to_end(ring, position, offset_us):
        await store.append_log(batch.segments, [ring_position(ring, batch.position)])
        stored += batch.entry_count
        lost_bytes += batch.lost_bytes
    if lost_bytes:
        logger.error("%s: %d bytes were unreadable, entries there are lost", ring.path, lost_bytes)
    return stored


def make_rings(folder: DataFolder, settings: Settings) -> None:
    """Makes the workers' rings, so that a full disk is noticed before any worker starts.

    Raises NoRoomForRings, and OSError.
    """
    try:
        for slot in range(settings.workers):
            create_ring_file(str(folder.ring_file(slot)), settings.ring_bytes, os.urandom(16))
    except OSError as error:
        for path in folder.ring_files().values():
            with contextlib.suppress(OSError):
                path.unlink()
        if error.errno not in NO_ROOM:
            raise
        needed_mb = settings.workers * settings.ring_bytes / 1024**2
        raise NoRoomForRings(
            f"no room for the rings of {settings.workers} workers, {needed_mb:.0f} MB, in {folder.journal}"
            f" ({error.strerror}): free some space, or lower --workers or --ring-bytes"
        ) from None


async def prepare_data_dir(settings: Settings) -> None:
    """Prepares the data folder for workers: folders, migrated Store, emptied rings, a fresh control block, no state.

    For the holder of the folder's lock, before any worker runs. Raises StoreError, NoRoomForRings, OSError.
    """
    folder = DataFolder(settings.data_dir)
    folder.create()
    store = await open_store(settings)
    try:
        await store.compact()
        await empty_old_rings(folder, settings, store)
    finally:
        await store.close()
    make_rings(folder, settings)
    create_run_files(folder, settings)


def create_run_files(folder: DataFolder, settings: Settings) -> None:
    """Makes the control block and the table of state, and clears what an earlier server left in `run`."""
    for entry in folder.run.iterdir():
        entry.unlink()
    create_control_block(str(folder.control_block))
    create_state_table(str(folder.state_table), settings.state_bytes)
