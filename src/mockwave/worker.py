"""What one worker process is made of, put together and taken apart in order."""

import asyncio
import os
from dataclasses import dataclass

from mockwave._control import ControlBlock
from mockwave._responder import Responder
from mockwave.coherence import SnapshotKeeper
from mockwave.data_folder import DataFolder
from mockwave.journal.drain import Drainer
from mockwave.journal.journal import Journal
from mockwave.journal.recovery import prepare_data_dir
from mockwave.journal.slots import Slot, claim_slot
from mockwave.management.auth import build_authenticator
from mockwave.management.deferred_reader import DeferredReader
from mockwave.management.plane import ManagementPlane
from mockwave.pauses import Pauses
from mockwave.settings import Settings
from mockwave.store.protocol import Store
from mockwave.store.sqlite import SqliteStore


@dataclass
class Worker:
    settings: Settings
    store: Store
    control: ControlBlock
    slot: Slot
    drainer: Drainer
    journal: Journal
    responder: Responder
    keeper: SnapshotKeeper
    reader: DeferredReader
    management: ManagementPlane
    folder_lock: int | None

    @classmethod
    async def start(cls, settings: Settings) -> "Worker":
        """Opens the Store, claims a slot and reads what there is to serve.

        Under `mockwave serve` the parent has locked and prepared the data folder; under another ASGI server the
        worker does both itself, and a second worker is refused. Raises FolderInUse, StoreError, OSError, RingFault.
        """
        folder = DataFolder(settings.data_dir)
        folder_lock = None
        if not settings.supervised:
            folder.create()
            folder_lock = folder.lock()
            await prepare_data_dir(settings)
        control = ControlBlock(str(folder.control_block))
        slot = claim_slot(folder, settings)
        control.claim_slot(slot.number, os.getpid())
        responder = Responder(control, slot.ring, slot.number)
        pauses = Pauses(responder.count_answered)
        store = SqliteStore(folder.database, durable=not settings.ephemeral, pauses=pauses)
        await store.open()
        drainer = Drainer(folder, settings, store)
        journal = Journal(slot, drainer, control, settings, store)
        keeper = SnapshotKeeper(store, control, responder)
        # One that died may have committed a write without announcing it.
        control.raise_generation()
        await keeper.refresh()
        reader = DeferredReader(settings.max_import_bytes)
        management = ManagementPlane(
            settings=settings,
            store=store,
            logs=journal,
            reader=reader,
            authenticator=await asyncio.to_thread(build_authenticator, settings),
            after_write=keeper.announce_write,
            count_answered=responder.count_answered,
        )
        journal.start()
        return cls(settings, store, control, slot, drainer, journal, responder, keeper, reader, management, folder_lock)

    async def stop(self) -> None:
        """Stores what the rings hold and lets go of everything."""
        await self.reader.close()
        await self.journal.stop()
        await self.store.close()
        if self.folder_lock is not None:
            os.close(self.folder_lock)
