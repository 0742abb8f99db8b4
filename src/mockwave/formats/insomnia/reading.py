"""Mock servers and design documents of the Insomnia app's files, of format 4 and 5, in YAML or JSON.

Ids of mock servers and routes are kept, so that a file imported again updates the same mock server. Each design
document becomes a separate mock server. Requests, environments and tests are not mocks; they are counted and left out.
"""

import re
from collections import Counter
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.insomnia.checked_templates import DIALECT, TemplateChecks
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.stub_paths import escape_literal, is_pattern
from mockwave.formats.stubs.stub_responses import Response, encode_text, take_headers, take_status
from mockwave.formats.stubs.stubs import Stub
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, list_of, text_of, whole_number
from mockwave.model import METHODS
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

V5_TYPE: Final = re.compile(r"(collection|spec|mock|environment|mcpClient)\.insomnia(?:\.rest)?/5\.\d+")
MOCK_ID: Final = re.compile(r"mock_[0-9a-f]{32}")
ROUTE_ID: Final = re.compile(r"mock-route_[0-9a-f]{32}")
TEMPLATE_RULE: Final = "insomnia template"
"""The name of the rule that renders a body, as the app's own calls know it (mockwave/insomnia/app_routes.py)."""
DEFAULT_MIME_TYPE: Final = "application/json"


def is_insomnia(tree: Any) -> bool:
    """Whether the tree is an export of format 4 or a file of format 5."""
    if not isinstance(tree, dict):
        return False
    if "__export_format" in tree:
        return True
    kind = tree.get("type")
    return isinstance(kind, str) and V5_TYPE.fullmatch(kind) is not None


