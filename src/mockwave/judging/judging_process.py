"""The process that judges requests: jobs on standard input, answers on standard output, one job at a time.

It lives under RLIMIT_AS and, for each job, under a timer of CPU time, which ends it; it ends with its standard input,
and with its parent at the latest. The rules that it read it keeps, those used last.
"""

import os
import traceback
from collections import OrderedDict
from typing import BinaryIO, Final

import msgspec

from mockwave.judging.judging_messages import Answer, Broken, GivenRules, Judged, JudgeJob, Judgment
from mockwave.processes.frames import make_frame, read_frame
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

    def serve_jobs(self, source: BinaryIO, sink: BinaryIO) -> None:
        """Answer jobs until `source` ends."""
        decode_job = msgspec.msgpack.Decoder(JudgeJob).decode
        encode = msgspec.msgpack.Encoder().encode
        while (frame := read_frame(source)) is not None:
            job = decode_job(frame)
            body = source.read(job.body_bytes)
            limit_cpu(self._cpu_s)
            payload = encode(self._answer(job, body))
            sink.write(make_frame(payload))
            sink.flush()
            limit_cpu(0)  # to read the next job is not a part of this one

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
    """Serve jobs. Arguments: those of `job_streams.py`."""
    JudgingProcess(float(os.environ.get("MOCKWAVE_JUDGING_CPU_S", "5"))).serve_jobs(*open_job_streams())


if __name__ == "__main__":
    main()
