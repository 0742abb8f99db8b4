"""What messages are made of: text shown between quotes, many faults in one sentence."""

import json

from mockwave.model import Violation


def summarise(violations: list[Violation], what: str) -> str:
    """The faults in one sentence: the one there is, or how many there are and the first."""
    first = violations[0].message
    return first if len(violations) == 1 else f"{what} has {len(violations)} faults; the first: {first}"


def quote(text: str) -> str:
    """`text` as a message shows it: between quotes, what cannot be seen escaped, cut off where it is long."""
    return json.dumps(text if len(text) <= 100 else f"{text[:100]}…", ensure_ascii=False)
