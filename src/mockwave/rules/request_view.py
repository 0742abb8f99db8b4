"""A request as conditions, templates and keys see it: each part is read at first use, and once.

A view is made on the way of a request to a mock, or of an entry of the log, which may have no body. What takes long is
bounded by steps that all conditions on one request share. A body is looked at with its content codings undone; the log
keeps what came.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import msgspec
from msgspec import Struct

from mockwave.bodies.content_codings import (
    MAXIMUM_UNPACKED_BYTES,
    CannotUnpack,
    TooLongUnpacked,
    read_codings,
    unpack,
)
from mockwave.bodies.media_types import essence_of
from mockwave.bodies.syntaxes import FORM_TYPE
from mockwave.rules.step_budget import Steps
from mockwave.rules.xml_texts import NotXml, parse_xml
from mockwave.validation.check_limits import BODY_BYTES_ON_LOOP, TooLongForLoop
from mockwave.validation.forms import FormError, read_boundary
from mockwave.validation.parameters import bare_cookie, decode_value, read_cookies, read_query
from mockwave.validation.styles import unescape_form

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

LONG_CHARACTERS: Final = 1_000
MANY_VALUES: Final = 50
"""To ask an operator about longer texts, or more, takes steps."""
SEARCH_STEPS: Final = 300
SEARCHED_PER_STEP: Final = 20
"""Characters of a header in which a cookie is searched for."""

_decode_json = msgspec.json.Decoder().decode
_NO_PARAMETERS: Final[Mapping[str, str]] = {}
_UNREAD: Final = object()


class NotJson(ValueError):
    """The text is not JSON; the message says where it stops being JSON."""


class Part(Struct, frozen=True):
    """One part of a multipart form; `headers` by names in lower case."""

    name: str
    file_name: str | None
    headers: dict[str, list[str]]
    content: bytes

    @property
    def text(self) -> str:
        return decode_value(self.content)


class RequestView:
    """One request: `path` and `query` as sent, header names in lower case; `body` is None if it was not kept."""

    is_cut = False
    """Whether `body` is only the beginning of the body."""

    # Read at first use. There are no slots, since most requests never use most of these.
    _steps: Steps | None = None
    _raw_headers: Mapping[bytes, bytes | list[bytes]] | None = None
    _header_values: dict[str, list[str]] | None = None
    _query_values: dict[str, list[str]] | None = None
    _cookies: dict[str, str] | None = None
    _content: bytes | None = None
    _form: dict[str, list[str]] | None = None
    _multipart: list[Part] | None = None
    _text: str | None = None
    _json: Any = _UNREAD
    _xml: Element | NotXml | None = None
    _path_text: str | None = None
    _path_segments: list[str] | None = None

    def __init__(
        self,
        *,
        method: str,
        path: bytes,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes | None,
        client: str = "",
        path_parameters: Mapping[str, str] = _NO_PARAMETERS,
        request_id: str = "",
        is_on_loop: bool = False,
    ) -> None:
        """With `is_on_loop`, a condition that takes long raises TooLongForLoop, and is evaluated again with another
        view."""
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
        self.path_parameters = path_parameters
        self.request_id = request_id
        self.is_on_loop = is_on_loop

    @property
    def steps(self) -> Steps:
        """The steps that all conditions on this request have left."""
        found = self._steps
        if found is None:
            found = self._steps = Steps(is_on_loop=self.is_on_loop)
        return found

    def of_part(self, part: Part) -> "RequestView":
        """A view whose body is that of `part`; it shares the steps."""
        inner = RequestView(
            method=self.method,
            path=self.path,
            query=self.query,
            headers=[(name.encode(), value.encode()) for name, values in part.headers.items() for value in values],
            body=part.content,
            is_on_loop=self.is_on_loop,
        )
        inner._steps = self.steps
        inner._content = part.content
        return inner

    def find_header(self, name: bytes) -> bytes | list[bytes] | None:
        """The value of the header `name` (lower case); its values if it is repeated."""
        raw = self._raw_headers
        if raw is None:
            raw = self._raw_headers = _group_headers(self.headers)
        return raw.get(name)

    def values_of_header(self, name: bytes) -> list[str]:
        """The values of the header `name` (lower case); none if it is missing."""
        found = self.find_header(name)
        if found is None:
            return []
        return [decode_value(found)] if isinstance(found, bytes) else [decode_value(value) for value in found]

    @property
    def header_values(self) -> dict[str, list[str]]:
        """The values of all headers, by name in lower case."""
        found = self._header_values
        if found is None:
            found = self._header_values = {}
            for name, value in self.headers:
                found.setdefault(name.decode("latin-1"), []).append(decode_value(value))
        return found

    @property
    def query_values(self) -> dict[str, list[str]]:
        found = self._query_values
        if found is None:
            found = self._query_values = _group_pairs(self.query)
        return found

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies; of two with one name the first counts, which has the nearest path (RFC 6265 §5.4)."""
        found = self._cookies
        if found is None:
            found = self._cookies = {}
            for name, value in read_cookies(self.headers):
                found.setdefault(name, value)
        return found

    def find_cookie(self, name: str) -> str | None:
        """The value of one cookie; None if there is none. A long header is searched for it, as to read all of its
        cookies takes ten times as long. Raises TooLongForLoop."""
        if self._cookies is None:
            values = [value for header, value in self.headers if header == b"cookie"]
            size = sum(map(len, values))
            if size > LONG_CHARACTERS:
                if self.is_on_loop:
                    self.steps.spend(SEARCH_STEPS + size // SEARCHED_PER_STEP)
                return _find_cookie(values, name)
        return self.cookies.get(name)

    @property
    def media_type(self) -> str:
        """The body's media type, with its parameters; "" if none is sent."""
        values = self.values_of_header(b"content-type")
        return values[0] if values else ""

    @property
    def content(self) -> bytes:
        """Returns the body with its content codings undone; b"" if it was not kept, and unchanged if they cannot be
        undone. Raises TooLongForLoop."""
        found = self._content
        if found is None:
            self.count_content(BODY_BYTES_ON_LOOP if self.is_on_loop else MAXIMUM_UNPACKED_BYTES)
            found = self._content
            if found is None:  # it is longer, unpacked
                if self.is_on_loop:
                    raise TooLongForLoop
                found = self._content = self.body or b""
        return found

    def count_content(self, most: int) -> int:
        """Returns the bytes of the body with its content codings undone; more than `most` if it is longer, which does
        not take unpacking all of it."""
        if self._content is None:
            body = self.body or b""
            codings = self._read_codings() if body else ()
            if codings:
                try:
                    body = unpack(body, codings, most)
                except TooLongUnpacked:
                    return most + 1
                except CannotUnpack:
                    pass
            self._content = body
        return len(self._content)

    def _read_codings(self) -> Sequence[str]:
        # Hardly any request has a coding, and a look at each name costs less than a table of headers by name.
        for name, _ in self.headers:
            if name == b"content-encoding":
                return read_codings(", ".join(self.values_of_header(name)))
        return ()

    @property
    def form(self) -> dict[str, list[str]]:
        """The fields of a form: urlencoded, or those of a multipart one that are not files."""
        found = self._form
        if found is None:
            essence = essence_of(self.media_type)
            if essence == FORM_TYPE:
                found = _group_pairs(self.content)
            else:
                found = {}
                for part in self.multipart:
                    if part.file_name is None:
                        found.setdefault(part.name, []).append(part.text)
            self._form = found
        return found

    @property
    def multipart(self) -> list[Part]:
        """The parts of a multipart form; none if the body is not one."""
        found = self._multipart
        if found is None:
            found = self._multipart = self._read_parts()
        return found

    @property
    def text(self) -> str:
        """The body as text; "" if it was not kept."""
        found = self._text
        if found is None:
            found = self._text = decode_value(self.content)
        return found

    @property
    def json(self) -> Any:
        """The body as JSON. Raises NotJson."""
        found = self._json
        if found is _UNREAD:
            try:
                found = read_json(self.content)
            except NotJson as error:
                found = error
            self._json = found
        if isinstance(found, NotJson):
            raise found
        return found

    @property
    def xml(self) -> Element:
        """The body's root element. Raises NotXml."""
        found = self._xml
        if found is None:
            try:
                found = parse_xml(self.content)
            except NotXml as error:
                found = error
            self._xml = found
        if isinstance(found, NotXml):
            raise found
        return found

    @property
    def path_text(self) -> str:
        """The path with its escapes decoded."""
        found = self._path_text
        if found is None:
            found = self._path_text = unquote(self.path.decode("latin-1"), errors="replace")
        return found

    @property
    def path_segments(self) -> list[str]:
        """The segments of the path, each decoded separately."""
        found = self._path_segments
        if found is None:
            raw = self.path.decode("latin-1").removeprefix("/")
            found = self._path_segments = [unquote(part, errors="replace") for part in raw.split("/")] if raw else []
        return found

    def _read_parts(self) -> list[Part]:
        media_type = self.media_type
        if not essence_of(media_type).startswith("multipart/") or not self.content:
            return []
        boundary = read_boundary(media_type)
        if not boundary:
            return []
        try:
            return read_parts(self.content, boundary)
        except FormError:
            return []


def _find_cookie(values: Sequence[bytes], name: str) -> str | None:
    if "=" in name or ";" in name or name[:1].isspace():
        return None
    pattern = _compile_cookie(name)
    for value in values:
        found = pattern.search(";" + decode_value(value))
        if found is not None:
            return bare_cookie(found[1])
    return None


@lru_cache(maxsize=256)
def _compile_cookie(name: str) -> re.Pattern[str]:
    return re.compile(rf";\s*+{re.escape(name)}=([^;]*)")


def read_json(content: bytes | str) -> Any:
    """The value of a JSON text. Raises NotJson."""
    if isinstance(content, bytes):
        content = content.removeprefix(BYTE_ORDER_MARK)
    try:
        return _decode_json(content)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def _group_headers(headers: Sequence[tuple[bytes, bytes]]) -> Mapping[bytes, bytes | list[bytes]]:
    """Values by name, with lists for repeated ones. Hardly any are repeated, and without them this is one call."""
    single: dict[bytes, bytes | list[bytes]] = dict(headers)
    if len(single) < len(headers):
        grouped: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            grouped.setdefault(name, []).append(value)
        return dict(grouped)
    return single


def _group_pairs(query: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if query:
        for name, value in read_query(query):
            text = unescape_form(value) if "%" in value or "+" in value else value
            found.setdefault(name, []).append(text)
    return found


def read_parts(body: bytes, boundary: str) -> list[Part]:
    """The parts of a multipart body. Raises FormError."""
    # Imported here: it takes 25 ms, which only workers with a rule on multipart forms should pay.
    from multipart import MultipartError, MultipartSegment, PushMultipartParser  # type: ignore[import-untyped]

    parts: list[Part] = []
    segment: Any = None
    pieces: list[bytes] = []
    try:
        with PushMultipartParser(boundary, content_length=len(body), max_segment_count=len(body)) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, pieces = event, []
                elif event:
                    pieces.append(bytes(event))
                else:
                    headers: dict[str, list[str]] = {}
                    for name, value in segment.headerlist:
                        headers.setdefault(name.lower(), []).append(value)
                    parts.append(Part(segment.name or "", segment.filename, headers, b"".join(pieces)))
    except MultipartError as error:
        raise FormError(str(error)) from error
    return parts
