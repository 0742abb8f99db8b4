"""The parts of one worker process, put together and taken apart in order."""

import asyncio
import os
from dataclasses import dataclass

from mockwave._control import ControlBlock, ControlFault
from mockwave._responder import Responder
from mockwave._ring import RingFault
from mockwave._state_table import StateFault, StateTable
from mockwave.checking.checker import Checker, CheckerLimits
from mockwave.coherence import SnapshotKeeper
from mockwave.data_folder import DataFolder
from mockwave.errors import ForeseenError
from mockwave.insomnia.control_plane import InsomniaPlane
from mockwave.journal.drain import Drainer
from mockwave.journal.journal import Journal
from mockwave.journal.recovery import prepare_data_dir
from mockwave.journal.slot_files import Slot, claim_slot
from mockwave.judging.judge import Judge
from mockwave.liveness.heartbeat import Heartbeat
from mockwave.liveness.steps import Steps
from mockwave.management.auth import build_authenticator
from mockwave.management.endpoints import ManagementPlane
from mockwave.mocks.rulings import Rulings
from mockwave.monitoring.watched import Watched
from mockwave.pauses import Pauses
from mockwave.reading.deferred_reader import DeferredReader
from mockwave.rendering.renderer import Renderer
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from mockwave.settings import Settings
from mockwave.store.opening import open_store
from mockwave.store.protocol import Store
from mockwave.validation.check_limits import Limits

FORESEEN = (ForeseenError, OSError, RingFault, ControlFault, StateFault)
"""Why a worker may fail to start: the text is enough, a traceback would not help."""


@dataclass
class Worker:
    settings: Settings
    store: Store
    control: ControlBlock
    heartbeat: Heartbeat
    steps: Steps
    drainer: Drainer
    journal: Journal
    responder: Responder
    keeper: SnapshotKeeper
    reader: DeferredReader
    management: ManagementPlane
    states: StateTable
    insomnia: InsomniaPlane
    request_limits: Limits
    checker: Checker
    renderer: Renderer
    judge: Judge
    rulings: Rulings
    folder_lock: int | None

    @classmethod
    async def start(cls, settings: Settings) -> "Worker":
        """Opens the Store, claims a slot and reads the mock servers.

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
        heartbeat = Heartbeat(control, slot.number, settings.stuck_after_s)
        steps = Steps(control, slot.number)
        responder = Responder(control, slot.ring, slot.number)
        pauses = Pauses(responder.count_answered)
        store = await open_store(
            settings,
            pauses=pauses,
            note_writing=lambda begins: control.note_writing(steps.slot, begins),
            note_unreadable=control.report_store_failure,
        )
        drainer = Drainer(folder, settings, store, control, slot.number)

        def move_to(number: int) -> None:
            """Tells every part that uses the slot that the worker goes on in another one."""
            left = steps.slot
            control.claim_slot(number, os.getpid())
            responder.count_in(number)
            heartbeat.slot = steps.slot = drainer.slot = number
            control.leave_slot(left)

        journal = Journal(slot, drainer, control, settings, store, move_to)
        keeper = SnapshotKeeper(store, control, responder, steps)
        # A worker that died may have committed a write without announcing it.
        control.raise_generation()
        await keeper.refresh()
        states = StateTable(str(folder.state_table), settings.state_bytes)
        reader, renderer, judge = DeferredReader(settings.max_import_bytes), Renderer(), Judge()
        management = ManagementPlane(
            settings=settings,
            store=store,
            logs=journal,
            states=states,
            reader=reader,
            check_template=renderer.check,
            check_rules=judge.check,
            authenticator=await asyncio.to_thread(build_authenticator, settings),
            after_write=keeper.announce_write,
            count_answered=responder.count_answered,
            read_generation=lambda: control.generation,
            is_stopping=lambda: control.is_stopping,
        )
        request_limits = Limits(
            query_parameters=settings.max_query_parameters,
            form_fields=settings.max_form_fields,
            cookies=settings.max_cookies,
        )
        checker_limits = CheckerLimits(cpu_s=settings.check_time_s, memory_bytes=settings.check_memory_bytes)
        rulings = Rulings(states, ENGINE_FAULTS[settings.engine], renderer, judge, responder.count_answered)
        responder.rule_on = rulings.rule_on
        # A ring that cannot be mapped would leave a server that is never ready and never says why.
        drainer.map_new_rings()
        journal.start()
        return cls(
            settings=settings,
            store=store,
            control=control,
            heartbeat=heartbeat,
            steps=steps,
            drainer=drainer,
            journal=journal,
            responder=responder,
            keeper=keeper,
            reader=reader,
            management=management,
            states=states,
            insomnia=InsomniaPlane(management.services),
            request_limits=request_limits,
            checker=Checker(checker_limits, request_limits),
            renderer=renderer,
            judge=judge,
            rulings=rulings,
            folder_lock=folder_lock,
        )

    @property
    def watched(self) -> Watched:
        """The parts that monitoring looks at."""
        return Watched(
            data_dir=self.settings.data_dir,
            control=self.control,
            drainer=self.drainer,
            journal=self.journal,
            store=self.store,
            states=self.states,
            refresh=self.keeper.refresh,
        )

    @property
    def slot(self) -> Slot:
        """The slot that the worker uses now."""
        return self.journal.slot

    async def stop(self) -> None:
        """Stores what the rings hold and releases everything."""
        await self.reader.close()
        await self.checker.close()
        await self.renderer.close()
        await self.judge.close()
        await self.journal.stop()
        await self.store.close()
        self.heartbeat.stop()
        if self.folder_lock is not None:
            os.close(self.folder_lock)
