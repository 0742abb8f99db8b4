"""The head of a request, read by llhttp (httptools), and held to what llhttp lets pass and RFC 9112 does not.

What comes out is beyond doubt: one way to read the target, one way to tell where the body ends, one Host. A head that
has two, or none, is refused (BadHead): who reads it otherwise, a proxy in between, could be made to see other requests.
Where two readings of a rule exist, the stricter one holds. docs/http.md lists the cases.
"""

import re

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct

from mockwave._fast_lane import HEADER_LIMIT
from mockwave._reply_head import ENDS, STAYS_OPEN, STAYS_OPEN_AS_ASKED
from mockwave._request_head import TARGET_LIMIT_BYTES

Headers = list[tuple[bytes, bytes]]

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00- \x7f]+) HTTP/([0-9]\.[0-9])\r\n")
STAND_IN_METHOD = b"POST"
"""What llhttp is told for a method that it does not know."""

ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)
_HOST = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,;=:%\[\]]*")


class BadHead(Exception):
    """A head that is refused, with the status and the reason that the client is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Head(Struct):
    """A request as its head has it; `headers` with names in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: Headers
    persistence: int
    is_old: bool
    """Of HTTP/1.0, which knows no chunks."""
    """What the answer says about the connection (cext/serving/reply_head.pxd)."""
    content_length: int
    chunks: "ChunkedBody | None"
    """What reads the body, where it is chunked."""
    expects_continue: bool


def read_head(head: bytes) -> Head:
    """The request that these bytes are the head of, from the first of its method to its empty line. Raises BadHead."""
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise BadHead(400, "the request line is not a method, a target and HTTP/1.1 with one space between")
    if line[3] not in (b"1.1", b"1.0"):
        raise BadHead(505, f"HTTP/{line[3].decode()} is not spoken here; send HTTP/1.1")
    if len(line[2]) > TARGET_LIMIT_BYTES:
        raise BadHead(414, f"the request target exceeds {TARGET_LIMIT_BYTES} bytes; make it shorter")
    if not line[2].isascii():
        raise BadHead(400, "the request target holds bytes over 127; escape each with % and two digits")
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
        raise BadHead(501, "the only Transfer-Encoding understood is chunked")
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
    """What llhttp tells of a message, as httptools calls it."""

    def __init__(self) -> None:
        self.headers: Headers = []
        self.pieces: list[bytes] = []
        self.has_head = False
        self.is_complete = False
        self.messages = 0

    def on_message_begin(self) -> None:
        self.messages += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:  # else it is a trailer, which is dropped (RFC 9110 §6.5.1)
            self.headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.is_complete = True


class ChunkedBody:
    """Takes a chunked body out of what a client sends (RFC 9112 §7.1), by the parser that has read its head.

    A chunked body ends with an empty line. So the parser is given bytes up to each empty line and no more, and where
    the message is complete, what comes after is another's.
    """

    MAX_FRAMING_BYTES = 131_072
    MAX_FRAMING_FACTOR = 64
    """Chunk sizes, extensions and trailers, over what the body itself has: so many bytes, and so many for each byte."""

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
        """The pieces of the body in `data`, and how many bytes of it were taken. Raises HttpParserError."""
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
            raise HttpParserError("more bytes of chunk sizes, extensions and trailers than are taken")
        return pieces, at

    def _end_of_line_after(self, data: bytes, at: int) -> int:
        """Where the next empty line ends, which may have begun in bytes taken before; else the end."""
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
        # llhttp knows a list of methods; a mock may have any (RFC 9110 §9.1), and nothing else of a head depends on it.
        return _parse(STAND_IN_METHOD + head[head.index(b" ") :])
    except HttpParserUpgrade:
        if parser.get_method() == b"CONNECT":
            raise BadHead(501, "CONNECT is for proxies; this is none") from None
        # A request to change the protocol may be ignored (RFC 9110 §7.8): read as one without.
        return _parse(re.sub(rb"(?i)\r\nupgrade:[^\r\n]*", b"", head))
    except HttpParserError as fault:
        raise BadHead(400, f"the request head is malformed: {fault}") from None
    # It was given a head and nothing more: whatever it took for a body was not meant as one.
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
    """RFC 9112 §9.3, all Connection headers taken as one list."""
    options = [option.strip(b" \t") for option in b",".join(_values(headers, b"connection")).lower().split(b",")]
    if b"close" in options:
        return ENDS
    if not is_old:
        return STAYS_OPEN
    return STAYS_OPEN_AS_ASKED if b"keep-alive" in options else ENDS


def _split_target(method: bytes, target: bytes, headers: Headers) -> tuple[bytes, bytes]:
    """Path and query of the target (RFC 9112 §3.2); that of an absolute one has the last word on Host."""
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
