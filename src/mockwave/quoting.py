"""What messages are made of: text shown between quotes, many faults in one sentence."""

import json

from mockwave.model import Violation


def summarise(violations: list[Violation], what: str, count: int | None = None) -> str:
    """The faults in one sentence: the one there is, or how many there are and the first."""
    first = violations[0].message
    count = len(violations) if count is None else count
    return first if count == 1 else f"{what} has {count} faults; the first: {first}"


def quote(text: str) -> str:
    """`text` as a message shows it: between quotes, what cannot be seen escaped, cut off where it is long."""
    return json.dumps(text if len(text) <= 100 else f"{text[:100]}…", ensure_ascii=False)
