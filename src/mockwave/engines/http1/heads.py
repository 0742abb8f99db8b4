"""The head of a request, read by llhttp (httptools), with further checks where llhttp is laxer than RFC 9112.

The result is beyond doubt: there is one way to read the target, one way to find the end of the body, one Host. A head
with two ways, or none, is refused (BadHead): a proxy that reads it differently could be made to see other requests. If
a rule has two readings, the stricter one holds. docs/http.md lists the cases.
"""

import re

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct

from mockwave._fast_lane import HEADER_LIMIT
from mockwave._reply_head import ENDS, STAYS_OPEN, STAYS_OPEN_AS_ASKED
from mockwave._request_head import TARGET_LIMIT_BYTES
from mockwave.http_grammar import TOKEN

Headers = list[tuple[bytes, bytes]]

_REQUEST_LINE = re.compile(rb"(%b) ([^\x00- \x7f]+) HTTP/([0-9]\.[0-9])\r\n" % TOKEN.encode())
STAND_IN_METHOD = b"POST"
"""Stands in for a method that llhttp does not know."""

ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)
_HOST = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,;=:%\[\]]*")


class BadHead(Exception):
    """A refused head, with the status and the reason for the client."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Head(Struct):
    """The head of a request; names in `headers` are in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: Headers
    persistence: int
    is_old: bool
    """Whether it is HTTP/1.0, which has no chunks."""
    """The Connection header of the answer (cext/serving/reply_head.pxd)."""
    content_length: int
    chunks: "ChunkedBody | None"
    """The reader of a chunked body."""
    expects_continue: bool


def read_head(head: bytes) -> Head:
    """Reads a head, from the first byte of its method to its empty line. Raises BadHead."""
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise BadHead(400, "the request line is not a method, a target and HTTP/1.1 with one space between")
    if line[3] not in (b"1.1", b"1.0"):
        raise BadHead(505, f"HTTP/{line[3].decode()} is not spoken here; send HTTP/1.1")
    if len(line[2]) > TARGET_LIMIT_BYTES:
        raise BadHead(414, f"the request target exceeds {TARGET_LIMIT_BYTES} bytes; make it shorter")
    if not line[2].isascii():
        raise BadHead(400, "the request target has bytes over 127; escape each with % and two digits")
    parsed, parser = _parse(head)
    headers = parsed.headers
    if len(headers) > HEADER_LIMIT:
        raise BadHead(431, f"the request has {len(headers)} header lines; send at most {HEADER_LIMIT}")
    is_old = line[3] == b"1.0"
    _check_host(headers, is_old)
    coding = _values(headers, b"transfer-encoding")
    if coding and is_old:
        raise BadHead(400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length")
    if coding and b",".join(coding).lower() != b"chunked":
        raise BadHead(501, "the only supported Transfer-Encoding is chunked")
    path, query = _split_target(line[1], line[2], headers)
    return Head(
        method=line[1].decode("ascii"),
        path=path,
        query=query,
        headers=headers,
        persistence=_persistence(headers, is_old),
        is_old=is_old,
        content_length=int(next(iter(_values(headers, b"content-length")), b"0")),
        chunks=ChunkedBody(parsed, parser) if coding else None,
        expects_continue=not is_old and _values(headers, b"expect") == [b"100-continue"],
    )


class _Parsed:
    """Collects what llhttp finds in a message, through httptools' callbacks."""

    def __init__(self) -> None:
        self.headers: Headers = []
        self.pieces: list[bytes] = []
        self.has_head = False
        self.is_complete = False
        self.messages = 0

    def on_message_begin(self) -> None:
        self.messages += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:  # later ones are trailers, which are dropped (RFC 9110 §6.5.1)
            self.headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.is_complete = True


class ChunkedBody:
    """Decodes a chunked body (RFC 9112 §7.1), with the parser that has read its head.

    A chunked body ends with an empty line. So the parser gets bytes only up to each empty line, and once the message is
    complete, the following bytes belong to the next request.
    """

    MAX_FRAMING_BYTES = 131_072
    MAX_FRAMING_FACTOR = 64
    """Allowance for chunk sizes, extensions and trailers: this many bytes, plus this many for each byte of the body."""

    def __init__(self, parsed: _Parsed, parser: HttpRequestParser) -> None:
        self._parsed = parsed
        self._parser = parser
        self._last = b""
        self._taken_bytes = 0
        self._body_bytes = 0

    @property
    def is_complete(self) -> bool:
        return self._parsed.is_complete

    def take(self, data: bytes) -> tuple[list[bytes], int]:
        """Returns the pieces of the body in `data`, and how many bytes of it were taken. Raises HttpParserError."""
        view = memoryview(data)
        at = 0
        while at < len(data) and not self._parsed.is_complete:
            end = self._end_of_line_after(data, at)
            self._parser.feed_data(view[at:end])
            self._last = (self._last + data[max(at, end - 3) : end])[-3:]
            at = end
        pieces, self._parsed.pieces = self._parsed.pieces, []
        self._taken_bytes += at
        self._body_bytes += sum(map(len, pieces))
        framing_bytes = self._taken_bytes - self._body_bytes
        if self._parsed.messages > 1:
            raise HttpParserError("a body that ends in the middle of a line")
        if framing_bytes > self.MAX_FRAMING_BYTES + self.MAX_FRAMING_FACTOR * self._body_bytes:
            raise HttpParserError("too many bytes of chunk sizes, extensions and trailers")
        return pieces, at

    def _end_of_line_after(self, data: bytes, at: int) -> int:
        """The end of the next empty line, which may have begun in earlier bytes; else the end of the data."""
        crossing = (self._last + data[at : at + 3]).find(b"\r\n\r\n")
        if crossing >= 0:
            return at + crossing + 4 - len(self._last)
        found = data.find(b"\r\n\r\n", at)
        return len(data) if found < 0 else found + 4


def _parse(head: bytes) -> tuple[_Parsed, HttpRequestParser]:
    parsed = _Parsed()
    parser = HttpRequestParser(parsed)
    try:
        parser.feed_data(head)
    except HttpParserInvalidMethodError:
        # llhttp knows a fixed list of methods; a mock may have any (RFC 9110 §9.1), and nothing else in a head depends
        # on it.
        return _parse(STAND_IN_METHOD + head[head.index(b" ") :])
    except HttpParserUpgrade:
        if parser.get_method() == b"CONNECT":
            raise BadHead(501, "CONNECT is for proxies; this is not one") from None
        # A request to change the protocol may be ignored (RFC 9110 §7.8), so it is read without one.
        return _parse(re.sub(rb"(?i)\r\nupgrade:[^\r\n]*", b"", head))
    except HttpParserError as fault:
        raise BadHead(400, f"the request head is malformed: {fault}") from None
    # It got only a head, so anything that it took for a body is not one.
    if not parsed.has_head or parsed.messages != 1 or parsed.pieces:
        raise BadHead(400, "the request head is malformed: it ends before its empty line")
    return parsed, parser


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for known, value in headers if known == name]


