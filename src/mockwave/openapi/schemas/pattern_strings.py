"""Strings for patterns: whether a string matches a pattern, and a string that does.

Matching works on sets of positions (Thompson): each node of the tree maps a position to all positions where it can end.
Each result is kept, so no pattern is catastrophic; steps are counted all the same. Making a string aims at a length: a
node gets a length to fill, and divides it among its parts. A made string is matched before it is returned, since
lookarounds and assertions are only guessed while it is made.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mockwave.patterns.parsing import (
    UNBOUNDED,
    WORD,
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

MAXIMUM_STEPS: Final = 200_000
MAXIMUM_TRIED: Final = 2 * MAXIMUM_STEPS  # for all strings that are tried to make one
MAXIMUM_STRING: Final = 20_000
LENGTHS_TRIED: Final = 24

# The character of a class to show: the first of these that it contains.
PREFERRED: Final = "a0A1b2B3c4C5dDeE6fF789-_. abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@/:+#"


class _TooManyStepsError(Exception):
    """Matching the pattern and the string takes too many steps."""


def matches(text: str, pattern: str) -> bool | None:
    """Whether `pattern` is found in `text`, as JSON Schema demands; None if that cannot be decided."""
    try:
        return _Matcher(text).finds(parse_pattern(pattern))
    except (PatternError, _TooManyStepsError, RecursionError):
        return None


def make_string(patterns: list[str], minimum: int, maximum: int | None, variant: int = 0) -> str | None:
    """Makes a string of `minimum` to `maximum` characters that matches each of `patterns`, a different one for each
    `variant`; None if none was found."""
    try:
        trees = [parse_pattern(pattern) for pattern in patterns]
        steps = 0
        for candidate in _candidates(trees[0], minimum, maximum, variant):
            if len(candidate) < minimum or (maximum is not None and len(candidate) > maximum):
                continue
            matcher = _Matcher(candidate)
            if all(matcher.finds(tree) for tree in trees):
                return candidate
            steps += matcher.steps
            if steps > MAXIMUM_TRIED:
                return None
    except (PatternError, _TooManyStepsError, RecursionError):
        return None
    return None


def _candidates(tree: Pattern, minimum: int, maximum: int | None, variant: int) -> Iterator[str]:
    shortest, longest = length_range(tree)
    ceiling = min(longest, MAXIMUM_STRING if maximum is None else maximum)
    start = max(shortest, minimum)
    if start > MAXIMUM_STRING:
        return
    lookaheads = [_Maker(variant).make(_strip_prefix(node), 0) for node in _lookaheads(tree)]
    for length in range(start, min(start + LENGTHS_TRIED, max(ceiling, start)) + 1):
        for shift in range(3):
            made = _Maker(variant + shift).make(tree, length)
            if lookaheads:
                # Lookaheads at the start require parts anywhere: put them in place of the first characters.
                wanted = "".join(lookaheads)
                yield wanted + made[len(wanted) :]
                yield made[: max(0, len(made) - len(wanted))] + wanted
            yield made
            yield made + "a" * (minimum - len(made))
            yield "a" * (minimum - len(made)) + made


def length_range(pattern: Pattern) -> tuple[int, int]:
    """The fewest and the most characters that `pattern` can consume."""
    if isinstance(pattern, Characters):
        return 1, 1
    if isinstance(pattern, Sequence):
        ranges = [length_range(node) for node in pattern.nodes]
        return sum(low for low, _ in ranges), min(UNBOUNDED, sum(high for _, high in ranges))
    if isinstance(pattern, Alternation):
        ranges = [length_range(option) for option in pattern.options]
        return min(low for low, _ in ranges), max(high for _, high in ranges)
    if isinstance(pattern, Repetition):
        low, high = length_range(pattern.node)
        return min(UNBOUNDED, low * pattern.minimum), min(UNBOUNDED, high * pattern.maximum)
    return 0, 0


def _lookaheads(pattern: Pattern) -> Iterator[Pattern]:
    if isinstance(pattern, Lookaround) and not pattern.is_negative:
        yield pattern.node
    elif isinstance(pattern, Sequence):
        for node in pattern.nodes:
            yield from _lookaheads(node)
    elif isinstance(pattern, Alternation):
        yield from _lookaheads(pattern.options[0])
    elif isinstance(pattern, Repetition) and pattern.minimum:
        yield from _lookaheads(pattern.node)


def _strip_prefix(pattern: Pattern) -> Pattern:
    """`pattern` without a leading part that matches anything."""
    if isinstance(pattern, Sequence) and pattern.nodes:
        first = pattern.nodes[0]
        if isinstance(first, Repetition) and first.minimum == 0 and first.maximum == UNBOUNDED:
            return Sequence(pattern.nodes[1:])
    return pattern


@lru_cache(maxsize=256)
def _preferred(pattern: Characters) -> str:
    """The characters of PREFERRED that `pattern` contains."""
    return "".join(each for each in PREFERRED if pattern.holds(ord(each)))


class _Maker:
    """Makes a string of about a given length; `variant` rotates the choice of characters."""

    def __init__(self, variant: int) -> None:
        self.variant = variant
        self.made = 0

    def make(self, pattern: Pattern, length: int) -> str:
        if isinstance(pattern, Characters):
            return self.character(pattern)
        if isinstance(pattern, Sequence):
            return self.sequence(pattern, length)
        if isinstance(pattern, Alternation):
            return self.alternation(pattern, length)
        if isinstance(pattern, Repetition):
            return self.repetition(pattern, length)
        return ""

    def character(self, pattern: Characters) -> str:
        self.made += 1
        if self.made > 2 * MAXIMUM_STRING:
            raise _TooManyStepsError
        preferred = _preferred(pattern)
        if preferred:
            return preferred[self.variant % len(preferred)]
        if not pattern.ranges:
            raise PatternError("an empty class matches nothing")
        low, high = pattern.ranges[-1]
        return chr(low + self.variant % (high - low + 1))

    def sequence(self, pattern: Sequence, length: int) -> str:
        ranges = [length_range(node) for node in pattern.nodes]
        spare = max(0, length - sum(low for low, _ in ranges))
        parts = []
        for node, (low, high) in zip(pattern.nodes, ranges, strict=True):
            extra = min(spare, high - low)
            part = self.make(node, low + extra)
            spare -= min(extra, max(0, len(part) - low))
            parts.append(part)
        return "".join(parts)

    def alternation(self, pattern: Alternation, length: int) -> str:
        fitting = []
        for option in pattern.options:
            low, high = length_range(option)
            if low <= length <= high:
                fitting.append(option)
        options = fitting or list(pattern.options)
        return self.make(options[self.variant % len(options)], length)

    def repetition(self, pattern: Repetition, length: int) -> str:
        low, high = length_range(pattern.node)
        if high == 0:
            return ""
        count = pattern.minimum
        if length > count * high or (length > count * low and count == 0):
            count = min(pattern.maximum, max(count, -(-length // min(high, max(low, length)))))
        spare = max(0, length - count * low)
        parts = []
        for index in range(count):
            extra = min(high - low, spare if index == count - 1 else -(-spare // (count - index)))
            part = self.make(pattern.node, low + extra)
            spare -= max(0, len(part) - low)
            parts.append(part)
        return "".join(parts)


class _Matcher:
    """The positions in one text at which nodes of a pattern can end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.codes = [ord(character) for character in text]
        self.steps = 0
        self.known: dict[tuple[int, int], frozenset[int]] = {}

    def finds(self, pattern: Pattern) -> bool:
        if isinstance(pattern, Sequence) and pattern.nodes[:1] == (Assertion("^"),):
            return bool(self.ends(pattern, 0))
        return any(self.ends(pattern, start) for start in range(len(self.text) + 1))

    def ends(self, pattern: Pattern, start: int) -> frozenset[int]:
        if isinstance(pattern, Characters):
            fits = start < len(self.codes) and pattern.holds(self.codes[start])
            return frozenset((start + 1,)) if fits else frozenset()
        key = (id(pattern), start)  # nodes live as long as the tree
        known = self.known.get(key)
        if known is None:
            self.steps += 1
            if self.steps > MAXIMUM_STEPS:
                raise _TooManyStepsError
            known = self.known[key] = self.find_ends(pattern, start)
        return known

    def find_ends(self, pattern: Pattern, start: int) -> frozenset[int]:
        if isinstance(pattern, Sequence):
            positions = frozenset((start,))
            for node in pattern.nodes:
                positions = self.after(node, positions)
                if not positions:
                    break
            return positions
        if isinstance(pattern, Alternation):
            return frozenset().union(*(self.ends(option, start) for option in pattern.options))
        if isinstance(pattern, Repetition):
            return self.repeat(pattern, start)
        if isinstance(pattern, Lookaround):
            return frozenset((start,)) if self.looks(pattern, start) else frozenset()
        return (
            frozenset((start,)) if isinstance(pattern, Assertion) and self.asserts(pattern.sign, start) else frozenset()
        )

    def after(self, node: Pattern, positions: frozenset[int]) -> frozenset[int]:
        self.steps += len(positions)
        if self.steps > MAXIMUM_STEPS:
            raise _TooManyStepsError
        if len(positions) == 1:
            return self.ends(node, next(iter(positions)))
        return frozenset().union(*(self.ends(node, position) for position in positions))

    def repeat(self, pattern: Repetition, start: int) -> frozenset[int]:
        if isinstance(pattern.node, Characters):
            end = start
            limit = min(len(self.codes), start + pattern.maximum)
            while end < limit and pattern.node.holds(self.codes[end]):
                end += 1
            self.steps += end - start
            return frozenset(range(start + pattern.minimum, end + 1))
        positions = frozenset((start,))
        for _ in range(min(pattern.minimum, len(self.text) + 1)):
            positions = self.after(pattern.node, positions)
        reached = set(positions)
        for _ in range(min(pattern.maximum - pattern.minimum, len(self.text) + 1)):
            positions = self.after(pattern.node, positions) - reached
            if not positions:
                break
            reached |= positions
        return frozenset(reached)

    def looks(self, pattern: Lookaround, position: int) -> bool:
        if pattern.is_behind:
            found = any(position in self.ends(pattern.node, start) for start in range(position + 1))
        else:
            found = bool(self.ends(pattern.node, position))
        return found != pattern.is_negative

    def asserts(self, sign: str, position: int) -> bool:
        if sign == "^":
            return position == 0
        if sign == "$":
            return position == len(self.text)
        before = position > 0 and self.is_word(position - 1)
        behind = position < len(self.codes) and self.is_word(position)
        return (before != behind) == (sign == "\\b")

    def is_word(self, position: int) -> bool:
        return any(low <= self.codes[position] <= high for low, high in WORD)
