"""How a process that works for a worker gives way to it where both share a core.

A lower priority says who gets how much of a core, not how soon. Since Linux 6.6 who runs may go on to the end of its
slice, some milliseconds, while a worker that has just been woken waits, and every request with it. Since 6.12 a process
may ask for slices of its own length (sched_setattr(2), `sched_runtime`), and whoever wakes with a shorter one takes its
place at once. So these processes ask for long slices. Older kernels do not heed it; the lower priority has to do there.
"""

import os
import platform
import struct
from typing import Final

NICENESS: Final = 10
SLICE_NS: Final = 100_000_000
"""The longest that the kernel takes."""

SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""The number of the call, which no library has a name for."""

_ATTRIBUTES: Final = struct.Struct("=IIQiIQQQ")
"""struct sched_attr in its first form: size, policy, flags, nice, priority, runtime, deadline, period."""


def give_way() -> None:
    """Has this process step back behind the workers."""
    os.nice(NICENESS)
    number = SCHED_SETATTR.get(platform.machine())
    if number is None:
        return
    import ctypes  # takes 10 ms, which not every process has to spend

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_BATCH, 0, nice, 0, SLICE_NS, 0, 0)
    # Where it is refused, the lower priority has to do.
    ctypes.CDLL(None).syscall(number, 0, attributes, 0)
