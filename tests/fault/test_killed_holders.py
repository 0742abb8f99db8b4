"""Like tests/unit/state/test_killed_holders.py, but thousands of times: so rare states occur too."""

from pathlib import Path

from tests.unit.state.test_killed_holders import check_killed_holders


def test_holders_killed_two_thousand_times_take_each_step_once_or_not_at_all(tmp_path: Path) -> None:
    check_killed_holders(tmp_path, 2000)
