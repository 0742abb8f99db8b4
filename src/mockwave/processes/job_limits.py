"""Limits of the processes to which a worker hands single requests: `checking/`, `judging/`, `rendering/`.

One request at a time is worked on; the others wait their turn (`turns.py`), bounded by number, bytes and time.
"""

from typing import Final

from msgspec import Struct

from mockwave.processes.turns import Turns

IDLE_S: Final = 60.0
RETRY_AFTER_S: Final = 1


class JobLimits(Struct, frozen=True, kw_only=True):
    """What the process may take, and how much may wait for it: requests, those to one mock server, bytes of their
    bodies, seconds."""

    memory_bytes: int = 1 << 30
    waiting: int = 256
    waiting_of_one: int = 64
    waiting_bytes: int = 256 << 20
    waiting_s: float = 10.0

    def make_turns(self) -> Turns:
        return Turns(
            at_once=1,
            waiting=self.waiting,
            waiting_of_one=self.waiting_of_one,
            waiting_bytes=self.waiting_bytes,
            wait_limit_s=self.waiting_s,
        )
