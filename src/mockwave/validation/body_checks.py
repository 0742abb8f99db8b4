"""Bodies: which declared media type a request's body has, and what is wrong with it.

JSON, forms and text are checked against their schemas; XML, binary and compressed bodies are accepted as they are. A
text whose schema is an object or an array is JSON, as mocks write it themselves; a form whose schema is a string is
that text. A urlencoded form without fields has no bytes, but is still a body. A media type that no declared one covers
is a separate case, since it has a separate status (RFC 9110 §15.5.16).
"""

import re

import msgspec

from mockwave.answers.request_rules import BodyRule
from mockwave.bodies.media_types import choose_range, essence_of, find_meant
from mockwave.bodies.syntaxes import FORM_TYPE, is_json, is_text
from mockwave.model import Violation
from mockwave.validation.check_limits import (
    BODY_BYTES_ON_LOOP,
    FIELDS_ON_LOOP,
    FORM_BYTES_ON_LOOP,
    NUMBERS_BYTES_ON_LOOP,
    USUAL_LIMITS,
    Limits,
    TooLongForLoop,
    hold_to,
)
from mockwave.validation.compiled_schemas import MAXIMUM_DEPTH, CheckedSchema, Schemas, brief
from mockwave.validation.forms import (
    DECODERS,
    CheckedForm,
    FormError,
    count_fields,
    read_boundary,
    read_multipart,
    read_urlencoded,
)
from mockwave.validation.parameters import check_text

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAXIMUM_CHOSEN = 64  # media types, as sent, of which it is kept what they are
MAXIMUM_WORD = 100  # characters of what is sent as a media type and is none

_LARGE_NUMBER = re.compile(rb"[\[,:\s]-?(?:[0-9][0-9.]*+[eE][+-]?[0-9]{2}|[0-9.]{20})")
_decode_json = msgspec.json.Decoder().decode


class UnsupportedMediaType(Exception):
    """The operation does not take the body's media type."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.violation = Violation(location="header", pointer="/content-type", rule="media-type", message=message)


class CheckedBodies:
    """Checks the bodies of an operation."""

    def __init__(self, rules: tuple[BodyRule, ...], is_required: bool, schemas: Schemas) -> None:
        self._is_on_loop = schemas.is_on_loop
        self._names = [rule.media_type for rule in rules]
        self._is_required = is_required
        self.schemas = [CheckedSchema(rule.schema, schemas) for rule in rules]
        self._chosen: dict[str, tuple[int, str]] = {}
        self._forms = [CheckedForm(schema, rule.encodings) for rule, schema in zip(rules, self.schemas, strict=True)]

    def check(
        self,
        body: bytes,
        content_type: str | None,
        content_coding: str | None = None,
        limits: Limits = USUAL_LIMITS,
    ) -> list[Violation]:
        """Returns what is wrong with the body. Raises UnsupportedMediaType, TooMany, TooLongForLoop."""
        if not body and not self._is_required:
            return []
        if not body and essence_of(content_type or "") != FORM_TYPE:
            return [Violation(location="body", pointer="", rule="required", message="a body is required")]
        index, meant = self._choose(content_type)
        media_type = meant or content_type or self._names[index]
        schema = self.schemas[index]
        if content_coding is not None and content_coding.strip().lower() != "identity":
            return []
        if is_json(media_type):
            return check_json(schema, self._take(body))
        essence, view = essence_of(media_type), schema.view
        if essence in DECODERS and not view.is_text:
            return self._check_form(self._forms[index], self._take(body), media_type, essence, limits)
        if is_text(media_type) and (view.is_object or view.is_array):
            return check_json(schema, self._take(body))
        if is_text(media_type) or essence in DECODERS:
            return check_text(schema, self._take(body).decode("utf-8", "replace"), "body", "")
        return []

    def _take(self, body: bytes) -> bytes:
        """Returns the body before it is read. Raises TooLongForLoop."""
        if self._is_on_loop and len(body) > BODY_BYTES_ON_LOOP:
            raise TooLongForLoop
        return body

    def _choose(self, content_type: str | None) -> tuple[int, str]:
        """Which of the declared ones governs a body of this media type; and where that is a word that is none, the
        media type that is meant by it, as in a document."""
        if not self._names:
            raise UnsupportedMediaType("this operation takes no body")
        if content_type is None:
            return 0, ""
        # Without its parameters: each boundary of a form would be another one.
        name = content_type.partition(";")[0]
        chosen = self._chosen.get(name)
        if chosen is None:
            chosen = self._find(name)
            if chosen is None:
                raise UnsupportedMediaType(f"expected {brief(', '.join(self._names))}, got {content_type[:200]}")
            if len(self._chosen) < MAXIMUM_CHOSEN:
                self._chosen[name] = chosen
        return chosen

    def _find(self, name: str) -> tuple[int, str] | None:
        index = choose_range(self._names, name)
        if index is not None:
            return index, ""
        meant = find_meant(name[:MAXIMUM_WORD])
        # Of a name that means nothing no range speaks but that of anything.
        index = choose_range(self._names, meant or "*/*")
        return None if index is None else (index, meant)

    def _check_form(
        self, form: CheckedForm, body: bytes, media_type: str, essence: str, limits: Limits
    ) -> list[Violation]:
        is_multipart = essence == "multipart/form-data"
        boundary = read_boundary(media_type) if is_multipart else ""
        if is_multipart and not boundary:
            raise UnsupportedMediaType("expected multipart/form-data with a boundary, got none")
        count = count_fields(body, boundary)
        hold_to(limits.form_fields, count, "fields in its form", "--max-form-fields")
        if self._is_on_loop and (is_multipart or count > FIELDS_ON_LOOP or len(body) > FORM_BYTES_ON_LOOP):
            raise TooLongForLoop
        try:
            fields = read_multipart(body, boundary) if is_multipart else read_urlencoded(body)
        except FormError as error:
            return [Violation(location="body", pointer="", rule="multipart", message=brief(str(error)))]
        return form.check(fields, DECODERS[essence])


def check_json(schema: CheckedSchema, body: bytes) -> list[Violation]:
    size = len(body)
    # Reading such a number takes 15 microseconds; checking `multipleOf` takes 150.
    may_take_long = schema.is_on_loop and (size > NUMBERS_BYTES_ON_LOOP or schema.is_slow_with_numbers)
    if may_take_long and _LARGE_NUMBER.search(body):
        raise TooLongForLoop
    try:
        value = _decode_json(body.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError) as error:
        return [Violation(location="body", pointer="", rule="json", message=f"no JSON: {error}")]
    # Counting brackets is many times as fast as walking, and shows that most valid bodies are shallow enough. With its
    # comma, a value takes at least two bytes.
    if body.count(b"[") + body.count(b"{") <= MAXIMUM_DEPTH and schema.conforms(value, size // 2 + 1):
        return []
    return schema.check(value, "body")
