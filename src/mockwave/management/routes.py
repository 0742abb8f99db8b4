"""Routes of a MockServer: list, create, read, update, delete."""

import secrets
from collections.abc import Iterable, Iterator
from itertools import count

import msgspec
from msgspec import UNSET

from mockwave.answers.parts import Parts
from mockwave.answers.variants import decode_variants
from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import Call, no_such_server
from mockwave.management.exchange import Answer, answer_nothing
from mockwave.management.long_strings import PART_BYTES, write_string
from mockwave.management.queries import PAGE_PARAMETERS, read_page_query
from mockwave.management.quoting import quote
from mockwave.management.route_rules import read_route
from mockwave.management.shared_fields import fields_of_both, take_shown
from mockwave.management.written_lists import answer_page, answer_pieces, encode
from mockwave.model import DeclaredResponse, MockRoute, MockRouteCreate, Violation
from mockwave.problems import Refusal
from mockwave.store.records import RouteConflict, RouteRecord

_route_bodies = BodyDecoder(MockRouteCreate)
_SHOWN_FIELDS = fields_of_both(MockRoute, RouteRecord)


async def list_routes(call: Call) -> Answer:
    page = read_page_query(call.request.query)
    server = await call.read_server()
    records = await call.services.store.list_routes(server.id, offset=page.offset, count=page.count_with_next)
    return await answer_page(call, records, write_route, page, PAGE_PARAMETERS)


async def create_route(call: Call) -> Answer:
    body, content = await _route_bodies.decode_text(call.request, "responseBody", call.services.begin_pauses())
    await call.check_server()
    route = read_route(body, content, call.mock_server_id, new_route_id())
    try:
        created = await call.services.commit(call.services.store.create_route(route))
    except RouteConflict as conflict:
        raise _refuse_duplicate(conflict) from conflict
    if created is None:
        raise no_such_server(call.mock_server_id)
    location = f"/mock-servers/{created.mock_server_id}/routes/{created.id}".encode()
    return await answer_pieces(call, write_route(created), status=201, headers=[(b"location", location)])


async def show_one_route(call: Call) -> Answer:
    server = await call.read_server()
    record = await call.services.store.read_route(server.id, call.route_id)
    if record is None:
        raise _no_such_route(call)
    return await answer_pieces(call, write_route(record))


async def update_route(call: Call) -> Answer:
    body, content = await _route_bodies.decode_text(call.request, "responseBody", call.services.begin_pauses())
    await call.check_server()
    route = read_route(body, content, call.mock_server_id, call.route_id)
    try:
        updated = await call.services.commit(call.services.store.update_route(route))
    except RouteConflict as conflict:
        raise _refuse_duplicate(conflict) from conflict
    if updated is None:
        raise await _find_missing(call)
    return await answer_pieces(call, write_route(updated))


async def delete_route(call: Call) -> Answer:
    await call.check_server()
    if not await call.services.commit(call.services.store.delete_route(call.mock_server_id, call.route_id)):
        raise await _find_missing(call)
    return answer_nothing()


def new_route_id() -> str:
    return f"mock-route_{secrets.token_hex(16)}"


def new_route_ids() -> Iterator[str]:
    """Ids in ascending order, 96 bits random: rows that are written in the order of their index take half the time."""
    start = f"mock-route_{secrets.token_hex(12)}"
    return (f"{start}{number:08x}" for number in count())


def write_route(record: RouteRecord) -> Iterator[bytes]:
    """The JSON text of the record as the contract shows it, in pieces."""
    if len(record.body) <= PART_BYTES:
        yield encode(show_route(record))
        return
    # Whatever else the record holds, it does not hold these.
    token = secrets.token_hex(16).encode()
    before, _, after = encode(show_route(msgspec.structs.replace(record, body=token))).partition(b'"%b"' % token)
    yield before
    yield from write_string(record.body)
    yield after


def show_route(record: RouteRecord) -> MockRoute:
    """The record as the contract shows it."""
    return MockRoute(
        **take_shown(record, _SHOWN_FIELDS),
        response_headers=_group_headers(record.headers),
        response_body=record.body.decode(errors="replace"),
        delay=record.delay_ms,
        responses=UNSET if record.variants is None else show_responses(record.variants, record.parts),
    )


def show_responses(variants: bytes, parts: Parts) -> list[DeclaredResponse]:
    """What the route can be asked for, in the order declared."""
    return [
        DeclaredResponse(
            variant.key,
            {content.media_type: [body.name for body in content.bodies if body.name] for content in variant.contents},
        )
        for variant in decode_variants(variants, parts)
    ]


def _group_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Headers by name: the value of one that is sent once, a list of those of a repeated one."""
    grouped: dict[str, str | list[str]] = {}
    for name, value in headers:
        known = grouped.setdefault(name, value)
        if known is value:
            continue
        if isinstance(known, list):
            known.append(value)
        else:
            grouped[name] = [known, value]
    return grouped


def _refuse_duplicate(conflict: RouteConflict) -> Refusal:
    existing = conflict.existing
    message = (
        f"path: {existing.method} {quote(existing.path)} is route {existing.id} already, and names of parameters do "
        "not tell two paths apart; change that route, or delete it first"
    )
    return refuse_body([Violation(location="body", pointer="/path", rule="duplicate", message=message)])


async def _find_missing(call: Call) -> Refusal:
    """Why there was nothing to write to. Raises Refusal if it is the server that is missing."""
    await call.read_server()
    return _no_such_route(call)


def _no_such_route(call: Call) -> Refusal:
    return Refusal(
        404,
        "mock-route-not-found",
        f"mock server {call.mock_server_id} has no route {quote(call.route_id)}",
    )
