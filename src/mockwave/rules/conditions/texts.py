"""Operators on texts: equalTo, contains, doesNotContain, matches, doesNotMatch, binaryEqualTo; and on the presence of a
value: absent, anything.

They work as in WireMock: a pattern has to match the whole value, and negative operators hold for a missing value.
"""

import base64
import binascii
from typing import Any, Final

from mockwave.patterns.bounded import PatternRefused
from mockwave.patterns.java_spellings import translate_java
from mockwave.patterns.whole_texts import Matches
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import OutOfSteps, Steps


class EqualTo(Operator):
    __slots__ = ("expected", "ignores_case", "wanted")
    name = "equalTo"

    def __init__(self, wanted: str, ignores_case: bool) -> None:
        self.wanted = wanted.lower() if ignores_case else wanted
        self.ignores_case = ignores_case
        self.expected = f'"{wanted}"' + (" in any case" if ignores_case else "")

    def holds(self, text: str | None) -> bool:
        if self.ignores_case:
            return text is not None and text.lower() == self.wanted
        return text == self.wanted


class Contains(Operator):
    __slots__ = ("expected", "wanted")
    name = "contains"

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.expected = f'"{wanted}"'

    @property
    def holds_for_longer(self) -> bool:
        return True

    def holds(self, text: str | None) -> bool:
        return text is not None and self.wanted in text


class DoesNotContain(Contains):
    __slots__ = ()
    name = "doesNotContain"

    @property
    def holds_for_longer(self) -> bool:
        return False

    def holds(self, text: str | None) -> bool:
        return text is None or self.wanted not in text


MAXIMUM_MATCHED: Final = 1 << 20
"""The most characters matched, at ten nanoseconds each, while nothing else can run."""
MATCHED_PER_STEP: Final = 32


class MatchesPattern(Operator):
    __slots__ = ("_matches", "expected", "pattern")
    name = "matches"
    is_costly = True

    def __init__(self, pattern: str, matches: Matches) -> None:
        self.pattern = pattern
        self.expected = f'"{pattern}"'
        self._matches = matches

    def holds(self, text: str | None) -> bool:
        """Raises OutOfSteps."""
        if text is None:
            return False
        found = self._matches(text) if len(text) <= MAXIMUM_MATCHED else None
        if found is None:
            raise OutOfSteps
        return found

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        steps.spend(4 + len(text) // MATCHED_PER_STEP)
        return self.holds(text)


class DoesNotMatch(MatchesPattern):
    __slots__ = ()
    name = "doesNotMatch"

    def holds(self, text: str | None) -> bool:
        return not super().holds(text)


class BinaryEqualTo(Operator):
    __slots__ = ("expected", "wanted")
    name = "binaryEqualTo"

    def __init__(self, wanted: bytes) -> None:
        self.wanted = wanted
        self.expected = f"{len(wanted)} bytes"

    def holds(self, text: str | None) -> bool:
        return text is not None and text.encode("utf-8", "surrogatepass") == self.wanted

    def holds_for_body(self, view: RequestView) -> bool:
        return view.content == self.wanted


class Absent(Operator):
    __slots__ = ()
    name = "absent"

    def holds(self, text: str | None) -> bool:
        return text is None

    def holds_for_body(self, view: RequestView) -> bool:
        return not view.content


class Anything(Operator):
    __slots__ = ()
    name = "anything"

    def holds(self, text: str | None) -> bool:
        return True


def read_equal_to(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    ignores_case = reading.take_flag(given, "caseInsensitive", at)
    wanted = reading.take_text(given["equalTo"], pointer_below(at, "equalTo"))
    return None if wanted is None else EqualTo(wanted, ignores_case)


def read_contains(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    wanted = reading.take_text(given["contains"], pointer_below(at, "contains"))
    return None if wanted is None else Contains(wanted)


def read_does_not_contain(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    wanted = reading.take_text(given["doesNotContain"], pointer_below(at, "doesNotContain"))
    return None if wanted is None else DoesNotContain(wanted)


def read_matches(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    pattern, matches = read_pattern(reading, given["matches"], pointer_below(at, "matches"))
    return None if matches is None else MatchesPattern(pattern, matches)


def read_does_not_match(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    pattern, matches = read_pattern(reading, given["doesNotMatch"], pointer_below(at, "doesNotMatch"))
    return None if matches is None else DoesNotMatch(pattern, matches)


def read_pattern(reading: Reading, given: Any, at: str) -> tuple[str, Matches | None]:
    """Reads a regular expression and compiles it; None, and a fault, if it is refused."""
    pattern = reading.take_text(given, at)
    if pattern is None:
        return "", None
    try:
        return pattern, reading.compile_pattern(translate_java(pattern))
    except PatternRefused as refused:
        reading.refuse(at, "pattern", f"{refused}; it has to run in an engine whose time is bounded")
        return pattern, None


def read_binary_equal_to(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    at = pointer_below(at, "binaryEqualTo")
    wanted = reading.take_text(given["binaryEqualTo"], at)
    if wanted is None:
        return None
    try:
        return BinaryEqualTo(base64.b64decode(wanted, validate=True))
    except (binascii.Error, ValueError) as error:
        reading.refuse(at, "base64", f"expected Base64: {error}")
        return None


def read_absent(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    if given["absent"] is True:
        return Absent()
    message = 'absent is true or left out; the opposite is {"not": {"absent": true}}'
    reading.refuse(pointer_below(at, "absent"), "type", message)
    return None


def read_anything(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    if given["anything"] is True or isinstance(given["anything"], str):  # WireMock writes "(always)"
        return Anything()
    reading.refuse_type(pointer_below(at, "anything"), "true", given["anything"])
    return None


TEXT_KINDS = {
    "equalTo": Kind(read_equal_to, frozenset(("caseInsensitive",))),
    "binaryEqualTo": Kind(read_binary_equal_to),
    "contains": Kind(read_contains),
    "doesNotContain": Kind(read_does_not_contain),
    "matches": Kind(read_matches),
    "doesNotMatch": Kind(read_does_not_match, holds_without=True),
    "absent": Kind(read_absent),
    "anything": Kind(read_anything),
}
