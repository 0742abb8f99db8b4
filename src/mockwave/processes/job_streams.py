"""How a process that works for a worker begins, after it has stepped back (low_start.py): it dies with the worker, and
owns its standard streams.

Its arguments are those that `WarmProcess` passes: the limit of memory in bytes, and the worker's process id.
"""

import os
import sys
from typing import BinaryIO

from mockwave.processes.parent_death import die_with
from mockwave.processes.process_limits import limit_memory


def open_job_streams() -> tuple[BinaryIO, BinaryIO]:
    """Set the limits of this process. Returns the stream of jobs, and the one for answers."""
    memory_limit_bytes, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)  # whose death closes standard input, which a job in progress does not read
    limit_memory(memory_limit_bytes)
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that prints may disturb the frames
    return sys.stdin.buffer, sink
