"""The promise of the table of state: whoever is killed, and when, each step is taken once or not at all."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("killed_holders.py")


def test_holders_that_are_killed_take_each_step_once_or_not_at_all(tmp_path: Path) -> None:
    check_killed_holders(tmp_path, 200)


def check_killed_holders(folder: Path, kills: int) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder / "state"), str(kills)],
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    hits = told["hits"]
    assert told["most_often"] == 1, "no number is drawn twice"
    assert 0 <= hits["draw"] - told["noted"] <= kills, "what was drawn and not noted is what kills kept from it"
    state = "ABC"[sum(hits[f"round-{state}"] for state in "ABC") % 3]
    assert told["round"] == state, "a scenario moves on in the step that counts it"
    assert hits["round-A"] - hits["round-C"] == (0 if state == "A" else 1)
    assert hits["round-A"] - hits["round-B"] == (1 if state == "B" else 0)
    assert told["counts"]["takeovers"] > 0, "some were killed while they had the lock"
