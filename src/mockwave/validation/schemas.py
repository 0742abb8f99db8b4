"""Schemas of one operation's requests, compiled when the first value is checked against them and kept.

jsonschema-rs does the checking. It would fetch `$ref`s from files and the network, so it is told to stay offline. It
recurses with the value, so a value nested deeper than MAXIMUM_DEPTH never gets that far. Its regular expressions
backtrack within a limit; a pattern that runs into it has matched nothing and refused nothing, and is named apart.
"""

import base64
import binascii
import logging
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mockwave.model import Violation
from mockwave.validation.coercion import SchemaView

if TYPE_CHECKING:
    import jsonschema_rs

logger = logging.getLogger(__name__)

MAXIMUM_DEPTH: Final = 200
MAXIMUM_VIOLATIONS: Final = 100
MAXIMUM_MESSAGE_CHARACTERS: Final = 300
BACKTRACK_LIMIT: Final = 50_000  # about a millisecond

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
                place = pointer + "".join(f"/{escape_pointer(str(part))}" for part in error.instance_path)
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
        try:
            return build_validator(self._draft, self._whole(text))
        except ValueError as error:
            logger.warning("%s: a request schema is checked but for its patterns: %s", self._name, brief(str(error)))
        try:
            return build_validator(self._draft, without_patterns(msgspec.json.decode(self._whole(text))))
        except ValueError as error:
            logger.warning("%s: a request schema cannot be checked: %s", self._name, brief(str(error)))
            return None

    def _whole(self, text: bytes) -> bytes:
        """The schema's text with the definitions in it."""
        if not self._definitions or not text.startswith(b"{"):
            return text
        return b'%b,"$defs":%b}' % (text[:-1], self._definitions)


def build_validator(draft: int, schema: bytes | dict[str, Any]) -> "jsonschema_rs.Validator":
    # 30 ms and 8 MiB, which only workers pay that check a request.
    import jsonschema_rs

    kind = jsonschema_rs.Draft4Validator if draft == 4 else jsonschema_rs.Draft202012Validator
    return kind(
        schema.decode() if isinstance(schema, bytes) else schema,
        offline=True,
        validate_formats=True,
        formats={"byte": is_base64},
        pattern_options=regex_options(),
    )


@cache
def regex_options() -> "jsonschema_rs.FancyRegexOptions":
    import jsonschema_rs  # as above

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)


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


def escape_pointer(token: str) -> str:
    """A reference token of RFC 6901 §3."""
    return token.replace("~", "~0").replace("/", "~1")


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


def is_base64(text: str) -> bool:
    """RFC 4648 §4, which `format: byte` asks for."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def without_patterns(node: Any) -> Any:
    """A copy of a schema whose patterns, which some regular expression engines do not take, are left out."""
    if isinstance(node, list):
        return [without_patterns(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_patterns(value)
        for key, value in node.items()
        if not (key == "pattern" and isinstance(value, str)) and key != "patternProperties"
    }
