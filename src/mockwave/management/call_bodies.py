"""Request bodies: from JSON text (RFC 8259) to one of the contract's structs, or a Refusal that says what is wrong, and
where.

msgspec decodes straight into the struct and stops at the first fault; only then is the body read again, to find every
fault (`body_fields.py`) and the line and column of broken syntax (`malformed_bodies.py`). Only one text may make a body
long, a specification or a route's body, or its rules; the rest is bounded, since it is read in one go. An integral
number such as `200.0` is an integer, as in JSON Schema.
"""

import re
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct

from mockwave.management.body_fields import LISTED, BodyField, Faults
from mockwave.management.exchange import ManagementRequest
from mockwave.management.long_lists import FEWEST_BYTES, MOST_LIST_BYTES, TooManyValues, take_long_list
from mockwave.management.long_objects import make_member_decoder
from mockwave.management.long_strings import read_string
from mockwave.management.long_texts import HEAD_BYTES, LONG_BYTES, LongText, are_long, take_long_text
from mockwave.management.malformed_bodies import refuse_malformed
from mockwave.model import MOST_RULES, Violation
from mockwave.pauses import Pauses
from mockwave.pointers import escape_token
from mockwave.problems import MAXIMUM_SHOWN_ERRORS, Refusal
from mockwave.quoting import name_type, quote, summarise
from mockwave.reading.source_texts import NotAString, SourceText
from mockwave.rules.rule_sizes import refuse_size

EXPLAINED_BYTES = 8 << 20
"""The size up to which a body that is long for another reason is searched for faults, which may be the cause."""

_LISTED_NAME = b'"%b"' % LISTED.encode()
"""Spelt with escapes it is not found; such a body is decoded in one go."""

Body = TypeVar("Body", bound=Struct)

