"""How processes that work for a worker give way to it."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from mockwave.processes.scheduling import NICENESS, SCHED_SETATTR, SLICE_NS

SAY = """
import ctypes, os, struct
from mockwave.processes.scheduling import SCHED_SETATTR, give_way
give_way()
attributes = ctypes.create_string_buffer(64)
ctypes.CDLL(None).syscall(SCHED_SETATTR[os.uname().machine] + 1, 0, attributes, 64, 0)  # sched_getattr
slice_ns = struct.unpack_from("=IIQiIQ", attributes.raw)[5]
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_BATCH, slice_ns)
"""


@pytest.mark.skipif(platform.machine() not in SCHED_SETATTR, reason="the number of the call is not known")
def test_a_helper_has_a_lower_priority_and_asks_for_long_slices() -> None:
    """With the lower priority alone a worker that was woken waited for the end of a slice, 3 ms each time."""
    done = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, timeout=30, check=True)
    niceness, is_batch, slice_ns = done.stdout.split()
    assert (int(niceness) >= NICENESS, is_batch) == (True, "True")
    assert int(slice_ns) in (SLICE_NS, 0)  # 0: a kernel that has one length for all


def test_a_process_is_started_low(tmp_path: Path) -> None:
    """It loaded its modules, for a fifth of a second, at the priority of the worker that started it."""
    module = tmp_path / "asked.py"
    module.write_text("import os, sys\nprint(os.getpriority(os.PRIO_PROCESS, 0), __name__, *sys.argv[1:])\n")
    command = [sys.executable, "-m", "mockwave.processes.low_start", "asked", "1", "2"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)
    niceness, *rest = done.stdout.split()
    assert int(niceness) >= NICENESS and rest == ["__main__", "1", "2"]
