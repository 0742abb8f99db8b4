"""Whether a body conforms to the schema at a place in the document: jsonschema-rs, fed with the document itself.

The schemas of Swagger 2.0 and OpenAPI 3.0 are near Draft 4. What differs is rewritten here, on its own terms:
`nullable` becomes a type; what a direction hides (`writeOnly` from responses, `readOnly` from requests) is not
required; names of types and values of keywords that the standards do not know say nothing. A schema that cannot be
compiled for all that judges nothing.
"""

import base64
import binascii
import datetime
import re
import uuid
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import jsonschema_rs

from benchmarks.corpus.documents import Document
from mockwave.sampling.declarations import Declarations, Node

ROOT = "mem:///document.json"
ESCAPES = {"%": "%25", "^": "%5E", '"': "%22", " ": "%20", "{": "%7B", "}": "%7D", "<": "%3C", ">": "%3E", "|": "%7C"}
HIDDEN_IN = {"response": "writeOnly", "request": "readOnly"}

# Keywords whose value is a map of schemas (or of objects that hold some) by names that are free.
MAPS = frozenset(
    "properties patternProperties definitions $defs dependentSchemas schemas responses parameters headers "
    "requestBodies paths pathItems content callbacks webhooks".split()
)
# Keywords whose value is data.
DATA = frozenset(("example", "examples", "default", "enum", "const", "x-example", "x-examples"))
TYPES = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))


class Fault(NamedTuple):
    """What is wrong at one place of a body; `value` stands there."""

    path: tuple[str | int, ...]
    value: Any
    message: str

    def __str__(self) -> str:
        return f"at /{'/'.join(map(str, self.path))}: {self.message[:200]}"


class Judge:
    """Judges bodies by the schemas of one document, as those of one direction."""

    def __init__(self, document: Document, declarations: Declarations, direction: str = "response") -> None:
        self._declarations = declarations
        self._hidden = HIDDEN_IN[direction]
        self._is_modern = document.is_schema_object
        draft = jsonschema_rs.Draft202012 if self._is_modern else jsonschema_rs.Draft4
        self._registry = jsonschema_rs.Registry([(ROOT, self._rewrite(document.tree))], draft=draft)
        self._validators: dict[str, Any] = {}

    def is_able(self, schema: Node) -> bool:
        """Whether the schema can be compiled at all."""
        return self._validator(schema) is not None

    def find_faults(self, value: Any, schema: Node) -> list[Fault]:
        """What is wrong with `value`, at most some of it; nothing where the schema cannot be compiled."""
        validator = self._validator(schema)
        try:
            if validator is None or validator.is_valid(value):
                return []
            return list(_list_faults(validator, value))
        except (ValueError, UnicodeError):  # a number or a string that jsonschema-rs has no room for
            return []

    def _validator(self, schema: Node) -> Any:
        target = self._declarations.follow(schema) if not self._is_modern else schema
        if target.pointer not in self._validators:
            self._validators[target.pointer] = self._compile(target)
        return self._validators[target.pointer]

    def _compile(self, schema: Node) -> Any:
        make = jsonschema_rs.Draft202012Validator if self._is_modern else jsonschema_rs.Draft4Validator
        reference = "".join(ESCAPES.get(character, character) for character in schema.pointer)
        text: Any = {"$ref": f"{ROOT}#{reference}"} if schema.pointer else self._rewrite(schema.value)
        try:
            return make(text, registry=self._registry, offline=True, validate_formats=True, formats=FORMATS)
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            return None

    def _rewrite(self, node: Any) -> Any:
        """`node`, an object with keywords, as the draft reads it."""
        if isinstance(node, list):
            return [self._rewrite(item) for item in node]
        if not isinstance(node, dict):
            return node
        rewritten = {}
        for keyword, value in node.items():
            if keyword in DATA:
                rewritten[keyword] = value
            elif keyword in MAPS and isinstance(value, dict):
                rewritten[keyword] = {name: self._rewrite(child) for name, child in value.items()}
            else:
                rewritten[keyword] = self._rewrite(value)
        if "properties" in node or "type" in node or "allOf" in node or "required" in node:
            self._rewrite_required(node, rewritten)
        kind = rewritten.get("type")
        if not self._is_modern and isinstance(kind, str):
            kind = rewritten["type"] = kind.lower()
            if node.get("nullable") is True or node.get("x-nullable") is True:
                rewritten["type"] = [kind, "null"]
        for keyword, is_sound in SOUND.items():
            if keyword in rewritten and not is_sound(rewritten[keyword]):
                del rewritten[keyword]
        if not self._is_modern:
            rewritten.pop("id", None)
            rewritten.pop("$schema", None)
            for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
                if keyword in rewritten and not isinstance(rewritten[keyword], bool):
                    del rewritten[keyword]
        return rewritten

    def _rewrite_required(self, node: dict[str, Any], rewritten: dict[str, Any]) -> None:
        required = node.get("required")
        if not isinstance(required, list):
            rewritten.pop("required", None)
            return
        shown = [
            name for name in dict.fromkeys(required) if isinstance(name, str) and not self._is_hidden(node, name, 0)
        ]
        if shown:
            rewritten["required"] = shown
        else:
            del rewritten["required"]

    def _is_hidden(self, node: Any, name: str, depth: int) -> bool:
        """Whether the property `name` of `node`, or of what it is composed of, does not occur in this direction."""
        node = self._declarations.follow(Node(node, "")).value
        if not isinstance(node, dict) or depth > 8:
            return False
        properties = node.get("properties")
        if isinstance(properties, dict) and name in properties:
            member = self._declarations.follow(Node(properties[name], "")).value
            if isinstance(member, dict) and member.get(self._hidden) is True:
                return True
            if isinstance(member, dict) and isinstance(member.get("allOf"), list):
                members = [self._declarations.follow(Node(part, "")).value for part in member["allOf"]]
                if any(isinstance(each, dict) and each.get(self._hidden) is True for each in members):
                    return True
        parts = node.get("allOf")
        return isinstance(parts, list) and any(self._is_hidden(part, name, depth + 1) for part in parts)


