"""Cross-origin rules of mocks (the Fetch standard, §3.2): who may read a reply, and how preflights are answered.

A mock with `cors` allows every origin. A reply to a request without Origin says `*`; otherwise it repeats the origin,
since `*` is not accepted together with credentials. Such headers of the route itself stay, once; a route that allows an
origin of its own choice is left alone.

A preflight (§4.8) is allowed the method and the headers that it names: `*` does not cover `authorization` and, together
with credentials, covers nothing. A preflight has no credentials, so none are required.
"""

import re

from msgspec import Struct

from mockwave._responder import Reply
from mockwave.bodies.header_values import name_in_vary
from mockwave.http_grammar import TOKEN_CHARACTER
from mockwave.mocks.mock_requests import MockRequest

Headers = tuple[tuple[bytes, bytes], ...]

ALLOW_ORIGIN = b"access-control-allow-origin"
ALLOW_METHODS = b"access-control-allow-methods"
VARY = b"vary"
MAX_AGE_S = 600
ANY_HEADERS = b"*, authorization"
"""The value of `access-control-allow-headers` if a preflight names none."""
MAXIMUM_KEPT_ORIGIN_BYTES = 300  # a scheme, a host of at most 253 characters, a port

OPEN_HEADERS: Headers = (
    (ALLOW_ORIGIN, b"*"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b"*"),
)
PREFLIGHT_VARIES_BY = (
    b"origin, access-control-request-method, access-control-request-headers, access-control-request-private-network"
)
OPEN_NAMES = frozenset(name for name, _ in OPEN_HEADERS)

_METHOD = re.compile(f"{TOKEN_CHARACTER}{{1,100}}".encode())


def with_open_headers(headers: Headers) -> Headers:
    """Adds the headers of every reply of a mock with `cors`, except those that the reply already has.

    A reply that has its own Allow-Origin is left alone.
    """
    given = {name for name, _ in headers}
    if ALLOW_ORIGIN in given:
        return headers
    if given.isdisjoint(OPEN_NAMES):
        return headers + OPEN_HEADERS
    return headers + tuple(pair for pair in OPEN_HEADERS if pair[0] not in given)


def for_origin(reply: Reply, origin: bytes, *, is_kept: bool) -> Reply:
    """The reply for this origin: the origin is named instead of `*`, and so are the headers in Expose-Headers, where
    `*` no longer counts.

    If `is_kept`, the reply keeps it, so that the plain-hit responder answers this origin from then on.
    """
    if OPEN_HEADERS[0] not in reply.headers:
        return reply
    own = find_own_headers(reply)
    exposed = b", ".join(dict.fromkeys(name for name, _ in own)) or b"*"
    named = reply.replacing(
        headers=complete_headers(
            own,
            (
                (ALLOW_ORIGIN, origin),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", exposed),
            ),
            b"origin",
        ),
    )
    if is_kept and len(origin) <= MAXIMUM_KEPT_ORIGIN_BYTES:
        reply.crossing = (origin, named)
    return named


def find_own_headers(reply: Reply) -> Headers:
    """The headers that a reply itself has for requests without Origin; other headers with `*` do not count."""
    return tuple(pair for pair in reply.headers if pair not in OPEN_HEADERS)


def complete_headers(own: Headers, more: Headers, varies_by: bytes) -> Headers:
    """`own`, then `more` without names in `own`, then one Vary that names all."""
    given = {name for name, _ in own}
    return with_vary((*own, *(pair for pair in more if pair[0] not in given)), varies_by)


def with_vary(headers: Headers, names: bytes) -> Headers:
    """The headers with a single Vary, at the end, that includes these names (a list, RFC 9110 §12.5.5)."""
    vary = b", ".join(value for name, value in headers if name == VARY).decode("latin-1")
    for name in names.decode().split(", "):
        vary = name_in_vary(vary, name)
    return (*(pair for pair in headers if pair[0] != VARY), (VARY, vary.encode("latin-1")))


class Preflight(Struct, frozen=True):
    """The request of a preflight. `headers`, as the browser sent them, may be empty."""

    origin: bytes
    method: bytes
    headers: bytes
    asks_private_network: bool

    def answer(self, allow: bytes) -> Headers:
        """The answer for a path with the methods `allow`, of which there may be none (Fetch §3.2.4).

        A method that the path lacks is allowed as well, so that the browser shows its script the 405, not a network
        error.
        """
        named = [method for method in allow.split(b", ") if method]
        if self.method not in named and _METHOD.fullmatch(self.method):
            named.append(self.method)
        headers: Headers = (
            (ALLOW_ORIGIN, self.origin),
            (ALLOW_METHODS, b", ".join(named)),
            (b"access-control-allow-headers", self.headers or ANY_HEADERS),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-max-age", b"%d" % MAX_AGE_S),
        )
        if self.asks_private_network:
            headers += ((b"access-control-allow-private-network", b"true"),)
        return headers


def read_preflight(request: MockRequest) -> Preflight | None:
    """The preflight that the request is; None if it is not one."""
    if request.method != "OPTIONS":
        return None
    origin = request.header(b"origin")
    method = request.header(b"access-control-request-method")
    if origin is None or method is None:
        return None
    return Preflight(
        origin,
        method,
        b", ".join(value for name, value in request.headers if name == b"access-control-request-headers"),
        request.header(b"access-control-request-private-network") == b"true",
    )
