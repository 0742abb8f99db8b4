"""The limit on open files fits the connections, or the connections fit the limit."""

import subprocess
import sys

SCRIPT = """
import resource
from mockwave.server.file_limit import fit_connections
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(fit_connections(2000), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def fit_2000_connections(soft: int, hard: int) -> tuple[str, str]:
    """Connections and limits that come out, and what is said, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr


def test_a_low_soft_limit_is_raised_to_fit() -> None:
    assert fit_2000_connections(soft=256, hard=4096) == ("2000 2256 4096", "")


def test_a_limit_that_fits_is_left_alone() -> None:
    assert fit_2000_connections(soft=4000, hard=4096) == ("2000 4000 4096", "")


def test_a_low_hard_limit_lowers_the_connections_with_one_warning() -> None:
    outcome, said = fit_2000_connections(soft=256, hard=1024)
    assert outcome == "768 1024 1024"
    assert "768 connections, not 2000" in said
