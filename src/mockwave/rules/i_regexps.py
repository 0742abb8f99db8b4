"""I-Regexps (RFC 9485): the patterns of `match` and `search` in a JSONPath.

A document may bring its patterns, so compiling one is counted, and matching has a bound.
"""

from collections.abc import Callable
from typing import Final

from mockwave.patterns.bounded import compile_pattern
from mockwave.rules.step_budget import Steps

MAXIMUM_PATTERN_CHARACTERS: Final = 2_000
MAXIMUM_KEPT: Final = 256
PATTERN_STEPS: Final = 1_000
"""To compile a pattern."""

_compiled_patterns: dict[tuple[str, bool], Callable[[str], bool | None] | None] = {}


def compile_i_regexp(pattern: str, is_whole: bool, steps: Steps) -> Callable[[str], bool | None] | None:
    """Returns what tells whether a text matches the pattern, as a whole or anywhere (None: that was not found out);
    None if it is not an I-Regexp. Raises TooLongForLoop, OutOfSteps."""
    known = _compiled_patterns.get((pattern, is_whole), ...)
    if known is not ...:
        return known
    from iregexp_check import check

    steps.spend(PATTERN_STEPS)
    compiled = None
    if len(pattern) <= MAXIMUM_PATTERN_CHARACTERS and check(pattern):
        mapped = _map_dots(pattern)
        bounded = compile_pattern(f"^(?:{mapped})$" if is_whole else mapped)
        compiled = None if bounded is None else bounded.is_found_in
    if len(_compiled_patterns) >= MAXIMUM_KEPT:
        _compiled_patterns.clear()
    _compiled_patterns[pattern, is_whole] = compiled
    return compiled


def _map_dots(pattern: str) -> str:
    r"""Replaces the dots of an I-Regexp, outside of classes, by `[^\n\r]` (RFC 9485 §5.3)."""
    mapped, is_escaped, in_class = [], False, False
    for character in pattern:
        if not is_escaped and character in "[]":
            in_class = character == "["
        is_dot = character == "." and not is_escaped and not in_class
        mapped.append(r"[^\n\r]" if is_dot else character)
        is_escaped = character == "\\" and not is_escaped
    return "".join(mapped)
