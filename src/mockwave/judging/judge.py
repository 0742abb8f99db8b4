"""Asks rules about a request in a process of its own, where their conditions may take long.

One process per worker, started at the first job and kept warm, at which mock servers take turns (`turns.py`). Whatever
happens to the process, there is an answer: what the conditions say, or a Refusal: 413 where they take more time or
memory than there is for one request, 503 where too many wait.
"""

import asyncio
import contextlib
import logging
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, Judged, JudgeJob, Judgment
from mockwave.problems import Refusal
from mockwave.processes.job_limits import IDLE_S, RETRY_AFTER_S, START_S, JobLimits
from mockwave.processes.process_limits import LIMIT_SIGNALS
from mockwave.processes.warm_process import WarmProcess, receive_answer, send_job
from mockwave.rules.request_view import RequestView

JOB_S: Final = 30.0
"""For one job, on a machine whose cores are busy: its CPU time is limited by the process itself."""
LARGE_BYTES: Final = 300 << 20  # a process that holds more than this is not kept

logger = logging.getLogger(__name__)

decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode
encode_job = msgspec.msgpack.Encoder().encode


class Judge:
    """Asks rules about one request at a time."""

    def __init__(self, limits: JobLimits | None = None, idle_s: float = IDLE_S) -> None:
        limits = limits or JobLimits()
        self._process = WarmProcess("mockwave.judging.judging_process", limits.memory_bytes, idle_s)
        self._turns = limits.make_turns()
        self._is_closed = False

    async def judge(self, owner: str, lists: Sequence[GivenRules], view: RequestView) -> list[Judgment]:
        """What the conditions of each list say of a request to `owner`, a mock server. Raises Refusal."""
        body = view.body or b""
        job = JudgeJob(
            list(lists),
            view.method,
            view.path,
            view.query,
            list(view.headers),
            len(body),
            view.client,
            dict(view.path_parameters),
        )
        try:
            async with self._turns.take(owner, len(body)):
                return await self._run(job, body)
        except Refusal as refusal:
            if refusal.status == 413 and refusal.name == "rules-too-costly":
                raise
            raise busy() from None

    async def close(self) -> None:
        """End the process, and with it the job in progress."""
        self._is_closed = True
        await self._process.close()

    async def _run(self, job: JudgeJob, body: bytes) -> list[Judgment]:
        if self._is_closed:
            raise busy()
        try:
            process, is_new = await self._process.wake()
        except OSError:
            logger.exception("the process that judges requests cannot be started")
            raise busy() from None
        is_kept = False
        try:
            async with asyncio.timeout(JOB_S + (START_S if is_new else 0)):
                answer = await self._exchange(process, job, body)
            if isinstance(answer, Broken):
                logger.error("asking rules about a request failed:\n%s", answer.traceback)
                raise too_costly("are not told for a fault of mockwave, which its log tells")
            is_kept = answer.resident_bytes <= LARGE_BYTES
            return answer.judgments
        except TimeoutError:
            raise too_costly("take more time than there is for one request") from None
        except (EOFError, ConnectionError):
            raise too_costly(await self._explain_end(process)) from None
        finally:
            if is_kept and process.returncode is None and not self._is_closed:
                self._process.rest()
            else:
                self._process.end()

    async def _exchange(self, process: Process, job: JudgeJob, body: bytes) -> Judged | Broken:
        await send_job(process, encode_job(job), body)
        return decode_answer(await receive_answer(process))

    async def _explain_end(self, process: Process) -> str:
        """Why the process ended in the middle of a job."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                status = await process.wait()
                limit = LIMIT_SIGNALS.get(-status)
                if limit is not None:
                    return f"take more {limit} than there is for one request"
                logger.error("the process that judges requests ended with status %d", status)
        return "were not told: the process that asks them ended"


def too_costly(reason: str) -> Refusal:
    return Refusal(413, "rules-too-costly", f"the conditions of this mock's rules {reason}")


def busy() -> Refusal:
    headers = [(b"retry-after", b"%d" % RETRY_AFTER_S)]
    return Refusal(503, "judging-busy", "too many requests wait for rules to be asked; send it again", headers=headers)
