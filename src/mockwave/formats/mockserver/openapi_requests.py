"""MockServer expectations whose request is an OpenAPI document: its operations, or the one of an `operationId`.

With an answer of its own, an expectation is a stub for each operation. Without one the document answers: it becomes a
mock server of its own, with the operations and the responses that `operationsAndResponses` names. A document stands in
the file, or beside it in the folder; nothing is fetched.
"""

import json
import posixpath
import re
from typing import Any, Final

import msgspec

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedServer, RouteRules
from mockwave.formats.documents import Document, Folder
from mockwave.formats.mockserver.conditions import CannotAsk
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.stub_paths import is_pattern
from mockwave.formats.tree_values import Tree, dict_of, text_of
from mockwave.model import METHODS
from mockwave.openapi.document.document import read_document
from mockwave.paths import parse_path

PAYLOAD: Final = "specUrlOrPayload"
_LOCATION = re.compile(r"[a-z][a-z0-9+.-]*:.*|[^\s{}\[\]]+\.(?:json|ya?ml)", re.IGNORECASE)


def openapi_request_of(expectation: Tree) -> Tree | None:
    """Returns the part of an expectation that stands for a document; None if there is none."""
    for given in (expectation.get("httpRequest"), expectation.get("openAPIDefinition"), expectation):
        if isinstance(given, dict) and PAYLOAD in given:
            return given
    return None


def read_payload(request: Tree, document: Document, folder: Folder) -> Tree:
    """Returns the document. Raises CannotAsk if it is somewhere else, or is none."""
    given = request[PAYLOAD]
    if isinstance(given, str):
        given = _parse(given, document, folder)
    if not isinstance(given, dict) or not ("openapi" in given or "swagger" in given):
        raise CannotAsk(f"{PAYLOAD} is not an OpenAPI document")
    return given


def _parse(text: str, document: Document, folder: Folder) -> Any:
    if _LOCATION.fullmatch(text.strip()):
        name = posixpath.basename(text.strip().partition("?")[0])
        beside = posixpath.join(posixpath.dirname(document.path), name)
        found = folder.find(beside, name)
        if found is None:
            raise CannotAsk(
                f"nothing is fetched from {text.strip()[:100]}; send the folder with {name[:60]}, put the document "
                f"itself into {PAYLOAD}, or import it as OpenAPI"
            )
        text = found.decode("utf-8-sig", "replace")
    try:
        return read_document(text)
    except SpecificationError as error:
        raise CannotAsk(f"{PAYLOAD}: {error.problems[0].message}") from error


def operations_of(tree: Tree, wanted: str) -> list[tuple[str, str, str]]:
    """Returns method, path and id of the operations, or of the one that is wanted. Raises CannotAsk if there is
    none."""
    found = [
        (method.upper(), path, text_of(dict_of(operation).get("operationId")))
        for path, item in dict_of(tree.get("paths")).items()
        if path.startswith("/") and is_pattern(path)
        for method, operation in dict_of(item).items()
        if method.upper() in METHODS
    ]
    chosen = [each for each in found if not wanted or each[2] == wanted]
    if not chosen:
        raise CannotAsk(f"the document has no operation {wanted[:60]!r}" if wanted else "the document has no operation")
    return chosen


def make_server(expectation: Tree, request: Tree, tree: Tree, pointer: str, name: str, notes: Notes) -> ImportedServer:
    """Returns the mock server of a document that answers for itself."""
    named = {operation: text_of(status) for operation, status in dict_of(expectation.get(RESPONSES)).items()}
    wanted = text_of(request.get("operationId"))
    if wanted:
        named = {wanted: named.get(wanted, "")}
    if named:
        tree = {**tree, "paths": {path: _keep(item, named) for path, item in dict_of(tree.get("paths")).items()}}
    rules = []
    for method, path, operation in operations_of(tree, ""):
        notes.add_made(pointer, f"{method} {path}")
        if named.get(operation):
            then = {"response": named[operation]}
            rules.append(
                RouteRules(method, parse_path(path).key, msgspec.json.encode([{"name": operation[:90], "then": then}]))
            )
    text = json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")
    title = text_of(dict_of(tree.get("info")).get("title"))
    return ImportedServer(
        name=title or name, pointer=pointer, specification=text, document_rules=rules, rule_count=len(rules)
    )


RESPONSES: Final = "operationsAndResponses"


def _keep(item: Any, named: Tree) -> Any:
    """A Path Item with the operations that are named."""
    return {
        key: value
        for key, value in dict_of(item).items()
        if key.upper() not in METHODS or text_of(dict_of(value).get("operationId")) in named
    }
