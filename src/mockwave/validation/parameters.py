"""Parameters: found in the path, query, headers and cookies, read by their style, and checked against their schemas.

See OpenAPI 3.1 §4.8.12. A parameter without a value counts as missing if its schema takes no strings.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.answers.request_rules import ParameterRule
from mockwave.model import Violation
from mockwave.pointers import escape_token
from mockwave.validation.compiled_schemas import CheckedSchema, brief
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
    takes_empty,
    unescape,
    unescape_form,
)

MISSING: Final = b"%00"
"""Stands in for an empty path parameter while matching; no real path can contain it."""

ABSENT: Final = object()


class Parameters(Struct, frozen=True):
    """The parameters of a request by location, still escaped.

    `path` by name; `query` and `cookies` with unescaped names; `headers` by name in lower case, with repeated ones
    joined.
    """

    path: Mapping[str, bytes]
    query: "Pairs"
    headers: dict[str, str]
    cookies: "Pairs"


class Pairs:
    """Names and values in order, grouped once so that each parameter looks only at its own."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.all = pairs
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self._bracketed: dict[str, list[tuple[str, str]]] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def values_of(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def names(self) -> Iterable[str]:
        return self._values

    def bracketed(self, name: str) -> list[tuple[str, str]]:
        """The pairs with brackets after a name such as `name`: `name[a]`."""
        if self._bracketed is None:
            self._bracketed = {}
            for pair in self.all:
                start, bracket, _ = pair[0].partition("[")
                if bracket:
                    self._bracketed.setdefault(start, []).append(pair)
        return self._bracketed.get(name.partition("[")[0], [])


NO_PAIRS: Final = Pairs(())


class CheckedParameter:
    """One declared parameter."""

    def __init__(self, rule: ParameterRule, schema: CheckedSchema, names: Collection[str]) -> None:
        """`names` are those of all parameters of its location."""
        self._rule = rule
        self._schema = schema
        self._names = names
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
            message = brief(f"no JSON: {error}")
            return [Violation(location=rule.location, pointer=pointer, rule="json", message=message)]
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
        text = rule.lead + raw.decode("utf-8", "replace")
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

    def _read_form(self, pairs: Pairs, decode: Decode) -> Any:
        """If a parameter that is not an array comes twice, the last one of a query counts, and the first cookie, which
        has the nearest path (RFC 6265 §5.4)."""
        rule, view = self._rule, self._schema.view
        first_counts = rule.location == "cookie"
        if rule.style == "deepObject":
            found = read_deep_object(pairs.bracketed(rule.name), rule.name, view, decode)
            return ABSENT if found is None else found
        if rule.style in ("form", "cookie") and rule.explode and view.is_object:
            members = [
                (name, value)
                for name in self._find_members(pairs)
                if pairs.values_of(name) != [""] or takes_empty(view.property(name))
                for value in pairs.values_of(name)
            ]
            return read_members(members, view, decode, first_counts=first_counts) if members else ABSENT
        values = pairs.values_of(rule.name)
        if not values:
            return ABSENT
        text = values[0 if first_counts else -1]
        if rule.style == "content":
            return self._read_content(decode(text))
        if view.is_array:
            if rule.explode:
                return ABSENT if values == [""] else read_items(values, view, decode, rule.item_styles)
            return read_delimited(text, rule.style, view, decode, rule.item_styles)
        if len(values) > 1 and "array" in view.types:
            return read_items(values, view, decode)
        return self._read_one(text, decode)

    def _find_members(self, pairs: Pairs) -> list[str]:
        """The member names of an exploded object: those it lists, and if it allows others, all names that are not
        separate parameters."""
        view = self._schema.view
        if not view.is_open:
            return [name for name in view.properties if name in pairs]
        own, names = self._rule.name, self._names
        return [name for name in pairs.names() if name in view.properties or name == own or name not in names]

    def _read_header(self, given: Parameters) -> Any:
        value = given.headers.get(self._rule.name.lower())
        if value is None:
            return ABSENT
        if self._rule.style == "content":
            return self._read_content(value)
        view = self._schema.view
        if not (view.is_array or view.is_object):
            return self._read_one(value, as_it_is)
        if self._rule.style not in ("simple", "form"):  # a collectionFormat of Swagger 2.0
            return read_delimited(value, self._rule.style, view, as_it_is, self._rule.item_styles)
        parts = [part.strip() for part in value.split(",")] if value else []
        if view.is_object and self._rule.explode:
            return read_assignments(parts, view, as_it_is)
        return read_delimited(",".join(parts), "simple", view, as_it_is, self._rule.item_styles)

    def _read_one(self, text: str, decode: Decode) -> Any:
        """Reads the text of a whole parameter."""
        rule, view = self._rule, self._schema.view
        if view.is_array or view.is_object:
            if not text:
                return ABSENT
            if rule.style == "simple":
                return read_simple(text, rule.explode, view, decode, rule.item_styles)
            return read_delimited(text, rule.style, view, decode, rule.item_styles)
        if not text and not takes_empty(view):
            return ABSENT
        return Text(decode(text))

    def _read_content(self, text: str) -> Any:
        return msgspec.json.decode(text) if self._rule.is_json else Text(text)


class Text(Struct, frozen=True):
    """A text for one value, of any type that its schema takes."""

    text: str


READERS: Final = {
    "path": CheckedParameter._read_path,
    "query": CheckedParameter._read_query,
    "header": CheckedParameter._read_header,
    "cookie": CheckedParameter._read_cookie,
}


def check_text(schema: CheckedSchema, text: str, location: str, pointer: str) -> list[Violation]:
    """What is wrong with a text, read in the way that best fits the schema."""
    value = schema.view.read_text(text)
    if schema.conforms(value):
        return []
    other = schema.view.read_text(text, prefers_text=False)
    if other is not text and schema.conforms(other):
        return []
    return schema.check(value, location, pointer)


_COOKIE: Final = re.compile(r"(?:\A|;)\s*+([^=;]*)=([^;]*)")
"""One pair of a Cookie header; its time is proportional to the header, whatever that has."""


def read_query(query: bytes) -> list[tuple[str, str]]:
    """Reads the parameters of a query or a form: unescaped names, values as sent."""
    pairs = []
    for part in query.decode("utf-8", "replace").split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unescape_form(name) if "%" in name or "+" in name else name, value))
    return pairs


def read_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Reads the headers; field lines of one name are one field, joined by commas (RFC 9110 §5.3)."""
    found: dict[str, list[str]] = {}
    for raw_name, raw_value in headers:
        found.setdefault(raw_name.decode("latin-1"), []).append(decode_value(raw_value))
    return {name: ", ".join(values) for name, values in found.items()}


def decode_value(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_cookies(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Reads names and values of the Cookie header (RFC 6265 §4.2)."""
    pairs = []
    for raw_name, raw_value in headers:
        if raw_name == b"cookie":
            pairs += [(name, bare_cookie(value)) for name, value in _COOKIE.findall(decode_value(raw_value))]
    return pairs


def bare_cookie(value: str) -> str:
    """The value of a cookie without the space after it and the quotes around it."""
    return value.rstrip().strip('"')


def split_field(values: Sequence[str], style: str, explode: bool) -> list[str]:
    """Splits the texts of an array in a form field."""
    return list(values) if explode or len(values) > 1 else split_items(values[0], style)
