"""Mock servers as Postman collections of format 2.1. Each route is a request; its answer is a saved response. So is
each rule that requires only values of the path or the query."""

import json
from http.client import responses as REASONS
from typing import Any
from urllib.parse import quote, urlencode

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.formats.notes import Notes
from mockwave.formats.postman.reading import names_example
from mockwave.formats.stubs.outgoing import (
    CannotSay,
    complete_then,
    header_pairs,
    own_then,
    route_pointer,
    rules_at,
    status_of,
    text_body,
)
from mockwave.formats.tree_values import Tree, dict_of
from mockwave.paths import SegmentKind, parse_path

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
LANGUAGES = {"application/json": "json", "text/html": "html", "application/xml": "xml", "text/plain": "text"}


def write_postman(export: Export, notes: Notes) -> str:
    """Returns the collection as JSON text."""
    head = export.head
    for index in range(len(head.rules)):
        notes.leave_out(f"/rules/{index}", "a collection has no rules for all requests")
    items = [written for route in export.routes if (written := _write_route(route, notes)) is not None]
    collection = {
        "info": {"name": head.name, "schema": SCHEMA},
        "item": items,
        "variable": [{"key": "baseUrl", "value": head.url}],
    }
    return json.dumps(collection, ensure_ascii=False, indent=2)


def _write_route(route: ExportedRoute, notes: Notes) -> Tree | None:
    pointer = route_pointer(route)
    try:
        request = {"method": route.method, "header": [], "url": _write_url(route.path, {}, [])}
        if route.delay_ms:
            notes.leave_out(f"{pointer}/delay", "a collection has no delays")
        saved = [_write_saved("default", route, own_then(route), {}, [])]
    except CannotSay as reason:
        notes.leave_out(pointer, f"a collection has no words for {reason}")
        return None
    for rule, at in rules_at(route.rules, pointer):
        if names_example(rule):
            continue  # what reads the collection makes it again
        try:
            for key in rule.keys() - {"name", "when", "then"}:
                raise CannotSay(key)
            values, query = _read_when(dict_of(rule.get("when")))
            name = str(rule.get("name") or at.rpartition("/")[2])
            saved.append(_write_saved(name, route, complete_then(dict_of(rule.get("then")), route), values, query))
        except CannotSay as reason:
            notes.leave_out(at, f"a collection has no words for {reason}")
    return {"name": f"{route.method} {route.path}", "request": request, "response": saved}


def _read_when(when: Tree) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Returns the values of path parameters and of the query, if the condition requires nothing else."""
    if not when or when.keys() - {"pathParameters", "query"}:
        raise CannotSay("conditions on more than values of the path and the query")
    named = {key: {name: _value_of(op) for name, op in dict_of(when.get(key)).items()} for key in when}
    return named.get("pathParameters", {}), list(named.get("query", {}).items())


def _value_of(operator: Any) -> str:
    match operator:
        case {"equalTo": str(value), **rest} if not rest:
            return value
    raise CannotSay("operators other than equalTo")


def _write_url(path: str, values: dict[str, str], query: list[tuple[str, str]]) -> Tree:
    pattern = parse_path(path)
    segments = []
    for segment, text in zip(pattern.segments, path[1:].split("/"), strict=False):
        if segment.kind is SegmentKind.REST:
            raise CannotSay("the rest of a path")
        if segment.kind is SegmentKind.PARTLY_LITERAL:
            raise CannotSay("a parameter that is a part of a segment")
        if segment.kind is SegmentKind.PARAMETER:
            name = segment.names[0]
            segments.append(quote(values[name], safe="") if name in values else f":{name}")
        else:
            segments.append(text)
    if path.endswith("/"):
        segments.append("")
    raw = "{{baseUrl}}/" + "/".join(segments) + (f"?{urlencode(query)}" if query else "")
    url: Tree = {"raw": raw, "host": ["{{baseUrl}}"], "path": segments}
    if query:
        url["query"] = [{"key": name, "value": value} for name, value in query]
    return url


def _write_saved(
    name: str, route: ExportedRoute, then: Tree, values: dict[str, str], query: list[tuple[str, str]]
) -> Tree:
    for key in ("fault", "throttle", "next", "response", "example", "dynamic", "template", "sequence", "random"):
        if then.get(key):
            raise CannotSay("templates" if key == "template" else key)
    if then.get("delay") and values | dict(query):
        raise CannotSay("delays")
    status = status_of(then)
    body = text_body(then)
    if "{{" in body:
        raise CannotSay("a body with {{, which is a variable there")
    headers = header_pairs(then)
    media_type = next((value for key, value in headers if key.lower() == "content-type"), "")
    return {
        "name": name,
        "originalRequest": {"method": route.method, "header": [], "url": _write_url(route.path, values, query)},
        "status": REASONS.get(status, ""),
        "code": status,
        "_postman_previewlanguage": LANGUAGES.get(media_type.partition(";")[0], "text"),
        "header": [{"key": key, "value": value} for key, value in headers],
        "cookie": [],
        "body": body,
    }
