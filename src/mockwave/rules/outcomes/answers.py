"""What may answer for a rule, read and checked; who sends it makes bytes of it.

`made` is for whoever serves the answer: what was made of it once, such as a Reply.
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
    """A response some parts of which are Templates (templates/), rendered for each request."""

    status: Any = 200
    """An integer, or a Template whose text has to be one that can be sent."""
    headers: tuple[tuple[str, Any], ...] = ()
    """Each value a text or a Template."""
    content_type: str = DEFAULT_CONTENT_TYPE
    body: Any = b""
    """Bytes, or a Template."""
    made: Any = None


class DeclaredAnswer(Struct, eq=False, kw_only=True):
    """A response that the document declares for a generated route, as a client may ask for with Prefer.

    `response` is its status or range as declared, `example` the name of one of its examples; empty: as without.
    """

    response: str = ""
    example: str = ""
    dynamic: bool | None = None
    made: Any = None


class RouteAnswer(Struct, frozen=True):
    """What would have answered without rules: the route, or where none matches, a 404 or 405."""


class NoAnswer(Struct, frozen=True):
    """Nothing that a client could read: there is a fault, and no response."""


Answer = StaticAnswer | TemplatedAnswer | DeclaredAnswer | RouteAnswer | NoAnswer

ROUTE_ANSWER: Final = RouteAnswer()
NO_ANSWER: Final = NoAnswer()