def read_insomnia(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the mock servers of the file."""
    checks = TemplateChecks(notes)
    (document,) = documents
    is_v4 = "__export_format" in document.tree
    servers = _read_v4(document, notes, checks) if is_v4 else _read_v5(document, folder, notes, checks)
    if not servers:
        refuse(document.base, "the file holds no mock server and no design document; requests alone are not a mock")
    return servers


def _read_v4(document: Document, notes: Notes, checks: TemplateChecks) -> list[ImportedServer]:
    version = document.tree["__export_format"]
    if whole_number(version) != 4:
        refuse(
            f"{document.base}/__export_format",
            f"expected 4, got {describe(version)}: only exports of format 4 are read",
        )
    at = f"{document.base}/resources"
    resources = list(dicts_in(document.tree.get("resources"), at))
    names = {text_of(each.get("_id")): text_of(each.get("name")) for each, _ in resources}
    routes: dict[str, list[tuple[Tree, str]]] = {}
    for resource, pointer in resources:
        if _kind_of(resource) == "mock_route":
            routes.setdefault(text_of(resource.get("parentId")), []).append((resource, pointer))
    servers: list[ImportedServer] = []
    others: Counter[str] = Counter()
    for resource, pointer in resources:
        kind = _kind_of(resource)
        own_id = text_of(resource.get("_id"))
        if kind == "mock":
            name = text_of(resource.get("name")) or "Imported Mock Server"
            servers.append(_make_server(name, own_id, pointer, routes.pop(own_id, []), "_id", notes, checks))
        elif kind == "api_spec":
            text = resource.get("contents")
            if isinstance(text, str) and text.strip():
                name = (
                    names.get(text_of(resource.get("parentId"))) or text_of(resource.get("fileName")) or document.stem
                )
                servers.append(
                    ImportedServer(
                        name=name, pointer=f"{pointer}/contents", specification=text.encode("utf-8", "replace")
                    )
                )
            else:
                notes.leave_out(f"{pointer}/contents", "the design document is empty")
        elif kind not in ("mock_route", "workspace"):
            others[kind] += 1
    for orphans in routes.values():
        for _, pointer in orphans:
            notes.leave_out(pointer, "the mock server that it belongs to is not in the file")
    _note_others(others, at, notes)
    return servers


def _kind_of(resource: Tree) -> str:
    """`_type`, or `type` as later versions wrote it."""
    kinds = {"MockServer": "mock", "MockRoute": "mock_route", "ApiSpec": "api_spec", "Workspace": "workspace"}
    return text_of(resource.get("_type")) or kinds.get(text_of(resource.get("type")), text_of(resource.get("type")))


def _note_others(others: Counter[str], pointer: str, notes: Notes) -> None:
    for kind, count in sorted(others.items()):
        notes.leave_out(pointer, f"{count} of type {kind[:40] or 'unknown'}: no part of a mock server")


def _read_v5(document: Document, folder: Folder, notes: Notes, checks: TemplateChecks) -> list[ImportedServer]:
    tree, base = document.tree, document.base
    servers: list[ImportedServer] = []
    name = text_of(tree.get("name")) or document.stem
    if text_of(tree["type"]).startswith("mock."):
        server = dict_of(tree.get("server"))
        own_id = text_of(dict_of(server.get("meta")).get("id"))
        routes = [
            ({**dict_of(route.get("meta")), **route}, pointer)
            for route, pointer in dicts_in(tree.get("routes"), f"{base}/routes")
        ]
        servers.append(_make_server(name, own_id, base, routes, "id", notes, checks))
    contents = dict_of(tree.get("spec")).get("contents")
    file = text_of(dict_of(tree.get("spec")).get("file"))
    if contents:
        text = contents.encode("utf-8", "replace") if isinstance(contents, str) else msgspec.json.encode(contents)
        servers.append(ImportedServer(name=name, pointer=f"{base}/spec/contents", specification=text))
    elif file:
        data, reason = folder.resolve(document.path, file)
        if data is None:
            notes.leave_out(f"{base}/spec/file", f"the file {file[:80]!r} {reason}")
        else:
            servers.append(ImportedServer(name=name, pointer=f"{base}/spec/file", specification=data))
    others = Counter(
        {key: len(list_of(tree.get(key))) for key in ("collection", "testSuites", "environments") if tree.get(key)}
    )
    for key in others:
        notes.leave_out(pointer_below(base, key), "requests, tests and environments are not part of a mock server")
    return servers


def _make_server(
    name: str,
    own_id: str,
    pointer: str,
    routes: list[tuple[Tree, str]],
    id_key: str,
    notes: Notes,
    checks: TemplateChecks,
) -> ImportedServer:
    stubs = [stub for route, at in routes if (stub := _read_route(route, at, id_key, notes, checks)) is not None]
    arranged = arrange_stubs(stubs, notes)
    return arranged.as_server(name, pointer, id=own_id if MOCK_ID.fullmatch(own_id) else "")


def _read_route(route: Tree, pointer: str, id_key: str, notes: Notes, checks: TemplateChecks) -> Stub | None:
    """Returns the route; None, with a note, if it is not a route."""
    path = text_of(route.get("name", "/")).partition("#")[0]
    path, mark, _ = path.partition("?")
    if not path.startswith("/"):
        notes.leave_out(f"{pointer}/name", f"the name of a route is its path, which begins with /; got {path[:80]!r}")
        return None
    if mark:
        notes.change(f"{pointer}/name", "answers whatever the query of a request is")
    method = text_of(route.get("method") or "GET").upper()
    if method not in METHODS:
        notes.leave_out(f"{pointer}/method", f"routes take {', '.join(METHODS)}, not {method[:40]}")
        return None
    given = route.get("statusCode", 200)
    status = 0 if given is None else whole_number(given)
    if status is None:
        refuse(f"{pointer}/statusCode", f"expected a number, got {describe(given)}")
    if status == 0:
        notes.change(f"{pointer}/statusCode", "no status is set; 200 is sent")
    code = take_status(status or 200, f"{pointer}/statusCode", notes)
    if code is None:
        return None
    pairs = [
        (text_of(header.get("name")), text_of(header.get("value")))
        for header, _ in dicts_in(route.get("headers"), f"{pointer}/headers")
        if header.get("disabled") is not True
    ]
    headers, content_type = take_headers(pairs, f"{pointer}/headers", notes)
    if not content_type:
        mime_type = text_of(route.get("mimeType", DEFAULT_MIME_TYPE))
        _, content_type = take_headers([("Content-Type", mime_type)], f"{pointer}/mimeType", notes)
    body = text_of(route.get("body"))
    own_id = text_of(route.get(id_key))
    is_template = "{{" in body or "{%" in body
    if is_template:
        checks.check(body, f"{pointer}/body")
    return Stub(
        pointer=pointer,
        name=TEMPLATE_RULE if is_template else "",
        methods=(method,),
        path=path if is_pattern(path) else escape_literal(path),
        responses=[
            Response(
                status_code=code,
                headers=headers,
                body=encode_text(body),
                content_type=content_type,
                template=DIALECT if is_template else "",
            )
        ],
        id=own_id if ROUTE_ID.fullmatch(own_id) else "",
    )
