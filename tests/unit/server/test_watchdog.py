"""Workers that do not beat are found, however the parent itself was kept from looking."""

import os
from pathlib import Path

import pytest

from mockwave._control import ControlBlock, ControlFault, create_control_block
from mockwave.data_folder import DataFolder
from mockwave.server import watchdog
from mockwave.server.watchdog import START_PATIENCE_S, Watchdog

PID = os.getpid()


class Clock:
    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watchdog, "time", clock)
    return clock


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    folder.create()
    create_control_block(str(folder.control_block))
    return folder


@pytest.fixture
def control(folder: DataFolder) -> ControlBlock:
    control = ControlBlock(str(folder.control_block))
    control.claim_slot(3, PID)
    return control


def look_for(dog: Watchdog, clock: Clock, duration_s: float, *, every_s: float = 1.0) -> list[watchdog.StuckWorker]:
    """What looks in so long a time have found."""
    found = []
    for _ in range(round(duration_s / every_s)):
        clock.now_s += every_s
        found += dog.look([PID])
    return found


def test_a_worker_that_beats_is_left_alone(folder: DataFolder, control: ControlBlock, clock: Clock) -> None:
    dog = Watchdog(folder, 5)
    for _ in range(60):
        control.beat(3)
        assert look_for(dog, clock, 1) == []


def test_one_that_does_not_is_found_after_the_time_given(
    folder: DataFolder, control: ControlBlock, clock: Clock
) -> None:
    dog = Watchdog(folder, 5)
    assert look_for(dog, clock, 5) == []
    (stuck,) = look_for(dog, clock, 1)
    assert stuck.process_id == PID
    assert control.stuck_workers == 1


def test_a_parent_that_slept_itself_blames_nobody(folder: DataFolder, control: ControlBlock, clock: Clock) -> None:
    dog = Watchdog(folder, 5)
    dog.look([PID])
    assert look_for(dog, clock, 3600, every_s=3600) == []
    control.beat(3)
    assert look_for(dog, clock, 3) == []


def test_a_worker_that_has_not_come_up_yet_has_longer(folder: DataFolder, clock: Clock) -> None:
    dog = Watchdog(folder, 5)
    assert look_for(dog, clock, START_PATIENCE_S) == []
    assert len(look_for(dog, clock, 1)) == 1


def test_what_a_stuck_worker_was_at_is_named_and_refused(
    folder: DataFolder, control: ControlBlock, clock: Clock
) -> None:
    key = control.key_of(b"mock_1", b"body")
    dog = Watchdog(folder, 5)
    control.begin_step(3, key, b"POST /bin/\x1b[31m")
    (stuck,) = look_for(dog, clock, 6)
    assert "hangs at POST /bin/\\x1b[31m" in stuck.cause  # nothing that a terminal would obey
    assert control.refused_for(key) > 0
    assert control.refused_for(control.key_of(b"mock_1", b"other")) == 0


def test_what_it_is_done_with_is_not(folder: DataFolder, control: ControlBlock, clock: Clock) -> None:
    key = control.key_of(b"mock_1", b"body")
    dog = Watchdog(folder, 5)
    control.begin_step(3, key, b"POST /bin/x")
    control.end_step(3)
    (stuck,) = look_for(dog, clock, 6)
    assert "not known" in stuck.cause
    assert control.refused_for(key) == 0


def test_what_a_crashed_worker_was_at_is_refused_though_its_slot_has_another_owner(
    folder: DataFolder, control: ControlBlock
) -> None:
    key = control.key_of(b"mock_1", b"body")
    control.begin_step(3, key, b"POST /bin/x")
    control.claim_slot(3, PID + 1)
    Watchdog(folder, 5).note_crash(PID)
    assert control.refused_for(key) > 0


def test_refusals_are_bounded_and_the_latest_stay(folder: DataFolder, control: ControlBlock) -> None:
    dog = Watchdog(folder, 5)
    keys = [control.key_of(b"%d" % number) for number in range(200)]
    for key in keys:
        control.begin_step(3, key, b"")
        dog.note_crash(PID)
    assert control.refused_for(keys[-1]) > 0
    assert sum(control.refused_for(key) > 0 for key in keys) <= 64


@pytest.mark.parametrize("damage", ["empty", "cut short", "of another version"])
def test_a_damaged_control_block_is_an_error_and_no_crash(
    folder: DataFolder, control: ControlBlock, damage: str
) -> None:
    dog = Watchdog(folder, 5)
    if damage == "of another version":
        with folder.control_block.open("r+b") as file:
            file.write(b"MWCTRL01")
    else:
        os.truncate(folder.control_block, 0 if damage == "empty" else 4096)
    with pytest.raises(ControlFault):
        dog.look([PID])
