"""Request bodies: JSON text (RFC 8259) to one of the contract's structs, or a Refusal that says what is wrong, and
where.

msgspec decodes straight into the struct and stops at the first fault; only then is the body read once more, to find
every fault and to put line and column to broken syntax. An integral number such as `200.0` is an integer, as in JSON
Schema.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from types import UnionType
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from mockwave.management.exchange import ManagementRequest
from mockwave.management.long_texts import take_long_text
from mockwave.management.messages import quote, summarise
from mockwave.model import Violation
from mockwave.openapi.document.report import escape_token
from mockwave.pauses import Pauses
from mockwave.problems import MAXIMUM_SHOWN_ERRORS, Refusal
from mockwave.reading.source_texts import SourceText

Body = TypeVar("Body", bound=Struct)

BYTE_ORDER_MARKS: dict[bytes, str] = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

# msgspec's words for what it expected or got → what a caller of a JSON API says.
JSON_WORDS: dict[str, str] = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "null": "null",
    "object": "an object",
    "array": "an array",
}

TEXTS_BY_NAME = dict[str, str | list[str]]

TOO_DEEP = "arrays and objects are nested too deeply"
TOO_LARGE = "a number in it is too large to be read"

_IS_JSON = re.compile(rb"\s*application/(?:[a-z0-9!#$&^_.-]+\+)?json\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_MISMATCH = re.compile(r"Expected `(?P<expected>[a-z |]+)`, got `(?P<found>[a-z]+)`")
_BYTE = re.compile(r"(?:JSON is malformed: )?(?P<reason>.*) \(byte (?P<offset>\d+)\)")


class BodyDecoder(Generic[Body]):
    """Decodes request bodies into one struct type; made once, at load."""

    def __init__(self, body_type: type[Body]) -> None:
        self._type = body_type
        self._decoder = msgspec.json.Decoder(body_type)
        self._fields = [_BodyField(field) for field in msgspec.structs.fields(body_type)]

    def decode(self, request: ManagementRequest) -> Body:
        """The request's body. Raises Refusal: 415 for another media type, 400 for a body that does not fit."""
        _refuse_media_type(request)
        body = request.body
        try:
            # msgspec passes over the text of fields that it does not know without looking at its encoding.
            if not body.isascii():
                body.decode()
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            return self._decode_slowly(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(body, error) from error

    async def decode_long(
        self, request: ManagementRequest, name: str, pauses: Pauses
    ) -> tuple[Body, SourceText | None]:
        """As `decode`, and the text of the member `name` where it is there. Of a body that is long by that member,
        other requests are let in meanwhile, the member is a token, and whether its text is a JSON string is not known.
        """
        _refuse_media_type(request)
        taken = await take_long_text(request.chunks, name, pauses)
        if taken is not None:
            # Whatever is wrong is said of the body as it was sent.
            with contextlib.suppress(Refusal):
                decoded = self.decode(msgspec.structs.replace(request, chunks=(taken.body,)))
                if getattr(decoded, name) == taken.token:
                    return decoded, taken.source
        decoded = self.decode(request)
        text = getattr(decoded, name)
        return decoded, None if text is UNSET else SourceText.of(text)

    def _decode_slowly(self, body: bytes) -> Body:
        """Reads the body once more, field by field, for all of its faults."""
        try:
            value = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _malformed(body, error) from error
        if not isinstance(value, dict):
            raise refuse_body([Violation(location="body", pointer="", rule="type", message=_not_an_object(value))])
        found = [field.find_faults(value) for field in self._fields]
        count = sum(faults.total for faults in found)
        if count:
            raise refuse_body([violation for faults in found for violation in faults.listed], count)
        return msgspec.convert(value, self._type)


class _Faults(NamedTuple):
    """The first faults of a field, and how many there are."""

    listed: list[Violation]
    total: int


class _BodyField:
    """What one field of a body must be."""

    def __init__(self, field: msgspec.structs.FieldInfo) -> None:
        self.name = field.encode_name
        self.is_required = field.required
        self.type = _without_unset(field.type)
        self.choices = _choices(self.type)

    def find_faults(self, body: dict[str, Any]) -> _Faults:
        """The faults of this field; an integral number among the fields of `body` becomes an integer there."""
        if self.name not in body:
            missing = [self._violation("", "required", f"{self.name}: is required")] if self.is_required else []
            return _Faults(missing, len(missing))
        value = body[self.name]
        if self.type is int and isinstance(value, float) and value.is_integer():
            body[self.name] = value = int(value)
        if self.type == TEXTS_BY_NAME and isinstance(value, dict):
            wrong = list(_find_wrong_texts(value))
            listed = [self._compare(*each) for each in wrong[:MAXIMUM_SHOWN_ERRORS]]
            return _Faults([fault for fault in listed if fault is not None], len(wrong))
        fault = self._compare(value, self.type)
        return _Faults([], 0) if fault is None else _Faults([fault], 1)

    def _compare(self, value: object, expected: Any, place: str = "", pointer: str = "") -> Violation | None:
        try:
            msgspec.convert(value, expected)
        except msgspec.ValidationError as error:
            return self._violation(pointer, *self._explain(error, value, f"{self.name}{place}"))
        return None

    def _explain(self, error: msgspec.ValidationError, value: object, name: str) -> tuple[str, str]:
        """The rule broken and the message for it."""
        if self.choices and isinstance(value, str):
            return "enum", f"{name}: expected one of {', '.join(self.choices)}, got {quote(value)}"
        mismatch = _MISMATCH.search(str(error))
        if mismatch is None:
            return "type", f"{name}: {str(error)[:1].lower()}{str(error)[1:]}"
        expected = " or ".join(_in_words(each) for each in mismatch["expected"].split(" | "))
        return "type", f"{name}: expected {expected}, got {_in_words(mismatch['found'])}"

    def _violation(self, pointer: str, rule: str, message: str) -> Violation:
        return Violation(location="body", pointer=f"/{escape_token(self.name)}{pointer}", rule=rule, message=message)


def _find_wrong_texts(texts: dict[str, Any]) -> Iterator[tuple[object, Any, str, str]]:
    """What of an object is neither a text nor a list of texts: the value, what was expected, where, and its pointer.

    Whoever sends the object chooses how many there are: no more than a look is taken at each.
    """
    for name, item in texts.items():
        if isinstance(item, str):
            continue
        if not isinstance(item, list):
            yield item, str | list[str], f"[{quote(name)}]", f"/{escape_token(name)}"
            continue
        for index, text in enumerate(item):
            if not isinstance(text, str):
                yield text, str, f"[{quote(name)}][{index}]", f"/{escape_token(name)}/{index}"


def refuse_body(violations: list[Violation], count: int | None = None) -> Refusal:
    """The Refusal of a body with these faults; `count`: how many there are, if not all of them are listed."""
    return Refusal(400, "invalid-body", summarise(violations, "the request body", count), violations, count=count)


def _refuse_media_type(request: ManagementRequest) -> None:
    given = request.header_values(b"content-type")
    if all(_IS_JSON.fullmatch(value) for value in given):
        return
    shown = ", ".join(value.decode("latin-1") for value in given)
    raise Refusal(
        415,
        "unsupported-media-type",
        f"Content-Type: expected application/json, got {quote(shown)}",
        headers=[(b"accept", b"application/json")],
    )


def _malformed(body: bytes, error: Exception) -> Refusal:
    """The Refusal of a body that is not JSON text."""
    rule, reason, offset = _find_fault(body, error)
    where = ""
    if offset is not None:
        line = body.count(b"\n", 0, offset) + 1
        column = len(body[body.rfind(b"\n", 0, offset) + 1 : offset].decode(errors="replace")) + 1
        where = f" (line {line}, column {column})"
    message = f"the request body is not JSON: {reason}{where}"
    violation = Violation(location="body", pointer="", rule=rule, message=message)
    return Refusal(400, "malformed-json", message, [violation])


def _find_fault(body: bytes, error: Exception) -> tuple[str, str, int | None]:
    """The rule that the body breaks, why, and at which byte."""
    if not body.strip():
        return "empty", "it is empty; expected an object", None
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return "encoding", f"it starts with a byte order mark ({encoding}); send UTF-8 without one", 0
    if isinstance(error, RecursionError):
        return "depth", TOO_DEEP, None
    try:
        text = body.decode()
        value = json.loads(text)
    except UnicodeDecodeError as fault:
        return "encoding", f"byte 0x{body[fault.start]:02X} is not UTF-8", fault.start
    except json.JSONDecodeError as fault:
        return "syntax", f"{fault.msg[:1].lower()}{fault.msg[1:]}", len(text[: fault.pos].encode())
    except RecursionError:
        return "depth", TOO_DEEP, None
    except ValueError:
        # Python reads integers of a few thousand digits, no more.
        return "range", TOO_LARGE, None
    surrogate = _find_surrogate(value)
    if surrogate is not None:
        return "encoding", f"{surrogate} is half of a surrogate pair, which stands for no character", None
    # Python's reader takes what msgspec does not: NaN, Infinity, and numbers beyond the range of a double.
    located = _BYTE.fullmatch(str(error))
    if located is None:
        return "range", TOO_LARGE, None
    return "syntax", located["reason"], int(located["offset"])


def _find_surrogate(value: object) -> str | None:
    """The first lone surrogate in any text of the tree, as it would be written in JSON."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            found = re.search(r"[\ud800-\udfff]", item)
            if found is not None:
                return f"\\u{ord(found[0]):04x}"
        elif isinstance(item, dict):
            pending += [*item.values(), *item]
        elif isinstance(item, list):
            pending += item
    return None


def _not_an_object(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return f"the request body: expected an object, got {names.get(type(value), 'a number')}"


def _in_words(type_name: str) -> str:
    return JSON_WORDS.get(type_name, type_name)


def _without_unset(field_type: Any) -> Any:
    """The type of a field that is given."""
    if get_origin(field_type) not in (Union, UnionType):
        return field_type
    (given,) = (argument for argument in get_args(field_type) if argument is not UnsetType)
    return given


def _choices(field_type: Any) -> tuple[str, ...]:
    return get_args(field_type) if get_origin(field_type) is Literal else ()
