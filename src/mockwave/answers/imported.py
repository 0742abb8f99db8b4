"""The result of reading a document: an Import, with its Operations and the report, or SpecificationError.

`openapi/` makes it; the code that passes it on does not know how documents are read. A place in the document is a JSON
Pointer (RFC 6901); the empty one is the whole document.
"""

from msgspec import Struct

from mockwave.answers.parts import NO_PART
from mockwave.answers.request_rules import ApiKeys


class Problem(Struct, frozen=True):
    """One thing that is wrong or left out: the RFC 6901 `pointer` of its place, and a message."""

    pointer: str
    message: str


class SpecificationError(Exception):
    """The text is not a readable Specification; `problems` says why, and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or 'document'}: {problem.message}" for problem in problems))
        self.problems = problems


class ImportReport(Struct):
    """The result of an import: the document's operations, the routes made from them, and each thing left out."""

    operations: int
    routes: int
    problems: list[Problem]


class Operation(Struct):
    """One method and path of a document, the default answer of its route, and all other answers.

    `method` is as sent; `path` is a path pattern, with its `path_key`; `headers` do not include Content-Type, which is
    `content_type` ("" without a body); `body` is the part `body_part`. `variants` has the encoded responses and request
    rules (`variants.py`), and is empty if no response is declared. `base_paths` override those of the document, as keys
    of path patterns; None if they do not.
    """

    method: str
    path: str
    path_key: str
    pointer: str
    status_code: int
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    body: bytes = b""
    body_part: int = NO_PART
    variants: bytes = b""
    base_paths: tuple[str, ...] | None = None


class Import(Struct):
    """A document that was read: its dialect and title, the base paths of its servers, its operations with the parts
    that they share, the report, and the API keys that it declares."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    operations: list[Operation]
    parts: list[bytes]
    report: ImportReport
    keys: ApiKeys = ApiKeys()