_IS_JSON = re.compile(rb"\s*application/(?:[a-z0-9!#$&^_.-]+\+)?json\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)


class BodyDecoder(Generic[Body]):
    """Decodes request bodies into one struct type; made once, at load."""

    def __init__(self, body_type: type[Body]) -> None:
        self._type = body_type
        self._decoder = msgspec.json.Decoder(body_type)
        self._fields = [BodyField(field) for field in msgspec.structs.fields(body_type)]
        self._decode_members = make_member_decoder([field.name for field in self._fields])
        self._is_listed = any(field.name == LISTED for field in self._fields)

    def decode(self, request: ManagementRequest) -> Body:
        """Decodes the request's body. Raises Refusal: 415 for another media type, 400 for a body that does not fit."""
        _refuse_media_type(request)
        return self._decode_text(request.body)

    async def decode_list(self, request: ManagementRequest, pauses: Pauses) -> Body:
        """As `decode`. If its rules make a body long, other requests are let in meanwhile, and rules stay JSON text."""
        decoded, _ = await self._decode_around(request, "", pauses)
        return decoded

    async def decode_long(
        self, request: ManagementRequest, name: str, pauses: Pauses
    ) -> tuple[Body, SourceText | None]:
        """Like `decode`, and also returns the text of the member `name` if it is present. If that member makes the body
        long, other requests are let in meanwhile, the member becomes a token, and its text is not checked to be a JSON
        string.
        """
        decoded, taken = await self._decode_around(request, name, pauses)
        if taken is not None:
            return decoded, taken.source
        text = getattr(decoded, name)
        return decoded, None if text is UNSET else SourceText.of(text)

    async def decode_text(self, request: ManagementRequest, name: str, pauses: Pauses) -> tuple[Body, bytes]:
        """Like `decode`, and also returns the text of the member `name` in UTF-8, `b""` if it is missing. If that
        member makes the body long, other requests are let in meanwhile, and the member becomes a token."""
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
        """Decodes the body and its long text, with a token in its place; None if it is not long. Also raises Refusal if
        anything else makes it long, which would be decoded in one go."""
        _refuse_media_type(request)
        if not are_long(request.chunks):
            listed = await self._decode_around_list(request, pauses) if self._may_have_list(request) else None
            return self._decode_text(request.body) if listed is None else listed, None
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

    def _may_have_list(self, request: ManagementRequest) -> bool:
        """Whether the body may be so long by its list that decoding it takes a while."""
        return self._is_listed and sum(map(len, request.chunks)) >= FEWEST_BYTES and _LISTED_NAME in request.body

    async def _decode_around_list(self, request: ManagementRequest, pauses: Pauses) -> Body | None:
        """The body, if it is long by its list alone. Raises Refusal."""
        try:
            taken = await take_long_list(request.chunks, LISTED, MOST_RULES, self._decode_members, pauses)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refuse_malformed(request.body, error) from error
        except TooManyValues as found:
            message = refuse_size(f"{LISTED}[{found.index}]")
            pointer = f"/{LISTED}/{found.index}"
            raise refuse_body([Violation(location="body", pointer=pointer, rule="size", message=message)]) from None
        if taken is None:
            return None
        if len(taken.items) > MOST_RULES:
            message = f"{LISTED}: expected at most {MOST_RULES} rules, got more"
            raise refuse_body([Violation(location="body", pointer=f"/{LISTED}", rule="maxItems", message=message)])
        decoded = self._decode_text(taken.body, is_shortened=True)
        return msgspec.structs.replace(decoded, **{LISTED: taken.items})

    async def _refuse_faults(self, body: bytes, name: str, pauses: Pauses) -> None:
        """Raises Refusal with the faults of a body that is long apart from the text `name`, if it has any."""
        given: dict[str, msgspec.Raw] | None = None
        try:
            body.decode()
            try:
                given = self._decode_members(body)
            except msgspec.ValidationError:  # it is not an object, and may be anything
                msgspec.json.decode(body, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refuse_malformed(body, error) from error
        if given is None:
            return
        await pauses.let_others_run()
        found = [await field.find_long_faults(given, pauses) for field in self._fields]
        too_long = [field.refuse_length() for field in self._fields if field.name != name and field.is_long_in(given)]
        _refuse_found(found)
        _refuse_found([Faults(too_long, len(too_long))])

    def _decode_text(self, body: bytes, *, is_shortened: bool = False) -> Body:
        try:
            # msgspec skips the text of unknown fields without checking its encoding.
            if not body.isascii():
                body.decode()
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            return self._decode_slowly(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refuse_malformed(body, error, is_shortened=is_shortened) from error

    def _decode_slowly(self, body: bytes) -> Body:
        """Reads the body again, field by field, to find all of its faults."""
        try:
            value = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise refuse_malformed(body, error) from error
        if not isinstance(value, dict):
            raise refuse_body([Violation(location="body", pointer="", rule="type", message=_not_an_object(value))])
        found = [field.find_faults(value) for field in self._fields]
        if self._type.__struct_config__.forbid_unknown_fields:
            found.append(self._find_unknown(value))
        _refuse_found(found)
        return msgspec.convert(value, self._type)

    def _find_unknown(self, body: dict[str, Any]) -> Faults:
        """The members that a body may not have."""
        known = [field.name for field in self._fields]
        unknown = [name for name in body if name not in known]
        listed = [
            Violation(
                location="body",
                pointer=f"/{escape_token(name)}",
                rule="unknown",
                message=f"{quote(name)}: is unknown here; known are {', '.join(known)}",
            )
            for name in unknown[:MAXIMUM_SHOWN_ERRORS]
        ]
        return Faults(listed, len(unknown))


def _refuse_found(found: list[Faults]) -> None:
    count = sum(faults.total for faults in found)
    if count:
        raise refuse_body([violation for faults in found for violation in faults.listed], count)


def refuse_body(violations: list[Violation], count: int | None = None) -> Refusal:
    """The Refusal of a body with these faults; `count` is their number, if not all of them are listed."""
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
    """The Refusal of a body that is long for another reason than one text or its rules."""
    size = f"{LONG_BYTES >> 10} KiB"
    ways = []
    if name:
        ways.append(
            f"of the text of {quote(name)}: one string, which ends, begins in the first {HEAD_BYTES >> 10} KiB, and"
            f" leaves at most {size} for everything else"
        )
    if is_listed:
        most = f"{MOST_LIST_BYTES >> 20} MiB"
        ways.append(f"of its {LISTED}: one list, in a body of at most {most}, of which everything else has {size}")
    message = f"a request body of {size} or more may be that long only because {', or '.join(ways)}"
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


def _not_an_object(value: object) -> str:
    return f"the request body: expected an object, got {name_type(value)}"
