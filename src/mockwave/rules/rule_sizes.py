"""How much a rule may consist of: its JSON text becomes objects in one step, and its author chooses how many.

200,000 members take 50 ms, in which a worker answers no mock. A long text costs no more than its bytes, so it is values
that are counted: the members of objects and the items of arrays, at any depth.
"""

import re
from collections.abc import Iterator
from typing import Final

MOST_VALUES: Final = 50_000
"""The most values of a rule; to decode so many takes some 5 to 10 ms."""
COUNTED_AT_ONCE: Final = 256

_TEXT_OR_VALUE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|(,|[\[{](?![ \t\r\n]*+[\]}]))', re.DOTALL)
"""A string whole, so that nothing in it counts; or what stands before one value: a comma, or a bracket that something
follows."""


def count_values(rule: bytes) -> Iterator[int]:
    """Yields how many values there are so far in JSON text, now and then and at its end; nothing where there cannot be
    more than a rule may have."""
    if rule.count(b",") + rule.count(b"[") + rule.count(b"{") <= MOST_VALUES:
        return
    count = 0
    for number, match in enumerate(_TEXT_OR_VALUE.finditer(rule)):
        if match.lastindex:
            count += 1
        if number % COUNTED_AT_ONCE == 0:
            yield count
    yield count


def has_too_many_values(rule: bytes) -> bool:
    return any(count > MOST_VALUES for count in count_values(rule))


def refuse_size(place: str) -> str:
    """What to say about a rule that has too many."""
    return f"{place}: a rule may have {MOST_VALUES} members and items in all; a long JSON answer can be a responseBody"
