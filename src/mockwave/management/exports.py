"""A mock server as a file of a format: `GET /mock-servers/{id}/export?format=`.

The server goes as lines to the process that reads Specifications, which writes the file. One header counts what the
format cannot express, and another names it. An archive (har) is made from the newest `limit` entries of the log.
"""

import asyncio
import json
from binascii import b2a_base64
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any, cast

import msgspec
from msgspec import Struct

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
PAUSE_BYTES = 65_536
PIECE_BYTES = 3 * 65_536  # of the specification, in whole groups of Base64
MAXIMUM_ENTRIES = 10_000
MAXIMUM_ENTRY_BYTES = 64 * 1024 * 1024
REPORT_BYTES = 4096  # of what was left out, in a header
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
    begin, rest = _Lines(pauses), _Lines(pauses)
    left_out: list[ImportProblem] = []
    if wanted == "har":
        route_ids, has_more = await _entry_lines(call, server, rest, int(limit))
        if has_more:
            message = f"older entries are left out: those before them have {MAXIMUM_ENTRY_BYTES >> 20} MiB"
            left_out.append(ImportProblem("", message))
        routes = await call.services.store.list_routes(server.id) if route_ids else []
        answered = (route for route in routes if route.id in route_ids and not route.variants)
        await begin.add_head(_make_head(call, server, wanted), b"", answered)
    else:
        text = await _read_specification(call, server) if wanted == "openapi" else b""
        await begin.add_head(_make_head(call, server, wanted), text, ())
        await _route_lines(call, server, rest)
    lines = begin.pieces + rest.pieces
    writing = call.services.reader.write_file(lines, server.workspace_id, pauses=pauses)
    written = await wait_for_reading(call, writing, "export", "")
    left_out += [ImportProblem(each.pointer, each.message) for each in written.left_out]
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


def _make_head(call: Call, server: ServerRecord, wanted: str) -> ExportHead:
    public_base = find_public_base(call.services.settings, call.request)
    return ExportHead(
        format=wanted,
        id=server.id,
        name=server.name,
        url=mock_url(public_base, server.id),
        cors=server.cors,
        rules=_as_stored(server.rules),
        has_entries=wanted == "har",
    )


async def _read_specification(call: Call, server: ServerRecord) -> bytes:
    if server.specification_source != "openapi":
        return b""
    compressed = await call.services.store.read_specification(server.id)
    # In a thread, without the interpreter's lock: fifty megabytes take a sixth of a second.
    return b"" if compressed is None else await asyncio.to_thread(decompress_text, compressed)


class _Lines:
    """The lines of an export, made with pauses: how much there is of a server is its owner's choice, and of a log
    anybody's."""

    def __init__(self, pauses: Pauses) -> None:
        self.pieces: list[bytes] = []
        self.size_bytes = 0
        self._pauses = pauses
        self._pause_at = PAUSE_BYTES

    async def add(self, *pieces: bytes) -> None:
        self.pieces += pieces
        self.size_bytes += sum(map(len, pieces))
        if self.size_bytes >= self._pause_at:
            self._pause_at = self.size_bytes + PAUSE_BYTES
            await self._pauses.let_others_run()

    async def add_line(self, value: Struct) -> None:
        await self.add(_encode(value), b"\n")

    async def add_head(self, head: ExportHead, specification: bytes, routes: Iterable[RouteRecord]) -> None:
        """The line of the head, with the text and the routes, which `head` lacks."""
        text = _encode(head)
        # The last of its kind: what stands in rules comes before it.
        before, _, after = text.rpartition(b'"specification":""')
        await self.add(before, b'"specification":"')
        for start in range(0, len(specification), PIECE_BYTES):
            await self.add(b2a_base64(specification[start : start + PIECE_BYTES], newline=False))
        await self.add(b'"', after.removesuffix(b"]}"))
        separator = b""
        for route in routes:
            await self.add(separator, _encode(show_route(route)))
            separator = b","
        await self.add(b"]}\n")


async def _route_lines(call: Call, server: ServerRecord, lines: _Lines) -> None:
    """A line for each route that answers: not for a generated one that a custom one shadows."""
    routes = await call.services.store.list_routes(server.id)
    custom = {(route.method, route.path_key) for route in routes if not route.generated}
    for route in routes:
        if not route.generated or (route.method, route.path_key) not in custom:
            await lines.add_line(show_route(route))


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
        rules=_as_stored(route.rules),
        generated=route.generated,
    )


def _as_stored(rules: bytes) -> list[dict[str, Any]]:
    """The rules as the text that they are stored as, in one line: decoding ten thousand takes 25 ms."""
    return cast("list[dict[str, Any]]", msgspec.Raw(rules or b"[]"))


async def _entry_lines(call: Call, server: ServerRecord, lines: _Lines, limit: int) -> tuple[set[str], bool]:
    """A line for each entry. Returns the ids of the routes that answered, and whether there are more entries than may
    be asked for at once."""
    route_ids: set[str] = set()
    count = 0
    async with aclosing(call.services.logs.read_logs(server.id, LogQuery(limit=limit))) as chunks:
        async for entries in chunks:
            for entry in entries:
                if entry is None:
                    continue
                if count == limit:
                    return route_ids, False
                if lines.size_bytes >= MAXIMUM_ENTRY_BYTES:
                    return route_ids, True
                count += 1
                await lines.add_line(entry)
                if isinstance(entry.route_id, str):
                    route_ids.add(entry.route_id)
    return route_ids, False


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
