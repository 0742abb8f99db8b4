"""Files of mocks of any format, made into mock servers: `POST /mock-servers/import`.

The body is the file as it is, or the zip archive of a folder; what is to be said of it is in the query. It is read in
the process that reads specifications, under its limits; what it describes is stored in one transaction, or nothing is.
A Specification that a file holds is read as any other, into a mock server of its own.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from mockwave._route_numbers import read_route_id
from mockwave.answers.imported import Import
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer, ImportNotes, ImportOptions, RouteRules
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.mock_urls import find_public_base
from mockwave.management.queries import read_query
from mockwave.management.routes import new_route_ids
from mockwave.management.rules import forget_changed_rules, traits_of_route
from mockwave.management.servers import MAXIMUM_NAME_CHARACTERS, imported_fields, show_server
from mockwave.management.specification_imports import (
    generate_routes,
    read_specification,
    show_report,
    wait_for_reading,
)
from mockwave.management.state import read_server_id
from mockwave.model import FileReport, ImportedMocks, ImportProblem, Violation
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.quoting import quote, summarise
from mockwave.reading.readers import ReadMocks
from mockwave.reading.source_texts import SourceText
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from mockwave.store.records import RouteRecord, ServerImport, ServerRecord
from mockwave.timestamps import next_time_us

PARAMETERS = ("format", "name", "workspaceId", "dryRun", "host", "fileName")
LOCAL_WORKSPACE = "wrk_local"
MAXIMUM_TEXT_CHARACTERS = 1000
ROUTES_AT_A_TIME = 25


async def import_mocks(call: Call) -> Answer:
    # What is given empty is as good as not given.
    query = {name: text for name, text in read_query(call.request.query, PARAMETERS).items() if text}
    is_dry_run = _read_query_values(query)
    workspace = _choose_workspace(call, query.get("workspaceId"))
    if not any(call.request.chunks):
        message = "the request body is empty; expected a file of mocks"
        violation = Violation(location="body", pointer="", rule="empty", message=message)
        raise Refusal(400, "invalid-import", message, [violation])
    options = ImportOptions(
        format=query.get("format", ""),
        name=query.get("name", ""),
        file_name=query.get("fileName", ""),
        host=query.get("host", ""),
    )
    read = await _read(call, workspace, options)
    pauses = call.services.begin_pauses()
    left_out: list[ImportProblem] = []
    imports, reports = [], []
    for server, specification in zip(read.servers, read.specifications, strict=True):
        made = await _make_import(call, server, specification, workspace, len(read.servers) > 1, left_out, pauses)
        if made is not None:
            imports.append(made[0])
            reports.append(made[1])
    if not imports:
        raise _refuse_nothing_made(left_out)
    report = _show_report(read.notes, imports, left_out)
    if is_dry_run:
        return answer_json(
            200, ImportedMocks(format=read.notes.format, dry_run=True, mock_servers=[], outcomes=[], report=report)
        )
    stored = await call.services.commit(call.services.store.import_servers(imports))
    for each in stored:
        for owner, before, after in each.changed_rules:
            read_owner = read_server_id if owner == each.record.id else read_route_id
            await forget_changed_rules(call.services, each.record.id, read_owner(owner), before, after)
    public_base = find_public_base(call.services.settings, call.request)
    shown = [
        show_server(each.record, public_base, UNSET if imported is None else show_report(imported))
        for each, imported in zip(stored, reports, strict=True)
    ]
    outcomes = [each.outcome for each in stored]
    headers = [(b"location", f"/mock-servers/{stored[0].record.id}".encode())] if len(stored) == 1 else None
    answer = ImportedMocks(
        format=read.notes.format, dry_run=False, mock_servers=shown, outcomes=outcomes, report=report
    )
    return answer_json(201 if "created" in outcomes else 200, answer, headers)


def _read_query_values(query: dict[str, str]) -> bool:
    """Whether it is a dry run. Raises Refusal with every value that cannot be."""
    faults = []
    for name, text in query.items():
        limit = MAXIMUM_NAME_CHARACTERS if name == "name" else MAXIMUM_TEXT_CHARACTERS
        if len(text) > limit:
            faults.append((name, "maxLength", f"{name}: expected at most {limit} characters, got {len(text)}"))
    dry_run = query.get("dryRun", "false")
    if dry_run not in ("true", "false"):
        faults.append(("dryRun", "format", f"dryRun: expected true or false, got {quote(dry_run)}"))
    if faults:
        violations = [
            Violation(location="query", pointer=f"/{name}", rule=rule, message=message)
            for name, rule, message in faults
        ]
        raise Refusal(400, "invalid-query", summarise(violations, "the query"), violations)
    return dry_run == "true"


def _choose_workspace(call: Call, wanted: str | None) -> str:
    """The workspace of the new servers: the one that is named, or the only one of the bearer. Raises Refusal."""
    workspaces = call.bearer.workspaces
    if wanted is None:
        wanted = next(iter(workspaces)) if workspaces is not None and len(workspaces) == 1 else LOCAL_WORKSPACE
    if not call.bearer.sees(wanted):
        raise Refusal(
            403,
            "foreign-workspace",
            f"workspaceId: the token's workspaces do not include {quote(wanted)}; name one of them",
        )
    return wanted


async def _read(call: Call, workspace: str, options: ImportOptions) -> ReadMocks:
    services = call.services
    source = SourceText("plain", call.request.chunks)
    faults = tuple(ENGINE_FAULTS[services.settings.engine])
    reading = services.reader.read_mocks(source, workspace, options, faults, pauses=services.begin_pauses())
    return await wait_for_reading(call, reading, "import", "")


async def _make_import(
    call: Call,
    server: ImportedServer,
    specification: bytes,
    workspace: str,
    is_one_of_many: bool,
    left_out: list[ImportProblem],
    pauses: Pauses,
) -> tuple[ServerImport, Import | None] | None:
    """What is to be stored of a server, and what was read of its Specification; None, and a note, where that cannot be
    read and is one of several."""
    server_id = server.id or f"mock_{secrets.token_hex(16)}"
    now_us = next_time_us(0)
    given: dict[str, Any] = {
        "id": server_id,
        "name": server.name,
        "workspace_id": workspace,
        "cors": server.cors,
        "rules": server.rules,
        "created_us": now_us,
        "modified_us": now_us,
    }
    if not specification:
        routes = await _make_routes(server.routes, server_id, pauses)
        return ServerImport(server=ServerRecord(**given), routes=routes), None
    try:
        read = await read_specification(call, SourceText("zlib", (specification,)), workspace, use_examples=True)
    except Refusal as refusal:
        if not is_one_of_many or refusal.status != 400:
            raise
        left_out.append(ImportProblem(server.pointer, refusal.detail))
        return None
    record = ServerRecord(**given, specification_source="openapi", **imported_fields(read.imported))
    generated = await generate_routes(read.imported, server_id, pauses)
    generated = _add_rules(generated, server.document_rules, server.pointer, left_out)
    made = ServerImport(server=record, specification=specification, routes=generated, parts=read.imported.parts)
    return made, read.imported


async def _make_routes(routes: Sequence[ImportedRoute], server_id: str, pauses: Pauses) -> list[RouteRecord]:
    """The custom routes of a server. Lets other requests in now and then."""
    made = []
    ids = new_route_ids()
    for position, route in enumerate(routes):
        if position % ROUTES_AT_A_TIME == ROUTES_AT_A_TIME - 1:
            await pauses.let_others_run()
        made.append(
            RouteRecord(
                id=route.id or next(ids),
                mock_server_id=server_id,
                generated=False,
                method=route.method,
                path=route.path,
                path_key=route.path_key,
                status_code=route.status_code,
                position=position,
                headers=route.headers,
                body=route.body,
                content_type=route.content_type,
                delay_ms=route.delay_ms,
                rules=route.rules,
            )
        )
    return made


def _add_rules(
    routes: list[RouteRecord], rules: Sequence[RouteRules], pointer: str, left_out: list[ImportProblem]
) -> list[RouteRecord]:
    """The generated routes with the rules that are for them."""
    by_route = {(each.method, each.path_key): each.rules for each in rules}
    if not by_route:
        return routes
    found = []
    for route in routes:
        own = by_route.pop((route.method, route.path_key), None)
        fitting = b"" if own is None else _keep_fitting(own, route)
        found.append(msgspec.structs.replace(route, rules=fitting) if fitting else route)
    for method, path_key in by_route:
        left_out.append(ImportProblem(pointer, f"{method} {path_key} has rules and is not a route"))
    return found


def _keep_fitting(rules: bytes, route: RouteRecord) -> bytes:
    """Those rules whose response and example the route declares, if they name one."""
    declared = traits_of_route(route).declared or {}
    kept = []
    for rule in msgspec.json.decode(rules):
        response, example = rule["then"].get("response"), rule["then"].get("example")
        if response is None or (response in declared and example in (None, *declared[response])):
            kept.append(rule)
    return msgspec.json.encode(kept) if kept else b""


def _show_report(notes: ImportNotes, imports: Sequence[ServerImport], left_out: list[ImportProblem]) -> FileReport:
    def show(problems: Sequence[Any]) -> list[ImportProblem]:
        return [ImportProblem(problem.pointer, problem.message) for problem in problems]

    return FileReport(
        routes=sum(len(each.routes) for each in imports),
        rules=notes.rules,
        made=show(notes.made),
        changed=show(notes.changed),
        left_out=[*show(notes.left_out), *left_out],
    )


def _refuse_nothing_made(left_out: Sequence[ImportProblem]) -> Refusal:
    violations = [Violation(location="import", pointer=each.pointer, message=each.message) for each in left_out]
    return Refusal(400, "invalid-import", summarise(violations, "the file"), violations)
