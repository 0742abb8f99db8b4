"""Schemas of one operation's requests, compiled when the first value is checked against them and kept.

jsonschema-rs does the checking. It would fetch `$ref`s from files and the network, so it is told to stay offline. It
recurses with the value, so it never sees a value nested deeper than MAXIMUM_DEPTH. Its regular expressions backtrack
within a limit; a pattern that reaches the limit neither matches nor fails, and gets a separate message.

Whether a value conforms is known at the first violation, and fast. Finding them all takes a hundred times as long, and
memory for each. So they are all found only if there cannot be too many; else only the first is named.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mockwave.answers.request_rules import NumberedDefinition
from mockwave.model import Violation
from mockwave.pointers import escape_token
from mockwave.validation.check_limits import (
    COMPILATIONS_ON_LOOP,
    EVALUATIONS_ON_LOOP,
    EXPLAINED_ASIDE,
    EXPLAINED_BYTES_ASIDE,
    EXPLAINED_BYTES_ON_LOOP,
    EXPLAINED_ON_LOOP,
    WEIGHED_BYTES_ON_LOOP,
    TooLongForLoop,
)
from mockwave.validation.coercion import SchemaView
from mockwave.validation.engine import build_validator
from mockwave.validation.refused_keywords import leave_out_refused
from mockwave.validation.weights import ASSUMED_WEIGHT, Weight, weigh

if TYPE_CHECKING:
    import jsonschema_rs

logger = logging.getLogger(__name__)

MAXIMUM_DEPTH: Final = 200
MAXIMUM_VIOLATIONS: Final = 100
MAXIMUM_MESSAGE_CHARACTERS: Final = 300
MAXIMUM_POINTER_CHARACTERS: Final = 2_000
LIGHT_WEIGHT: Final = 500
COMPILED_FACTOR: Final = 70
PATTERNS_FACTOR: Final = 400
"""What a compiled schema takes, in bytes for each byte of its text, measured; with patterns in it the latter."""

Value = Any


class CheckedSchema:
    """One schema: whether values conform to it, and how texts are read for it."""

    def __init__(self, text: bytes, schemas: "Schemas") -> None:
        self._text = text
        self._schemas = schemas
        self._validator: jsonschema_rs.Validator | None = None
        self._is_compiled = False
        self._weight: Weight | None = None
        self._most_evaluations = 0  # evaluations for one place
        self._is_light = False  # known to need no counting for a value without nested values
        self.is_on_loop = schemas.is_on_loop

    @cached_property
    def is_slow_with_numbers(self) -> bool:
        """Whether some numbers take long to check: `multipleOf` for a number of hundreds of digits."""
        return b'"multipleOf"' in self._schemas.whole(self._text)

    @cached_property
    def view(self) -> SchemaView:
        schema = msgspec.json.decode(self._text) if self._text else True
        return SchemaView(schema, self._schemas.definitions)

    @property
    def weight(self) -> Weight:
        if self._weight is None:
            self.take_weight(self._weigh())
            assert self._weight is not None
        return self._weight

    def _weigh(self) -> Weight:
        if self._schemas.is_on_loop and len(self._schemas.whole(self._text)) > WEIGHED_BYTES_ON_LOOP:
            return ASSUMED_WEIGHT
        schema = msgspec.json.decode(self._text) if self._text else True
        return weigh(schema, self._schemas.definitions)

    def take_weight(self, weight: Weight) -> None:
        """Sets a weight that was found before, or in another process."""
        self._weight = weight
        self._most_evaluations = weight.most
        self._is_light = weight.levels[0] <= LIGHT_WEIGHT

    def compile(self) -> None:
        """Compiles the validator, unless it exists. Raises TooLongForLoop."""
        if not self._is_compiled:
            if self.is_on_loop:
                self._schemas.spend_on_compilation()
            self._validator = self._schemas.compile(self._text)
            self._is_compiled = True

    def conforms(self, value: Value, most_places: int | None = None) -> bool:
        """Whether `value`, which is not nested too deeply and has at most `most_places`, conforms. Raises
        TooLongForLoop."""
        if not self._is_compiled:
            self.compile()
        validator = self._validator
        if validator is None:
            return True
        if self.is_on_loop and not (self._is_light and value.__class__ not in (dict, list)):
            self._spend(value, most_places)
        try:
            return validator.is_valid(value)
        except ValueError:  # it takes only JSON values
            return False

    def check(self, value: Value, location: str, pointer: str = "") -> list[Violation]:
        """Returns what is wrong with `value`, at `pointer` of `location`. Raises TooLongForLoop."""
        if depth_exceeds(value, MAXIMUM_DEPTH):
            message = f"nested deeper than {MAXIMUM_DEPTH} levels"
            return [Violation(location=location, pointer=pointer, rule="depth", message=message)]
        if self.conforms(value):
            return []
        try:
            found = [violation_of(error, location, pointer) for error in self._find_errors(value)]
        except ValueError as error:
            message = brief(f"no JSON value: {error}")
            return [Violation(location=location, pointer=pointer, rule="json", message=message)]
        message = "it does not conform to its schema; it is too large to say where"
        return found or [Violation(location=location, pointer=pointer, rule="schema", message=message)]

    def _spend(self, value: Value, most_places: int | None) -> None:
        weight, schemas = self._weight or self.weight, self._schemas
        if weight.is_hard:
            raise TooLongForLoop
        if most_places is not None:
            evaluations = most_places * self._most_evaluations
            if evaluations <= schemas.evaluations_left:
                schemas.evaluations_left -= evaluations
                return
        if isinstance(value, dict | list):
            size = measure(value)
            evaluations = size.places * weight.at(size.depth)
        else:
            evaluations = weight.levels[0]
        if evaluations > schemas.evaluations_left:
            raise TooLongForLoop
        schemas.evaluations_left -= evaluations

    def _find_errors(self, value: Value) -> "Iterable[jsonschema_rs.ValidationError]":
        """Some errors of `value`, which does not conform. If there may be too many, only the first, or none: the error
        that no alternative fits contains the errors of all."""
        assert self._validator is not None  # without a validator everything conforms
        size = measure(value)
        weight = self.weight.at(size.depth)
        evaluations, quoted_bytes = size.places * weight, size.text_bytes * weight
        if self._schemas.is_on_loop:
            self._schemas.spend_on_errors(evaluations, quoted_bytes)
        if evaluations <= EXPLAINED_ASIDE and quoted_bytes <= EXPLAINED_BYTES_ASIDE:
            yield from islice(self._validator.iter_errors(value), MAXIMUM_VIOLATIONS)
            return
        if self._schemas.has_alternatives(self._text):
            return
        import jsonschema_rs  # already imported

        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            yield error


class Size(NamedTuple):
    """The number of values in a value, including itself; the approximate bytes of its JSON text; its depth."""

    places: int
    text_bytes: int
    depth: int


def measure(value: Value) -> Size:
    places, text_bytes, depth = 0, 0, -1
    level = [value]
    while level:
        depth += 1
        places += len(level)
        below: list[Value] = []
        for each in level:
            if isinstance(each, str):
                text_bytes += len(each)
            elif isinstance(each, dict):
                text_bytes += sum(map(len, each))
                below.extend(each.values())
            elif isinstance(each, list):
                below.extend(each)
        level = below
    return Size(places, text_bytes + 8 * places, depth)


class Schemas:
    """The schemas of one operation, which share `definitions`: the targets of `#/$defs/<number>`.

    If `is_on_loop`, long work is not done here, but raises TooLongForLoop. The allowance is counted per request, since
    a request has several values to check.
    """

    def __init__(self, definitions: Sequence[NumberedDefinition], name: str, *, is_on_loop: bool = False) -> None:
        self.definitions = Definitions(definitions)
        self.is_on_loop = is_on_loop
        self.compiled_bytes = 0
        self.evaluations_left = EVALUATIONS_ON_LOOP
        self._errors_left = EXPLAINED_ON_LOOP
        self._compilations_left = COMPILATIONS_ON_LOOP
        self._name = name

    def begin_request(self) -> None:
        self.evaluations_left = EVALUATIONS_ON_LOOP
        self._errors_left = EXPLAINED_ON_LOOP
        self._compilations_left = COMPILATIONS_ON_LOOP

    def spend_on_compilation(self) -> None:
        """Counts a schema that is about to be compiled; compiled schemas are kept. Raises TooLongForLoop."""
        if not self._compilations_left:
            raise TooLongForLoop
        self._compilations_left -= 1

    def spend_on_errors(self, evaluations: int, quoted_bytes: int) -> None:
        """Counts evaluations that may each find an error, which quotes the value. Raises TooLongForLoop."""
        if evaluations > self._errors_left or quoted_bytes > EXPLAINED_BYTES_ON_LOOP:
            raise TooLongForLoop
        self._errors_left -= evaluations

    def has_alternatives(self, text: bytes) -> bool:
        """Whether the schema of this text, or one to which it may refer, has alternatives."""
        whole = self.whole(text)
        return b'"anyOf"' in whole or b'"oneOf"' in whole

    def compile(self, text: bytes) -> "jsonschema_rs.Validator | None":
        """Returns the validator of a schema; None if everything conforms, or it cannot be compiled."""
        if text in (b"", b"true", b"{}"):
            return None
        whole = self.whole(text)
        self.compiled_bytes += len(whole) * (PATTERNS_FACTOR if b'"pattern' in whole else COMPILED_FACTOR)
        try:
            return build_validator(whole)
        except (
            ValueError
        ):  # an import writes nothing that is refused: another version of mockwave or of the validator wrote this
            mended = leave_out_refused(msgspec.json.decode(whole))
        for keyword in mended.left_out:
            logger.warning("%s: a keyword of a schema is not checked: %s", self._name, brief(keyword))
        return None if mended.schema is None else build_validator(mended.schema)

    def whole(self, text: bytes) -> bytes:
        """The schema's text with only the definitions that it needs: all of them may be hundreds of times as long."""
        if not refers(text):
            return text
        return b'%b,"$defs":%b}' % (text[:-1], self.definitions.join(find_numbers(text)))


