"""What a file of mocks is read into: the servers that it describes, with their routes and rules, and what is to be said
of it.

Made by `formats/`, and handed on by those who know nothing of how files are read. A place in a file is a JSON Pointer
(RFC 6901); in one of several files it is the file's name, a number sign and the pointer.
"""

from msgspec import Struct

from mockwave.answers.imported import Problem


class ImportedRoute(Struct, array_like=True, kw_only=True):
    """A custom route. `headers` without Content-Type, which is `content_type` ("": none is sent); `rules` JSON text, or
    empty; `rule_pointers` where each of them comes from, `pointer` where the route does; `id` the one that the file has
    for it, or empty."""

    pointer: str
    method: str
    path: str
    path_key: str
    status_code: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = ""
    delay_ms: int = 0
    rules: bytes = b""
    rule_pointers: list[str] = []
    id: str = ""


class ImportOptions(Struct, array_like=True, kw_only=True):
    """What whoever imports says of the file: its format, a name for the mock server, the file's own name, and of a file
    with the exchanges of several hosts, which; empty where nothing is said."""

    format: str = ""
    name: str = ""
    file_name: str = ""
    host: str = ""


class RouteRules(Struct, array_like=True):
    """Rules for a route that a document declares."""

    method: str
    path_key: str
    rules: bytes


class ImportedServer(Struct, array_like=True, kw_only=True):
    """A mock server: by its routes, or by the text of a Specification. `id` is the one that the file has for it, or
    empty; `rules` are JSON text, or empty; `document_rules` are for routes that the Specification declares."""

    name: str
    pointer: str = ""
    id: str = ""
    routes: list[ImportedRoute] = []
    rules: bytes = b""
    rule_pointers: list[str] = []
    specification: bytes = b""
    document_rules: list[RouteRules] = []
    cors: bool = True
    rule_count: int = 0


class ImportNotes(Struct, array_like=True, kw_only=True):
    """What became of a file: its format; what was made, what was changed on the way, and what was left out and why,
    each by its place; and how many rules were made."""

    format: str
    made: list[Problem] = []
    changed: list[Problem] = []
    left_out: list[Problem] = []
    rules: int = 0
