"""A death in a slot leads to a replacement, sooner or later, or to the end of the server."""

import signal
from multiprocessing import Process

import pytest

from mockwave.server.worker_slots import (
    MAX_KILLED_STARTS,
    RESPAWN_PAUSES_S,
    SETTLED_AFTER_S,
    Slot,
    Verdict,
    describe_exit,
)

LONG_RUNNING = SETTLED_AFTER_S + 1


def die(
    slot: Slot, *, at_s: float, lived_s: float = 0.0, exit_code: int = -signal.SIGKILL, came_up: bool = True
) -> Verdict:
    slot.fill(Process(), at_s - lived_s)
    return slot.clear(exit_code=exit_code, came_up=came_up, now_s=at_s)


def test_the_first_death_is_made_good_at_once() -> None:
    slot = Slot()
    assert die(slot, at_s=100.0) is Verdict.REPLACE
    assert slot.due_s == 100.0


def test_deaths_in_a_row_are_made_good_after_growing_pauses() -> None:
    slot = Slot()
    pauses = []
    for _ in range(len(RESPAWN_PAUSES_S) + 3):
        assert die(slot, at_s=100.0) is Verdict.REPLACE
        pauses.append(slot.due_s - 100.0)
    assert pauses == pytest.approx([*RESPAWN_PAUSES_S, *([RESPAWN_PAUSES_S[-1]] * 3)])


def test_a_worker_that_lived_long_ends_the_row() -> None:
    slot = Slot()
    for _ in range(len(RESPAWN_PAUSES_S)):
        die(slot, at_s=100.0)
    die(slot, at_s=200.0, lived_s=LONG_RUNNING)
    assert slot.due_s == 200.0


def test_a_worker_that_gives_up_before_it_came_up_ends_the_server() -> None:
    assert die(Slot(), at_s=100.0, exit_code=1, came_up=False) is Verdict.GIVE_UP


def test_a_worker_that_is_killed_before_it_came_up_is_tried_again() -> None:
    slot = Slot()
    verdicts = [die(slot, at_s=100.0, came_up=False) for _ in range(MAX_KILLED_STARTS)]
    assert verdicts == [*([Verdict.REPLACE] * (MAX_KILLED_STARTS - 1)), Verdict.GIVE_UP]


@pytest.mark.parametrize("exit_code", [0, 1, -signal.SIGSEGV])
def test_a_slot_whose_worker_came_up_once_never_ends_the_server(exit_code: int) -> None:
    slot = Slot()
    die(slot, at_s=100.0)
    verdicts = {die(slot, at_s=100.0, exit_code=exit_code, came_up=False) for _ in range(50)}
    assert verdicts == {Verdict.REPLACE}


@pytest.mark.parametrize(
    ("exit_code", "text"),
    [(0, "ended with exit code 0"), (-9, "was killed by SIGKILL"), (-63, "was killed by signal 63")],
)
def test_an_end_is_told_in_words(exit_code: int, text: str) -> None:
    assert describe_exit(exit_code) == text
