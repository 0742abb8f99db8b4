"""Operators: tests of values, and how they are read from the JSON of a rule.

An operator is tried on one text, or on None if there is none (`holds`); on a body, which is read as JSON or XML once
for all operators (`holds_for_body`); on a value in such a body (`holds_for_value`); or on all values of a name that may
be repeated (`holds_for_any`): most hold if they hold for any value. For texts that may be long or many, it gets the
steps that are left (`holds_for_text`, `holds_for_values`), since the sender of a request chooses them. Each family of
operators has a file of its own; `matchers.py` has the table of all, and hands it in here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.model import Violation
from mockwave.patterns.bounded import AT_ONCE_BYTES, BoundedPattern, PatternRefused
from mockwave.patterns.whole_texts import Matches, compile_whole, compile_whole_at_once
from mockwave.pointers import pointer_below
from mockwave.quoting import name_type
from mockwave.rules.conditions.condition import clip
from mockwave.rules.deferral import Deferral, TakesLong
from mockwave.rules.json_values import encode_value
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import OutOfSteps, Steps
from mockwave.validation.check_limits import TooLongForLoop

MAXIMUM_DEPTH: Final = 32
MAXIMUM_CONDITIONS: Final = 1_000  # operators and combinations in one `when`
MAXIMUM_FAULTS: Final = 1_000  # most faults listed; a problem document shows fewer


class Operator:
    """One operator with its expected value. `name` and `expected` are for messages.

    `is_costly`: it takes long on a long text. `parses`: it takes long on any, since it reads it as JSON or XML.
    `is_deferred`: it is not compiled yet, which takes long. `is_multiple`: it is tried on all values of a name at once.
    """

    __slots__ = ()

    name: str = ""
    expected: str = ""
    is_costly: bool = False
    parses: bool = False
    is_deferred: bool = False
    is_multiple: bool = False

    @property
    def holds_for_longer(self) -> bool:
        """Whether it holds for each text that begins with one for which it holds."""
        return False

    def holds(self, text: str | None) -> bool:
        """Raises OutOfSteps if that cannot be decided."""
        raise NotImplementedError

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        steps.spend(1 + len(text) // 500)
        return self.holds(text)

    def holds_for_body(self, view: RequestView) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        return self.holds_for_text(view.text, view.steps)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        """Like that of a JSON value's text, for most operators. Raises TooLongForLoop, OutOfSteps."""
        return self.holds_for_text(text_of(value), steps)

    def holds_for_any(self, values: Sequence[str]) -> bool:
        if not values:
            return self.holds(None)
        return any(map(self.holds, values))

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        """Like `holds_for_any`. Raises TooLongForLoop, OutOfSteps."""
        if not values:
            return self.holds(None)
        return any(self.holds_for_text(value, steps) for value in values)

    def describe(self) -> str:
        """The operator for a message."""
        return clip(f"{self.name} {self.expected}".rstrip())


class DeferredOperator(Operator):
    """An operator that takes long to compile: that is done when it is first tried, and not on an event loop.

    `holds_without` says whether it holds for a missing value."""

    __slots__ = ("_compiled", "_holds_without", "_read", "expected", "name")
    is_costly = parses = is_deferred = True

    def __init__(self, name: str, read: Callable[[], Operator | None], *, holds_without: bool) -> None:
        self.name = name
        self.expected = ""
        self._read = read
        self._holds_without = holds_without
        self._compiled: Operator | None = None

    def holds(self, text: str | None) -> bool:
        return self._holds_without if text is None else self.holds_for_text(text, Steps())

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        return self._compile(steps).holds_for_text(text, steps)

    def holds_for_body(self, view: RequestView) -> bool:
        return self._compile(view.steps).holds_for_body(view)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        return self._compile(steps).holds_for_value(value, steps)

    def _compile(self, steps: Steps) -> Operator:
        if steps.is_on_loop:
            raise TooLongForLoop
        if self._compiled is None:
            self._compiled = self._read()
            if self._compiled is None:  # stored by a version of mockwave that could read it
                raise OutOfSteps
        return self._compiled


