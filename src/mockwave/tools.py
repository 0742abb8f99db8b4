"""Utility endpoints below /tools: answers that the request itself describes, without a mock server. They are not
logged.

    /tools/status/404[/reason]       that status, 200 to 999
    /tools/delay/1500                answers after that many milliseconds, at most a minute; 200 without a number
    /tools/echo                      the body of the request, at most 1 MiB
    /tools/headers  cookies  ip      what was sent, as JSON
    /tools/redirect/302/3[?to=…]     three redirects, at most 100, then to `to` or to a 200
    /tools/stream/10                 that many lines, each in a separate chunk; at most 100
    /tools/gzip                      what was sent, as JSON, compressed

They take any method. Pages of other sites may read the answers. A browser does not run an echoed body: no script in it
has the origin of this server. The login secret of the Insomnia app is not shown.
"""

import gzip
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote_to_bytes

import msgspec
from msgspec import Struct

from mockwave._responder import Reply
from mockwave.problems import STATUS_TEXTS, Refusal
from mockwave.quoting import quote
from mockwave.streamed_replies import StreamedReply

PREFIX: Final = b"/tools/"
MAXIMUM_DELAY_MS: Final = 60_000
USUAL_DELAY_MS: Final = 200
MAXIMUM_ECHO_BYTES: Final = 1 << 20
MAXIMUM_REDIRECTS: Final = 100
MAXIMUM_CHUNKS: Final = 100
USUAL_CHUNKS: Final = 10
MAXIMUM_TARGET_CHARACTERS: Final = 8_192
STATUSES: Final = range(200, 1000)
REDIRECTS: Final = (301, 302, 303, 307, 308)
BODILESS: Final = (204, 205, 304)
HIDDEN_HEADERS: Final = (b"x-session-id",)

JSON: Final = (b"content-type", b"application/json")
TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
OPEN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
    (b"cache-control", b"no-store"),
)
INERT: Final = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
_TARGET: Final = re.compile(r"[\x21-\x7e]+")

Headers = tuple[tuple[bytes, bytes], ...]
ReadContent = Callable[[int], Awaitable[bytes]]
"""Reads the body, which may have this many bytes. Raises Refusal."""


class ToolRequest(Struct, frozen=True, kw_only=True):
    """A request to a tool: `base` is the part of its path before /tools, `path` the part after it."""

    method: str
    base: bytes
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    client: str
    read_content: ReadContent


Tool = Callable[[ToolRequest, list[str]], Awaitable[Reply]]


async def answer_tool(request: ToolRequest) -> Reply:
    """The Reply to a request to a tool. Raises Refusal."""
    name, *arguments = [unquote_to_bytes(part).decode(errors="replace") for part in request.path.split(b"/")]
    tool = TOOLS.get(name)
    if tool is None or len(arguments) > tool[1]:
        raise Refusal(404, "unknown-tool", f"there is no tool at {quote('/tools/' + name)}; {WHAT_THERE_IS}")
    if request.method == "OPTIONS":
        return Reply(204, answer_preflight(request), b"")
    return await tool[0](request, [each for each in arguments if each])


def answer_preflight(request: ToolRequest) -> Headers:
    asked = [value for name, value in request.headers if name == b"access-control-request-method"]
    allowed = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    headers: Headers = ((b"allow", allowed), *OPEN)
    if asked:
        headers += ((b"access-control-allow-methods", allowed), (b"access-control-allow-headers", b"*"))
    return headers


async def answer_status(request: ToolRequest, arguments: list[str]) -> Reply:
    status = read_number(arguments, "status", STATUSES[0], STATUSES[-1], 200)
    reason = "".join(arguments[1:]) or STATUS_TEXTS.get(status, "")
    body = b"" if status in BODILESS else msgspec.json.encode({"status": status, "reason": reason})
    return Reply(status, (JSON, *OPEN) if body else OPEN, body)


async def answer_later(request: ToolRequest, arguments: list[str]) -> Reply:
    delay_ms = read_number(arguments, "delay in milliseconds", 0, MAXIMUM_DELAY_MS, USUAL_DELAY_MS)
    return Reply(200, (JSON, *OPEN), msgspec.json.encode({"delay": delay_ms}), delay_ms=delay_ms)


