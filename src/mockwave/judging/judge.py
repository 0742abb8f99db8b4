"""Asks rules about a request in a process of its own, where their conditions may take long.

One process per worker, started at the first job and kept warm, at which mock servers take turns (`turns.py`). Whatever
happens to the process, there is an answer: what the conditions say, or a Refusal: 413 where they take more time or
memory than there is for one request, 503 where too many wait.
"""

import logging
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, JudgeJob, Judgment
from mockwave.problems import Refusal
from mockwave.processes.job_limits import IDLE_S, RETRY_AFTER_S, JobLimits
from mockwave.processes.job_runner import JobFailed, JobRunner, ProcessUnavailable
from mockwave.processes.warm_process import receive_answer, send_job
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
        self._turns = limits.make_turns()
        self._runner = JobRunner(
            "mockwave.judging.judging_process",
            "the process that judges requests",
            memory_bytes=limits.memory_bytes,
            wall_s=JOB_S,
            idle_s=idle_s,
            large_bytes=LARGE_BYTES,
        )

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
                answer = await self._runner.run(lambda process, _: exchange(process, job, body))
        except (Refusal, ProcessUnavailable):
            raise busy() from None
        except JobFailed as failed:
            if failed.limit is not None:
                raise too_costly(f"take more {failed.limit} than there is for one request") from None
            logger.error("the process that judges requests ended %s", failed.how)
            raise too_costly("were not told: the process that asks them ended") from None
        if isinstance(answer, Broken):
            logger.error("asking rules about a request failed:\n%s", answer.traceback)
            raise too_costly("are not told for a fault of mockwave, which its log tells")
        return answer.judgments

    async def close(self) -> None:
        """End the process, and with it the job in progress."""
        await self._runner.close()


async def exchange(process: Process, job: JudgeJob, body: bytes) -> tuple[Answer, int | None]:
    """The process's answer, and the bytes that it has come to hold."""
    await send_job(process, encode_job(job), body)
    answer = decode_answer(await receive_answer(process))
    return answer, None if isinstance(answer, Broken) else answer.resident_bytes


def too_costly(reason: str) -> Refusal:
    return Refusal(413, "rules-too-costly", f"the conditions of this mock's rules {reason}")


def busy() -> Refusal:
    headers = [(b"retry-after", b"%d" % RETRY_AFTER_S)]
    return Refusal(503, "judging-busy", "too many requests wait for rules to be asked; send it again", headers=headers)
