"""Regular expressions that a text has to match as a whole, as WireMock's `matches` has it.

A pattern that is proven harmless runs in Python's `re`, which takes half the time of the bounded engines for a short
text: it is plain (`costs.is_plain`), means the same to both, and has at most one repetition of a single character
class, so that an engine that backtracks takes time in proportion to the text. Every other runs in a bounded engine,
and what that does not take is refused.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from mockwave.patterns.bounded import BoundedPattern, PatternRefused
from mockwave.patterns.costs import count_repeated, is_plain
from mockwave.patterns.parsing import PatternError, parse_pattern

# What Python's `re` reads otherwise than the bounded engines do, or warns of.
_READ_OTHERWISE = re.compile(r"\\[sS]|\.|\$(?!\Z)|\[\[|--|&&|\|\||~~|\{,|[*+?}]\{")

Matches = Callable[[str], bool | None]
"""Whether the whole of a text matches; None where telling would take too many steps."""


@lru_cache(maxsize=1024)
def compile_whole(pattern: str) -> Matches:
    """What tells whether the whole of a text matches `pattern`. Raises PatternRefused."""
    if is_proven_harmless(pattern):
        fullmatch = re.compile(pattern, re.ASCII).fullmatch
        return lambda text: fullmatch(text) is not None
    BoundedPattern(pattern)  # by itself, since `a)(b` would be a pattern within the parentheses below
    try:
        return BoundedPattern(f"^(?:{pattern})$").is_found_in
    except PatternRefused:
        raise PatternRefused(f"{pattern[:80]!r} cannot be held to the whole of a text") from None


def is_proven_harmless(pattern: str) -> bool:
    """Whether Python's `re` matches `pattern` as the bounded engines do, in time proportional to the text."""
    if not is_plain(pattern) or _READ_OTHERWISE.search(pattern):
        return False
    try:
        re.compile(pattern, re.ASCII)
        return count_repeated(parse_pattern(pattern)) <= 1
    except (PatternError, re.error, OverflowError, RecursionError):
        return False
