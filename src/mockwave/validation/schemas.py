"""Schemas of one operation's requests, compiled when the first value is checked against them and kept.

jsonschema-rs does the checking. It would fetch `$ref`s from files and the network, so it is told to stay offline. It
recurses with the value, so a value nested deeper than MAXIMUM_DEPTH never gets that far. Its regular expressions
backtrack within a limit; a pattern that runs into it has matched nothing and refused nothing, and is named apart.
"""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mockwave.model import Violation
from mockwave.openapi.report import escape_token
from mockwave.validation.coercion import SchemaView
from mockwave.validation.engine import build_validator
from mockwave.validation.patterns import leave_out_patterns

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
            self._view = SchemaView(schema, self._schemas.definitions if refers(self._text) else {})
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
    """The schemas of one operation, which share `definitions`: JSON text of what `#/$defs/…` names."""

    def __init__(self, draft: int, definitions: bytes, name: str) -> None:
        self._draft = draft
        self._definitions = definitions
        self._decoded: dict[str, Any] | None = None
        self._name = name

    @property
    def definitions(self) -> dict[str, Any]:
        if self._decoded is None:
            self._decoded = msgspec.json.decode(self._definitions or b"{}", type=dict[str, Any])
        return self._decoded

    def compile(self, text: bytes) -> "jsonschema_rs.Validator | None":
        """The validator of a schema; None where everything conforms, or where it cannot be compiled."""
        if text in (b"", b"true", b"{}"):
            return None
        whole = self._whole(text)
        try:
            return build_validator(self._draft, whole)
        except ValueError:
            mended = leave_out_patterns(msgspec.json.decode(whole))
        for pattern in mended.left_out:
            logger.warning("%s: requests are not checked for the pattern %s", self._name, brief(pattern))
        try:
            return build_validator(self._draft, mended.schema)
        except ValueError as error:
            logger.warning("%s: a request schema cannot be checked: %s", self._name, brief(str(error)))
            return None

    def _whole(self, text: bytes) -> bytes:
        """The schema's text with the definitions in it, if it needs them: they may be hundreds of times as long."""
        if not refers(text):
            return text
        return b'%b,"$defs":%b}' % (text[:-1], self._definitions)


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
