"""Limits of the processes to which a worker hands single requests: `checking/`, `judging/`, `rendering/`.

They work on one request at a time; the others wait their turn (`turns.py`), limited by number, bytes and time.
"""

from typing import Final

from msgspec import Struct

from mockwave.processes.job_runner import JobRunner
from mockwave.processes.turns import Turns

IDLE_S: Final = 60.0
RETRY_AFTER_S: Final = 1
JOB_S: Final = 30.0  # for one job, on a machine whose cores are busy: its CPU time is limited by the process itself


class JobLimits(Struct, frozen=True, kw_only=True):
    """What the process may take, and what may wait for it: requests, requests to one mock server, bytes of their
    bodies, seconds. A process that holds more than `large_bytes` is not kept."""

    memory_bytes: int = 1 << 30
    large_bytes: int = 300 << 20
    waiting: int = 256
    waiting_of_one: int = 64
    waiting_bytes: int = 256 << 20
    waiting_s: float = 10.0

    def make_runner(self, module: str, name: str, *, idle_s: float, wall_s: float = JOB_S) -> JobRunner:
        """What runs the jobs of the process; arguments as of JobRunner."""
        return JobRunner(
            module,
            name,
            memory_bytes=self.memory_bytes,
            wall_s=wall_s,
            idle_s=idle_s,
            large_bytes=self.large_bytes,
        )

    def make_turns(self) -> Turns:
        return Turns(
            at_once=1,
            waiting=self.waiting,
            waiting_of_one=self.waiting_of_one,
            waiting_bytes=self.waiting_bytes,
            wait_limit_s=self.waiting_s,
        )
