"""HTTP Archives: each exchange is a stub; the responses to one request are sent in turn, in the order recorded.

Requests to one path are distinguished by whatever differs among them: the query, then the body. Fields that tools write
differently (sizes, versions, encodings) are not trusted. Headers of the wire or the moment (Content-Encoding, Date) are
dropped, since the text is decoded already. Of several hosts the one with the most exchanges is made, or the one chosen;
redirects to it become relative, so that they stay on the mock.
"""

import base64
import binascii
import json
import posixpath
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.stub_paths import escape_literal
from mockwave.formats.stubs.stub_queries import query_conditions
from mockwave.formats.stubs.stub_responses import Headers, Response, encode_text, take_headers, take_status
from mockwave.formats.stubs.stubs import Condition, Stub
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, expect, text_of, whole_number
from mockwave.model import METHODS
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

# Of the exchange that was recorded, not of what was said in it.
OF_THE_MOMENT: Final = frozenset(("date", "alt-svc", "x-firefox-spdy"))
MAXIMUM_HOSTS_SHOWN: Final = 20
SOCKETS: Final = ("websocket",)


# Before the paths of a mock of this very kind of server, whose log was exported.
_OF_MOCK = re.compile(r"^/bin/mock_[0-9a-f]{32}(?=/|$)")


class _Exchange(Struct):
    pointer: str
    host: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str
    response: Response


def is_har(tree: Any) -> bool:
    """Whether the tree is an archive, or a single exchange."""
    if not isinstance(tree, dict):
        return False
    log = tree.get("log")
    if isinstance(log, dict):
        return isinstance(log.get("entries"), list)
    request = tree.get("request")
    if not isinstance(request, dict) or not isinstance(tree.get("response"), dict):
        return False
    url = request.get("url")
    return isinstance(url, str) and ("startedDateTime" in tree or "content" in tree["response"] or "://" in url)