def _check_host(headers: Headers, is_old: bool) -> None:
    """RFC 9112 §3.2."""
    hosts = _values(headers, b"host")
    if len(hosts) != 1 and not (is_old and not hosts):
        raise BadHead(400, f"the request has {len(hosts)} Host headers; send one")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise BadHead(400, "the Host header is not a host with a port")


def _persistence(headers: Headers, is_old: bool) -> int:
    """Decides by RFC 9112 §9.3, with all Connection headers as one list."""
    options = [option.strip(b" \t") for option in b",".join(_values(headers, b"connection")).lower().split(b",")]
    if b"close" in options:
        return ENDS
    if not is_old:
        return STAYS_OPEN
    return STAYS_OPEN_AS_ASKED if b"keep-alive" in options else ENDS


def _split_target(method: bytes, target: bytes, headers: Headers) -> tuple[bytes, bytes]:
    """Returns path and query of the target (RFC 9112 §3.2); the host of an absolute target overrides Host."""
    if b"#" in target:
        raise BadHead(400, "the request target has a fragment; what is after # stays with the client")
    absolute = ABSOLUTE.match(target)
    if absolute is not None:
        _replace_host(headers, absolute[1])
        target = target[absolute.end() :]
        target = target if target.startswith(b"/") else b"/" + target
    elif not target.startswith(b"/") and not (method == b"OPTIONS" and target == b"*"):
        raise BadHead(400, "the request target is not a path that begins with a slash")
    path, _, query = target.partition(b"?")
    return path, query


def _replace_host(headers: Headers, authority: bytes) -> None:
    if not _HOST.fullmatch(authority) or not authority:
        raise BadHead(400, "the request target names no host")
    headers[:] = [(name, authority if name == b"host" else value) for name, value in headers]
