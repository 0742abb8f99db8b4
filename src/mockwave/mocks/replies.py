"""RouteRecord → Reply: the bytes of a response, built once, when its server is loaded."""

from mockwave._responder import Reply
from mockwave.mocks.cross_origin import Headers, with_open_headers, with_vary
from mockwave.problems import PROBLEM_MEDIA_TYPE, Refusal
from mockwave.store.records import RouteRecord

MOCKED_BY_ROUTE, MOCKED_BY_PREFLIGHT, MOCKED_BY_NONE, MOCKED_BY_RULE = range(4)
"""Flags of a Reply (cext/journal/record.h)."""

BODILESS_STATUSES = frozenset({204, 205, 304})
"""Responses without content (RFC 9110 §6.4.1, §15.3.6); a final answer is never 1xx."""

SharedHeaders = dict[tuple[tuple[tuple[str, str], ...], str, bool], Headers]
"""The headers that routes with these headers and this content type send, and whether a preference may change them. Most
routes share one object."""


def build_reply(route: RouteRecord, route_id: bytes, cors: bool, shared_headers: SharedHeaders) -> Reply:
    """Builds the Reply of a route with this binary id. `shared_headers` belongs to one value of `cors`, and grows.

    An empty content type is not sent, nor that of a response without content. A custom route with an empty body sends
    none either, unless it answers HEAD, where the type is that of GET. An empty body that a document declares has its
    media type.
    """
    has_content = route.status_code not in BODILESS_STATUSES
    body = route.body if has_content else b""
    content_type = ""
    if has_content and (body or route.generated or route.method == "HEAD"):
        content_type = route.content_type
    has_others = route.variants is not None
    headers = shared_headers.get((route.headers, content_type, has_others))
    if headers is None:
        headers = build_headers(route.headers, content_type, cors, heeds_preferences=has_others)
        shared_headers[route.headers, content_type, has_others] = headers
    return Reply(
        route.status_code,
        headers,
        body,
        delay_ms=route.delay_ms,
        route_id=route_id,
        flags=MOCKED_BY_ROUTE,
    )


def build_headers(
    given: tuple[tuple[str, str], ...], content_type: str, cors: bool, *, heeds_preferences: bool = False
) -> Headers:
    """The headers that a reply with these headers sends; if it `heeds_preferences`, Vary says so (RFC 7240 §2)."""
    headers: Headers = tuple((encode_value(name).lower(), encode_value(value)) for name, value in given)
    if content_type and not any(name == b"content-type" for name, _ in headers):
        headers = ((b"content-type", encode_value(content_type)), *headers)
    if heeds_preferences:
        headers = with_vary(headers, b"Prefer")
    return with_open_headers(headers) if cors else headers


def build_problem_reply(
    refusal: Refusal, cors: bool, route_id: bytes = b"", *, heeds_preferences: bool = False
) -> Reply:
    """The refusal as a Reply of the route with this id (Reply.route_id), or of no route if none matched."""
    headers: Headers = ((b"content-type", PROBLEM_MEDIA_TYPE), *refusal.headers)
    if heeds_preferences:
        headers = with_vary(headers, b"prefer")
    if cors:
        headers = with_open_headers(headers)
    if not route_id:
        return Reply(refusal.status, headers, refusal.document(), flags=MOCKED_BY_NONE)
    return Reply(refusal.status, headers, refusal.document(), route_id=route_id, flags=MOCKED_BY_ROUTE)


def without_body(reply: Reply) -> Reply:
    """The answer to HEAD: the same header section, with the Content-Length of GET's body (RFC 9110 §9.3.2)."""
    if not reply.body:
        return reply
    return reply.replacing(headers=(*reply.headers, (b"content-length", b"%d" % len(reply.body))), body=b"")


def encode_value(text: str) -> bytes:
    """Header text as bytes: ISO 8859-1 if it fits (RFC 9110 §5.5), else UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
