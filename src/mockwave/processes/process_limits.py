"""Limits for a process whose work may take too much, and how much memory it holds."""

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
"""The limits that signals indicate: out of time, or out of memory (a failed allocation in native code aborts; the
kernel kills when the machine has none left, which `count_kernel_kills` distinguishes from other senders)."""


def limit_cpu(seconds: float) -> None:
    """Makes the kernel end this process after `seconds` more of CPU time, by SIGPROF.

    RLIMIT_CPU limits the total time of the process, which the kernel counts by ticks. With short jobs it may count a
    tenth more than it reports (`getrusage`), so that an old process would end at the start of a job.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(bytes_: int) -> None:
    """Makes allocations fail beyond `bytes_` of address space, or beyond an existing lower limit."""
    limit = limited_memory(bytes_)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limited_memory(bytes_: int) -> int:
    """`bytes_`, or the lower limit of address space under which this process already lives (`ulimit -v`)."""
    limits = (each for each in resource.getrlimit(resource.RLIMIT_AS) if each != resource.RLIM_INFINITY)
    return min(bytes_, *limits, bytes_)


def count_kernel_kills() -> int:
    """How many processes the kernel has killed on this machine for lack of memory (proc_vmstat(5)); 0 if unknown."""
    try:
        with open("/proc/vmstat", "rb") as counters:
            return next((int(line.split()[1]) for line in counters if line.startswith(b"oom_kill ")), 0)
    except OSError:
        return 0


def read_resident_bytes() -> int:
    """The resident memory of this process."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
