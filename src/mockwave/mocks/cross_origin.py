"""Cross-origin rules of mocks (the Fetch standard, §3.2): who may read a reply, and what a preflight is told.

A mock with `cors` lets every origin in. A reply to no origin in particular says `*`; one to a named origin repeats
it, since `*` is not accepted together with credentials.
"""

from mockwave._responder import Reply
from mockwave.openapi.header_values import name_in_vary

Headers = tuple[tuple[bytes, bytes], ...]

ALLOW_ORIGIN = b"access-control-allow-origin"
VARY = b"vary"
MAX_AGE_S = 600
MAXIMUM_KEPT_ORIGIN_BYTES = 300  # a scheme, a host of 253 at most, a port

OPEN_HEADERS: Headers = (
    (ALLOW_ORIGIN, b"*"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b"*"),
)


def with_open_headers(headers: Headers) -> Headers:
    """Adds what every reply of a mock with `cors` says; a reply that has its own Allow-Origin is left alone."""
    if any(name == ALLOW_ORIGIN for name, _ in headers):
        return headers
    return headers + OPEN_HEADERS


def for_origin(reply: Reply, origin: bytes) -> Reply:
    """The reply as this origin gets it: named instead of `*`, also in Expose-Headers, where `*` is no longer one.

    The reply keeps it, so that the plain-hit responder answers this origin from then on.
    """
    if OPEN_HEADERS[0] not in reply.headers:
        return reply
    open_names = {name for name, _ in OPEN_HEADERS}
    own = tuple(pair for pair in reply.headers if pair[0] not in open_names)
    vary = name_in_vary(b", ".join(value for name, value in own if name == VARY).decode("latin-1"), "origin")
    exposed = b", ".join(dict.fromkeys(name for name, _ in own)) or b"*"
    named = Reply(
        reply.status,
        (
            *(pair for pair in own if pair[0] != VARY),
            (ALLOW_ORIGIN, origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", exposed),
            (VARY, vary.encode("latin-1")),
        ),
        reply.body,
        delay_ms=reply.delay_ms,
        route_id=reply.route_id,
        flags=reply.flags,
    )
    if len(origin) <= MAXIMUM_KEPT_ORIGIN_BYTES:
        reply.crossing = (origin, named)
    return named


def preflight_headers(origin: bytes, allow: bytes, requested_headers: bytes, asks_private_network: bool) -> Headers:
    """What a preflight is told (Fetch §3.2.4); `requested_headers` as the browser sent them, may be empty."""
    headers: Headers = (
        (ALLOW_ORIGIN, origin),
        (b"access-control-allow-methods", allow),
        (b"access-control-allow-headers", requested_headers or b"*"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-max-age", b"%d" % MAX_AGE_S),
        (VARY, b"origin, access-control-request-method, access-control-request-headers"),
    )
    if asks_private_network:
        headers += ((b"access-control-allow-private-network", b"true"),)
    return headers
