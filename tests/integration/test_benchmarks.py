"""The benchmark still runs: one question, one short round, two contestants, answers checked, a report written.

Says nothing about speed.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import load
from benchmarks.results import CPU, RATE, Result
from tests.harness import read_state, wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
CASE = "bare client"
CONTESTANTS = ("mockwave", "bare_granian_asgi")
DEADLINE_S = 120


@pytest.mark.skipif(bool(load.find_missing()), reason=load.find_missing())
def test_a_question_is_answered_with_figures_of_each_contestant_and_a_report(tmp_path: Path) -> None:
    options = ["--quick", "--contestants", ",".join(CONTESTANTS), "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "c", *options],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    result = msgspec.json.decode((tmp_path / "c.json").read_bytes(), type=Result)
    assert result.absences == []
    assert {figure.contestant for figure in result.figures} == set(CONTESTANTS)
    for contestant in CONTESTANTS:
        for name in (RATE, CPU):
            figure = result.find(CASE, contestant, name)
            assert figure is not None and figure.values[0] > 0
    assert "| mockwave |" in (tmp_path / "README.md").read_text()


@pytest.mark.skipif(bool(load.find_missing()), reason=load.find_missing())
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_contestant_outlives_its_runner_paused_or_not(tmp_path: Path, number: signal.Signals) -> None:
    """A runner ended by SIGTERM once left all its contestants running, which disturbed the next measurement."""
    options = ["--quick", "--pairs", "1000", "--contestants", ",".join(CONTESTANTS), "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "c", *options],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as runner:
        try:
            wait_for(lambda: "T" in map(read_state, find_processes(tmp_path)), "a paused contestant")
            runner.send_signal(number)
            runner.wait(DEADLINE_S)
        finally:
            runner.kill()
    wait_for(lambda: not find_processes(tmp_path), "the end of the contestants")


def find_processes(folder: Path) -> list[int]:
    """Returns the processes, except the runner, with a file below the folder on their command line."""
    marker = f"{folder}/mockwave-benchmark-".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marker in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
