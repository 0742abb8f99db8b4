"""Regular expressions that a text has to match as a whole, like WireMock's `matches`.

A pattern that is proven harmless runs in Python's `re`, which takes half the time of the bounded engines for a short
text. Such a pattern is plain (`costs.is_plain`), means the same to both, and has at most one repetition of a single
character class, so that a backtracking engine takes time in proportion to the text. Every other pattern runs in a
bounded engine; if that does not take it, it is refused.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from mockwave.patterns.bounded import AT_ONCE_BYTES, COMPILED_BYTES, BoundedPattern, PatternRefused
from mockwave.patterns.costs import count_repeated, is_plain
from mockwave.patterns.parsing import PatternError, parse_pattern

# Constructs that Python's `re` reads differently from the bounded engines, or warns about.
_READ_OTHERWISE = re.compile(r"\\[sS]|\.|\$(?!\Z)|\[\[|--|&&|\|\||~~|\{,|[*+?}]\{")

Matches = Callable[[str], bool | None]
"""Whether a whole text matches; None if deciding takes too many steps."""


@lru_cache(maxsize=1024)
def compile_whole(pattern: str, maximum_bytes: int = COMPILED_BYTES) -> Matches:
    """Returns a function that tells whether a whole text matches `pattern`. Raises PatternRefused, also if it takes
    more bytes when compiled."""
    if is_proven_harmless(pattern):
        fullmatch = re.compile(pattern, re.ASCII).fullmatch
        return lambda text: fullmatch(text) is not None
    # Compiled alone first, since `a)(b` would be valid within the parentheses below.
    BoundedPattern(pattern, maximum_bytes)
    try:
        return BoundedPattern(f"^(?:{pattern})$", maximum_bytes).is_found_in
    except PatternRefused:
        raise PatternRefused(f"{pattern[:80]!r} cannot be matched against a whole text") from None


@lru_cache(maxsize=1024)
def compile_whole_at_once(pattern: str) -> Matches | None:
    """Like `compile_whole`; None if that may take long, or the pattern is refused."""
    try:
        return compile_whole(pattern, AT_ONCE_BYTES)
    except PatternRefused:
        return None


def is_proven_harmless(pattern: str) -> bool:
    """Whether Python's `re` matches `pattern` as the bounded engines do, in time proportional to the text."""
    if not is_plain(pattern) or _READ_OTHERWISE.search(pattern):
        return False
    try:
        re.compile(pattern, re.ASCII)
        return count_repeated(parse_pattern(pattern)) <= 1
    except (PatternError, re.error, OverflowError, RecursionError):
        return False
