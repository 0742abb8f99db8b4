"""Runs jobs in a separate process, one at a time, so that none can slow down, exhaust or crash a worker.

The process is started at the first job, kept warm for the next (`warm_process.py`), and ended when idle, when it has
grown large, or when a job went wrong in it. Whatever happens to it, the caller gets an answer, ProcessUnavailable, or
JobFailed. The room of the job decides the turns, and what these errors mean to a client.
"""

import asyncio
import contextlib
import logging
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from mockwave.processes.process_limits import LIMIT_SIGNALS, ProcessLimit
from mockwave.processes.warm_process import WarmProcess

LARGE_BYTES: Final = 200 << 20  # a process that holds more than this is not kept
START_S: Final = 10.0  # for the process to start, which takes half a second on an idle machine

Result = TypeVar("Result")

Exchange = Callable[[Process, bool], Awaitable[tuple[Result, int | None]]]
"""From (process, whether it is new) to the result of the job, and the memory of the process in bytes, or None if it may
not be kept. Raises EOFError or ConnectionError if the process has ended."""

logger = logging.getLogger(__name__)


class ProcessUnavailable(Exception):
    """The job was not begun: the process cannot be started (`reason` says why), or, without a reason, the runner is
    closed."""

    def __init__(self, reason: OSError | None = None) -> None:
        super().__init__(str(reason or "stopping"))
        self.reason = reason


class JobFailed(Exception):
    """The job took too much time, or the process ended before it answered.

    `status` is that of the process, None if the time was up. `limit` names the exceeded limit, if the end of the
    process tells it.
    """

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.limit: ProcessLimit | None = "time" if status is None else LIMIT_SIGNALS.get(-status)
        super().__init__(self.how)

    @property
    def how(self) -> str:
        """How the process ended."""
        if self.status is None:
            return "when its time was up"
        if self.status < 0:
            return f"by signal {-self.status} ({signal.strsignal(-self.status)})"
        return f"with status {self.status}"


class JobRunner:
    """Runs the jobs of `module`; `name` describes its process: "the process that checks requests".

    `wall_s` is the time for one job: the process itself limits its CPU time, and on busy cores it takes longer.
    """

    def __init__(
        self,
        module: str,
        name: str,
        *,
        memory_bytes: int,
        wall_s: float,
        idle_s: float,
        start_s: float = START_S,
        large_bytes: int = LARGE_BYTES,
    ) -> None:
        self._name = name
        self._wall_s = wall_s
        self._start_s = start_s
        self._large_bytes = large_bytes
        self._process = WarmProcess(module, memory_bytes, idle_s)
        self._is_closed = False

    @property
    def process_id(self) -> int | None:
        """The id of the process, or None."""
        return self._process.process_id

    async def prepare(self) -> None:
        """Starts the process before there is a job. Raises ProcessUnavailable."""
        await self._wake()
        self._process.rest()

    async def run(self, exchange: Exchange[Result]) -> Result:
        """Runs one job and returns its result. Raises ProcessUnavailable, JobFailed."""
        process, is_new = await self._wake()
        is_kept = False
        try:
            async with asyncio.timeout(self._wall_s + (self._start_s if is_new else 0)):
                result, held_bytes = await exchange(process, is_new)
            is_kept = held_bytes is not None and held_bytes <= self._large_bytes
            return result
        except TimeoutError:
            raise JobFailed(None) from None
        except (EOFError, ConnectionError):
            status = await self._wait_for_end(process)
            if self._is_closed:
                raise ProcessUnavailable from None
            raise JobFailed(status) from None
        finally:
            if is_kept and process.returncode is None and not self._is_closed:
                self._process.rest()
            else:
                self._process.end()

    async def close(self) -> None:
        """Ends the process, and with it the job in progress."""
        self._is_closed = True
        await self._process.close()

    async def _wait_for_end(self, process: Process) -> int | None:
        """Returns the status of a process that has closed its streams; None if it does not end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                return await process.wait()
        return None

    async def _wake(self) -> tuple[Process, bool]:
        if self._is_closed:
            raise ProcessUnavailable
        try:
            return await self._process.wake()
        except OSError as error:
            logger.exception("%s cannot be started", self._name)
            raise ProcessUnavailable(error) from error