def _list_faults(validator: Any, value: Any) -> Iterator[Fault]:
    for number, error in enumerate(validator.iter_errors(value)):
        if number == 5:
            return
        rule = "/".join(map(str, error.schema_path))[-120:]
        yield Fault(tuple(error.instance_path), error.instance, f"{error.message} ({rule})")


@lru_cache(maxsize=4096)
def is_known_pattern(pattern: str) -> bool:
    """Whether the validator's engine takes the pattern."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def _is_type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) and name in TYPES for name in names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict | bool) for each in value)


# What a keyword takes; another value makes the keyword say nothing.
SOUND: dict[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "minimum": _is_number,
    "maximum": _is_number,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "minLength": _is_count,
    "maxLength": _is_count,
    "minItems": _is_count,
    "maxItems": _is_count,
    "minProperties": _is_count,
    "maxProperties": _is_count,
    "uniqueItems": lambda value: isinstance(value, bool),
    "pattern": lambda value: isinstance(value, str) and is_known_pattern(value),
    "format": lambda value: isinstance(value, str),
    "properties": lambda value: isinstance(value, dict),
    "items": lambda value: isinstance(value, dict | bool) or _is_schemas(value),
    "additionalProperties": lambda value: isinstance(value, dict | bool),
    "allOf": _is_schemas,
    "anyOf": _is_schemas,
    "oneOf": _is_schemas,
    "not": lambda value: isinstance(value, dict | bool),
    "dependencies": lambda value: isinstance(value, dict),
}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(text)) and re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None
    except ValueError:
        return False


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True) is not None
    except (binascii.Error, ValueError):
        return False


# Of OpenAPI's registry, beyond what the drafts know.
FORMATS: dict[str, Callable[[str], bool]] = {"uuid": _is_uuid, "date": _is_date, "byte": _is_base64}
