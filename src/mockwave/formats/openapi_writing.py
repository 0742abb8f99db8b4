"""Mock servers as OpenAPI documents. A server made from a document is exported as that document. Any other is described
by its routes: each is an operation, with its answer as the example of a response."""

import json
from http.client import responses as REASONS

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.bodies.media_types import essence_of
from mockwave.bodies.syntaxes import is_json
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.outgoing import route_pointer
from mockwave.formats.stubs.stub_responses import as_utf8, group_headers
from mockwave.formats.tree_values import Tree
from mockwave.paths import Ending, parse_path


def write_openapi(export: Export, notes: Notes) -> str:
    """Returns the document; it is JSON text if it is written here."""
    head = export.head
    for index in range(len(head.rules)):
        notes.leave_out(f"/rules/{index}", "a document has no rules")
    is_written = bool(head.specification)
    paths: Tree = {}
    for route in export.routes:
        pointer = route_pointer(route)
        for index in range(len(route.rules)):
            notes.leave_out(f"{pointer}/rules/{index}", "a document has no rules")
        if is_written:
            if not route.generated:
                notes.leave_out(pointer, "is not part of the document that the mock server was made from")
            continue
        if route.template:
            notes.leave_out(f"{pointer}/template", "a document has no templates; its text stands there as it is")
        if route.delay_ms:
            notes.leave_out(f"{pointer}/delay", "a document has no delays")
        if parse_path(route.path).ending is Ending.REST:
            notes.leave_out(pointer, "a path of a document has no rest of any length")
            continue
        if as_utf8(route.body) is None:
            notes.leave_out(f"{pointer}/body", "a document has no examples that are not text; they are described alone")
        paths.setdefault(route.path, {})[route.method.lower()] = _write_operation(route)
    if is_written:
        return head.specification.decode("utf-8", "surrogatepass")
    document = {
        "openapi": "3.2.0",
        "info": {"title": head.name, "version": "1"},
        "servers": [{"url": head.url}],
        "paths": paths,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _write_operation(route: ExportedRoute) -> Tree:
    operation: Tree = {}
    names = parse_path(route.path).parameter_names
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    response: Tree = {"description": REASONS.get(route.status_code, "")}
    if route.headers:
        response["headers"] = {name: _write_header(value) for name, value in group_headers(route.headers).items()}
    if route.body or route.content_type:
        response["content"] = {route.content_type or "application/octet-stream": _write_media_type(route)}
    operation["responses"] = {str(route.status_code): response}
    return operation


def _write_header(value: str | list[str]) -> Tree:
    kind = {"type": "string"} if isinstance(value, str) else {"type": "array", "items": {"type": "string"}}
    return {"schema": kind, "example": value}


def _write_media_type(route: ExportedRoute) -> Tree:
    """Writes a JSON body as a value, and a body of another media type as text. A body that claims to be JSON but is not
    is written character by character (OpenAPI 3.2 §4.8.18): as a value it would be sent in quotes."""
    text = as_utf8(route.body)
    if text is None:
        return {"schema": {"type": "string", "format": "binary"}}
    if not is_json(essence_of(route.content_type)):
        return {"example": text}
    try:
        return {"example": json.loads(text)}
    except (ValueError, RecursionError):
        return {"examples": {"body": {"serializedValue": text}}}
