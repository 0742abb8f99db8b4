"""Tries rules on a request in a separate process, if their conditions may take long.

Each worker has one process, started at the first job and kept warm, at which mock servers take turns (`turns.py`).
Whatever happens to the process, the caller gets the results of the conditions, or a Refusal: 413 if they take more time
or memory than one request may, 503 if too many wait.
"""

import logging
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence

import msgspec

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, JudgeJob, Judgment
from mockwave.problems import Refusal
from mockwave.processes.job_limits import IDLE_S, JobLimits
from mockwave.processes.job_runner import JobFailed
from mockwave.processes.job_turns import JobTurns
from mockwave.processes.warm_process import receive_answer, send_job
from mockwave.rules.request_view import RequestView

logger = logging.getLogger(__name__)

decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode
encode_job = msgspec.msgpack.Encoder().encode

BUSY = "judging-busy", "too many requests wait for their rules to be evaluated; send it again"


class Judge:
    """Tries rules on one request at a time."""

    def __init__(self, limits: JobLimits | None = None, idle_s: float = IDLE_S) -> None:
        self._jobs = JobTurns(
            limits or JobLimits(),
            "mockwave.judging.judging_process",
            "the process that judges requests",
            idle_s=idle_s,
            busy=BUSY,
        )

    async def judge(self, owner: str, lists: Sequence[GivenRules], view: RequestView) -> list[Judgment]:
        """Evaluates the conditions of each list for a request to `owner`, a mock server. Raises Refusal."""
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
            answer = await self._jobs.run(owner, len(body), lambda process: exchange(process, job, body))
        except JobFailed as failed:
            if failed.limit is not None:
                raise too_costly(f"take more {failed.limit} than there is for one request") from None
            logger.error("the process that judges requests ended %s", failed.how)
            raise too_costly("could not be evaluated: the process that evaluates them ended") from None
        if isinstance(answer, Broken):
            logger.error("asking rules about a request failed:\n%s", answer.traceback)
            raise too_costly("could not be evaluated because of a fault of mockwave, which is in its log")
        return answer.judgments

    async def close(self) -> None:
        """Ends the process, and with it the job in progress."""
        await self._jobs.close()


async def exchange(process: Process, job: JudgeJob, body: bytes) -> tuple[Answer, int | None]:
    """Returns the process's answer, and its memory in bytes."""
    await send_job(process, encode_job(job), body)
    answer = decode_answer(await receive_answer(process))
    return answer, None if isinstance(answer, Broken) else answer.resident_bytes


def too_costly(reason: str) -> Refusal:
    return Refusal(413, "rules-too-costly", f"the conditions of this mock's rules {reason}")
