"""Measures the steps of every worker's event loop: a process with this folder in PYTHONPATH imports it at its start.

Steps are told by the CPU time of the loop's thread, which a busy machine does not lengthen as it does the time between
beats. uvloop's steps cannot be looked at, so asyncio's own loop stands in for it. Each step of STEP_METER_MS or more is
a line in a file of STEP_METER, named by the process: milliseconds, and what ran.
"""

import asyncio
import os
import sys
import time
from asyncio.events import Handle
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("STEP_METER")
LEAST_S = float(os.environ.get("STEP_METER_MS", "5")) / 1000


def measure_steps(folder: Path) -> None:
    """Note the long steps of this process from now on."""
    run = Handle._run

    def run_measured(handle: Handle) -> None:
        started_s = time.thread_time()
        run(handle)
        taken_s = time.thread_time() - started_s
        if taken_s >= LEAST_S:
            with (folder / str(os.getpid())).open("a") as file:
                file.write(f"{taken_s * 1000:.1f} {handle!r}\n")

    Handle._run = run_measured  # type: ignore[method-assign,assignment]


class _Uvloop:
    """Stands in for the package uvloop."""

    @staticmethod
    def new_event_loop() -> Any:
        return asyncio.new_event_loop()


if FOLDER is not None:
    measure_steps(Path(FOLDER))
    sys.modules["uvloop"] = _Uvloop  # type: ignore[assignment]
