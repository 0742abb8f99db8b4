"""Limits that a process lives under which does what may take too much, and what it holds."""

import resource
import signal
from typing import Final, Literal

ProcessLimit = Literal["time", "memory"]

LIMIT_SIGNALS: Final[dict[int, ProcessLimit]] = {
    signal.SIGPROF: "time",
    signal.SIGXCPU: "time",
    signal.SIGABRT: "memory",
    signal.SIGKILL: "memory",
}
"""What the signal that ended such a process says: out of time, or out of memory (a failed allocation in native code
aborts; the kernel kills when the machine has none left)."""


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