async def echo(request: ToolRequest, arguments: list[str]) -> Reply:
    content = await request.read_content(MAXIMUM_ECHO_BYTES)
    given = [value for name, value in request.headers if name == b"content-type"]
    content_type = (b"content-type", given[0]) if given else TEXT
    return Reply(200, (content_type, *INERT, *OPEN), content)


async def show_headers(request: ToolRequest, arguments: list[str]) -> Reply:
    return answer_json({"headers": headers_of(request)})


async def show_cookies(request: ToolRequest, arguments: list[str]) -> Reply:
    pairs = [
        part.strip().partition("=")
        for name, value in request.headers
        if name == b"cookie"
        for part in value.decode("latin-1").split(";")
    ]
    return answer_json({"cookies": {name: value for name, equals, value in pairs if equals}})


async def show_address(request: ToolRequest, arguments: list[str]) -> Reply:
    return answer_json({"ip": request.client})


async def redirect(request: ToolRequest, arguments: list[str]) -> Reply:
    status = read_number(arguments, "status of a redirect", REDIRECTS[0], REDIRECTS[-1], 302)
    if status not in REDIRECTS:
        raise refuse(f"status of a redirect: expected one of {', '.join(map(str, REDIRECTS))}, got {status}")
    count = read_number(arguments[1:], "number of redirects", 1, MAXIMUM_REDIRECTS, 1)
    target = parse_qs(request.query.decode("latin-1"), encoding="utf-8").get("to", [""])[0]
    if target and (len(target) > MAXIMUM_TARGET_CHARACTERS or not _TARGET.fullmatch(target)):
        raise refuse("to: expected a URL, in printable ASCII without spaces")
    if count > 1:
        query = b"?" + request.query if request.query else b""
        location = request.base + PREFIX + b"redirect/%d/%d" % (status, count - 1) + query
    else:
        location = target.encode() or request.base + PREFIX + b"status/200"
    body = msgspec.json.encode({"location": location.decode("latin-1")})
    return Reply(status, ((b"location", location), JSON, *OPEN), body)


async def stream(request: ToolRequest, arguments: list[str]) -> Reply:
    count = read_number(arguments, "number of chunks", 1, MAXIMUM_CHUNKS, USUAL_CHUNKS)
    return StreamedReply(200, ((b"content-type", b"application/jsonl"), *OPEN), lines(count))


async def lines(count: int) -> AsyncGenerator[bytes]:
    for number in range(count):
        yield b'{"chunk":%d,"of":%d}\n' % (number + 1, count)


async def compress(request: ToolRequest, arguments: list[str]) -> Reply:
    shown = {"gzipped": True, "method": request.method, "headers": headers_of(request)}
    body = gzip.compress(msgspec.json.encode(shown), compresslevel=1, mtime=0)
    return Reply(200, (JSON, (b"content-encoding", b"gzip"), *OPEN), body)


def headers_of(request: ToolRequest) -> dict[str, str]:
    """The fields by name, repeated ones joined (RFC 9110 §5.3)."""
    shown: dict[str, str] = {}
    for name, value in request.headers:
        if name not in HIDDEN_HEADERS:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            shown[key] = f"{shown[key]}, {text}" if key in shown else text
    return shown


def answer_json(value: Any) -> Reply:
    return Reply(200, (JSON, *OPEN), msgspec.json.encode(value))


def read_number(arguments: list[str], what: str, least: int, largest: int, usual: int) -> int:
    """The first argument as a number. Raises Refusal (400)."""
    if not arguments:
        return usual
    text = arguments[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= largest):
        raise refuse(f"{what}: expected a whole number from {least} to {largest}, got {quote(text)}")
    return int(text)


def refuse(message: str) -> Refusal:
    return Refusal(400, "invalid-tool-request", message)


TOOLS: Final[dict[str, tuple[Tool, int]]] = {
    "cookies": (show_cookies, 0),
    "delay": (answer_later, 1),
    "echo": (echo, 0),
    "gzip": (compress, 0),
    "headers": (show_headers, 0),
    "ip": (show_address, 0),
    "redirect": (redirect, 2),
    "status": (answer_status, 2),
    "stream": (stream, 1),
}
"""Name → the tool, and how many segments may follow it."""

WHAT_THERE_IS: Final = f"there are {', '.join(TOOLS)}"
