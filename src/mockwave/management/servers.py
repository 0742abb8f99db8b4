"""MockServers: list, create, read, update, delete, and the source text one was made from.

An update changes what it names and no more, within the transaction: one that needs a Specification read takes seconds,
in which others may be stored, and theirs stay. Where the text or `useExamples` that its routes were made with is no
longer what is stored, they are made once more: what a server shows and what it serves always come from one update.
"""

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mockwave.answers.imported import Import
from mockwave.management.call_bodies import Body, BodyDecoder, refuse_body, refuse_string
from mockwave.management.calls import MAXIMUM_TRIES, Call, no_such_server, refuse_changing
from mockwave.management.exchange import Answer, answer_json, answer_nothing
from mockwave.management.long_texts import are_long
from mockwave.management.mock_urls import find_public_base, mock_url
from mockwave.management.queries import PAGE_PARAMETERS, read_page_query, read_query
from mockwave.management.rules import check_rules, encode_rules, forget_changed_rules, shown_rules
from mockwave.management.shared_fields import fields_of_both, take_given, take_shown
from mockwave.management.specification_imports import (
    generate_routes,
    have_own_base_paths,
    read_specification,
    show_report,
)
from mockwave.management.state import read_server_id
from mockwave.management.written_lists import PIECE_BYTES, answer_page, answer_pieces, encode
from mockwave.model import ImportReport, MockServer, MockServerCreate, MockServerUpdate, RuleWarning, Violation
from mockwave.problems import Refusal
from mockwave.processes.frames import cut_into_slices
from mockwave.quoting import quote
from mockwave.reading.readers import ReadText
from mockwave.reading.source_texts import NotAString, SourceText, decompress_text
from mockwave.store.records import ChangedMeanwhile, RouteRecord, ServerRecord
from mockwave.timestamps import next_time_us, show_time

