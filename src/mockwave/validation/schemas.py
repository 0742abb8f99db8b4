"""Schemas of one operation's requests, compiled when the first value is checked against them and kept.

jsonschema-rs does the checking. It would fetch `$ref`s from files and the network, so it is told to stay offline. It
recurses with the value, so a value nested deeper than MAXIMUM_DEPTH never gets that far. Its regular expressions
backtrack within a limit; a pattern that runs into it has matched nothing and refused nothing, and is named apart.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mockwave.model import Violation
from mockwave.openapi.report import escape_token
from mockwave.openapi.request_schemas import NumberedDefinition
from mockwave.validation.coercion import SchemaView
from mockwave.validation.engine import build_validator
from mockwave.validation.refused_keywords import leave_out_refused

if TYPE_CHECKING:
    import jsonschema_rs

logger = logging.getLogger(__name__)

MAXIMUM_DEPTH: Final = 200
MAXIMUM_VIOLATIONS: Final = 100
MAXIMUM_MESSAGE_CHARACTERS: Final = 300

Value = Any


class CheckedSchema:
    """One schema: what conforms to it, and how texts are read for it."""

    def __init__(self, text: bytes, schemas: "Schemas") -> None:
        self._text = text
        self._schemas = schemas
        self._validator: jsonschema_rs.Validator | None = None
        self._is_compiled = False
        self._view: SchemaView | None = None

    @property
    def view(self) -> SchemaView:
        if self._view is None:
            schema = msgspec.json.decode(self._text) if self._text else True
            self._view = SchemaView(schema, self._schemas.definitions)
        return self._view

    def conforms(self, value: Value) -> bool:
        """Whether `value`, which is not nested too deeply, conforms."""
        if not self._is_compiled:
            self._validator = self._schemas.compile(self._text)
            self._is_compiled = True
        if self._validator is None:
            return True
        try:
            return self._validator.is_valid(value)
        except ValueError:  # it takes what JSON can say, and no more
            return False

    def check(self, value: Value, location: str, pointer: str = "") -> list[Violation]:
        """What is wrong with `value`, which stands at `pointer` of `location`."""
        if depth_exceeds(value, MAXIMUM_DEPTH):
            message = f"nested deeper than {MAXIMUM_DEPTH} levels"
            return [Violation(location=location, pointer=pointer, rule="depth", message=message)]
        if self.conforms(value):
            return []
        assert self._validator is not None  # without one everything conforms
        found = []
        try:
            for error in self._validator.iter_errors(value):
                place = pointer + "".join(f"/{escape_token(str(part))}" for part in error.instance_path)
                found.append(violation_of(error, location, place))
                if len(found) == MAXIMUM_VIOLATIONS:
                    break
        except ValueError as error:
            found = [Violation(location=location, pointer=pointer, rule="json", message=f"no JSON value: {error}")]
        return found


class Schemas:
    """The schemas of one operation, which share `definitions`: what `#/$defs/<number>` names."""

    def __init__(self, definitions: Sequence[NumberedDefinition], name: str) -> None:
        self.definitions = Definitions(definitions)
        self._name = name

    def compile(self, text: bytes) -> "jsonschema_rs.Validator | None":
        """The validator of a schema; None where everything conforms, or where it cannot be compiled."""
        if text in (b"", b"true", b"{}"):
            return None
        whole = self._whole(text)
        try:
            return build_validator(whole)
        except ValueError:  # an import writes none that is refused: it was made by another version, or on another one
            mended = leave_out_refused(msgspec.json.decode(whole))
        for keyword in mended.left_out:
            logger.warning("%s: requests are not held to a keyword of a schema: %s", self._name, brief(keyword))
        return None if mended.schema is None else build_validator(mended.schema)

    def _whole(self, text: bytes) -> bytes:
        """The schema's text with the definitions in it that it needs: all may be hundreds of times as long."""
        if not refers(text):
            return text
        return b'%b,"$defs":%b}' % (text[:-1], self.definitions.join(find_numbers(text)))


class Definitions:
    """The definitions of one operation, decoded one by one, when a view asks for them."""

    def __init__(self, definitions: Sequence[NumberedDefinition]) -> None:
        self._by_number = {str(each.number): each for each in definitions}
        self._decoded: dict[str, Any] = {}

    def get(self, number: str) -> Any:
        """The definition of this number; None without one."""
        if number not in self._decoded:
            found = self._by_number.get(number)
            self._decoded[number] = None if found is None else msgspec.json.decode(found.schema)
        return self._decoded[number]

    def join(self, numbers: Iterable[str]) -> bytes:
        """Those of `numbers`, and those that they need, as the JSON text of one object."""
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
    """The numbers of the definitions that a schema refers to, and of those that it merely speaks of."""
    return {number.decode() for number in _REFERENCE.findall(text)}


def refers(text: bytes) -> bool:
    """Whether a schema refers to definitions; one that merely speaks of it does no harm."""
    return b'"$ref"' in text


def violation_of(error: "jsonschema_rs.ValidationError", location: str, pointer: str) -> Violation:
    if type(error.kind).__name__ == "BacktrackLimitExceeded":
        message = "the pattern takes too many steps on this text to tell whether it matches"
        return Violation(location=location, pointer=pointer, rule="pattern-limit", message=message)
    return Violation(location=location, pointer=pointer, rule=error.kind.name, message=brief(error.message))


def brief(text: str) -> str:
    if len(text) <= MAXIMUM_MESSAGE_CHARACTERS:
        return text
    # The end says what was expected.
    half = MAXIMUM_MESSAGE_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]}"


def depth_exceeds(value: Value, limit: int) -> bool:
    """Whether `value` is nested deeper than `limit`, told without recursion."""
    level: list[Value] = [value]
    for _ in range(limit):
        level = [child for parent in level for child in children_of(parent)]
        if not level:
            return False
    return True


def children_of(value: Value) -> Iterable[Value]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
