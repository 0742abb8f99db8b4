"""The process that checks requests: jobs on standard input, answers on standard output, one job at a time.

It lives under RLIMIT_AS and, for each job, under a timer of CPU time, which ends it; it ends with its standard input,
and with its parent at the latest. What it has compiled for an operation it keeps until it is told to forget it.
"""

import traceback
from collections.abc import Iterator
from typing import BinaryIO

import jsonschema_rs  # noqa: F401  # so that the first job has not to load it
import msgspec

from mockwave.checking.checking_messages import Answer, Checked, Exceeded, Faulty, Job, Prepared
from mockwave.processes.job_service import serve_jobs
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.validation.check_limits import TooMany
from mockwave.validation.request_checks import RequestCheck


class CheckingProcess:
    """Answers jobs with what it knows of the operations of those before."""

    def __init__(self) -> None:
        self._checks: dict[int, RequestCheck] = {}

    def answer(self, job: Job, source: BinaryIO) -> Iterator[Answer]:
        """The answers to a job, whose rules, if they are new, and body are next in `source`."""
        rules = None if job.rules_bytes is None else source.read(job.rules_bytes)
        return self._answer(job, rules, source.read(job.body_bytes))

    def _answer(self, job: Job, rules: bytes | None, body: bytes) -> Iterator[Answer]:
        try:
            for number in job.forgotten_rules:
                self._checks.pop(number, None)
            if rules is not None:
                limit_cpu(job.cpu_limit_s)
                check = RequestCheck(rules, job.name)
                measures = check.prepare()
                self._checks[job.rules_number] = check
                yield Prepared(measures)
            limit_cpu(job.cpu_limit_s)
            yield self._check(job, body)
        except MemoryError:
            yield Exceeded()
        except Exception:
            yield Faulty(traceback.format_exc(limit=-12))

    def _check(self, job: Job, body: bytes) -> Checked:
        check, faults, too_many = self._checks[job.rules_number], None, ""
        try:
            faults = check.find_faults(job.path, job.query, job.headers, body, job.limits)
        except TooMany as error:
            too_many = str(error)
        return Checked(faults, too_many, read_resident_bytes())


def main() -> None:
    """Serve jobs. Arguments: those of `job_streams.py`."""
    serve_jobs(*open_job_streams(), msgspec.msgpack.Decoder(Job).decode, CheckingProcess().answer)


if __name__ == "__main__":
    main()
