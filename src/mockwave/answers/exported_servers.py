"""A mock server on its way out to a file: its routes with their rules, and what a writer of the format may want
besides.

Read by `formats/`, filled by those who know where it is stored. It travels as lines of JSON: the head, then a line for
each route, or for each entry of the log.
"""

from typing import Any

from msgspec import Struct

from mockwave.answers.imported import Problem
from mockwave.model import LogEntry


class ExportedRoute(Struct, kw_only=True):
    """A route and its own answer; `template` is the dialect of that, empty where it is sent as it is. `rules` are as
    they stand in JSON."""

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
    """What there is of the server besides. `specification` is the text that its generated routes were made from, if
    there is one; `url` the base of its mock; `has_entries`: the lines are entries of its log, and the routes that have
    answered them are in `routes`."""

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
    """All of it."""

    head: ExportHead
    routes: list[ExportedRoute] = []
    entries: list[LogEntry] = []


class WrittenFile(Struct, array_like=True, kw_only=True):
    """A file that was written: its media type, the ending of its name, and what of the server it cannot say, by the
    pointer of the route or rule in the management API's words."""

    content: bytes
    media_type: str
    ending: str
    left_out: list[Problem] = []
