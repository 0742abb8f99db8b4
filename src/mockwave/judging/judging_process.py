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

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, Judged, JudgeJob, Judgment
from mockwave.processes.job_service import serve_jobs
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.rules.request_view import RequestView
from mockwave.rules.rules import RuleSet
from mockwave.rules.stored_rules import read_stored

MAXIMUM_KEPT: Final = 64


class JudgingProcess:
    """Answers jobs, and keeps rules that it has read."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_s = cpu_s
        self._kept: OrderedDict[GivenRules, RuleSet] = OrderedDict()

    def answer(self, job: JudgeJob, source: BinaryIO) -> Iterator[Answer]:
        """Answers a job, whose body is next in `source`."""
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
    numbers = list(rules.find_holding(view))
    keys = [rules.rules[number].key for number in numbers]
    return Judgment(numbers, [b"" if key is None else key.of(view) for key in keys])


def main() -> None:
    """Serves jobs. The arguments are those of `job_streams.py`."""
    process = JudgingProcess(float(os.environ.get("MOCKWAVE_JUDGING_CPU_S", "5")))
    serve_jobs(*open_job_streams(), msgspec.msgpack.Decoder(JudgeJob).decode, process.answer)


if __name__ == "__main__":
    main()
