"""The log of a mock server as an HTTP Archive 1.2, oldest exchange first.

The log keeps requests, and an answer's status and time. If the route answers every request alike, the archive also has
the headers and the body that the route sends now, so it can be imported as a mock.
"""

import base64
import json
from collections.abc import Iterable
from http.client import responses as REASONS
from urllib.parse import parse_qsl

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.stub_responses import as_utf8
from mockwave.formats.tree_values import Tree
from mockwave.model import LogEntry

CREATOR = {"name": "mockwave", "version": "1"}


def write_har(export: Export, notes: Notes) -> str:
    """Returns the archive as JSON text."""
    routes = {route.id: route for route in export.head.routes}
    entries = [_write_entry(entry, export.head.url, routes) for entry in export.entries]
    entries.sort(key=lambda entry: str(entry["startedDateTime"]))
    return json.dumps({"log": {"version": "1.2", "creator": CREATOR, "entries": entries}}, ensure_ascii=False, indent=1)


def _write_entry(entry: LogEntry, url: str, routes: dict[str, ExportedRoute]) -> Tree:
    query = entry.request_query if isinstance(entry.request_query, str) else ""
    duration_ms = entry.response_time_ms if isinstance(entry.response_time_ms, float | int) else 0
    body = entry.request_body if isinstance(entry.request_body, str) else None
    request: Tree = {
        "method": entry.request_method,
        "url": f"{url}{entry.request_path}" + (f"?{query}" if query else ""),
        "httpVersion": "HTTP/1.1",
        "cookies": _read_cookies(entry.request_headers.items()),
        "headers": [{"name": name, "value": value} for name, value in entry.request_headers.items()],
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=None)
        ],
        "headersSize": -1,
        "bodySize": -1 if body is None else len(body.encode("utf-8", "replace")),
    }
    if body:
        media_type = next((v for name, v in entry.request_headers.items() if name.lower() == "content-type"), "")
        request["postData"] = {"mimeType": media_type or "application/octet-stream", "text": body}
    written: Tree = {
        "startedDateTime": entry.timestamp,
        "time": duration_ms,
        "request": request,
        "response": _write_response(entry, routes),
        "cache": {},
        "timings": {"send": 0, "wait": duration_ms, "receive": 0},
    }
    if entry.truncated is True:
        request["comment"] = "truncated: the log has only a part of this request"
    if isinstance(entry.client_address, str):
        written["_clientIPAddress"] = entry.client_address
    return written


def _write_response(entry: LogEntry, routes: dict[str, ExportedRoute]) -> Tree:
    route = routes.get(entry.route_id) if isinstance(entry.route_id, str) else None
    is_own = (
        route is not None
        and not route.template
        and not isinstance(entry.rule, str)
        and route.status_code == entry.response_status_code
    )
    content: Tree = {"size": 0, "mimeType": "x-unknown", "comment": "the log keeps no bodies of answers"}
    headers: list[Tree] = []
    if route is not None and is_own:
        headers = [{"name": name, "value": value} for name, value in route.headers]
        body = b"" if entry.request_method == "HEAD" else route.body
        content = {"size": len(body), "mimeType": route.content_type or "x-unknown"}
        if route.content_type:
            headers.append({"name": "Content-Type", "value": route.content_type})
        if body:
            text = as_utf8(body)
            content["text"] = base64.b64encode(body).decode() if text is None else text
            if text is None:
                content["encoding"] = "base64"
    location = next((each["value"] for each in headers if each["name"].lower() == "location"), "")
    return {
        "status": entry.response_status_code,
        "statusText": REASONS.get(entry.response_status_code, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [
            {"name": name, "value": value}
            for each in headers
            if each["name"].lower() == "set-cookie"
            for name, value in _split_pairs(each["value"].partition(";")[0])
        ],
        "headers": headers,
        "content": content,
        "redirectURL": location,
        "headersSize": -1,
        "bodySize": -1,
    }


def _read_cookies(headers: Iterable[tuple[str, str]]) -> list[Tree]:
    """The cookies of a request, of which a log without secrets has none (RFC 6265 §4.2)."""
    return [
        {"name": name, "value": value}
        for header, text in headers
        if header.lower() == "cookie"
        for name, value in _split_pairs(text)
    ]


def _split_pairs(text: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in text.split(";"))
    return [(name.strip(), value.strip()) for name, equals, value in pairs if equals and name.strip()]
