"""The result of reading a file of mocks: the servers that it describes, with their routes and rules, and the report.

`formats/` makes it; the code that passes it on does not know how files are read. A place in a file is a JSON Pointer
(RFC 6901); with several files it is the file's name, a number sign and the pointer.
"""

from msgspec import Struct

from mockwave.answers.imported import Problem


class ImportedRoute(Struct, array_like=True, kw_only=True):
    """A custom route. `headers` do not include Content-Type, which is `content_type` ("" sends none). `rules` is JSON
    text, or empty; `rule_pointers` are the places of the rules in the file, `pointer` that of the route. `id` is the
    route's id in the file, or empty."""

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
    """The caller's options: the file's format, a name for the mock server, the file's name, and which host to mock if
    there are several; empty if not given."""

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
    """A mock server, given by its routes or by the text of a Specification. `id` is its id in the file, or empty;
    `rules` is JSON text, or empty; `document_rules` are for routes that the Specification declares."""

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
    """The report on a file: its format; what was made, changed on the way, or left out and why, each by its place; and
    how many rules were made."""

    format: str
    made: list[Problem] = []
    changed: list[Problem] = []
    left_out: list[Problem] = []
    rules: int = 0
