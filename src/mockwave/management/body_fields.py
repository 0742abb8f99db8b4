"""The fields of request bodies: what each must be, and the faults of what was sent."""

import re
from collections.abc import Iterator
from itertools import islice
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import UnsetType

from mockwave.management.long_lists import MOST_LIST_BYTES
from mockwave.management.long_objects import read_values
from mockwave.management.long_texts import LONG_BYTES
from mockwave.model import Violation
from mockwave.pauses import Pauses
from mockwave.pointers import escape_token
from mockwave.problems import MAXIMUM_SHOWN_ERRORS
from mockwave.quoting import JSON_TYPE_NAMES, quote

# msgspec's names of types → the words of a JSON API.
JSON_WORDS: dict[str, str] = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "null": "null",
    "object": "an object",
    "array": "an array",
}

_TYPES_IN_WORDS: dict[type, str] = {**JSON_TYPE_NAMES, int: "an integer"}  # as msgspec tells them apart

TEXTS_BY_NAME = dict[str, str | list[str]]

_UNKNOWN = re.compile(r"unknown field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$((?:\.\w+|\[\d+\])+)`$")
_PLACE_PART = re.compile(r"\w+")
_MISMATCH = re.compile(r"Expected `(?P<expected>[a-z |]+)`, got `(?P<found>[a-z]+)`")


class Faults(NamedTuple):
    """The first faults of a field, and their number."""

    listed: list[Violation]
    total: int


LISTED = "rules"
"""The member that a body may be long by as a list."""


class BodyField:
    """What one field of a body must be."""

    def __init__(self, field: msgspec.structs.FieldInfo) -> None:
        self.name = field.encode_name
        self.attribute = field.name
        self.is_required = field.required
        self.type = _without_unset(field.type)
        self.choices = _choices(self.type)
        self._integers = _integer_members(self.type)
        self.longest_bytes = MOST_LIST_BYTES if self.name == LISTED else LONG_BYTES

    def find_faults(self, body: dict[str, Any], most: int = MAXIMUM_SHOWN_ERRORS) -> Faults:
        """Finds the faults of this field, of which at most so many are listed; an integral number among the fields of
        `body` becomes an integer."""
        if self.name not in body:
            missing = [self._violation("", "required", f"{self.name}: is required")] if self.is_required else []
            return Faults(missing, len(missing))
        value = body[self.name]
        if self.type is int and isinstance(value, float) and value.is_integer():
            body[self.name] = value = int(value)
        for name in self._integers if isinstance(value, dict) else ():
            member = value.get(name)
            if isinstance(member, float) and member.is_integer():
                value[name] = int(member)
        if self.type == TEXTS_BY_NAME and isinstance(value, dict):
            count = _count_wrong_texts(value)
            wrong = islice(_find_wrong_texts(value), min(count, most))
            return Faults([self._refuse_text(*each) for each in wrong], count)
        fault = self._compare(value, self.type)
        return Faults([], 0) if fault is None else Faults([fault], 1)

    def is_long_in(self, body: dict[str, msgspec.Raw]) -> bool:
        return len(body.get(self.name, b"")) >= self.longest_bytes

    def refuse_length(self) -> Violation:
        message = f"{self.name}: expected less than {self.longest_bytes >> 10:,} KiB of JSON text"
        return self._violation("", "maxLength", message)

    async def find_long_faults(self, body: dict[str, msgspec.Raw], pauses: Pauses) -> Faults:
        """Like `find_faults`, for a long body, with its members as they were sent."""
        raw = body.get(self.name)
        if raw is None or len(raw) < LONG_BYTES:
            return self.find_faults({} if raw is None else {self.name: msgspec.json.decode(raw)})
        text = bytes(raw)
        if self.type != TEXTS_BY_NAME or not text.startswith(b"{"):
            return self.find_faults({self.name: [] if text.startswith(b"[") else {} if text.startswith(b"{") else ""})
        listed: list[Violation] = []
        total = 0
        async for texts in read_values(text, pauses):
            faults = self.find_faults({self.name: texts}, MAXIMUM_SHOWN_ERRORS - len(listed))
            listed += faults.listed
            total += faults.total
        return Faults(listed, total)

    def _refuse_text(self, value: object, expected: str, place: str, pointer: str) -> Violation:
        # In the words of `_explain`, but without an exception for each: there may be a hundred.
        message = f"{self.name}{place}: expected {expected}, got {_TYPES_IN_WORDS[type(value)]}"
        return self._violation(pointer, "type", message)

    def _compare(self, value: object, expected: Any) -> Violation | None:
        place = pointer = ""
        try:
            msgspec.convert(value, expected)
        except msgspec.ValidationError as error:
            found = _PLACE.search(str(error))
            if found is not None:
                place = found[1]
                pointer = "".join(f"/{part}" for part in _PLACE_PART.findall(place))
            unknown = _UNKNOWN.search(str(error))
            if unknown is not None:
                name = unknown[1]
                message = f"{self.name}{place}.{name}: is unknown here"
                return self._violation(f"{pointer}/{escape_token(name)}", "unknown", message)
            return self._violation(pointer, *self._explain(error, value, f"{self.name}{place}"))
        return None

    def _explain(self, error: msgspec.ValidationError, value: object, name: str) -> tuple[str, str]:
        """The broken rule, and the message for it."""
        if self.choices and isinstance(value, str):
            return "enum", f"{name}: expected one of {', '.join(self.choices)}, got {quote(value)}"
        mismatch = _MISMATCH.search(str(error))
        if mismatch is None:
            return "type", f"{name}: {str(error)[:1].lower()}{str(error)[1:]}"
        expected = " or ".join(_in_words(each) for each in mismatch["expected"].split(" | "))
        return "type", f"{name}: expected {expected}, got {_in_words(mismatch['found'])}"

    def _violation(self, pointer: str, rule: str, message: str) -> Violation:
        return Violation(location="body", pointer=f"/{escape_token(self.name)}{pointer}", rule=rule, message=message)


