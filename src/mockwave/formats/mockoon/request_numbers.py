"""Mockoon rules on the number of a request to its route, as a sequence: which response each number gets, from 1 on.

The numbers are tried up to a limit. The sequence ends where the responses no longer change, or begins again where they
repeat. A route of which some rule asks for anything else beside the number has no such sequence: its requests would
have to be counted by one rule and told apart by others.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from mockwave.formats.handlebars.syntax import has_tags
from mockwave.formats.tree_values import Tree, dicts_in, text_of
from mockwave.patterns.bounded import BoundedPattern, PatternRefused

TARGET: Final = "request_number"
TRIED_NUMBERS: Final = 400
LONGEST: Final = 150  # numbers until the end of a sequence, or of one turn of it


class Turns(NamedTuple):
    """The responses in turn, by index, each with the number of its requests; and what follows them."""

    responses: list[tuple[int, int]]
    on_exhausted: str


def asks_for_numbers(responses: Sequence[Tree]) -> bool:
    """Whether some rule of the responses is on the number of the request."""
    return any(rule.get("target") == TARGET for each in responses for rule, _ in dicts_in(each.get("rules"), ""))


def read_turns(responses: Sequence[Tree], default: int, *, falls_through: bool) -> Turns | None:
    """Returns the turns; None where there are none. With `falls_through`, numbers that no rule takes go to later
    routes, which only the numbers after the last one can."""
    tests: list[tuple[int, bool, list[Any]]] = []
    for index, response in enumerate(responses):
        rules = [rule for rule, _ in dicts_in(response.get("rules"), "")]
        if any(rule.get("target") != TARGET for rule in rules):
            return None
        try:
            tests.append((index, response.get("rulesOperator") == "AND", [_Rule(rule) for rule in rules]))
        except (PatternRefused, ValueError):
            return None
    chosen = [_choose(tests, number, -1 if falls_through else default) for number in range(1, TRIED_NUMBERS + 1)]
    end = next((start for start in range(LONGEST) if len(set(chosen[start:])) == 1), None)
    if end is not None:
        ending = chosen[end]
        turns = chosen[: end + 1] if ending >= 0 else chosen[:end]
        how = "last" if ending >= 0 else "next"
    else:
        period = next((each for each in range(1, LONGEST) if chosen[each:] == chosen[:-each]), None)
        if period is None:
            return None
        turns, how = chosen[:period], "cycle"
    if -1 in turns or not turns:
        return None
    return Turns([(index, len(list(group))) for index, group in groupby(turns)], how)


def _choose(tests: list[tuple[int, bool, list[Any]]], number: int, default: int) -> int:
    for index, is_all, rules in tests:
        held = [rule.holds(number) for rule in rules]
        if held and (all(held) if is_all else any(held)):
            return index
    return default


class _Rule:
    """A rule on the number."""

    def __init__(self, rule: Tree) -> None:
        """Raises PatternRefused, ValueError."""
        operator = rule.get("operator") or ("regex" if rule.get("isRegex") else "equals")
        self._value = text_of(rule.get("value"))
        self._is_inverted = rule.get("invert") is True
        if has_tags(self._value) or operator not in ("equals", "regex", "regex_i"):
            raise ValueError
        self._pattern = None if operator == "equals" else BoundedPattern(re.sub(r"\\d", "[0-9]", self._value))

    def holds(self, number: int) -> bool:
        text = str(number)
        found = text == self._value if self._pattern is None else self._pattern.is_found_in(text) is True
        return found is not self._is_inverted
