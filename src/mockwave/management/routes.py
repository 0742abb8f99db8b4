"""Routes of a MockServer: list, create, read, update, delete."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import cast

import msgspec
from msgspec import UNSET

from mockwave._route_numbers import read_route_id
from mockwave.answers.parts import Parts
from mockwave.answers.variants import decode_variants
from mockwave.journal.usage import Usage
from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import Call, no_such_server
from mockwave.management.exchange import Answer, answer_nothing
from mockwave.management.long_strings import PART_BYTES, write_string
from mockwave.management.queries import ROUTE_PARAMETERS, read_route_query
from mockwave.management.route_rules import read_route
from mockwave.management.rules import (
    check_route_template,
    check_rules,
    forget_changed_rules,
    no_such_route,
    shown_rules,
    traits_of_path,
)
from mockwave.management.shared_fields import fields_of_both, take_shown
from mockwave.management.written_lists import answer_page, answer_pieces, encode
from mockwave.model import DeclaredResponse, Method, MockRoute, MockRouteCreate, RuleWarning, Violation
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.store.records import BriefRoute, RouteConflict, RouteFilter, RouteRecord
from mockwave.timestamps import show_time_us

_route_bodies = BodyDecoder(MockRouteCreate)
_SHOWN_FIELDS = fields_of_both(MockRoute, RouteRecord)


async def list_routes(call: Call) -> Answer:
    query = read_route_query(call.request.query)
    server = await call.read_server()
    usage: Usage | None = None
    if query.usage or query.unused:
        usage = await call.services.logs.count_usage(server.id)
    unwanted = tuple(f"mock-route_{route_id.hex()}" for route_id in usage or () if route_id) if query.unused else ()
    wanted = RouteFilter(query.method, query.text, unwanted)
    page = {"offset": query.offset, "count": query.count_with_next}
    if query.brief:
        brief = await call.services.store.list_brief_routes(server.id, **page, wanted=wanted)
        write = partial(write_brief, mock_server_id=server.id, usage=usage)
        return await answer_page(call, brief, write, query, ROUTE_PARAMETERS)
    records = await call.services.store.list_routes(server.id, **page, wanted=wanted)
    return await answer_page(call, records, partial(write_route, usage=usage), query, ROUTE_PARAMETERS)


async def create_route(call: Call) -> Answer:
    body, content = await _route_bodies.decode_text(call.request, "responseBody", call.services.begin_pauses())
    await call.check_server()
    route = read_route(body, content, call.mock_server_id, new_route_id())
    warnings = await check_rules(call, body.rules, traits_of_path(body.method, body.path))
    warnings += await check_route_template(call, route)
    try:
        created = await call.services.commit(call.services.store.create_route(route))
    except RouteConflict as conflict:
        raise _refuse_duplicate(conflict) from conflict
    if created is None:
        raise no_such_server(call.mock_server_id)
    location = f"/mock-servers/{created.mock_server_id}/routes/{created.id}".encode()
    return await answer_pieces(call, write_route(created, warnings), status=201, headers=[(b"location", location)])


async def show_one_route(call: Call) -> Answer:
    server = await call.read_server()
    record = await call.services.store.read_route(server.id, call.route_id)
    if record is None:
        raise no_such_route(call)
    return await answer_pieces(call, write_route(record))


async def update_route(call: Call) -> Answer:
    body, content = await _route_bodies.decode_text(call.request, "responseBody", call.services.begin_pauses())
    await call.check_server()
    route = read_route(body, content, call.mock_server_id, call.route_id)
    warnings = await check_rules(call, body.rules, traits_of_path(body.method, body.path))
    warnings += await check_route_template(call, route)
    try:
        updated = await call.services.commit(call.services.store.update_route(route))
    except RouteConflict as conflict:
        raise _refuse_duplicate(conflict) from conflict
    if updated is None:
        raise await _find_missing(call)
    stored = updated.record
    await forget_changed_rules(
        call.services, call.mock_server_id, read_route_id(stored.id), updated.former_rules, stored.rules
    )
    return await answer_pieces(call, write_route(stored, warnings))


async def delete_route(call: Call) -> Answer:
    await call.check_server()
    former = await call.services.store.read_route(call.mock_server_id, call.route_id)
    if not await call.services.commit(call.services.store.delete_route(call.mock_server_id, call.route_id)):
        raise await _find_missing(call)
    if former is not None:
        await forget_changed_rules(call.services, call.mock_server_id, read_route_id(former.id), former.rules, b"")
    return answer_nothing()


def new_route_id() -> str:
    return f"mock-route_{secrets.token_hex(16)}"


def new_route_ids() -> Iterator[str]:
    """Returns ascending ids with 96 random bits: writing rows in the order of their index takes half the time."""
    start = f"mock-route_{secrets.token_hex(12)}"
    return (f"{start}{number:08x}" for number in count())


def write_route(
    record: RouteRecord, warnings: Sequence[RuleWarning] = (), usage: Usage | None = None
) -> Iterator[bytes]:
    """Yields the JSON text of the record as the contract shows it, in pieces."""
    # The rest of the record cannot contain the token.
    is_long = len(record.body) > PART_BYTES
    token = secrets.token_hex(16).encode()
    shown = show_route(msgspec.structs.replace(record, body=token) if is_long else record, warnings)
    text = encode(shown if usage is None else show_usage(shown, usage))
    if not is_long:
        yield text
        return
    before, _, after = text.partition(b'"%b"' % token)
    yield before
    yield from write_string(record.body)
    yield after


def write_brief(route: BriefRoute, mock_server_id: str, usage: Usage | None) -> Iterator[bytes]:
    """The JSON text of a route as it stands in a brief list."""
    shown = MockRoute(
        id=route.id,
        mock_server_id=mock_server_id,
        method=cast(Method, route.method),
        path=route.path,
        status_code=route.status_code,
        generated=route.generated,
    )
    yield encode(shown if usage is None else show_usage(shown, usage))


def show_route(record: RouteRecord, warnings: Sequence[RuleWarning] = ()) -> MockRoute:
    """The record as the contract shows it, with the warnings about its rules."""
    return MockRoute(
        **take_shown(record, _SHOWN_FIELDS)
        | {"rules": shown_rules(record.rules), "template": record.template or UNSET},
        response_headers=_group_headers(record.headers),
        response_body=record.body.decode(errors="replace"),
        delay=record.delay_ms,
        warnings=list(warnings) or UNSET,
        responses=UNSET if record.variants is None else show_responses(record.variants, record.parts),
    )


def show_usage(route: MockRoute, usage: Usage) -> MockRoute:
    """The route with its hits and its last use, as far as the log goes back."""
    hits, latest_us = usage.get(bytes.fromhex(route.id.removeprefix("mock-route_")), (0, 0))
    last_used = show_time_us(latest_us) if hits else UNSET
    return msgspec.structs.replace(route, hits=hits, last_used=last_used)


def show_responses(variants: bytes, parts: Parts) -> list[DeclaredResponse]:
    """The responses that requests to the route can choose, in the order declared."""
    return [
        DeclaredResponse(
            variant.key,
            {content.media_type: [body.name for body in content.bodies if body.name] for content in variant.contents},
        )
        for variant in decode_variants(variants, parts)
    ]


def _group_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Headers by name: the value of a single header, or the list of values of a repeated one."""
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
    """Explains why there was nothing to write to. Raises Refusal if the server is missing."""
    await call.read_server()
    return no_such_route(call)
