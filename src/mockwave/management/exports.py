"""A mock server as a file of a format: `GET /mock-servers/{id}/export?format=`.

The server goes as lines to the process that reads Specifications, which writes the file. One header counts what the
format cannot express, and another names it. An archive (har) is made from the newest `limit` entries of the log.
"""

import json
from collections.abc import Iterable
from contextlib import aclosing

import msgspec

from mockwave.answers.exported_servers import ExportedRoute, ExportHead
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_bytes
from mockwave.management.mock_urls import find_public_base, mock_url
from mockwave.management.queries import read_query
from mockwave.management.specification_imports import wait_for_reading
from mockwave.model import ImportProblem, LogQuery, Violation
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.reading.source_texts import decompress_text
from mockwave.store.records import RouteRecord, ServerRecord

FORMATS = ("openapi", "insomnia", "wiremock", "mockoon", "har", "postman")
ROUTES_AT_A_TIME = 64
MAXIMUM_ENTRIES = 10_000
REPORT_BYTES = 4096  # bytes of the report in a header
LEFT_OUT = b"mockwave-left-out"
LEFT_OUT_REPORT = b"mockwave-left-out-report"

_encode = msgspec.json.Encoder().encode


async def export_server(call: Call) -> Answer:
    query = read_query(call.request.query, ("format", "limit"))
    wanted = query.get("format", "openapi")
    limit = query.get("limit", str(MAXIMUM_ENTRIES))
    if wanted not in FORMATS:
        raise _refuse("format", f"format: expected one of {', '.join(FORMATS)}, got {quote(wanted)}")
    if not limit.isascii() or not limit.isdecimal() or not 1 <= int(limit[:9]) <= MAXIMUM_ENTRIES:
        raise _refuse("limit", f"limit: expected an integer from 1 to {MAXIMUM_ENTRIES}, got {quote(limit)}")
    server = await call.read_server()
    pauses = call.services.begin_pauses()
    head = await _make_head(call, server, wanted)
    if wanted == "har":
        lines = await _entry_lines(call, server, head, int(limit), pauses)
    else:
        lines = [_encode(head), b"\n", *await _route_lines(call, server, pauses)]
    writing = call.services.reader.write_file(lines, server.workspace_id, pauses=pauses)
    written = await wait_for_reading(call, writing, "export", "")
    left_out = [ImportProblem(each.pointer, each.message) for each in written.left_out]
    file_name = f'attachment; filename="{server.id}.{written.ending}"'
    headers = [
        (b"content-disposition", file_name.encode()),
        (LEFT_OUT, b"%d" % len(left_out)),
    ]
    if left_out:
        headers.append((LEFT_OUT_REPORT, _write_report(left_out)))
    return answer_bytes(200, written.media_type.encode(), written.content, headers)


def _refuse(name: str, message: str) -> Refusal:
    violation = Violation(location="query", pointer=f"/{name}", rule="enum", message=message)
    return Refusal(400, "invalid-query", message, [violation])


async def _make_head(call: Call, server: ServerRecord, wanted: str) -> ExportHead:
    public_base = find_public_base(call.services.settings, call.request)
    specification = b""
    if wanted == "openapi" and server.specification_source == "openapi":
        compressed = await call.services.store.read_specification(server.id)
        specification = b"" if compressed is None else decompress_text(compressed)
    return ExportHead(
        format=wanted,
        id=server.id,
        name=server.name,
        url=mock_url(public_base, server.id),
        cors=server.cors,
        rules=msgspec.json.decode(server.rules) if server.rules else [],
        specification=specification,
    )


async def _route_lines(call: Call, server: ServerRecord, pauses: Pauses) -> list[bytes]:
    """A line for each route that answers, without generated routes that a custom one shadows."""
    lines: list[bytes] = []
    routes = await call.services.store.list_routes(server.id)
    custom = {(route.method, route.path_key) for route in routes if not route.generated}
    for index, route in enumerate(routes):
        if index % ROUTES_AT_A_TIME == ROUTES_AT_A_TIME - 1:
            await pauses.let_others_run()
        if not route.generated or (route.method, route.path_key) not in custom:
            lines += (_encode(show_route(route)), b"\n")
    return lines


def show_route(route: RouteRecord) -> ExportedRoute:
    """The route as it is exported."""
    return ExportedRoute(
        id=route.id,
        method=route.method,
        path=route.path,
        status_code=route.status_code,
        headers=list(route.headers),
        body=route.body,
        content_type=route.content_type,
        delay_ms=route.delay_ms,
        template=route.template,
        rules=msgspec.json.decode(route.rules) if route.rules else [],
        generated=route.generated,
    )


async def _entry_lines(call: Call, server: ServerRecord, head: ExportHead, limit: int, pauses: Pauses) -> list[bytes]:
    """The head, with the routes that answered, and a line for each entry."""
    lines: list[bytes] = []
    route_ids: set[str] = set()
    async with aclosing(call.services.logs.read_logs(server.id, LogQuery(limit=limit))) as chunks:
        async for entries in chunks:
            for entry in entries:
                if entry is None:
                    continue
                lines += (_encode(entry), b"\n")
                if isinstance(entry.route_id, str):
                    route_ids.add(entry.route_id)
                if len(lines) >= 2 * limit:
                    break
            await pauses.let_others_run()
            if len(lines) >= 2 * limit:
                break
    routes = await call.services.store.list_routes(server.id) if route_ids else []
    answered: Iterable[RouteRecord] = (route for route in routes if route.id in route_ids and not route.variants)
    head.has_entries = True
    head.routes = [show_route(route) for route in answered]
    return [_encode(head), b"\n", *lines]


def _write_report(left_out: list[ImportProblem]) -> bytes:
    """The first things left out, as JSON that fits a header."""
    shown: list[ImportProblem] = []
    size = 2
    for problem in left_out:
        size += len(problem.pointer) + len(problem.message) + 30
        if size > REPORT_BYTES:
            break
        shown.append(problem)
    # ASCII only (RFC 9110 §5.5): json escapes every other character.
    return json.dumps(msgspec.to_builtins(shown)).encode()
