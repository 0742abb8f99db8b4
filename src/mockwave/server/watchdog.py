"""The watch over workers: a worker whose event loop no longer runs is stuck, and is replaced.

Each worker beats once per second in the control block. The parent looks as often, and adds up how long it has seen no
beat. Each look adds at most two intervals, however long ago the last one was. If the parent itself did not run (a
suspended machine, a SIGSTOP of the whole group), the workers are not to blame and get all of their time again.

The step at which a worker was stuck is refused for a while, or the next worker would hang at it too. It is not refused
if the kernel holds the worker (stopped by a signal, or waiting for a disk).
"""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from mockwave._control import ControlFault, ControlFile
from mockwave.data_folder import DataFolder

LOOK_INTERVAL_S = 1.0

START_PATIENCE_S = 60.0
"""How long a worker may take to its first beat, at least: before, it opens the Store and claims a slot."""

REFUSED_FOR_S = 300

HELD_BY_KERNEL: dict[str, str] = {
    "T": "it is stopped by a signal",
    "t": "it is stopped by a debugger",
    "D": "the kernel keeps it waiting, for a disk as a rule",
}
"""Causes that are not the fault of a request, by the state that proc_pid_stat(5) names."""


class StuckWorker(Struct, frozen=True):
    """A worker to kill: how long it has not beaten, and what kept it, in words."""

    process_id: int
    silent_s: float
    cause: str


class Silence(Struct):
    """How long a worker has shown the same beat."""

    beat: int
    length_s: float = 0.0


class Watchdog:
    """Looks at the workers' beats, each time `due_s` (time.monotonic) has come."""

    def __init__(self, folder: DataFolder, stuck_after_s: float) -> None:
        self._path = str(folder.control_block)
        self._stuck_after_s = stuck_after_s
        self._interval_s = min(LOOK_INTERVAL_S, stuck_after_s / 4)
        self._looked_s = time.monotonic()
        self._silences: dict[int, Silence] = {}

    @property
    def due_s(self) -> float:
        return self._looked_s + self._interval_s

    def note_stopping(self) -> None:
        """Tells the workers that the server stops. From then on a fault of the control block does not matter."""
        with contextlib.suppress(ControlFault, OSError):
            control = ControlFile(self._path)
            control.note_stopping()
            control.close()

    def look(self, process_ids: Iterable[int]) -> list[StuckWorker]:
        """Returns the living workers that are stuck. Counts them, and has the steps at which they hang refused.

        Raises ControlFault if the control block is damaged, or OSError.
        """
        now_s = time.monotonic()
        elapsed_s = min(now_s - self._looked_s, 2 * self._interval_s)
        self._looked_s = now_s
        control = ControlFile(self._path)
        beats: dict[int, int] = {}
        for worker in control.workers():
            beats[worker.process_id] = max(worker.beat_ns, beats.get(worker.process_id, 0))
        living = set(process_ids)
        self._silences = {process_id: seen for process_id, seen in self._silences.items() if process_id in living}
        stuck = []
        for process_id in living:
            beat = beats.get(process_id, 0)
            silence = self._silences.get(process_id)
            if silence is None or silence.beat != beat:
                self._silences[process_id] = Silence(beat)
                continue
            silence.length_s += elapsed_s
            if silence.length_s >= (self._stuck_after_s if beat else max(self._stuck_after_s, START_PATIENCE_S)):
                stuck.append(StuckWorker(process_id, silence.length_s, self._settle_cause(control, process_id)))
                del self._silences[process_id]
        return stuck

    def note_crash(self, process_id: int) -> None:
        """Has the step refused at which a fault killed a worker. Raises ControlFault or OSError."""
        control = ControlFile(self._path)
        for worker in control.workers():
            if worker.process_id == process_id and worker.key:
                control.refuse(worker.key, REFUSED_FOR_S)
            # Another worker may have claimed the slot already.
            elif worker.former_process_id == process_id and worker.former_key:
                control.refuse(worker.former_key, REFUSED_FOR_S)

    def _settle_cause(self, control: ControlFile, process_id: int) -> str:
        control.count_stuck()
        held = HELD_BY_KERNEL.get(read_state(process_id))
        if held is not None:
            return held
        for worker in control.workers():
            if worker.process_id == process_id and worker.key:
                control.refuse(worker.key, REFUSED_FOR_S)
                step = ascii(worker.text.decode("latin-1"))[1:-1]
                return f"it hangs at {step}, which is refused for {REFUSED_FOR_S} s"
        return "what it hangs at is not known"


def read_state(process_id: int) -> str:
    """Returns the kernel's letter for the process' state (proc_pid_stat(5)); empty if it is gone."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
