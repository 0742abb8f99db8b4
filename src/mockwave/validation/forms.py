"""Forms: the fields of a urlencoded or multipart body, read by their encodings and schemas.

application/x-www-form-urlencoded (WHATWG URL §5.1) and multipart/form-data (RFC 7578); OpenAPI 3.1 §4.8.15. A field
with neither an encoding nor several values is read by its schema: an object is JSON, an array repeats its name.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.answers.request_rules import Encoding
from mockwave.bodies.media_types import covers, essence_of
from mockwave.bodies.syntaxes import FORM_TYPE, is_json
from mockwave.model import Violation
from mockwave.pointers import escape_token
from mockwave.validation.coercion import SchemaView
from mockwave.validation.compiled_schemas import MAXIMUM_VIOLATIONS, CheckedSchema, brief
from mockwave.validation.parameters import Pairs, decode_value, read_query, split_field
from mockwave.validation.styles import (
    Decode,
    StyleError,
    as_it_is,
    read_deep_object,
    read_items,
    read_members,
    read_pairs,
    read_repeated,
    split_items,
    unescape_form,
)

RESERVED: Final = frozenset(":/?#[]@!$&'()*+,;=")  # RFC 3986 §2.2
MAXIMUM_MEDIA_TYPE_CHARACTERS: Final = 1_000

_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)


class Field(Struct, frozen=True):
    """One field as sent: its text, still escaped in a urlencoded form, and the media type of its part."""

    name: str
    text: str
    media_type: str = ""


class Fields:
    """The fields of a form, grouped once so that each member looks only at its own."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.by_name: dict[str, list[Field]] = {}
        for field in fields:
            self.by_name.setdefault(field.name, []).append(field)
        self.pairs = Pairs([(field.name, field.text) for field in fields])


class FormError(ValueError):
    """A body that is not a form of its media type."""


def read_urlencoded(body: bytes) -> list[Field]:
    return [Field(name, value) for name, value in read_query(body)]


def read_boundary(content_type: str) -> str:
    """The boundary of a multipart media type; "" if there is none."""
    match = _BOUNDARY.search(content_type[:MAXIMUM_MEDIA_TYPE_CHARACTERS])
    return "" if match is None else match[1] or match[2] or ""


def count_fields(body: bytes, boundary: str) -> int:
    """The most fields that a form may have, counted by separators; `boundary` is "" for a urlencoded form."""
    return body.count(f"\n--{boundary}".encode("latin-1", "replace") if boundary else b"&") + 1


def read_multipart(body: bytes, boundary: str) -> list[Field]:
    # Imported here: it takes 25 ms, which only workers that check multipart forms should pay.
    from multipart import (  # type: ignore[import-untyped]
        MultipartError,
        MultipartSegment,
        PushMultipartParser,
    )

    fields: list[Field] = []
    segment: Any = None
    parts: list[bytes] = []
    try:
        with PushMultipartParser(boundary, content_length=len(body), max_segment_count=len(body)) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, parts = event, []
                elif event:
                    parts.append(bytes(event))
                else:
                    if not segment.name:
                        raise FormError("a part has no name")
                    text = decode_value(b"".join(parts))
                    named = segment.header("Content-Type")  # the parser invents one if there is none
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
        violations: list[Violation] = []
        for field in fields:
            violations += self._check_field(field)
            if len(violations) >= MAXIMUM_VIOLATIONS:
                return violations
        view = self._schema.view
        given = Fields(fields)
        members: dict[str, Any] = {}
        for name in dict.fromkeys((*given.by_name, *self._encodings)):
            try:
                self._read_member(members, name, given, view.property(name), decode)
            except (ValueError, RecursionError) as error:
                rule = "style" if isinstance(error, StyleError) else "json"
                pointer = f"/{escape_token(brief(name))}"
                violations.append(Violation(location="body", pointer=pointer, rule=rule, message=brief(str(error))))
                if len(violations) >= MAXIMUM_VIOLATIONS:
                    break
        if violations:
            return violations
        declared = view.properties | view.required
        if fields and view.properties and not view.is_open and declared.isdisjoint(members):
            message = f"none of the fields sent is declared; declared are {brief(', '.join(sorted(declared)))}"
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
        self, members: dict[str, Any], name: str, given: "Fields", member: SchemaView, decode: Decode
    ) -> None:
        encoding, own = self._encodings.get(name), given.by_name.get(name)
        if own is not None:
            members[name] = self._read_value(own, encoding, member, decode)
        elif encoding is not None and not encoding.media_type and (member.is_object or encoding.style == "deepObject"):
            found = self._read_spread(encoding, member, given, decode)
            if found is not None:
                members[name] = found

    def _read_spread(self, encoding: Encoding, member: SchemaView, given: "Fields", decode: Decode) -> Any:
        """Reads an object (or, as a deep object, an array) whose members are separate fields; None if there is none."""
        if encoding.style == "deepObject":
            return read_deep_object(given.pairs.bracketed(encoding.name), encoding.name, member, decode)
        own = [(name, value) for name in member.properties for value in given.pairs.values_of(name)]
        return read_members(own, member, decode) if encoding.explode and own else None

    def _read_value(self, given: list[Field], encoding: Encoding | None, member: SchemaView, decode: Decode) -> Any:
        if member.is_array:
            items = member.items()
            if items.is_object:
                return self._read_json_items([decode(field.text) for field in given])
            style, explode = ("form", True) if encoding is None else (encoding.style, encoding.explode)
            if len(given) == 1 and is_json(essence_of(given[0].media_type)):
                return msgspec.json.decode(decode(given[0].text))
            texts = split_field([field.text for field in given], style, explode)
            return read_items(texts, member, decode, () if encoding is None else encoding.item_styles)
        field = given[-1]
        if member.is_object:
            text = decode(field.text)
            if text.lstrip().startswith("{") or encoding is None or encoding.media_type:
                return msgspec.json.decode(text)
            return read_pairs(split_items(field.text, encoding.style), member, decode)
        return read_repeated([each.text for each in given], member, decode)

    def _read_json_items(self, texts: list[str]) -> list[Any]:
        """Reads the objects of an array, which are JSON, each in a separate field or all in one."""
        if len(texts) > 1:
            return [msgspec.json.decode(text) for text in texts]
        text = texts[0].strip()
        listed = msgspec.json.decode(text if text.startswith("[") else f"[{text}]")
        return listed if isinstance(listed, list) else [listed]


DECODERS: Final[dict[str, Decode]] = {
    FORM_TYPE: unescape_form,
    "multipart/form-data": as_it_is,
}
