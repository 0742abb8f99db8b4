"""A worker's process that is started at its first job, kept warm for the next, and ended when idle.

It runs a module of this package, which exchanges frames by its standard input and output, and receives a memory limit
and the worker's process id. It holds nothing that needs an orderly end.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

from mockwave.processes.frames import cut_into_slices, frame_head, receive_frame

PIPE_BUFFER_BYTES: Final = 1 << 18
PIECE_BYTES: Final = 1 << 17

# glibc reserves 64 MiB of address space for each further heap (mallopt(3)), which would count against the memory limit.
ONE_HEAP: Final = {"MALLOC_ARENA_MAX": "1"}


class WarmProcess:
    """The process of one module."""

    def __init__(self, module: str, memory_limit_bytes: int, idle_s: float) -> None:
        limits = str(memory_limit_bytes), str(os.getpid())
        self._arguments = (sys.executable, "-m", "mockwave.processes.low_start", module, *limits)
        self._idle_s = idle_s
        self._process: Process | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[int]] = set()

    @property
    def process_id(self) -> int | None:
        """None while there is no process."""
        return None if self._process is None else self._process.pid

    async def wake(self) -> tuple[Process, bool]:
        """Returns the process, and whether it is new. Raises OSError if it cannot be started."""
        self._stop_idle_timer()
        if self._process is not None and self._process.returncode is None:
            return self._process, False
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=PIPE, stdout=PIPE, limit=PIPE_BUFFER_BYTES, env=os.environ | ONE_HEAP
        )
        return self._process, True

    def rest(self) -> None:
        """Lets the process wait for the next job, for a limited time."""
        self._idle_timer = asyncio.get_running_loop().call_later(self._idle_s, self.end)

    def end(self) -> None:
        """Kills the process, if there is one."""
        self._stop_idle_timer()
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        task = asyncio.ensure_future(process.wait())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Kills the process, and waits for its end."""
        self.end()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _stop_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None


async def send_job(process: Process, job: bytes, *texts: bytes) -> None:
    """Sends a job in a frame, then the texts that it announces, no faster than the process reads them."""
    stdin = process.stdin
    assert stdin is not None
    stdin.write(frame_head(len(job)))
    for piece in cut_into_slices((job, *texts), PIECE_BYTES):
        stdin.write(piece)
        await stdin.drain()


async def receive_answer(process: Process) -> bytes:
    """Receives the next frame from the process. Raises EOFError if the process ends before it."""
    stdout = process.stdout
    assert stdout is not None
    return await receive_frame(stdout)


@contextlib.asynccontextmanager
async def sending(job: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Sends the job while its answers are received; anything unsent by then is no longer needed."""
    task = asyncio.ensure_future(job)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await task
