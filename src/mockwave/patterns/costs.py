"""The costs of regular expressions: bytes when compiled, and time when matched.

Most are seen to be harmless from their text, without an engine, which takes longer to load than they do to compile.
"""

import re
from math import inf
from typing import Final

from mockwave.patterns.bounded import LARGEST_BYTES, SMALL_BYTES, Measured, PatternRefused, measure_pattern
from mockwave.patterns.parsing import (
    UNBOUNDED,
    Alternation,
    Assertion,
    Characters,
    Lookaround,
    Pattern,
    PatternError,
    Repetition,
    Sequence,
    parse_pattern,
)

PATTERN_BYTES: Final = 16  # bytes of a compiled pattern that weigh as much as one byte of a schema's text
LARGE_PATTERN: Final = 1 << 18
MAXIMUM_MEASURED: Final = 512 << 20
MAXIMUM_REPEATED: Final = 4  # repetitions; more count as unlimited


class PatternSizes:
    """The sizes of one document's patterns when compiled.

    Patterns are compiled to measure them. Once the large ones have taken MAXIMUM_MEASURED, only small ones are
    accepted.
    """

    def __init__(self) -> None:
        self._measured: dict[str, int] = {}
        self._hard: dict[str, bool] = {}
        self._total = 0

    def measure(self, pattern: str) -> int:
        """Returns the most bytes that `pattern` takes. Raises PatternRefused."""
        size = self._measured.get(pattern)
        if size is None:
            most = LARGEST_BYTES if self._total < MAXIMUM_MEASURED else SMALL_BYTES
            try:
                size = measure(pattern, most).size_bytes
            except PatternRefused:
                self._total += LARGEST_BYTES if most == LARGEST_BYTES and _is_understood(pattern) else 0
                raise
            self._total += size
            self._measured[pattern] = size
        return size

    def is_hard(self, pattern: str) -> bool:
        """The result of `is_hard`, computed once for each pattern."""
        known = self._hard.get(pattern)
        if known is None:
            known = self._hard[pattern] = is_hard(pattern)
        return known


def _is_understood(pattern: str) -> bool:
    try:
        parse_pattern(pattern)
    except (PatternError, RecursionError):
        return False
    return True


def measure(pattern: str, most_bytes: int = LARGEST_BYTES) -> Measured:
    """Measures `pattern`; most need no engine, which takes longer to load than they do to compile. Raises
    PatternRefused."""
    return Measured(SMALL_BYTES, True) if is_plain(pattern) else measure_pattern(pattern, most_bytes)


def is_plain(pattern: str) -> bool:
    """Whether any engine surely takes `pattern`, matches it in time proportional to the text, and compiles it to
    something small."""
    if _PLAIN.fullmatch(pattern) is None or len(pattern) > MAXIMUM_PLAIN or _NOT_PLAIN.search(pattern):
        return False
    try:
        return _count_states(parse_pattern(pattern)) <= MAXIMUM_PLAIN
    except (PatternError, RecursionError):
        return False


def _count_states(pattern: Pattern) -> int:
    if isinstance(pattern, Characters):
        return len(pattern.ranges) if pattern.ranges and pattern.ranges[-1][1] < 128 else 12
    if isinstance(pattern, Sequence):
        return 1 + sum(map(_count_states, pattern.nodes))
    if isinstance(pattern, Alternation):
        return 1 + sum(map(_count_states, pattern.options))
    if isinstance(pattern, Repetition):
        times = pattern.minimum + 1 if pattern.maximum == UNBOUNDED else pattern.maximum
        return 1 + times * _count_states(pattern.node)
    return 1


# Letters, digits, classes, groups and repetitions; and the escapes that mean the same to all engines.
_PLAIN = re.compile(r"""(?:[A-Za-z0-9_ \-^$.*+?()|:/@#%&=!~;'",\[\]{}]|\\[dDwWsS.\-/+*?()\[\]{}|^$])*+""")
_NOT_PLAIN = re.compile(r"\(\?(?!:)|[*+?}][+]|[?}*+][?][?*+{]")
MAXIMUM_PLAIN: Final = 400


def is_hard(pattern: str) -> bool:
    """Whether matching `pattern` may take long on a short text, or more than linear time on a long one."""
    try:
        measured = measure(pattern)
    except PatternRefused:
        return False
    if measured.size_bytes > LARGE_PATTERN:
        return True
    if measured.is_linear:
        return False
    try:
        tree = parse_pattern(pattern)
        return count_repeated(tree) > 1 or not (_is_anchored(tree) or _is_short(tree))
    except (PatternError, RecursionError):
        return True


def _is_anchored(pattern: Pattern) -> bool:
    """Whether `pattern` is tried only at the start of a text."""
    if isinstance(pattern, Alternation):
        return all(map(_is_anchored, pattern.options))
    if isinstance(pattern, Sequence):
        return any(_is_anchored(node) for node in pattern.nodes[:1])
    return isinstance(pattern, Assertion) and pattern.sign == "^"


def _is_short(pattern: Pattern) -> bool:
    """Whether `pattern` looks at only a few characters from each position, including its lookarounds."""
    if isinstance(pattern, Sequence):
        return all(map(_is_short, pattern.nodes))
    if isinstance(pattern, Alternation):
        return all(map(_is_short, pattern.options))
    if isinstance(pattern, Repetition):
        return pattern.maximum <= MAXIMUM_REPEATED and _is_short(pattern.node)
    return not isinstance(pattern, Lookaround) or _is_short(pattern.node)


def count_repeated(pattern: Pattern) -> float:
    """The most repetitions in any part of `pattern` that may divide the same text among them. With one, a backtracking
    engine takes time in proportion to the text from each position."""
    if isinstance(pattern, Sequence):
        found: float = 0
        for node in pattern.nodes:
            # A repetition in a lookaround starts wherever the repetition before it may end.
            found += count_repeated(node.node if found and isinstance(node, Lookaround) else node)
        return found
    if isinstance(pattern, Alternation):
        return sum(map(count_repeated, pattern.options))
    if isinstance(pattern, Repetition):
        if pattern.maximum <= 1:
            return count_repeated(pattern.node)
        if not isinstance(pattern.node, Characters):
            return inf
        return int(pattern.maximum > MAXIMUM_REPEATED)
    if isinstance(pattern, Lookaround):  # an engine leaves it as soon as it holds
        return 0 if count_repeated(pattern.node) <= 1 else inf
    return 0