class Definitions:
    """The definitions of one operation, each decoded when a view needs it."""

    def __init__(self, definitions: Sequence[NumberedDefinition]) -> None:
        self._by_number = {str(each.number): each for each in definitions}
        self._decoded: dict[str, Any] = {}

    def get(self, number: str) -> Any:
        """The definition of this number; None if there is none."""
        if number not in self._decoded:
            found = self._by_number.get(number)
            self._decoded[number] = None if found is None else msgspec.json.decode(found.schema)
        return self._decoded[number]

    def join(self, numbers: Iterable[str]) -> bytes:
        """The definitions of `numbers`, and those that they need, as the JSON text of one object."""
        texts: dict[str, bytes] = {}
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            found = self._by_number.get(number)
            if number not in texts and found is not None:
                texts[number] = b'"%b":%b' % (number.encode(), found.schema)
                waiting.extend(map(str, found.needs))
        return b"{%b}" % b",".join(texts.values())


_REFERENCE = re.compile(rb'"#/\$defs/([0-9]+)"')


def find_numbers(text: bytes) -> set[str]:
    """The numbers of the definitions that a schema refers to or merely mentions."""
    return {number.decode() for number in _REFERENCE.findall(text)}


def refers(text: bytes) -> bool:
    """Whether a schema refers to definitions; a mere mention does no harm."""
    return b'"$ref"' in text


def violation_of(error: "jsonschema_rs.ValidationError", location: str, pointer: str) -> Violation:
    """The Violation for an error in the value at `pointer` of `location`."""
    below = "".join(f"/{escape_token(str(part))}" for part in error.instance_path)
    pointer += brief(below, MAXIMUM_POINTER_CHARACTERS)
    if type(error.kind).__name__ == "BacktrackLimitExceeded":
        message = "the pattern takes too many steps on this text to decide whether it matches"
        return Violation(location=location, pointer=pointer, rule="pattern-limit", message=message)
    return Violation(location=location, pointer=pointer, rule=error.kind.name, message=brief(error.message))


def brief(text: str, limit: int = MAXIMUM_MESSAGE_CHARACTERS) -> str:
    if len(text) <= limit:
        return text
    # The end of the message says what was expected.
    return f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def depth_exceeds(value: Value, limit: int) -> bool:
    """Whether `value` is nested deeper than `limit`, without recursion."""
    level: list[Value] = [value]
    for _ in range(limit):
        level = [child for parent in level for child in children_of(parent)]
        if not level:
            return False
    return True


def children_of(value: Value) -> Iterable[Value]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
