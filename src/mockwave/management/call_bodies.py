"""Request bodies: JSON text (RFC 8259) to one of the contract's structs, or a Refusal that says what is wrong, and
where.

msgspec decodes straight into the struct and stops at the first fault; only then is the body read once more, to find
every fault and to put line and column to broken syntax. A body is long by one text of it, a specification's or a
route's body, or by its rules: what else there may be of it is bounded, since it is read in one go. An integral number
such as `200.0` is an integer, as in JSON Schema.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from types import UnionType
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from mockwave.management.exchange import ManagementRequest
from mockwave.management.long_lists import MOST_LIST_BYTES, take_long_list
from mockwave.management.long_objects import read_members
from mockwave.management.long_strings import read_string
from mockwave.management.long_texts import HEAD_BYTES, LONG_BYTES, LongText, are_long, take_long_text
from mockwave.model import Violation
from mockwave.pauses import Pauses
from mockwave.pointers import escape_token
from mockwave.problems import MAXIMUM_SHOWN_ERRORS, Refusal
from mockwave.quoting import quote, summarise
from mockwave.reading.source_texts import NotAString, SourceText

EXPLAINED_BYTES = 8 << 20
"""Of a body that is long by something else than its text: faults are looked for, in the hope that they are why."""

LISTED = "rules"
"""The member that a body may be long by as a list."""

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
_UNKNOWN = re.compile(r"unknown field `(.*)`", re.DOTALL)
_ITEM = re.compile(r" - at `\$\[(\d+)\]`$")
_MISMATCH = re.compile(r"Expected `(?P<expected>[a-z |]+)`, got `(?P<found>[a-z]+)`")
_BYTE = re.compile(r"(?:JSON is malformed: )?(?P<reason>.*) \(byte (?P<offset>\d+)\)")


class BodyDecoder(Generic[Body]):
    """Decodes request bodies into one struct type; made once, at load."""

    def __init__(self, body_type: type[Body]) -> None:
        self._type = body_type
        self._decoder = msgspec.json.Decoder(body_type)
        self._fields = [_BodyField(field) for field in msgspec.structs.fields(body_type)]
        self._is_listed = any(field.name == LISTED for field in self._fields)

    def decode(self, request: ManagementRequest) -> Body:
        """The request's body. Raises Refusal: 415 for another media type, 400 for a body that does not fit."""
        _refuse_media_type(request)
        return self._decode_text(request.body)

    async def decode_list(self, request: ManagementRequest, pauses: Pauses) -> Body:
        """As `decode`. Of a body that is long by its rules, other requests are let in meanwhile."""
        decoded, _ = await self._decode_around(request, "", pauses)
        return decoded

    async def decode_long(
        self, request: ManagementRequest, name: str, pauses: Pauses
    ) -> tuple[Body, SourceText | None]:
        """As `decode`, and the text of the member `name` where it is there. Of a body that is long by that member,
        other requests are let in meanwhile, the member is a token, and whether its text is a JSON string is not known.
        """
        decoded, taken = await self._decode_around(request, name, pauses)
        if taken is not None:
            return decoded, taken.source
        text = getattr(decoded, name)
        return decoded, None if text is UNSET else SourceText.of(text)

    async def decode_text(self, request: ManagementRequest, name: str, pauses: Pauses) -> tuple[Body, bytes]:
        """As `decode`, and the text of the member `name` in UTF-8, `b""` where it is not there. Of a body that is long
        by that member, other requests are let in meanwhile, and the member is a token."""
        decoded, taken = await self._decode_around(request, name, pauses)
        if taken is None:
            text = next(getattr(decoded, field.attribute) for field in self._fields if field.name == name)
            return decoded, b"" if text is UNSET else text.encode()
        try:
            return decoded, await read_string(taken.source.pieces, pauses)
        except NotAString:
            raise refuse_string(name) from None

    async def _decode_around(
        self, request: ManagementRequest, name: str, pauses: Pauses
    ) -> tuple[Body, LongText | None]:
        """The body, and its long text, in whose place it has a token; None where it is not long. Raises Refusal, too,
        where it is long by anything else: that would be decoded in one go."""
        if not are_long(request.chunks):
            return self.decode(request), None
        _refuse_media_type(request)
        taken = await take_long_text(request.chunks, name, pauses) if name else None
        if taken is not None and len(taken.body) <= LONG_BYTES:
            decoded = self._decode_text(taken.body, is_shortened=True)
            if taken.token in msgspec.structs.astuple(decoded):
                return decoded, taken
        listed = await self._decode_around_list(request, pauses) if self._is_listed else None
        if listed is not None:
            return listed, None
        if sum(map(len, request.chunks)) <= EXPLAINED_BYTES:
            await self._refuse_faults(request.body, name, pauses)
        raise _refuse_long(name, is_listed=self._is_listed)

    async def _decode_around_list(self, request: ManagementRequest, pauses: Pauses) -> Body | None:
        """The body, if it is long by its list alone. Raises Refusal."""
        try:
            taken = await take_long_list(request.chunks, LISTED, pauses)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(request.body, error) from error
        if taken is None:
            return None
        decoded = self._decode_text(taken.body, is_shortened=True)
        return msgspec.structs.replace(decoded, **{LISTED: taken.items})

    async def _refuse_faults(self, body: bytes, name: str, pauses: Pauses) -> None:
        """Raises Refusal with the faults of a long body, if it has any: one is to be long, but for the text `name`."""
        try:
            body.decode()
            msgspec.json.decode(body, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(body, error) from error
        if not body[:HEAD_BYTES].lstrip().startswith(b"{"):
            return
        await pauses.let_others_run()
        given: dict[str, msgspec.Raw] = {}
        names = {field.name for field in self._fields}
        async for members in read_members(body, pauses):
            given |= {name: members[name] for name in names & members.keys()}
        found = [await field.find_long_faults(given, pauses) for field in self._fields]
        too_long = [field.refuse_length() for field in self._fields if field.name != name and field.is_long_in(given)]
        _refuse_found(found)
        _refuse_found([_Faults(too_long, len(too_long))])

    def _decode_text(self, body: bytes, *, is_shortened: bool = False) -> Body:
        try:
            # msgspec passes over the text of fields that it does not know without looking at its encoding.
            if not body.isascii():
                body.decode()
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            return self._decode_slowly(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(body, error, is_shortened=is_shortened) from error

    def _decode_slowly(self, body: bytes) -> Body:
        """Reads the body once more, field by field, for all of its faults."""
        try:
            value = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _malformed(body, error) from error
        if not isinstance(value, dict):
            raise refuse_body([Violation(location="body", pointer="", rule="type", message=_not_an_object(value))])
        found = [field.find_faults(value) for field in self._fields]
        if self._type.__struct_config__.forbid_unknown_fields:
            found.append(self._find_unknown(value))
        _refuse_found(found)
        return msgspec.convert(value, self._type)

    def _find_unknown(self, body: dict[str, Any]) -> "_Faults":
        """The members that a body may not have."""
        known = [field.name for field in self._fields]
        unknown = [name for name in body if name not in known]
        listed = [
            Violation(
                location="body",
                pointer=f"/{escape_token(name)}",
                rule="unknown",
                message=f"{quote(name)}: is not known here; there are {', '.join(known)}",
            )
            for name in unknown[:MAXIMUM_SHOWN_ERRORS]
        ]
        return _Faults(listed, len(unknown))


class _Faults(NamedTuple):
    """The first faults of a field, and how many there are."""

    listed: list[Violation]
    total: int


class _BodyField:
    """What one field of a body must be."""

    def __init__(self, field: msgspec.structs.FieldInfo) -> None:
        self.name = field.encode_name
        self.attribute = field.name
        self.is_required = field.required
        self.type = _without_unset(field.type)
        self.choices = _choices(self.type)
        self.longest_bytes = MOST_LIST_BYTES if self.name == LISTED else LONG_BYTES

    def find_faults(self, body: dict[str, Any]) -> _Faults:
        """The faults of this field; an integral number among the fields of `body` becomes an integer there."""
        if self.name not in body:
            missing = [self._violation("", "required", f"{self.name}: is required")] if self.is_required else []
            return _Faults(missing, len(missing))
        value = body[self.name]
        if self.type is int and isinstance(value, float) and value.is_integer():
            body[self.name] = value = int(value)
        if self.type == TEXTS_BY_NAME and isinstance(value, dict):
            count = _count_wrong_texts(value)
            wrong = islice(_find_wrong_texts(value), min(count, MAXIMUM_SHOWN_ERRORS))
            listed = [self._compare(*each) for each in wrong]
            return _Faults([fault for fault in listed if fault is not None], count)
        fault = self._compare(value, self.type)
        return _Faults([], 0) if fault is None else _Faults([fault], 1)

    def is_long_in(self, body: dict[str, msgspec.Raw]) -> bool:
        return len(body.get(self.name, b"")) >= self.longest_bytes

    def refuse_length(self) -> Violation:
        message = f"{self.name}: expected less than {self.longest_bytes >> 10:,} KiB of JSON text"
        return self._violation("", "maxLength", message)

    async def find_long_faults(self, body: dict[str, msgspec.Raw], pauses: Pauses) -> _Faults:
        """As `find_faults`, of a body that is long, with its members as they were sent."""
        raw = body.get(self.name)
        if raw is None or len(raw) < LONG_BYTES:
            return self.find_faults({} if raw is None else {self.name: msgspec.json.decode(raw)})
        text = bytes(raw)
        if self.type != TEXTS_BY_NAME or not text.startswith(b"{"):
            return self.find_faults({self.name: [] if text.startswith(b"[") else {} if text.startswith(b"{") else ""})
        listed: list[Violation] = []
        total = 0
        async for members in read_members(text, pauses):
            faults = self.find_faults({self.name: {name: msgspec.json.decode(each) for name, each in members.items()}})
            listed += faults.listed[: MAXIMUM_SHOWN_ERRORS - len(listed)]
            total += faults.total
        return _Faults(listed, total)

    def _compare(self, value: object, expected: Any, place: str = "", pointer: str = "") -> Violation | None:
        try:
            msgspec.convert(value, expected)
        except msgspec.ValidationError as error:
            item = _ITEM.search(str(error))
            if item is not None:
                place, pointer = f"{place}[{item[1]}]", f"{pointer}/{item[1]}"
            unknown = _UNKNOWN.search(str(error))
            if unknown is not None:
                name = unknown[1]
                message = f"{self.name}{place}.{name}: is not known here"
                return self._violation(f"{pointer}/{escape_token(name)}", "unknown", message)
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
    """What of an object is neither a text nor a list of texts: the value, what was expected, where, and its pointer."""
    for name, item in texts.items():
        if isinstance(item, str):
            continue
        if not isinstance(item, list):
            yield item, str | list[str], f"[{quote(name)}]", f"/{escape_token(name)}"
            continue
        for index, text in enumerate(item):
            if not isinstance(text, str):
                yield text, str, f"[{quote(name)}][{index}]", f"/{escape_token(name)}/{index}"


def _refuse_found(found: list[_Faults]) -> None:
    count = sum(faults.total for faults in found)
    if count:
        raise refuse_body([violation for faults in found for violation in faults.listed], count)


def _count_wrong_texts(texts: dict[str, Any]) -> int:
    """How many `_find_wrong_texts` finds; whoever sends the object chooses that, so a look at each is all."""
    count = 0
    for item in texts.values():
        if isinstance(item, list):
            count += sum(not isinstance(text, str) for text in item)
        elif not isinstance(item, str):
            count += 1
    return count


def refuse_body(violations: list[Violation], count: int | None = None) -> Refusal:
    """The Refusal of a body with these faults; `count`: how many there are, if not all of them are listed."""
    return Refusal(400, "invalid-body", summarise(violations, "the request body", count), violations, count=count)


def refuse_string(name: str) -> Refusal:
    """The Refusal of a body whose long member `name` is not a string."""
    message = (
        f'the request body is not JSON: the text of "{name}" is not a string (an escape that does not exist, a control'
        " character, or a byte that is not UTF-8)"
    )
    violation = Violation(location="body", pointer=f"/{name}", rule="syntax", message=message)
    return Refusal(400, "malformed-json", message, [violation])


def _refuse_long(name: str, *, is_listed: bool) -> Refusal:
    """The Refusal of a body that is long by anything else than one text, or its rules."""
    size = f"{LONG_BYTES >> 10} KiB"
    ways = []
    if name:
        ways.append(
            f"by the text of {quote(name)}: one string, which ends, begins in the first {HEAD_BYTES >> 10} KiB,"
            f" and leaves at most {size} for all else"
        )
    if is_listed:
        ways.append(
            f"by its {LISTED}: one list, in a body of at most {MOST_LIST_BYTES >> 20} MiB, of which all else has {size}"
        )
    message = f"a request body of {size} or more has to be that long {', or '.join(ways)}"
    violation = Violation(location="body", pointer="", rule="maxLength", message=message)
    return Refusal(413, "body-too-large", message, [violation])


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


def _malformed(body: bytes, error: Exception, *, is_shortened: bool = False) -> Refusal:
    """The Refusal of a body that is not JSON text; in one that is shortened, places are not those of what was sent."""
    rule, reason, offset = _find_fault(body, error)
    where = ""
    if offset is not None and not is_shortened:
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
    value: object = None
    try:
        text = body.decode()
        if len(body) < LONG_BYTES:  # its reasons are the better ones, and take their time
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
    if located is None and len(body) >= LONG_BYTES and "truncated" in str(error):
        return "syntax", "it is cut short", len(body)
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
