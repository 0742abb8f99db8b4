"""The answers of rules, read and checked; the sender turns them into bytes.

`made` keeps what the server made from the answer, such as a Reply.
"""

from typing import Any, Final

from msgspec import Struct

from mockwave.model import DEFAULT_CONTENT_TYPE


class StaticAnswer(Struct, eq=False, kw_only=True):
    """A response that is the same each time. An empty content type sends none."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = DEFAULT_CONTENT_TYPE
    body: bytes = b""
    made: Any = None


class TemplatedAnswer(Struct, eq=False, kw_only=True):
    """A response with Templates (templates/) in some parts, rendered for each request."""

    status: Any = 200
    """An integer, or a Template whose text has to be a valid status."""
    headers: tuple[tuple[str, Any], ...] = ()
    """Each value is a text or a Template."""
    content_type: str = DEFAULT_CONTENT_TYPE
    body: Any = b""
    """Bytes, or a Template."""
    made: Any = None


class DeclaredAnswer(Struct, eq=False, kw_only=True):
    """A response that the document declares for a generated route, as a client may choose it with Prefer.

    `response` is its status or range as declared, `example` the name of one of its examples; empty for the default.
    """

    response: str = ""
    example: str = ""
    dynamic: bool | None = None
    made: Any = None


class RouteAnswer(Struct, frozen=True):
    """The answer without rules: the route's, or, if none matches, a 404 or 405."""


class NoAnswer(Struct, frozen=True):
    """No answer that a client could read: a fault without a response."""


Answer = StaticAnswer | TemplatedAnswer | DeclaredAnswer | RouteAnswer | NoAnswer

ROUTE_ANSWER: Final = RouteAnswer()
NO_ANSWER: Final = NoAnswer()
