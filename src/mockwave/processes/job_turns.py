"""A process of jobs at which the mock servers of one worker take turns: `judging/` and `rendering/` have one each."""

from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mockwave.problems import Refusal
from mockwave.processes.job_limits import RETRY_AFTER_S, JobLimits
from mockwave.processes.job_runner import ProcessUnavailable

Result = TypeVar("Result")


class JobTurns:
    """Runs one job at a time; `module`, `name` and `idle_s` are those of JobRunner. `busy` is the type of the problem,
    and its detail, where a job was not begun."""

    def __init__(self, limits: JobLimits, module: str, name: str, *, idle_s: float, busy: tuple[str, str]) -> None:
        self._busy = busy
        self._turns = limits.make_turns()
        self._runner = limits.make_runner(module, name, idle_s=idle_s)

    @property
    def process_id(self) -> int | None:
        """The id of the process, or None."""
        return self._runner.process_id

    async def run(
        self, owner: str, body_bytes: int, exchange: Callable[[Process], Awaitable[tuple[Result, int | None]]]
    ) -> Result:
        """Runs a job for a request to `owner`, a mock server, when it is its turn. `exchange` is like Exchange of
        JobRunner. Raises JobFailed, and Refusal with 503 if too many wait, one has waited too long, or the process
        cannot be started."""
        try:
            async with self._turns.take(owner, body_bytes):
                return await self._runner.run(lambda process, _: exchange(process))
        except (Refusal, ProcessUnavailable):
            headers = [(b"retry-after", b"%d" % RETRY_AFTER_S)]
            raise Refusal(503, *self._busy, headers=headers) from None

    async def close(self) -> None:
        """Ends the process, and with it the job in progress."""
        await self._runner.close()
