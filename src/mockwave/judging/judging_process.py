"""The process that judges requests: jobs on standard input, answers on standard output, one job at a time.

It lives under RLIMIT_AS and, for each job, under a timer of CPU time, which ends it. It ends with its standard input,
at the latest with its parent. It keeps the most recently used rules.
"""

import os
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from typing import BinaryIO, Final

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
from mockwave.problems import MAXIMUM_SHOWN_ERRORS
from mockwave.processes.job_service import serve_jobs
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_reading import RuleFaults, check_in_steps, finish_reading
from mockwave.rules.rules import RuleSet
from mockwave.rules.stored_rules import read_stored, split_stored

MAXIMUM_KEPT: Final = 64


class JudgingProcess:
    """Answers jobs, and keeps rules that it has read."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_s = cpu_s
        self._kept: OrderedDict[GivenRules, RuleSet] = OrderedDict()

    def answer(self, job: Job, source: BinaryIO) -> Iterator[Answer]:
        """Answers a job; the body of a JudgeJob is next in `source`."""
        body = source.read(job.body_bytes) if isinstance(job, JudgeJob) else b""
        limit_cpu(self._cpu_s)
        try:
            yield self._judge(job, body) if isinstance(job, JudgeJob) else check(job)
        except Exception:
            yield Broken(traceback.format_exc(limit=-12))

    def _judge(self, job: JudgeJob, body: bytes) -> Answer:
        view = RequestView(
            method=job.method,
            path=job.path,
            query=job.query,
            headers=job.headers,
            body=body,
            client=job.client,
            path_parameters=job.path_parameters,
        )
        judgments = []
        for given in job.lists:
            rules = self._find(given)
            if rules is None:
                return Missing()
            judgments.append(judge(rules, view))
        return Judged(judgments, read_resident_bytes())

    def _find(self, given: GivenRules) -> RuleSet | None:
        """The rules; None if they are neither known nor given."""
        key = given.without_text()
        rules = self._kept.get(key)
        if rules is not None:
            self._kept.move_to_end(key)
            return rules
        if not given.stored:
            return None
        rules = self._kept[key] = read_stored(given.stored, of_server=given.of_server)
        while len(self._kept) > MAXIMUM_KEPT:
            self._kept.popitem(last=False)
        return rules


def check(job: CheckJob) -> Faults:
    """Reads rules as a list that is to be stored."""
    checking = check_in_steps(
        split_stored(job.stored),
        at="/rules",
        of_server=job.route is None,
        route=job.route,
        engine_faults=job.engine_faults,
    )
    try:
        finish_reading(checking)
    except RuleFaults as faults:
        return Faults(faults.violations[: MAXIMUM_SHOWN_ERRORS + 1], read_resident_bytes())
    return Faults([], read_resident_bytes())


def judge(rules: RuleSet, view: RequestView) -> Judgment:
    numbers = list(rules.find_holding(view))
    keys = [rules.rules[number].key for number in numbers]
    return Judgment(numbers, [b"" if key is None else key.of(view) for key in keys])


def main() -> None:
    """Serves jobs. The arguments are those of `job_streams.py`."""
    process = JudgingProcess(float(os.environ.get("MOCKWAVE_JUDGING_CPU_S", "5")))
    serve_jobs(*open_job_streams(), msgspec.msgpack.Decoder(Job).decode, process.answer)


if __name__ == "__main__":
    main()
