"""Tries rules on a request in a separate process, if their conditions may take long; and checks rules there that take
long to compile.

Each worker has one process, started at the first job and kept warm, at which mock servers take turns (`turns.py`).
Whatever happens to the process, the caller gets the results of the conditions, or a Refusal: 413 if they take more time
or memory than one request may, 503 if too many wait. A list of rules is sent once to a process, which keeps the most
recently used ones.
"""

import logging
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import msgspec

from mockwave.judging.judging_messages import (
    Answer,
    Broken,
    CheckJob,
    Faults,
    GivenRules,
    Job,
    Judged,
    JudgeJob,
    Judgment,
    Missing,
)
from mockwave.model import Violation
from mockwave.problems import Refusal
from mockwave.processes.job_limits import IDLE_S, JobLimits
from mockwave.processes.job_runner import JobFailed
from mockwave.processes.job_turns import JobTurns
from mockwave.processes.warm_process import receive_answer, send_job
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.request_view import RequestView

Exchange = Callable[[Process], Awaitable[tuple[Answer, int | None]]]

MOST_NOTED: Final = 1_000

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
        self._sent: set[GivenRules] = set()
        """The rules that the process has had, without their text."""
        self._process: Process | None = None

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
        answer = await self._run(owner, len(body), lambda process: self._exchange(process, job, body))
        assert isinstance(answer, Judged)
        return answer.judgments

    async def check(
        self, owner: str, stored: bytes, route: RouteTraits | None, engine_faults: Collection[str]
    ) -> list[Violation]:
        """Returns the faults of rules that are to be stored: of a route, or of the mock server `owner`. Raises
        Refusal."""
        job = CheckJob(stored, route, list(engine_faults))
        answer = await self._run(owner, len(stored), lambda process: exchange(process, job, b""))
        assert isinstance(answer, Faults)
        return answer.faults

    async def _run(self, owner: str, held_bytes: int, exchange: Exchange) -> Answer:
        """Runs a job at the owner's turn. Raises Refusal."""
        try:
            answer = await self._jobs.run(owner, held_bytes, exchange)
        except JobFailed as failed:
            if failed.limit is not None:
                raise too_costly(f"take more {failed.limit} than there is for one request") from None
            logger.error("the process that judges requests ended %s", failed.how)
            raise too_costly("could not be evaluated: the process that evaluates them ended") from None
        if isinstance(answer, Broken):
            logger.error("asking rules about a request failed:\n%s", answer.traceback)
            raise too_costly("could not be evaluated because of a fault of mockwave, which is in its log")
        return answer

    async def _exchange(self, process: Process, job: JudgeJob, body: bytes) -> tuple[Answer, int | None]:
        """Sends the rules that the process has not had, and all of them if it no longer has some."""
        if process is not self._process:
            self._process = process
            self._sent.clear()
        given = job.lists
        job.lists = [each.without_text() if each.without_text() in self._sent else each for each in given]
        answer, held_bytes = await exchange(process, job, body)
        if isinstance(answer, Missing):
            job.lists = given
            answer, held_bytes = await exchange(process, job, body)
        if len(self._sent) > MOST_NOTED:
            self._sent.clear()
        self._sent.update(each.without_text() for each in given)
        return answer, held_bytes

    async def close(self) -> None:
        """Ends the process, and with it the job in progress."""
        await self._jobs.close()


async def exchange(process: Process, job: Job, body: bytes) -> tuple[Answer, int | None]:
    """Returns the process's answer, and its memory in bytes."""
    await send_job(process, encode_job(job), body)
    answer = decode_answer(await receive_answer(process))
    return answer, answer.resident_bytes if isinstance(answer, Judged | Faults) else None


def too_costly(reason: str) -> Refusal:
    return Refusal(413, "rules-too-costly", f"the conditions of this mock's rules {reason}")
