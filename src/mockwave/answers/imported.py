"""What a document is read into: an Import, with its Operations and the report, or SpecificationError.

Made by `openapi/`, and handed on by those who know nothing of how documents are read. A place in the document is a JSON
Pointer (RFC 6901); the empty one is the whole document.
"""

from msgspec import Struct

from mockwave.answers.parts import NO_PART
from mockwave.answers.request_rules import ApiKeys


class Problem(Struct, frozen=True):
    """One thing wrong or left out: the RFC 6901 `pointer` of its place, and what to know about it."""

    pointer: str
    message: str


class SpecificationError(Exception):
    """The text is not a Specification that can be read; `problems` says why, and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or 'document'}: {problem.message}" for problem in problems))
        self.problems = problems


class ImportReport(Struct):
    """What became of a document: its operations, the routes made of them, and each thing left out."""

    operations: int
    routes: int
    problems: list[Problem]


class Operation(Struct):
    """One method and path of a document, the answer of its route, and all it can be asked for.

    `method` as it is sent; `path` a path pattern, with its `path_key`; `headers` without Content-Type, which is
    `content_type` ("" without a body); `body` is the part `body_part`; `variants` the encoded responses with what is
    asked of requests (`variants.py`), empty where no response is declared. `base_paths` override those of the document,
    as keys of path patterns; None where they do not.
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
    """A document read: its dialect and title, the paths that its servers prepend, its operations with the parts that
    they share, the report, and the API keys that it declares."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    operations: list[Operation]
    parts: list[bytes]
    report: ImportReport
    keys: ApiKeys = ApiKeys()
