"""The start of a process that works for a worker, after it has lowered its priority (low_start.py): it dies with the
worker, and owns its standard streams.

`WarmProcess` passes its arguments: the memory limit in bytes, and the worker's process id.
"""

import os
import sys
from typing import BinaryIO

from mockwave.processes.parent_death import die_with
from mockwave.processes.process_limits import limit_memory


def open_job_streams() -> tuple[BinaryIO, BinaryIO]:
    """Sets the limits of this process. Returns the stream of jobs, and the stream for answers."""
    memory_limit_bytes, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)  # the worker's death closes standard input, but a job in progress does not read that
    limit_memory(memory_limit_bytes)
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # stray prints must not disturb the frames
    return sys.stdin.buffer, sink
