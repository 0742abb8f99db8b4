"""Limits that a process lives under which does what may take too much, and what it holds."""

import resource
import signal


def limit_cpu(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of CPU time, by SIGPROF.

    RLIMIT_CPU can only say at which time of the process, which the kernel counts by ticks: where jobs are short it may
    count a tenth more than it tells (`getrusage`), so that an old process would end at the start of a job.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(bytes_: int) -> None:
    """Let allocations beyond `bytes_` of address space fail."""
    resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))


def read_resident_bytes() -> int:
    """The memory that this process holds."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