MAXIMUM_NAME_CHARACTERS = 1000
SEEDS = range(-(2**63), 2**63)
_LOOKS_LIKE_JSON = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])*\{")

_create_bodies = BodyDecoder(MockServerCreate)
_update_bodies = BodyDecoder(MockServerUpdate)

_CREATED_FIELDS = fields_of_both(MockServerCreate, ServerRecord)
_UPDATED_FIELDS = fields_of_both(MockServerUpdate, ServerRecord)
_SHOWN_FIELDS = fields_of_both(MockServer, ServerRecord)


async def list_servers(call: Call) -> Answer:
    query = call.request.query
    page = read_page_query(query)
    wanted = read_query(query, ("workspaceId",)).get("workspaceId")
    workspaces = call.bearer.workspaces
    if wanted is not None:
        workspaces = frozenset({wanted}) if call.bearer.sees(wanted) else frozenset()
    records = await call.services.store.list_servers(workspaces, offset=page.offset, count=page.count_with_next)
    public_base = find_public_base(call.services.settings, call.request)

    def write(record: ServerRecord) -> tuple[bytes]:
        return (encode(show_server(record, public_base)),)

    return await answer_page(call, records, write, page, ("workspaceId", *PAGE_PARAMETERS))


async def create_server(call: Call) -> Answer:
    body, source = await _decode(call, _create_bodies)
    _refuse_values(body)
    if not call.bearer.sees(body.workspace_id):
        raise Refusal(
            403,
            "foreign-workspace",
            f"workspaceId: the token's workspaces do not include {quote(body.workspace_id)}; use one of them",
        )
    warnings = await check_rules(call, body.rules, None)
    public_base = find_public_base(call.services.settings, call.request)
    server_id = f"mock_{secrets.token_hex(16)}"
    read = None if source is None else await _read(call, _create_bodies, body.workspace_id, source, body.use_examples)
    imported = None if read is None else read.imported
    now_us = next_time_us(0)
    record = ServerRecord(
        id=server_id,
        specification_source="custom" if imported is None else "openapi",
        **take_given(body, _CREATED_FIELDS)
        | {"rules": encode_rules(body.rules)}
        | ({} if imported is None else imported_fields(imported)),
        created_us=now_us,
        modified_us=now_us,
    )
    routes = [] if imported is None else await generate_routes(imported, server_id, call.services.begin_pauses())
    created = await call.services.commit(
        call.services.store.create_server(
            record,
            None if read is None else read.compressed_text,
            routes,
            () if imported is None else imported.parts,
        )
    )
    location = f"/mock-servers/{server_id}".encode()
    shown = show_server(created, public_base, UNSET if imported is None else show_report(imported), warnings)
    return answer_json(201, shown, [(b"location", location)])


async def show_one_server(call: Call) -> Answer:
    record = await call.read_server()
    return answer_json(200, show_server(record, find_public_base(call.services.settings, call.request)))


async def update_server(call: Call) -> Answer:
    body, sent = await _decode(call, _update_bodies)
    _refuse_values(body)
    public_base = find_public_base(call.services.settings, call.request)
    record = await call.read_server()
    warnings = await check_rules(call, body.rules, None)
    read: ReadText | None = None
    routes: list[RouteRecord] | None = None
    read_from: tuple[SourceText, bool] | None = None
    for _ in range(MAXIMUM_TRIES):
        source = await _find_source(call, body, sent, record)
        if source is None:
            read, routes = None, None
        elif source != read_from:
            read = await _read(call, _update_bodies, record.workspace_id, *source)
            routes = await generate_routes(read.imported, record.id, call.services.begin_pauses())
        read_from = source
        imported = None if read is None else read.imported
        with suppress(ChangedMeanwhile):
            updated = await call.services.commit(
                call.services.store.update_server(
                    record.id,
                    partial(_apply, body, imported, record),
                    compressed_specification=None if read is None or sent is None else read.compressed_text,
                    generated_routes=routes,
                    parts=() if imported is None else imported.parts,
                )
            )
            break
        record = await call.read_server()
    else:
        raise refuse_changing(f"mock server {record.id}")
    if updated is None:
        raise no_such_server(record.id)
    await forget_changed_rules(
        call.services, record.id, read_server_id(record.id), updated.former_rules, updated.record.rules
    )
    report = UNSET if imported is None else show_report(imported, updated.ruled_routes_gone)
    return answer_json(200, show_server(updated.record, public_base, report, warnings))


async def delete_server(call: Call) -> Answer:
    server = await call.read_server()
    if not await call.services.commit(call.services.store.delete_server(server.id)):
        raise no_such_server(server.id)
    return answer_nothing()


async def show_specification(call: Call) -> Answer:
    server = await call.read_server()
    compressed = await call.services.store.read_specification(server.id)
    if compressed is None:
        raise Refusal(
            404, "no-specification", f"mock server {server.id} was not made from a specification; PUT one to it first"
        )
    text = await asyncio.to_thread(decompress_text, compressed)
    media_type = b"application/json" if _LOOKS_LIKE_JSON.match(text) else b"application/yaml"
    return await answer_pieces(call, cut_into_slices((text,), PIECE_BYTES), media_type=media_type)


def show_server(
    record: ServerRecord,
    public_base: str,
    import_report: ImportReport | UnsetType = UNSET,
    warnings: Sequence[RuleWarning] = (),
) -> MockServer:
    """The record as the contract shows it."""
    return MockServer(
        **take_shown(record, _SHOWN_FIELDS)
        | {
            "url": mock_url(public_base, record.id),
            "created": show_time(record.created_us),
            "modified": show_time(record.modified_us),
            "status_reason": record.status_reason or UNSET,
            "import_report": import_report,
            "rules": shown_rules(record.rules),
            "warnings": list(warnings) or UNSET,
        }
    )


async def _decode(call: Call, bodies: BodyDecoder[Body]) -> tuple[Body, SourceText | None]:
    """The body, and the Specification's text where it has one."""
    if are_long(call.request.chunks):
        call.services.reader.prepare()
    return await bodies.decode_long(call.request, "specification", call.services.begin_pauses())


async def _read(
    call: Call, bodies: BodyDecoder[Any], workspace: str, source: SourceText, use_examples: bool
) -> ReadText:
    """The text, read. Raises Refusal if it cannot be."""
    try:
        return await read_specification(call, source, workspace, use_examples=use_examples)
    except NotAString:
        if not are_long(call.request.chunks):
            bodies.decode(call.request)  # raises the Refusal of the body as it was sent
        raise refuse_string("specification") from None


async def _find_source(
    call: Call, body: MockServerUpdate, sent: SourceText | None, record: ServerRecord
) -> tuple[SourceText, bool] | None:
    """What the routes have to be made from: the text `sent`, or the stored one, and `useExamples`.

    None if the update leaves both as they are.
    """
    use_examples = record.use_examples if body.use_examples is UNSET else body.use_examples
    if sent is not None:
        return sent, use_examples
    if record.specification_source != "openapi" or use_examples == record.use_examples:
        return None
    compressed = await call.services.store.read_specification(record.id)
    return None if compressed is None else (SourceText("zlib", (compressed,)), use_examples)


def _apply(
    body: MockServerUpdate, imported: "Import | None", known: ServerRecord, record: ServerRecord
) -> ServerRecord:
    """The record with what the update says, and what was read of its Specification if that had to be read.

    Raises ChangedMeanwhile where what there is to read was told by the record as it was `known`, which it is no longer.
    """
    makes_routes = body.specification is not UNSET or body.use_examples is not UNSET
    if makes_routes and record.modified_us != known.modified_us:
        raise ChangedMeanwhile
    changes = take_given(body, _UPDATED_FIELDS)
    if body.rules is not UNSET:
        changes["rules"] = encode_rules(body.rules)
    if body.specification is not UNSET:
        changes["specification_source"] = "openapi"
        # What no longer loaded has been replaced.
        if record.status == "error":
            changes.setdefault("status", "running")
    if imported is not None:
        changes |= imported_fields(imported)
    if "status" in changes:
        changes["status_reason"] = ""
    return msgspec.structs.replace(record, **changes, modified_us=next_time_us(record.modified_us))


def imported_fields(imported: "Import") -> dict[str, Any]:
    """What the record keeps of a Specification."""
    return {
        "base_paths": imported.base_paths,
        "has_own_base_paths": have_own_base_paths(imported),
        "header_keys": imported.keys.headers,
        "query_keys": imported.keys.queries,
    }


def _refuse_values(body: MockServerCreate | MockServerUpdate) -> None:
    """Raises Refusal with every value that is out of bounds."""
    faults = []
    texts = {"name": body.name}
    if isinstance(body, MockServerCreate):
        texts["workspaceId"] = body.workspace_id
    for field, text in texts.items():
        if text is not UNSET and len(text) > MAXIMUM_NAME_CHARACTERS:
            message = f"{field}: expected at most {MAXIMUM_NAME_CHARACTERS} characters, got {len(text)}"
            faults.append(Violation(location="body", pointer=f"/{field}", rule="maxLength", message=message))
    if body.seed is not UNSET and body.seed not in SEEDS:
        message = f"seed: expected an integer of 64 bits, from {SEEDS[0]} to {SEEDS[-1]}"
        faults.append(Violation(location="body", pointer="/seed", rule="range", message=message))
    if faults:
        raise refuse_body(faults)
