"""Operator equalToJson: compares a JSON value with another.

It compares like json-unit in WireMock: numbers by their value, objects without order. Its options are
`ignoreArrayOrder`, `ignoreExtraKeys` and `ignoreExtraItems`, or both as `ignoreExtraElements`; if order counts, extra
items may follow the expected ones. Texts in the expected value may be placeholders, such as `${json-unit.any-string}`.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.patterns.bounded import PatternRefused
from mockwave.patterns.java_spellings import translate_java
from mockwave.patterns.whole_texts import Matches
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import JsonOperator
from mockwave.rules.conditions.logic import can_pair
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.conditions.texts import MAXIMUM_MATCHED
from mockwave.rules.json_values import encode_value
from mockwave.rules.request_view import NotJson, read_json
from mockwave.rules.rule_sizes import MOST_VALUES, has_too_many_values
from mockwave.rules.step_budget import Steps
from mockwave.validation.check_limits import TooLongForLoop
from mockwave.validation.compiled_schemas import depth_exceeds

PLACEHOLDERS_BEGIN: Final = ("${json-unit.", "#{json-unit.")
MAXIMUM_DEPTH: Final = 200
"""The deepest expected value; the comparison recurses with it."""


class Ignored(Struct, frozen=True):
    """The differences that do not count."""

    array_order: bool
    extra_keys: bool
    extra_items: bool


class Placeholder(Struct, frozen=True):
    """A placeholder for many values; with `may_be_missing`, also for a missing member."""

    takes: Callable[[Any], bool]
    may_be_missing: bool = False


TAKES_ANYTHING = Placeholder(lambda value: True)
PLACEHOLDERS: Final[dict[str, Placeholder]] = {
    "ignore": TAKES_ANYTHING,
    "ignore-element": Placeholder(lambda value: True, may_be_missing=True),
    "any-string": Placeholder(lambda value: isinstance(value, str)),
    "any-number": Placeholder(lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "any-boolean": Placeholder(lambda value: isinstance(value, bool)),
}


class EqualToJson(JsonOperator):
    __slots__ = ("_comparison", "_encoded", "_is_plain", "expected", "wanted")
    name = "equalToJson"

    def __init__(self, wanted: Any, comparison: "Comparison", is_plain: bool) -> None:
        """`wanted` is the value with its placeholders read; `is_plain` if it has none, and nothing is ignored."""
        self.wanted = wanted
        self._comparison = comparison
        self._is_plain = is_plain
        self._encoded = encode_value(_hide_placeholders(wanted))
        self.expected = self._encoded[:1000].decode("utf-8", "ignore")

    @property
    def is_plain(self) -> bool:
        """Whether it holds for only one value."""
        return self._is_plain

    def may_take(self, value: Any, most_steps: int) -> bool:
        """Whether it holds for the value, or needs more steps to decide."""
        steps = Steps(is_on_loop=True)
        steps.left = most_steps
        try:
            return self.holds_for_value(value, steps)
        except TooLongForLoop:
            return True

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        try:
            # `==` equates True and 1, but otherwise only equal values.
            if self._is_plain:
                if self.wanted != value:
                    return False
                if encode_value(value) == self._encoded:
                    return True
            return self._comparison.is_equal(self.wanted, value, steps)
        except RecursionError:  # deeper than the expected value, whose depth is limited
            return False


class Comparison:
    """A comparison of two values, with the differences that do not count."""

    def __init__(self, ignored: Ignored) -> None:
        self._ignored = ignored
        self._sorts = ignored.array_order and not ignored.extra_keys and not ignored.extra_items

    def is_equal(self, wanted: Any, value: Any, steps: Steps) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        steps.spend(1)
        if isinstance(wanted, Placeholder):
            return wanted.takes(value)
        if isinstance(wanted, dict):
            return isinstance(value, dict) and self._are_members_equal(wanted, value, steps)
        if isinstance(wanted, list):
            return isinstance(value, list) and self._are_items_equal(wanted, value, steps)
        if isinstance(wanted, bool) or isinstance(value, bool):
            return wanted is value
        return bool(wanted == value)

    def _are_members_equal(self, wanted: dict[str, Any], value: dict[str, Any], steps: Steps) -> bool:
        if not self._ignored.extra_keys and len(value) > len(wanted):
            return False
        found = 0
        for name, each in wanted.items():
            if name in value:
                found += 1
                if not self.is_equal(each, value[name], steps):
                    return False
            elif not (isinstance(each, Placeholder) and each.may_be_missing):
                return False
        return self._ignored.extra_keys or found == len(value)

    def _are_items_equal(self, wanted: list[Any], value: list[Any], steps: Steps) -> bool:
        if len(value) < len(wanted) or (len(value) > len(wanted) and not self._ignored.extra_items):
            return False
        if not self._ignored.array_order:
            return all(self.is_equal(each, value[index], steps) for index, each in enumerate(wanted))
        if self._sorts and not any(map(has_placeholder, wanted)):
            steps.spend(4 * len(value))
            return Counter(map(canonical, wanted)) == Counter(map(canonical, value))
        fits = []
        for each in wanted:
            row = [self.is_equal(each, item, steps) for item in value]
            if not any(row):
                return False
            fits.append(row)
        steps.spend(len(wanted) * len(value))
        return can_pair(fits)


def canonical(value: Any) -> bytes:
    """A text that is the same for two values that are equal apart from the order of arrays."""
    return encode_value(_sort(value))


def _sort(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sort(member) for name, member in value.items()}
    if isinstance(value, list):
        return sorted((_sort(item) for item in value), key=encode_value)
    if isinstance(value, float) and value.is_integer() and math.isfinite(value):
        return int(value)
    return value


def has_placeholder(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(has_placeholder, value))
    return isinstance(value, Placeholder)


def _hide_placeholders(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hide_placeholders(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_hide_placeholders(item) for item in value]
    return "${…}" if isinstance(value, Placeholder) else value


def read_equal_to_json(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "equalToJson")
    wanted = given["equalToJson"]
    if isinstance(wanted, str):
        if has_too_many_values(wanted.encode(errors="replace")):
            reading.refuse(below, "limit", f"it may have {MOST_VALUES} members and items in all")
            return None
        try:
            wanted = read_json(wanted)
        except NotJson as error:
            reading.refuse(below, "json", f"expected JSON, or its text: {error}")
            return None
    if depth_exceeds(wanted, MAXIMUM_DEPTH):
        reading.refuse(below, "limit", f"it is nested deeper than {MAXIMUM_DEPTH} levels")
        return None
    flags = {name: reading.take_flag(given, name, at) for name in JSON_OPTIONS}
    ignored = Ignored(
        flags["ignoreArrayOrder"],
        flags["ignoreExtraElements"] or flags["ignoreExtraKeys"],
        flags["ignoreExtraElements"] or flags["ignoreExtraItems"],
    )
    wanted = _read_placeholders(reading, wanted, below)
    is_plain = not any(msgspec.structs.astuple(ignored)) and not has_placeholder(wanted)
    return EqualToJson(wanted, Comparison(ignored), is_plain)


def _read_placeholders(reading: Reading, wanted: Any, at: str) -> Any:
    if isinstance(wanted, dict):
        return {name: _read_placeholders(reading, member, at) for name, member in wanted.items()}
    if isinstance(wanted, list):
        return [_read_placeholders(reading, item, at) for item in wanted]
    if not isinstance(wanted, str) or not wanted.startswith(PLACEHOLDERS_BEGIN) or "}" not in wanted:
        return wanted
    name, _, rest = wanted.partition(".")[2].partition("}")
    if name == "regex":
        return _read_pattern(reading, rest, at)
    if name not in PLACEHOLDERS or rest:
        reading.refuse_unknown(at, name + rest, "placeholder", ["regex", *PLACEHOLDERS])
        return TAKES_ANYTHING
    return PLACEHOLDERS[name]


def _read_pattern(reading: Reading, pattern: str, at: str) -> Placeholder:
    try:
        matches: Matches = reading.compile_pattern(translate_java(pattern))
    except PatternRefused as refused:
        reading.refuse(at, "pattern", str(refused))
        return TAKES_ANYTHING
    return Placeholder(
        lambda value: isinstance(value, str) and len(value) <= MAXIMUM_MATCHED and matches(value) is True
    )


JSON_OPTIONS: Final = ("ignoreArrayOrder", "ignoreExtraElements", "ignoreExtraKeys", "ignoreExtraItems")
JSON_KINDS = {"equalToJson": Kind(read_equal_to_json, frozenset(JSON_OPTIONS))}
