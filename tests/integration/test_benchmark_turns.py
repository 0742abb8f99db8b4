"""Contestants that share a core do not disturb each other: those without a turn are paused. Nevertheless all of them
end.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import turns
from benchmarks.bench import Bench
from benchmarks.contestants import BARE_GRANIAN_ASGI, CONTESTANTS
from benchmarks.contestants.contract import Running
from benchmarks.exchanges import Base
from benchmarks.load import Load
from benchmarks.processes import STOP_PATIENCE_S, Family
from benchmarks.results import ERRORS, Result
from benchmarks.sites import ASK_LITERAL, ASK_PARAMETRIC, SMALL_SITE
from benchmarks.turns import Seat, take_turns
from tests.harness import is_alive, read_state, wait_for

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
BUSY = "while True: pass"
HEEDING = "trap 'echo told to end; exit' TERM; echo ready; while :; do :; done"
LOAD = Load(1, 1_000_000, 1, 1, 1, 0, 0, 0)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    """Yields a process with a child."""
    with Family([sys.executable, "-c", PARENT], tmp_path) as started:
        wait_for(lambda: len(started.pids()) == 2, "the child")
        yield started


@pytest.fixture
def families(tmp_path: Path) -> Iterator[list[Family]]:
    """Yields three families, each of one busy process."""
    with ExitStack() as started:
        folders = [tmp_path / name for name in ("one", "two", "three")]
        for folder in folders:
            folder.mkdir()
        yield [started.enter_context(Family([sys.executable, "-c", BUSY], folder)) for folder in folders]


def test_a_family_is_paused_with_its_children_and_runs_on_after_it(family: Family) -> None:
    with family.paused():
        wait_for(lambda: read_states(family) == "TT", "the pause")
    wait_for(lambda: "T" not in read_states(family), "the end of the pause")


def test_a_pause_ends_with_the_exception_that_ends_its_block(family: Family) -> None:
    with pytest.raises(KeyboardInterrupt), family.paused(), family.resumed():
        raise KeyboardInterrupt
    wait_for(lambda: "T" not in read_states(family), "the end of the pause")


def test_a_paused_family_ends_by_sigterm_as_any_other(tmp_path: Path) -> None:
    """A stopped process does not heed SIGTERM before it is continued."""
    with Family(["sh", "-c", HEEDING], tmp_path) as family:
        family.wait_until(lambda: "ready" in family.output, "start", STOP_PATIENCE_S)
        family.pause()
    assert "told to end" in family.output
    assert not is_alive(family.pid)


def test_a_paused_family_takes_no_processor_time_and_keeps_count_of_what_it_took(families: list[Family]) -> None:
    paused, other, _ = families
    with paused.paused():
        wait_for(lambda: read_states(paused) == "T", "the pause")
        before_s, other_before_s = paused.cpu_s(), other.cpu_s()
        wait_for(lambda: other.cpu_s() > other_before_s + 0.1, "processor time of another")
        assert paused.cpu_s() == before_s
    wait_for(lambda: paused.cpu_s() > before_s, "processor time after the pause")


def test_a_family_that_has_ended_can_be_paused_resumed_and_stopped(tmp_path: Path) -> None:
    with Family(["true"], tmp_path) as family:
        wait_for(lambda: not is_alive(family.pid), "its end")
        with family.paused(), family.resumed():
            pass


def test_only_the_contestant_whose_turn_it_is_runs(families: list[Family], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases of one contestant share its processes: they run in the turns of both."""
    seen: list[tuple[int, list[bool]]] = []

    def see(base: Base, *_: object) -> Load:
        wait_for(lambda: "".join(map(read_states, families)).count("T") == 2, "the pause of the others")
        seen.append((base.port, ["T" not in read_states(one) for one in families]))
        return LOAD

    monkeypatch.setattr(turns, "warm_up", see)
    monkeypatch.setattr(turns, "run_load", see)
    monkeypatch.setattr(turns, "check_answers", lambda seat: see(seat.running.base))
    running = [Running(family, Base(port)) for port, family in enumerate(families)]
    seats = [
        Seat("literal", BARE_GRANIAN_ASGI, running[0], SMALL_SITE, ASK_LITERAL),
        Seat("parametric", BARE_GRANIAN_ASGI, running[0], SMALL_SITE, ASK_PARAMETRIC),
        Seat("literal", CONTESTANTS["nginx"], running[1], SMALL_SITE, ASK_LITERAL),
        Seat("literal", CONTESTANTS["wiremock"], running[2], SMALL_SITE, ASK_LITERAL),
    ]
    result = Result("turns", "turns")
    take_turns(seats, Bench(pairs=2), result)
    assert sorted({(port, *runs) for port, runs in seen}) == [
        (0, True, False, False),
        (1, False, True, False),
        (2, False, False, True),
    ]
    assert [figure.values for figure in result.figures if figure.name == ERRORS] == [[0, 0]] * len(seats)
    wait_for(lambda: "T" not in "".join(map(read_states, families)), "the end of all pauses")


def read_states(family: Family) -> str:
    return "".join(map(read_state, family.pids()))
