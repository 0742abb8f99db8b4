"""Worker slots: each worker owns one ring, found by an OS file lock that dies with its owner.

granian's worker ids are not unique while workers are replaced, so a worker takes the lowest slot whose lock is free.
"""

import logging
import os
from dataclasses import dataclass

from mockwave._control import SLOT_COUNT
from mockwave._ring import Ring, RingFault, create_ring_file, current_boot_id
from mockwave.data_folder import DataFolder, try_lock
from mockwave.errors import ForeseenError
from mockwave.settings import Settings

logger = logging.getLogger("mockwave.journal")


class NoFreeSlot(ForeseenError):
    """More workers than slots live on one data folder."""


@dataclass(frozen=True)
class Slot:
    """A claimed slot; the lock lasts while `lock_descriptor` is open."""

    number: int
    ring: Ring
    lock_descriptor: int

    def release(self) -> None:
        os.close(self.lock_descriptor)


def claim_slot(folder: DataFolder, settings: Settings) -> Slot:
    """Claims the lowest free slot, with its ring mapped and ready for appends. Slots with damaged rings are skipped.

    Raises NoFreeSlot; OSError if a new ring cannot be allocated (disk full).
    """
    for number in range(SLOT_COUNT):
        descriptor = try_slot(folder, number)
        if descriptor is None:
            continue
        try:
            ring = open_ring(folder, number, settings)
            ring.claim()
        except RingFault as fault:
            os.close(descriptor)
            logger.error("slot %d is skipped: %s", number, fault)
        except BaseException:
            os.close(descriptor)
            raise
        else:
            return Slot(number, ring, descriptor)
    raise NoFreeSlot(f"all {SLOT_COUNT} worker slots of {folder.path} are taken; start fewer workers")


def try_slot(folder: DataFolder, number: int) -> int | None:
    """Takes the slot's lock if it is free, and returns the descriptor that holds it."""
    descriptor = os.open(folder.slot_lock_file(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if try_lock(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def open_ring(folder: DataFolder, slot: int, settings: Settings) -> Ring:
    """Maps the slot's ring, making it if there is none. For the slot's owner."""
    path = folder.ring_file(slot)
    if not path.exists():
        create_ring_file(str(path), settings.ring_bytes, os.urandom(16))
    ring = map_ring(str(path), settings)
    if ring.boot_id != current_boot_id():
        raise RingFault(f"{path}: from before the last boot of this machine; it is recovered when the server starts")
    return ring


def map_ring(path: str, settings: Settings) -> Ring:
    return Ring(path, redacts_secrets=not settings.log_secrets, max_body_bytes=settings.max_captured_body_bytes)
