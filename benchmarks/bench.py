"""The settings of a run: one struct, from the command line, for every question."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct


class Bench(Struct, frozen=True, kw_only=True):
    contestants: tuple[str, ...] = ()
    """The requested ones; empty: those that the question names."""
    pairs: int = 5
    duration_s: float = 5.0
    """Length of one measurement, in whole seconds (wrk)."""
    warm_up_s: float = 8.0
    """Just-in-time compilers (Java, Node) need some seconds of load on one core."""
    turn_warm_up_s: float = 0.3
    """Before each measurement: work that fell due while a contestant was paused gets done, and caches are filled."""
    server_cores: str = ""
    """In the form of taskset --cpu-list; empty: any."""
    load_cores: str = ""
    connections: tuple[int, ...] = (64, 1, 512)
    """For question a."""
    entries: int = 10_000_000
    """For question g: requests to log."""
    in_flight: int = 10_000
    """For question f."""
    delay_ms: int = 5_000
    """For question f."""
    memory_routes: int = 100_000
    """For question k."""
    stored_servers: int = 100
    """For question j, each with 100 routes."""
    users: int = 50
    """For question mixed."""

    def choose(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the requested ones of a question's contestants."""
        return tuple(name for name in names if not self.contestants or name in self.contestants)

    def has_cores_for(self, workers: int) -> bool:
        """Whether the servers' cores are pinned, and are too few for so many workers."""
        return not self.server_cores or count_cores(self.server_cores) >= workers

    def describe(self) -> dict[str, str]:
        return {
            "pairs": str(self.pairs),
            "seconds a measurement": f"{self.duration_s:g}",
            "server on cores": self.server_cores or "any",
            "load on cores": self.load_cores or "any",
        }


def count_cores(cores: str) -> int:
    """Returns how many cores a list such as "0,2-5" names."""
    count = 0
    for part in cores.split(","):
        first, _, last = part.partition("-")
        count += int(last or first) - int(first) + 1
    return count


@contextmanager
def make_folder() -> Iterator[Path]:
    """Yields an empty folder for a contestant's files, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="mockwave-benchmark-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
