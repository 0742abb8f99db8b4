"""Checks requests in a separate process, so that no request can slow down, exhaust or crash a worker.

Each worker has one process, at which mock servers take turns: costly requests to one of them delay the checks of the
others by at most one check. The number of waiting requests and their time are limited. Whatever happens to the process,
the caller gets a Verdict: a check that exceeds its limits ends the process, which the next check starts again, and the
same request is not tried again for a while (`remembered.py`).
"""

import logging
from asyncio.subprocess import Process
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from mockwave.checking.checking_messages import Answer, Checked, Exceeded, Faulty, Job, Prepared
from mockwave.checking.remembered import CostlyRequests
from mockwave.problems import Refusal
from mockwave.processes.job_limits import IDLE_S, JobLimits
from mockwave.processes.job_runner import JobFailed, ProcessUnavailable
from mockwave.processes.process_limits import ProcessLimit
from mockwave.processes.warm_process import receive_answer, send_job, sending
from mockwave.validation.check_limits import USUAL_LIMITS, Limits
from mockwave.validation.verdicts import CheckNeeded, Reason, Unchecked, Verdict

MAXIMUM_KNOWN_RULES: Final = 256
MAXIMUM_KNOWN_RULES_BYTES: Final = 8 << 20  # encoded size; compiled rules are some ten times as large

logger = logging.getLogger(__name__)

decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode
encode_job = msgspec.msgpack.Encoder().encode


class CheckerLimits(JobLimits, frozen=True, kw_only=True):
    """The limits of one check, and how many may wait.

    The process has a lower priority than the mocks, so on busy cores it takes longer than its CPU time.
    """

    cpu_s: float = 3.0
    wall_factor: float = 5.0
    large_bytes: int = 200 << 20