def read_har(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the server of the archive."""
    (document,) = documents
    entries, at = _entries_of(document)
    exchanges: list[_Exchange] = []
    bodies: dict[tuple[str, str], Response] = {}
    for entry, pointer in dicts_in(entries, at):
        exchange = _read_entry(entry, pointer, bodies, notes)
        if exchange is not None:
            exchanges.append(exchange)
    host = _choose_host(exchanges, folder.host, notes)
    chosen = [exchange for exchange in exchanges if exchange.host == host]
    for exchange in chosen:
        exchange.response.headers = _relative_redirects(exchange)
    stubs = _make_stubs(chosen, notes)
    arranged = arrange_stubs(stubs, notes)
    return [arranged.as_server(folder.name or document.stem)]


def _entries_of(document: Document) -> tuple[list[Any], str]:
    if isinstance(document.tree.get("log"), dict):
        at = f"{document.base}/log/entries"
        entries: list[Any] = document.tree["log"]["entries"]
        for index, entry in enumerate(entries):
            expect(entry, dict, pointer_below(at, index))
        return entries, at
    return [document.tree], document.base


def _read_entry(entry: Tree, pointer: str, bodies: dict[tuple[str, str], Response], notes: Notes) -> _Exchange | None:
    """Returns the exchange; None, with a note, if nothing can be made of it."""
    request = expect(entry.get("request"), dict, f"{pointer}/request")
    if entry.get("response") is None:
        notes.leave_out(pointer, "there was no answer")
        return None
    response = expect(entry["response"], dict, f"{pointer}/response")
    status = _read_status(response.get("status"), f"{pointer}/response/status")
    url = expect(request.get("url"), str, f"{pointer}/request/url")
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError as error:
        refuse(f"{pointer}/request/url", f"{url[:80]!r} is not a URL: {error}", error)
    if parts.scheme not in ("http", "https"):
        notes.leave_out(pointer, f"a request to {parts.scheme[:20] or 'no host'}: goes to no HTTP server")
        return None
    reason = _reason_to_leave_out(entry, response, status)
    if reason:
        notes.leave_out(pointer, reason)
        return None
    method = text_of(request.get("method")).upper() or "GET"
    if method not in METHODS:
        notes.leave_out(f"{pointer}/request/method", f"routes take {', '.join(METHODS)}, not {method[:40]}")
        return None
    read = _read_response(response, status, f"{pointer}/response", notes)
    if read is None:
        return None
    if status == 304:
        known = bodies.get((method, url))
        if known is None:
            notes.leave_out(pointer, "304 without an earlier answer to the same URL, whose body it would have")
            return None
        notes.change(pointer, "304 is answered as the earlier answer to the same URL")
        read = known
    elif read.body and 200 <= status < 300:
        bodies[method, url] = read
    post = dict_of(request.get("postData"))
    return _Exchange(
        pointer=pointer,
        host=host,
        method=method,
        path=_OF_MOCK.sub("", parts.path) or "/",
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        body=text_of(post.get("text")) if method not in ("GET", "HEAD", "OPTIONS") else "",
        response=read,
    )


def _read_status(status: Any, pointer: str) -> int:
    if isinstance(status, str) or status is None:
        refuse(pointer, f"expected a status code as a number, got {describe(status)}")
    code = whole_number(status)
    if code is None:
        refuse(pointer, f"expected a status code as a number, got {describe(status)}")
    return code


def _reason_to_leave_out(entry: Tree, response: Tree, status: int) -> str:
    if status == 0:
        error = text_of(entry.get("_error") or response.get("_error"))
        return "status 0: there was no answer" + (f" ({error[:80]})" if error else "")
    if status == 101 or entry.get("_resourceType") in SOCKETS or entry.get("_webSocketMessages"):
        return "a WebSocket, which mockwave does not serve"
    return ""


def _read_response(response: Tree, status: int, pointer: str, notes: Notes) -> Response | None:
    code = 200 if status == 304 else take_status(status, f"{pointer}/status", notes)
    if code is None:
        return None
    pairs = [
        (text_of(header.get("name")), value)
        for header, _ in dicts_in(response.get("headers"), pointer)
        for value in _values_of(header)
        if text_of(header.get("name")).lower() not in OF_THE_MOMENT
    ]
    headers, content_type = take_headers(pairs, f"{pointer}/headers", notes)
    if response.get("redirectURL") and not any(name.lower() == "location" for name, _ in headers):
        headers = (*headers, ("Location", text_of(response["redirectURL"])))
    content = dict_of(response.get("content"))
    if not content_type:
        mime_type = text_of(content.get("mimeType"))
        if "/" in mime_type:
            _, content_type = take_headers([("Content-Type", mime_type)], f"{pointer}/content/mimeType", notes)
    if code == 206:
        notes.change(pointer, "206 is answered as it was recorded, whatever range is asked for")
    body = _read_body(content, code, f"{pointer}/content", notes)
    return Response(status_code=code, headers=headers, body=body, content_type=content_type)


def _values_of(header: Tree) -> list[str]:
    """Returns the values of a header: some tools join Set-Cookie values by line breaks."""
    value = text_of(header.get("value"))
    return [each for each in value.split("\n") if each.strip()] if "\n" in value else [value]


def _read_body(content: Tree, status: int, pointer: str, notes: Notes) -> bytes:
    text = content.get("text")
    if text is None:
        size = whole_number(content.get("size")) or 0
        if size > 0 and status not in (204, 304) and not 300 <= status < 400:
            why = text_of(content.get("comment"))
            reason = f"the archive has no body of {size} bytes" + (f" ({why[:80]})" if why else "")
            notes.leave_out(pointer, f"{reason}; it is answered without")
        return b""
    if not isinstance(text, str):
        return json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")
    if text_of(content.get("encoding")).lower() == "base64":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            notes.change(pointer, "is marked as base64 and is none; it is taken as text")
    return encode_text(text)


def _choose_host(exchanges: list[_Exchange], wanted: str, notes: Notes) -> str:
    """Returns the host whose exchanges are made."""
    counts = Counter(exchange.host for exchange in exchanges)
    if wanted and exchanges and wanted.lower() not in counts:
        shown = ", ".join(host for host, _ in counts.most_common(MAXIMUM_HOSTS_SHOWN))
        refuse("", f"the archive has no exchange with the host {wanted[:80]}; it has {shown}")
    host = wanted.lower() or next((host for host, _ in counts.most_common(1)), "")
    for other, count in counts.most_common():
        if other != host:
            first = next(exchange.pointer for exchange in exchanges if exchange.host == other)
            notes.leave_out(
                first, f"{count} exchanges are with {other[:80]}; those with {host} are made (host=… chooses)"
            )
    return host


def _relative_redirects(exchange: _Exchange) -> Headers:
    """Returns the headers; a redirect to the recorded host is made relative to the requested path."""
    return tuple(
        (name, relative_location(value, exchange.host, exchange.path) if name.lower() == "location" else value)
        for name, value in exchange.response.headers
    )


def relative_location(location: str, host: str, path: str) -> str:
    """A Location (RFC 9110 §10.2.2) as it leads from this path, where it stays on the host. Relative, not only without
    the host: a mock's paths begin with that of its base URL."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return location
    if parts.netloc and parts.netloc.rpartition("@")[2].lower() != host:
        return location
    if not parts.netloc and not location.startswith("/"):
        return location
    target = parts.path or "/"
    relative = posixpath.relpath(target, posixpath.dirname(path) or "/")
    if target.endswith("/"):
        relative = "./" if relative == "." else f"{relative}/"
    if ":" in relative.partition("/")[0]:
        relative = f"./{relative}"
    return relative + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def _make_stubs(exchanges: list[_Exchange], notes: Notes) -> list[Stub]:
    """Returns a stub for each request, distinguished from others to the same path by whatever differs."""
    by_path: dict[tuple[str, str], list[_Exchange]] = {}
    for exchange in exchanges:
        by_path.setdefault((exchange.method, exchange.path), []).append(exchange)
    stubs: list[Stub] = []
    for (method, path), group in by_path.items():
        by_request: dict[tuple[tuple[tuple[str, str], ...], str], list[_Exchange]] = {}
        for exchange in group:
            by_request.setdefault((tuple(sorted(exchange.query)), exchange.body), []).append(exchange)
        queries = {query for query, _ in by_request}
        bodies = {body for _, body in by_request}
        # More to ask for first: ?a=1&b=2 is also a request with ?a=1.
        for query, body in sorted(by_request, key=lambda each: (-len(each[0]), not each[1])):
            same = by_request[query, body]
            when: Condition = {}
            if len(queries) > 1 and query:
                when["query"] = query_conditions(query)
            if len(bodies) > 1 and body:
                when["body"] = [_body_operator(body)]
            stubs.append(
                Stub(
                    pointer=same[0].pointer,
                    methods=(method,),
                    path=escape_literal(path),
                    when=when,
                    responses=_fold(same, notes),
                    on_exhausted="last",
                )
            )
    return stubs


def _body_operator(body: str) -> Tree:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {"equalTo": body}
    return {"equalToJson": value} if isinstance(value, dict | list) else {"equalTo": body}


def _fold(same: list[_Exchange], notes: Notes) -> list[Response]:
    """The answers to one request: those that follow each other and are equal once, as often as they came."""
    responses: list[Response] = []
    for exchange in same:
        if responses and _are_equal(responses[-1], exchange.response):
            responses[-1].repeat += 1
        else:
            response = exchange.response
            responses.append(Response(**{name: getattr(response, name) for name in response.__struct_fields__}))
            responses[-1].repeat = 1
    if len(same) > 1:
        what = "one after the other" if len(responses) > 1 else "once, since all are equal"
        notes.change(same[0].pointer, f"{len(same)} answers to this request were recorded; they are sent {what}")
    if len(responses) == 1:
        responses[0].repeat = 1
    return responses


def _are_equal(first: Response, second: Response) -> bool:
    return (first.status_code, first.headers, first.body, first.content_type) == (
        second.status_code,
        second.headers,
        second.body,
        second.content_type,
    )