class GivenMembers:
    """The sources of the operators and conditions of one `when`, while it is read: two with equal sources hold for the
    same values."""

    def __init__(self) -> None:
        self._given: dict[int, tuple[object, Mapping[str, Any], Sequence[str]]] = {}
        """By the object's id, which is unique while the object is kept here."""

    def keep(self, made: object, given: Mapping[str, Any], members: Sequence[str]) -> None:
        """Notes that `made` was read from these members of `given`, as far as they exist."""
        self._given[id(made)] = made, given, members

    def text_of(self, made: object) -> bytes | int:
        """Canonical JSON, equal for equal sources; a unique number for objects that were not kept."""
        kept = self._given.get(id(made))
        if kept is None:
            return id(made)
        _, given, members = kept
        return msgspec.json.encode({name: given[name] for name in members if name in given}, order="deterministic")


class Reading:
    """The reading of one `when`: its faults, its depth, and what it puts off, if it may."""

    def __init__(self, kinds: Mapping[str, "Kind"], faults: list[Violation], deferral: Deferral | None = None) -> None:
        self.given = GivenMembers()
        self.deferral = deferral
        self._kinds = kinds
        self._faults = faults
        self._count = 0
        self.depth = 0

    def refuse(self, at: str, rule: str, message: str) -> None:
        if len(self._faults) < MAXIMUM_FAULTS:
            self._faults.append(Violation(location="body", pointer=at, rule=rule, message=message))

    def refuse_type(self, at: str, expected: str, given: Any) -> None:
        self.refuse(at, "type", f"expected {expected}, got {name_type(given)}")

    def refuse_unknown(self, at: str, name: str, what: str, known: Sequence[str]) -> None:
        if len(self._faults) >= MAXIMUM_FAULTS:  # looking for what was meant takes a tenth of a millisecond
            return
        near = find_near(name, known)
        hint = f"; did you mean {near}?" if near else f"; there are {', '.join(sorted(known))}"
        self.refuse(at, "unknown", f"there is no {what} {clip(name)!r}{hint}")

    def count(self, at: str) -> bool:
        """Counts one more condition; False once there are too many."""
        self._count += 1
        if self._count == MAXIMUM_CONDITIONS + 1:
            self.refuse(at, "limit", f"a when has at most {MAXIMUM_CONDITIONS} conditions; split it into several rules")
        return self._count <= MAXIMUM_CONDITIONS

    def enter(self, at: str) -> bool:
        """Goes one level down; False if that is too deep. If True, call `leave` afterwards."""
        if self.depth == MAXIMUM_DEPTH:
            self.refuse(at, "limit", f"conditions are nested at most {MAXIMUM_DEPTH} deep")
            return False
        self.depth += 1
        return True

    def leave(self) -> None:
        self.depth -= 1

    def take_text(self, given: Any, at: str) -> str | None:
        """`given` if it is a string; else a fault."""
        if isinstance(given, str):
            return given
        self.refuse_type(at, "a string", given)
        return None

    def take_flag(self, given: Mapping[str, Any], name: str, at: str) -> bool:
        """The option `name` of a matcher at `at`; False without one."""
        flag = given.get(name, False)
        if isinstance(flag, bool):
            return flag
        self.refuse_type(pointer_below(at, name), "a boolean", flag)
        return False

    def take_choice(self, given: Mapping[str, Any], name: str, at: str, choices: Sequence[str]) -> str:
        """The option `name` of a matcher at `at`, one of `choices`; the first without one."""
        choice = given.get(name, choices[0])
        if choice in choices:
            return str(choice)
        self.refuse(pointer_below(at, name), "enum", f"expected one of {', '.join(choices)}")
        return choices[0]

    def compile_pattern(self, pattern: str) -> Matches:
        """Returns what tells whether a whole text matches the pattern. Raises PatternRefused, and TakesLong if it is
        put off."""
        if self.deferral is None:
            return compile_whole(pattern)
        matches = compile_whole_at_once(pattern)
        if matches is None:
            raise TakesLong
        return matches

    def compile_bounded(self, pattern: str) -> BoundedPattern:
        """Like `compile_pattern`, for a pattern that may match anywhere in a text."""
        if self.deferral is None:
            return BoundedPattern(pattern)
        try:
            return BoundedPattern(pattern, AT_ONCE_BYTES)
        except PatternRefused:
            raise TakesLong from None

    def read_operators(self, given: Any, at: str, *, besides: Sequence[str] = ()) -> list[Operator] | None:
        """Reads the operators of the matcher `given`, except its members `besides`; None, and a fault, if there are
        none."""
        if not isinstance(given, dict):
            self.refuse_type(at, 'an object with an operator, like {"equalTo": "a"}', given)
            return None
        if not self.enter(at):
            return None
        found = self._read_each(given, at, besides)
        self.leave()
        return found

    def _read_each(self, given: dict[str, Any], at: str, besides: Sequence[str]) -> list[Operator] | None:
        kinds = [(name, self._kinds[name]) for name in given if name in self._kinds and name not in besides]
        options = {option for _, kind in kinds for option in kind.options}
        strange = [name for name in given if name not in self._kinds and name not in options and name not in besides]
        for name in strange:
            self._refuse_strange(name, at)
        if not kinds:
            if not strange:
                self.refuse(at, "required", 'an operator is missing, like {"equalTo": "a"}')
            return None
        found = []
        for name, kind in kinds:
            operator = self._read_one(name, kind, given, at) if self.count(at) else None
            if operator is not None:
                self.given.keep(operator, given, (name, *kind.options))
                found.append(operator)
        return found if len(found) == len(kinds) and not strange else None

    def _read_one(self, name: str, kind: "Kind", given: dict[str, Any], at: str) -> Operator | None:
        try:
            return kind.read(self, given, at)
        except TakesLong:
            assert self.deferral is not None
            self.deferral.count += 1
        kinds = self._kinds

        def read() -> Operator | None:
            return kind.read(Reading(kinds, []), given, at)

        return DeferredOperator(name, read, holds_without=kind.holds_without)

    def _refuse_strange(self, name: str, at: str) -> None:
        needed = sorted(each for each, kind in self._kinds.items() if name in kind.options)
        if needed:
            message = f"{name} is an option of {', '.join(needed)}, which is missing"
            self.refuse(pointer_below(at, name), "unknown", message)
        else:
            self.refuse_unknown(pointer_below(at, name), name, "operator", list(self._kinds))


def text_of(value: Any) -> str:
    """A JSON value as text operators see it: a string as it is, all others as JSON."""
    if isinstance(value, str):
        return value
    try:
        return encode_value(value).decode()
    except RecursionError:
        return ""


class Kind(Struct, frozen=True, eq=False):
    """One kind of operator: how it is read from a matcher, and the members that are its options.

    `read` takes the Reading, the matcher and the pointer to it, and returns None after it has named a fault; it raises
    TakesLong to be called again later. `holds_without`: such an operator holds for a missing value.
    """

    read: Callable[[Reading, dict[str, Any], str], Operator | None]
    options: frozenset[str] = frozenset()
    holds_without: bool = False


def find_near(name: str, known: Sequence[str]) -> str:
    """The name in `known` that is most like `name`; "" if none is similar."""
    # Imported here: it takes 4 ms, which only a misspelt rule should pay.
    from difflib import get_close_matches

    lowered = {each.lower(): each for each in known}
    near = get_close_matches(name[:50].lower(), list(lowered), 1)
    return lowered[near[0]] if near else ""
