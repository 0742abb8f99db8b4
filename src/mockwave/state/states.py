"""The state of rules, which all workers share: `_state_table.StateTable`, a table in one file mapping.

A counter belongs to a mock server, an owner (a route, or the server itself: 16 bytes each), a rule and a key. Scenarios
belong to the server, by name and key, whichever rule moves them.
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
"""The first state of every scenario."""

_DIGEST_BYTES: Final = 16


class States(Protocol):
    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes, /) -> tuple[int, int] | None:
        """Takes the step, atomically for all workers. Returns how often the rule had answered before, and how many
        turns it had drawn; None if it may not answer. Raises StateBusy."""

    def count(
        self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes, /
    ) -> tuple[bool, int, int]:
        """Counts a request in the open window of time, or opens one. Returns whether `limit` was already reached, how
        many more requests are allowed, and for how many milliseconds the window stays open. Raises StateBusy."""

    def read_state(self, scenario: str, server_id: bytes, key: bytes, /) -> str | None:
        """Returns the state of the scenario; None if it was never moved. Raises StateBusy."""


def fit_key(text: str) -> bytes:
    """The table's key for this text: the text itself, or the beginning of a long one and its digest."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) < KEY_BYTES:
        return encoded
    return encoded[: KEY_BYTES - _DIGEST_BYTES] + blake2b(encoded, digest_size=_DIGEST_BYTES).digest()


def show_key(key: bytes) -> str:
    """The key as text; for a long one, its beginning."""
    if len(key) < KEY_BYTES:
        return key.decode(errors="replace")
    return key[: KEY_BYTES - _DIGEST_BYTES].decode(errors="ignore") + "…"
