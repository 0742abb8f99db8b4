"""Parts of messages: text between quotes, and many faults in one sentence."""

import json

from mockwave.model import Violation


def summarise(violations: list[Violation], what: str, count: int | None = None) -> str:
    """The faults in one sentence: the only one, or their number and the first."""
    first = violations[0].message
    count = len(violations) if count is None else count
    return first if count == 1 else f"{what} has {count} faults; the first: {first}"


def quote(text: str) -> str:
    """`text` as a message shows it: between quotes, with invisible characters escaped, and cut off if it is long."""
    return json.dumps(text if len(text) <= 100 else f"{text[:100]}…", ensure_ascii=False)
