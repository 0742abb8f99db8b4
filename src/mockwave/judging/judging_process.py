"""The process that judges requests: jobs on standard input, answers on standard output, one job at a time.

It lives under RLIMIT_AS and, for each job, under a timer of CPU time, which ends it; it ends with its standard input,
and with its parent at the latest. The rules that it read it keeps, those used last.
"""

import os
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, Judged, JudgeJob, Judgment
from mockwave.processes.job_service import serve_jobs
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.rules.request_view import RequestView
from mockwave.rules.rules import RuleSet
from mockwave.rules.stored_rules import read_stored

MAXIMUM_KEPT: Final = 64


class JudgingProcess:
    """Answers jobs, with the rules that it has read before."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_s = cpu_s
        self._kept: OrderedDict[GivenRules, RuleSet] = OrderedDict()

    def answer(self, job: JudgeJob, source: BinaryIO) -> Iterator[Answer]:
        """The answer to a job, whose body is next in `source`."""
        body = source.read(job.body_bytes)
        limit_cpu(self._cpu_s)
        yield self._answer(job, body)

    def _answer(self, job: JudgeJob, body: bytes) -> Answer:
        try:
            view = RequestView(
                method=job.method,
                path=job.path,
                query=job.query,
                headers=job.headers,
                body=body,
                client=job.client,
                path_parameters=job.path_parameters,
            )
            return Judged([judge(self._find(given), view) for given in job.lists], read_resident_bytes())
        except Exception:
            return Broken(traceback.format_exc(limit=-12))

    def _find(self, given: GivenRules) -> RuleSet:
        rules = self._kept.get(given)
        if rules is not None:
            self._kept.move_to_end(given)
            return rules
        rules = self._kept[given] = read_stored(given.stored, of_server=given.of_server)
        while len(self._kept) > MAXIMUM_KEPT:
            self._kept.popitem(last=False)
        return rules


def judge(rules: RuleSet, view: RequestView) -> Judgment:
    holds = [rule.condition is None or rule.condition.holds(view) for rule in rules.rules]
    keys = [
        rule.key.of(view) if does and rule.key is not None else b""
        for does, rule in zip(holds, rules.rules, strict=True)
    ]
    return Judgment(holds, keys)


def main() -> None:
    """Serve jobs. Arguments: those of `job_streams.py`."""
    process = JudgingProcess(float(os.environ.get("MOCKWAVE_JUDGING_CPU_S", "5")))
    serve_jobs(*open_job_streams(), msgspec.msgpack.Decoder(JudgeJob).decode, process.answer)


if __name__ == "__main__":
    main()
