"""Forms: the fields of a body, urlencoded or multipart, read as their encodings and schemas have it.

application/x-www-form-urlencoded (WHATWG URL §5.1) and multipart/form-data (RFC 7578); OpenAPI 3.1 §4.8.15. A field
with neither an encoding nor several values is read by its schema: an object is JSON, an array repeats its name.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.model import Violation
from mockwave.openapi.bodies import FORM
from mockwave.openapi.media_types import covers, essence_of, is_json
from mockwave.openapi.report import escape_token
from mockwave.openapi.requests import Encoding
from mockwave.validation.coercion import SchemaView
from mockwave.validation.parameters import decode_value, read_query, split_field
from mockwave.validation.schemas import CheckedSchema
from mockwave.validation.styles import (
    Decode,
    StyleError,
    as_it_is,
    read_deep_object,
    read_items,
    read_members,
    read_pairs,
    split_items,
    unescape_form,
)

RESERVED: Final = frozenset(":/?#[]@!$&'()*+,;=")  # RFC 3986 §2.2
MAXIMUM_PARTS: Final = 10_000

_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)


class Field(Struct, frozen=True):
    """One field as sent: its text, still escaped in a urlencoded form, and the media type its part names."""

    name: str
    text: str
    media_type: str = ""


class FormError(ValueError):
    """A body that is not the form it says it is."""


def read_urlencoded(body: bytes) -> list[Field]:
    return [Field(name, value) for name, value in read_query(body)]


def read_boundary(content_type: str) -> str:
    """The boundary that a multipart media type names; "" without one."""
    match = _BOUNDARY.search(content_type)
    return "" if match is None else match[1] or match[2] or ""


def read_multipart(body: bytes, boundary: str) -> list[Field]:
    # 25 ms, which only workers pay that check a multipart form.
    from multipart import (  # type: ignore[import-untyped]
        MultipartError,
        MultipartSegment,
        PushMultipartParser,
    )

    fields: list[Field] = []
    segment: Any = None
    parts: list[bytes] = []
    try:
        with PushMultipartParser(boundary, content_length=len(body), max_segment_count=MAXIMUM_PARTS) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, parts = event, []
                elif event:
                    parts.append(bytes(event))
                else:
                    if not segment.name:
                        raise FormError("a part has no name")
                    text = decode_value(b"".join(parts))
                    named = segment.header("Content-Type")  # the parser makes one up where there is none
                    fields.append(Field(segment.name, text, named or ""))
    except MultipartError as error:
        raise FormError(str(error)) from error
    return fields


class CheckedForm:
    """A form with its encodings and schema."""

    def __init__(self, schema: CheckedSchema, encodings: Sequence[Encoding]) -> None:
        self._schema = schema
        self._encodings = {encoding.name: encoding for encoding in encodings}

    def check(self, fields: Sequence[Field], decode: Decode) -> list[Violation]:
        violations = [violation for field in fields for violation in self._check_field(field)]
        view = self._schema.view
        members: dict[str, Any] = {}
        for name in dict.fromkeys((*(field.name for field in fields), *self._encodings)):
            try:
                self._read_member(members, name, fields, view, decode)
            except (ValueError, RecursionError) as error:
                rule = "style" if isinstance(error, StyleError) else "json"
                violations.append(
                    Violation(location="body", pointer=f"/{escape_token(name)}", rule=rule, message=str(error))
                )
        if violations:
            return violations
        declared = view.properties | view.required
        if fields and view.properties and not view.is_open and declared.isdisjoint(members):
            named = ", ".join(sorted(declared))
            message = f"none of the fields sent is declared; declared are {named}"
            return [Violation(location="body", pointer="", rule="fields", message=message)]
        return self._schema.check(members, "body")

    def _check_field(self, field: Field) -> list[Violation]:
        encoding = self._encodings.get(field.name)
        if encoding is None:
            return []
        pointer = f"/{escape_token(field.name)}"
        found = []
        if encoding.refuses_reserved and not RESERVED.isdisjoint(field.text):
            message = "reserved characters have to be escaped here"
            found.append(Violation(location="body", pointer=pointer, rule="allowReserved", message=message))
        wanted = encoding.media_type
        if wanted and field.media_type and not any(covers(each, field.media_type) for each in wanted.split(",")):
            message = f"expected a part of {wanted}, got {field.media_type}"
            found.append(Violation(location="body", pointer=pointer, rule="contentType", message=message))
        return found

    def _read_member(
        self, members: dict[str, Any], name: str, fields: Sequence[Field], view: SchemaView, decode: Decode
    ) -> None:
        encoding, member = self._encodings.get(name), view.property(name)
        given = [field for field in fields if field.name == name]
        is_spread = encoding is not None and (member.is_object or encoding.style == "deepObject")
        if encoding is not None and is_spread and not encoding.media_type and not given:
            found = self._read_spread(encoding, member, fields, decode)
            if found is not None:
                members[name] = found
        elif given:
            members[name] = self._read_value(given, encoding, member, decode)

    def _read_spread(self, encoding: Encoding, member: SchemaView, fields: Sequence[Field], decode: Decode) -> Any:
        """An object, or as a deep one an array, whose members are fields of their own; None where none is there."""
        if encoding.style == "deepObject":
            return read_deep_object([(field.name, field.text) for field in fields], encoding.name, member, decode)
        own = [(field.name, field.text) for field in fields if field.name in member.properties]
        return read_members(own, member, decode) if encoding.explode and own else None

    def _read_value(self, given: list[Field], encoding: Encoding | None, member: SchemaView, decode: Decode) -> Any:
        if member.is_array:
            items = member.items()
            if items.is_object:
                return self._read_json_items([decode(field.text) for field in given])
            style, explode = ("form", True) if encoding is None else (encoding.style, encoding.explode)
            if len(given) == 1 and is_json(essence_of(given[0].media_type)):
                return msgspec.json.decode(decode(given[0].text))
            return read_items(split_field([field.text for field in given], style, explode), member, decode)
        field = given[-1]
        if member.is_object:
            text = decode(field.text)
            if text.lstrip().startswith("{") or encoding is None or encoding.media_type:
                return msgspec.json.decode(text)
            return read_pairs(split_items(field.text, encoding.style), member, decode)
        if len(given) > 1:
            return [member.read_text(decode(each.text)) for each in given]
        return member.read_text(decode(field.text))

    def _read_json_items(self, texts: list[str]) -> list[Any]:
        """Objects of an array are JSON, each a field of its own or all in one."""
        if len(texts) > 1:
            return [msgspec.json.decode(text) for text in texts]
        text = texts[0].strip()
        listed = msgspec.json.decode(text if text.startswith("[") else f"[{text}]")
        return listed if isinstance(listed, list) else [listed]


DECODERS: Final[dict[str, Decode]] = {
    FORM: unescape_form,
    "multipart/form-data": as_it_is,
}
