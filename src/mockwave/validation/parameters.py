"""Parameters: found in the path, query, headers and cookies, read by their style, and checked against their schemas.

OpenAPI 3.1 §4.8.12. A parameter without a value, where its schema takes no strings, is taken as not there.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.model import Violation
from mockwave.openapi.report import escape_token
from mockwave.openapi.requests import ParameterRule
from mockwave.validation.schemas import CheckedSchema
from mockwave.validation.styles import (
    Decode,
    StyleError,
    as_it_is,
    read_assignments,
    read_deep_object,
    read_delimited,
    read_items,
    read_label,
    read_matrix,
    read_members,
    read_simple,
    split_items,
    unescape,
    unescape_form,
)

MISSING: Final = b"%00"
"""In the place of a path parameter that is empty: a path to match, which no real one can be taken for."""

ABSENT: Final = object()


class Parameters(Struct, frozen=True):
    """Where a request's parameters are, still escaped.

    `path` by name; `query` and `cookies` as names and values in order, names unescaped; `headers` by name in lower
    case, several of one name joined.
    """

    path: dict[str, bytes]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    cookies: list[tuple[str, str]]


class CheckedParameter:
    """One declared parameter."""

    def __init__(self, rule: ParameterRule, schema: CheckedSchema, other_names: frozenset[str]) -> None:
        self._rule = rule
        self._schema = schema
        # Names that other parameters of its location have: no members of an exploded object without listed properties.
        self._other_names = other_names
        self._pointer = f"/{escape_token(rule.name)}"
        self._read = READERS[rule.location]

    def check(self, given: Parameters) -> list[Violation]:
        rule = self._rule
        pointer = self._pointer
        try:
            found = self._read(self, given)
        except StyleError as error:
            return [Violation(location=rule.location, pointer=pointer, rule="style", message=str(error))]
        except (ValueError, RecursionError) as error:
            return [Violation(location=rule.location, pointer=pointer, rule="json", message=f"no JSON: {error}")]
        if found is ABSENT:
            if not rule.required:
                return []
            message = f"the {rule.location} parameter {rule.name} is required"
            return [Violation(location=rule.location, pointer=pointer, rule="required", message=message)]
        if isinstance(found, Text):
            return check_text(self._schema, found.text, rule.location, pointer)
        return self._schema.check(found, rule.location, pointer)

    def _read_path(self, given: Parameters) -> Any:
        rule, view = self._rule, self._schema.view
        raw = given.path.get(rule.name, MISSING)
        if raw in (MISSING, b""):
            return ABSENT
        text = raw.decode("utf-8", "replace")
        if rule.style == "content":
            return self._read_content(unescape(text))
        if rule.style == "label":
            return read_label(text, rule.explode, view, unescape)
        if rule.style == "matrix":
            return read_matrix(text, rule.name, rule.explode, view, unescape)
        return self._read_one(text, unescape)

    def _read_query(self, given: Parameters) -> Any:
        return self._read_form(given.query, unescape_form)

    def _read_cookie(self, given: Parameters) -> Any:
        return self._read_form(given.cookies, as_it_is if self._rule.style == "cookie" else unescape)

    def _read_form(self, pairs: Sequence[tuple[str, str]], decode: Decode) -> Any:
        rule, view = self._rule, self._schema.view
        if rule.style == "deepObject":
            found = read_deep_object(pairs, rule.name, view, decode)
            return ABSENT if found is None else found
        if rule.style in ("form", "cookie") and rule.explode and view.is_object:
            members = [pair for pair in pairs if self._is_member(pair[0])]
            return read_members(members, view, decode) if members else ABSENT
        values = [value for name, value in pairs if name == rule.name]
        if not values:
            return ABSENT
        if rule.style == "content":
            return self._read_content(decode(values[-1]))
        if view.is_array:
            if rule.explode:
                return ABSENT if values == [""] else read_items(values, view, decode)
            return read_delimited(values[-1], rule.style, view, decode)
        if len(values) > 1:
            return [view.read_text(decode(value)) for value in values]
        return self._read_one(values[0], decode)

    def _is_member(self, name: str) -> bool:
        view = self._schema.view
        return name in view.properties or (view.is_open and name not in self._other_names)

    def _read_header(self, given: Parameters) -> Any:
        value = given.headers.get(self._rule.name.lower())
        if value is None:
            return ABSENT
        if self._rule.style == "content":
            return self._read_content(value)
        view = self._schema.view
        if not (view.is_array or view.is_object):
            return self._read_one(value, as_it_is)
        parts = [part.strip() for part in value.split(",")] if value else []
        if view.is_object and self._rule.explode:
            return read_assignments(parts, view, as_it_is)
        return read_delimited(",".join(parts), "simple", view, as_it_is)

    def _read_one(self, text: str, decode: Decode) -> Any:
        """From a text that is the whole parameter."""
        rule, view = self._rule, self._schema.view
        if view.is_array or view.is_object:
            if not text:
                return ABSENT
            if rule.style == "simple":
                return read_simple(text, rule.explode, view, decode)
            return read_delimited(text, rule.style, view, decode)
        if not text and view.types and not view.types & {"string", "null"}:
            return ABSENT
        return Text(decode(text))

    def _read_content(self, text: str) -> Any:
        return msgspec.json.decode(text) if self._rule.is_json else Text(text)


class Text(Struct, frozen=True):
    """A text that stands for one value, of whichever type its schema takes."""

    text: str


READERS: Final = {
    "path": CheckedParameter._read_path,
    "query": CheckedParameter._read_query,
    "header": CheckedParameter._read_header,
    "cookie": CheckedParameter._read_cookie,
}


def check_text(schema: CheckedSchema, text: str, location: str, pointer: str) -> list[Violation]:
    """What is wrong with a text, read as the schema likes it best."""
    value = schema.view.read_text(text)
    if schema.conforms(value):
        return []
    other = schema.view.read_text(text, prefers_text=False)
    if other is not text and schema.conforms(other):
        return []
    return schema.check(value, location, pointer)


def read_query(query: bytes) -> list[tuple[str, str]]:
    """The parameters of a query or a form: names unescaped, values as sent."""
    pairs = []
    for part in query.decode("utf-8", "replace").split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unescape_form(name) if "%" in name or "+" in name else name, value))
    return pairs


def read_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Field lines of one name are one field, joined by commas (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), decode_value(raw_value)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def decode_value(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_cookies(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Names and values of the Cookie header (RFC 6265 §4.2)."""
    pairs = []
    for raw_name, raw_value in headers:
        if raw_name == b"cookie":
            for part in decode_value(raw_value).split(";"):
                name, equals, value = part.strip().partition("=")
                if equals:
                    pairs.append((name, value.strip('"')))
    return pairs


def split_field(values: Sequence[str], style: str, explode: bool) -> list[str]:
    """The texts of an array that is a field of a form."""
    return list(values) if explode or len(values) > 1 else split_items(values[0], style)
