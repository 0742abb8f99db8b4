"""Ends paused contestants if the runner is killed: `python -m benchmarks.guard PID …`, the first of each family.

The kernel has told them to end then, but a stopped process heeds only SIGKILL. Once it is resumed, any of its threads
may get that SIGTERM, and Python's handlers wait for the main one to wake up (bare granian then lives on). So it is told
again, when the first signal is no longer pending. However the runner ends, the pipe that is this process' input ends
with it.
"""

import signal
import sys
import time

from benchmarks.processes import is_paused, resume_family, send_signal

PATIENCE_S = 1.0


def main() -> None:
    sys.stdin.read()
    paused = [pid for pid in map(int, sys.argv[1:]) if is_paused(pid)]
    for pid in paused:
        resume_family(pid)
    time.sleep(PATIENCE_S)
    for pid in paused:
        send_signal(pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