def _find_wrong_texts(texts: dict[str, Any]) -> Iterator[tuple[object, str, str, str]]:
    """Yields the members of an object that are neither texts nor lists of texts: the value, what was expected, its
    place and pointer."""
    for name, item in texts.items():
        if isinstance(item, str):
            continue
        if not isinstance(item, list):
            yield item, "a string or an array", f"[{quote(name)}]", f"/{escape_token(name)}"
            continue
        for index, text in enumerate(item):
            if not isinstance(text, str):
                yield text, "a string", f"[{quote(name)}][{index}]", f"/{escape_token(name)}/{index}"


def _count_wrong_texts(texts: dict[str, Any]) -> int:
    """How many `_find_wrong_texts` would find; the sender chooses that number, so each is only looked at."""
    count = 0
    for item in texts.values():
        if isinstance(item, list):
            count += sum(not isinstance(text, str) for text in item)
        elif not isinstance(item, str):
            count += 1
    return count


def _in_words(type_name: str) -> str:
    return JSON_WORDS.get(type_name, type_name)


def _without_unset(field_type: Any) -> Any:
    """The type of a field when it is given."""
    if get_origin(field_type) not in (Union, UnionType):
        return field_type
    (given,) = (argument for argument in get_args(field_type) if argument is not UnsetType)
    return given


def _integer_members(field_type: Any) -> tuple[str, ...]:
    """The members of an object that are integers."""
    if not (isinstance(field_type, type) and issubclass(field_type, msgspec.Struct)):
        return ()
    members = msgspec.structs.fields(field_type)
    return tuple(member.encode_name for member in members if _without_unset(member.type) is int)


def _choices(field_type: Any) -> tuple[str, ...]:
    return get_args(field_type) if get_origin(field_type) is Literal else ()
