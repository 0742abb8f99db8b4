"""What the contestants serve: a Site of Routes, the same for all, and what a client asks of it.

Every Route of a Site answers GET with 200 and the same compact JSON body. So a floor (a server without routes) can be
compared with the mock servers, byte by byte.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.matcher import FORMS, draw_paths, write_patterns

RESPONSE_HEADERS = (
    (b"content-type", b"application/json"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b"*"),
)
"""The headers of mockwave's JSON answers from a mock that answers CORS; floors send the same."""

SMALL_BODY = b'{"hello":"world","id":1}'

BARE_CLIENT: tuple[tuple[str, str], ...] = ()
BROWSER: tuple[tuple[str, str], ...] = (
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"),
    ("Cache-Control", "no-cache"),
    ("Origin", "http://localhost:3000"),
    ("Referer", "http://localhost:3000/"),
    ("Sec-Ch-Ua", '"Chromium";v="142", "Not_A Brand";v="99"'),
    ("Sec-Fetch-Dest", "empty"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Site", "same-site"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"),
)
"""With Host, the 12 headers of a browser's fetch() across origins."""


class Route(Struct, frozen=True):
    """One GET route; `path` is a pattern with {parameters}."""

    path: str
    body: bytes = SMALL_BODY
    delay_ms: int = 0
    header: tuple[str, str] | None = None
    """It answers only requests with this header; others of its path have another value."""


class Site(Struct, frozen=True):
    """What one contestant serves, and with how many workers, if it has workers."""

    routes: tuple[Route, ...]
    workers: int = 1

    @property
    def body(self) -> bytes:
        return self.routes[0].body


class Ask(Struct, frozen=True):
    """The requests of a client: these paths in turn, each below the site's base, with these headers besides Host; by
    POST if there is a `body`. `depth` requests are sent at a time (pipelining)."""

    paths: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = BARE_CLIENT
    body: bytes = b""
    depth: int = 1


LITERAL = Route("/v1/service/status")
PARAMETRIC = Route("/v1/users/{userId}/orders/{orderId}")
SMALL_SITE = Site((LITERAL, PARAMETRIC))

ASK_LITERAL = Ask((LITERAL.path,))
ASK_PARAMETRIC = Ask(tuple(f"/v1/users/user-{number * 7919}/orders/{number}" for number in range(100)))


def build_large_site(count: int) -> tuple[Site, Ask]:
    """Returns a site of so many routes, half with parameters, and an ask for up to 1,000 in random order."""
    patterns = [
        *write_patterns(FORMS["literal"], count // 2),
        *(pattern.replace("/v1/", "/v2/") for pattern in write_patterns(FORMS["parametric"], count - count // 2)),
    ]
    asked = draw_paths(patterns, min(count, 1_000))
    return Site(tuple(Route(pattern) for pattern in patterns)), Ask(tuple(path.decode() for path in asked))


def build_body(size_bytes: int) -> bytes:
    """Returns a compact JSON list of exactly this size: records, and a text that fills the rest."""
    records: list[str] = []
    room = size_bytes - len('[""]')
    while True:
        number = len(records)
        record = f'{{"id":{number},"name":"record number {number}"}},'
        if len(record) > room:
            break
        records.append(record)
        room -= len(record)
    return f'[{"".join(records)}"{"x" * room}"]'.encode()


def write_site(site: Site, folder: Path) -> Path:
    """Writes the site as an OpenAPI document into the folder; returns its path."""
    document = folder / "site.json"
    document.write_text(write_openapi(site.routes))
    return document


def write_openapi(routes: Sequence[Route], title: str = "Benchmark") -> str:
    """Returns the routes as an OpenAPI document, each with its body as the example."""
    paths = {route.path: {"get": _write_operation(route)} for route in routes}
    document = {"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "paths": paths}
    return json.dumps(document, separators=(",", ":"))


def _write_operation(route: Route) -> dict[str, object]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    content = {"application/json": {"schema": {}, "example": json.loads(route.body)}}
    return {"parameters": parameters, "responses": {"200": {"description": "as asked", "content": content}}}
