"""A mock server on its way out to a file: its routes with their rules, and further facts for the writer of the format.

`formats/` reads it; code that knows the Store fills it. It travels as lines of JSON: the head, then a line for each
route, or for each entry of the log.
"""

from typing import Any

from msgspec import Struct

from mockwave.answers.imported import Problem
from mockwave.model import LogEntry


class ExportedRoute(Struct, kw_only=True):
    """A route and its own answer. `template` is the dialect of the answer, empty if it is not a template. `rules` are
    as in JSON."""

    id: str
    method: str
    path: str
    status_code: int
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    content_type: str = ""
    delay_ms: int = 0
    template: str = ""
    rules: list[dict[str, Any]] = []
    generated: bool = False


class ExportHead(Struct, kw_only=True):
    """Everything else of the server. `specification` is the text of its generated routes, if there is one; `url` is the
    base of its mock. If `has_entries`, the lines are entries of its log, and `routes` has the routes that answered
    them."""

    format: str
    id: str
    name: str
    url: str
    cors: bool = True
    rules: list[dict[str, Any]] = []
    specification: bytes = b""
    has_entries: bool = False
    routes: list[ExportedRoute] = []


class Export(Struct, kw_only=True):
    """The whole export: head, routes and entries."""

    head: ExportHead
    routes: list[ExportedRoute] = []
    entries: list[LogEntry] = []


class WrittenFile(Struct, array_like=True, kw_only=True):
    """A written file: its media type, the ending of its name, and what it cannot express, by the pointer of the route
    or rule in the management API's terms."""

    content: bytes
    media_type: str
    ending: str
    left_out: list[Problem] = []
