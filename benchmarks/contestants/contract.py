"""What a contestant is: something that can be started on a Site, and says why it cannot where it cannot.

Each runs in the best setting its documentation names, once with its log of requests off and once with it on.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from benchmarks.exchanges import Base
from benchmarks.processes import Family
from benchmarks.sites import Site

START_PATIENCE_S = 180.0


@dataclass
class Running:
    """A contestant that serves its site; leaving the block ends it."""

    family: Family
    base: Base

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self.family.stop()


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def answers_any_path(self) -> bool:
        """A floor: the bytes of the site's first route, whatever is asked."""

    def find_missing(self) -> str:
        """What must be installed before it can run here; empty: it can run."""

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        """Starts it with an empty folder for its files. Raises StartFailed; the process is gone then."""

    def is_right(self, body: bytes, answered: bytes) -> bool:
        """Whether the answer is the route's body, in the form in which this contestant gives it."""
