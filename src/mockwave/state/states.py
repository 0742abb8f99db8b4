"""What rules ask of the state that all workers share: `_state_table.StateTable` answers, a table in one file mapping.

Counters hang on mock server, owner (a route, or the server itself: 16 bytes each), rule and key. Scenarios are the
server's, by name and key, whichever rule moves them.
"""

from hashlib import blake2b
from typing import Final, Protocol

from mockwave._state_table import KEY_BYTES, LABEL_BYTES, StateBusy, StateFault, StateTable, Step

__all__ = [
    "KEY_BYTES",
    "LABEL_BYTES",
    "STARTED",
    "StateBusy",
    "StateFault",
    "StateTable",
    "States",
    "Step",
    "fit_key",
    "show_key",
]

STARTED: Final = "Started"
"""The state of a scenario that nothing has happened in."""

_DIGEST_BYTES: Final = 16


class States(Protocol):
    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes, /) -> tuple[int, int] | None:
        """Takes the step, in one go for all workers: how often the rule had answered before, and how many turns it had
        drawn. None where it may not answer. Raises StateBusy."""

    def count(
        self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes, /
    ) -> tuple[bool, int, int]:
        """Counts a request in the window of time that is open, or opens one: whether there were `limit` already, how
        many more there may be, and for how many milliseconds the window goes on. Raises StateBusy."""

    def read_state(self, scenario: str, server_id: bytes, key: bytes, /) -> str | None:
        """The state that the scenario is in; None: nothing has happened in it. Raises StateBusy."""


def fit_key(text: str) -> bytes:
    """What the table has as the key of this text: the text itself, or the beginning of a long one and its digest."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) < KEY_BYTES:
        return encoded
    return encoded[: KEY_BYTES - _DIGEST_BYTES] + blake2b(encoded, digest_size=_DIGEST_BYTES).digest()


def show_key(key: bytes) -> str:
    """The key as text: of a long one its beginning."""
    if len(key) < KEY_BYTES:
        return key.decode(errors="replace")
    return key[: KEY_BYTES - _DIGEST_BYTES].decode(errors="ignore") + "…"
