"""What a rule asks of the shared state, and what comes of it.

A Step is one question with its consequences: may this rule answer now? If so, its counters advance and its scenario
moves on. It is decided and carried out at once, for all workers.
"""

from typing import NamedTuple, Protocol

from msgspec import Struct

STARTED = "Started"
"""The state of a scenario that nothing has happened in."""

LABEL_BYTES = 100
"""Of the name of a rule or a scenario, or of a state, in UTF-8."""


class Step(Struct, frozen=True, kw_only=True):
    """The step of one rule. Where any of its conditions fails, nothing changes, but that a turn is drawn.

    - `hits_limit`: so many times it may answer; 0: no limit. `counts_hits`: each time is counted.
    - `draws_turns`: turns are counted, and of each `probability` is drawn by the `seed`.
    - `scenario`: has to be in the state `from_state` (empty: in any), and goes to `to_state` (empty: stays).
    """

    rule: str
    counts_hits: bool = False
    hits_limit: int = 0
    draws_turns: bool = False
    seed: int = 0
    probability: float = 1.0
    scenario: str = ""
    from_state: str = ""
    to_state: str = ""


class Turn(NamedTuple):
    """A step that was taken: how often the rule had answered before, and how many turns had been drawn."""

    hits: int
    turn: int


class WindowCount(NamedTuple):
    """A request counted in a window of time: whether there were too many, how many more there may be, and for how many
    milliseconds the window goes on."""

    is_over: bool
    remaining: int
    resets_in_ms: int


class States(Protocol):
    """The state of all rules, by mock server, owner (a route or the server itself: 16 bytes each), rule and key.

    Scenarios are the server's, whichever route's rule moves them, by scenario and key.
    """

    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes) -> Turn | None:
        """Takes the step, in one go for all workers; None where the rule may not answer."""

    def count(self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes) -> WindowCount:
        """Counts a request in the window that is open, or opens one."""
