"""The places for workers, and the consequences of a death in one of them.

- The death of a worker does not stop the others. Its place is filled again: at once for the first deaths in a row, then
  after growing pauses. A worker that lived for SETTLED_AFTER_S ends the row.
- Only a place whose workers never came up ends the server: at once if a worker gave up by itself, since the next would
  do the same; after MAX_KILLED_STARTS if signals killed them.
"""

import signal
from enum import Enum, auto
from multiprocessing.process import BaseProcess

RESPAWN_PAUSES_S = (0.0, 0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Pause after the first, second… death in a row; the last one from then on."""

SETTLED_AFTER_S = 10.0
MAX_KILLED_STARTS = 5


class Verdict(Enum):
    REPLACE = auto()
    GIVE_UP = auto()


class Slot:
    """One place: its process, and how the earlier ones ended."""

    def __init__(self) -> None:
        self.process: BaseProcess | None = None
        self.started_s = 0.0
        self.due_s = 0.0
        """When the next process starts, if there is none."""
        self._has_come_up = False
        self._deaths_in_a_row = 0

    def fill(self, process: BaseProcess, now_s: float) -> None:
        self.process = process
        self.started_s = now_s

    def clear(self, *, exit_code: int, came_up: bool, now_s: float) -> Verdict:
        """Notes that the process ended with this exit code (minus the signal, as in multiprocessing)."""
        self.process = None
        self._has_come_up = self._has_come_up or came_up
        if now_s - self.started_s >= SETTLED_AFTER_S:
            self._deaths_in_a_row = 0
        self._deaths_in_a_row += 1
        pause = min(self._deaths_in_a_row, len(RESPAWN_PAUSES_S)) - 1
        self.due_s = now_s + RESPAWN_PAUSES_S[pause]
        was_killed = exit_code < 0
        if self._has_come_up or (was_killed and self._deaths_in_a_row < MAX_KILLED_STARTS):
            return Verdict.REPLACE
        return Verdict.GIVE_UP


def describe_exit(exit_code: int) -> str:
    """Describes in words how a process ended."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"