class Checker:
    """Checks requests one at a time, each under limits of memory, CPU time and time."""

    def __init__(self, limits: CheckerLimits, request_limits: Limits = USUAL_LIMITS, idle_s: float = IDLE_S) -> None:
        self._limits = limits
        self._request_limits = request_limits
        self._turns = limits.make_turns()
        self._runner = limits.make_runner(
            "mockwave.checking.checking_process",
            "the process that checks requests",
            idle_s=idle_s,
            wall_s=limits.cpu_s * limits.wall_factor,
        )
        self._costly = CostlyRequests()
        self._known_rules: OrderedDict[int, int] = OrderedDict()
        """Sizes in bytes of the rules that the process has, by number, most recently used last."""

    @property
    def process_id(self) -> int | None:
        """The process id of the checking process, or None."""
        return self._runner.process_id

    async def check(self, owner: str, needed: CheckNeeded) -> Verdict:
        """Checks the request to `owner`, a mock server, when it is its turn."""
        try:
            async with self._turns.take(owner, len(needed.request.body)):
                return await self._check(needed)
        except Refusal:
            return _busy()

    async def close(self) -> None:
        """Ends the process, and with it the check in progress."""
        await self._runner.close()

    async def _check(self, needed: CheckNeeded) -> Verdict:
        known = await self._costly.find(needed.rules_number, needed.request)
        if known is not None:
            return Verdict(unchecked=known)
        run = _Run(needed)
        try:
            answer = await self._runner.run(lambda process, is_new: self._exchange(process, is_new, run))
        except ProcessUnavailable as unavailable:
            if unavailable.reason is None:
                return _busy()
            return _unchecked("busy", "the process that checks requests cannot be started; try again later")
        except JobFailed as failed:
            return await self._explain_end(failed, run)
        match answer:
            case Checked(faults, too_many):
                return _unchecked("too-costly", too_many) if too_many else Verdict(faults)
            case Exceeded():
                return await self._exceeded("memory", run)
            case Faulty(traceback):
                logger.error("%s: checking a request failed:\n%s", needed.name, traceback)
                detail = "the request could not be checked because of a fault of mockwave, which is in its log"
                return _unchecked("fault", detail)

    async def _exchange(
        self, process: Process, is_new: bool, run: "_Run"
    ) -> tuple[Checked | Exceeded | Faulty, int | None]:
        """Returns the process's last answer, and its memory in bytes if it may be kept."""
        if is_new:
            self._known_rules.clear()
        run.is_preparing = run.needed.rules_number not in self._known_rules
        async with sending(self._send_job(process, run)):
            answer = decode_answer(await receive_answer(process))
            if isinstance(answer, Prepared):
                run.is_preparing = False
                run.needed.learn(answer.measures)
                answer = decode_answer(await receive_answer(process))
        assert not isinstance(answer, Prepared)
        return answer, answer.resident_bytes if isinstance(answer, Checked) else None

    async def _send_job(self, process: Process, run: "_Run") -> None:
        needed, request = run.needed, run.needed.request
        rules = needed.encode_rules() if run.is_preparing else None
        job = encode_job(
            Job(
                needed.rules_number,
                None if rules is None else len(rules),
                self._use_rules(needed.rules_number, rules),
                needed.name,
                request.path,
                request.query,
                request.headers,
                len(request.body),
                self._request_limits,
                self._limits.cpu_s,
            )
        )
        await send_job(process, job, rules or b"", request.body)

    def _use_rules(self, number: int, rules: bytes | None) -> list[int]:
        """Notes that the process has the rules (`rules` if they are new to it); returns those that it has to forget."""
        if rules is not None:
            self._known_rules[number] = len(rules)
        self._known_rules.move_to_end(number)
        forgotten = []
        while len(self._known_rules) > 1 and (
            len(self._known_rules) > MAXIMUM_KNOWN_RULES or sum(self._known_rules.values()) > MAXIMUM_KNOWN_RULES_BYTES
        ):
            forgotten.append(self._known_rules.popitem(last=False)[0])
        return forgotten

    async def _explain_end(self, failed: JobFailed, run: "_Run") -> Verdict:
        """Explains why the process ended in the middle of a job."""
        if failed.limit is not None:
            return await self._exceeded(failed.limit, run)
        logger.error("%s: the process that checks requests ended %s", run.needed.name, failed.how)
        unchecked = Unchecked("too-costly", f"the process that checked the request ended {failed.how}")
        await self._costly.add(run.needed.rules_number, run.needed.request, unchecked)
        return Verdict(unchecked=unchecked)

    async def _exceeded(self, limit: ProcessLimit, run: "_Run") -> Verdict:
        """The Verdict on a check that exceeds its limits, which is remembered."""
        needed = run.needed
        reason = {
            "time": f"{self._limits.cpu_s:g} s of CPU time; the limit is --check-time",
            "memory": f"{self._limits.memory_bytes >> 20} MiB of memory; the limit is --check-memory",
        }[limit]
        if run.is_preparing:
            # This applies to every request of that operation.
            unchecked = Unchecked("rules", f"the schemas of this operation take more than {reason}; simplify them")
            self._costly.add_rules(needed.rules_number, unchecked)
        else:
            unchecked = Unchecked("too-costly", f"checking this request takes more than {reason}; send a smaller one")
            await self._costly.add(needed.rules_number, needed.request, unchecked)
        size = len(needed.request.body)
        logger.warning("%s: a request with a body of %d bytes was not checked: %s", needed.name, size, unchecked.detail)
        return Verdict(unchecked=unchecked)


class _Run:
    """A job in progress; `is_preparing` while the process still compiles the rules."""

    def __init__(self, needed: CheckNeeded) -> None:
        self.needed = needed
        self.is_preparing = False


def _busy() -> Verdict:
    return _unchecked("busy", "too many requests wait to be checked; send it again later")


def _unchecked(reason: Reason, detail: str) -> Verdict:
    return Verdict(unchecked=Unchecked(reason, detail))
