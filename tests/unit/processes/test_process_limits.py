"""The process that reads specifications: how it is limited."""

import signal

from mockwave.processes.process_limits import limit_cpu


def test_each_job_has_its_time_from_its_own_start() -> None:
    """A process that had read thousands of documents was ended at the start of a job: the kernel counts the time used
    by ticks, in another way than the time it tells, and the limit was computed from that one."""
    try:
        limit_cpu(1_000)
        first, _ = signal.getitimer(signal.ITIMER_PROF)
        limit_cpu(2_000)
        second, _ = signal.getitimer(signal.ITIMER_PROF)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)

    assert 0 < first <= 1_000.1
    assert 1_000.1 < second <= 2_000.1
