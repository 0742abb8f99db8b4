"""Rules of MockServers and MockRoutes: how they are given, kept and shown, and the calls that read and set only them.

They are kept as the JSON text of their list, empty if there are none. A call that sets only rules leaves everything
else as it is: a generated route stays generated, and keeps them through a new specification as long as that has its
method and path.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from mockwave._route_numbers import read_route_id
from mockwave._state_table import KIND_RULE
from mockwave.answers.variants import decode_variants
from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import MAXIMUM_TRIES, Call, Services, no_such_server, refuse_changing
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.state import read_server_id, refuse_busy
from mockwave.mocks.snapshots import find_template
from mockwave.model import MockRules, MockRulesUpdate, RuleObject, RuleWarning, Violation
from mockwave.paths import parse_path
from mockwave.pauses import Pauses
from mockwave.pointers import show_pointer
from mockwave.problems import MAXIMUM_SHOWN_ERRORS, Refusal
from mockwave.quoting import quote
from mockwave.rules.deferral import Deferral
from mockwave.rules.expression_engines import load_engines
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from mockwave.rules.outcomes.then import PlacedTemplate, RouteTraits
from mockwave.rules.rule_reading import RuleFaults, check_in_steps, read_on
from mockwave.rules.stored_rules import split_stored
from mockwave.state.states import StateBusy
from mockwave.store.records import ChangedMeanwhile, RouteRecord, ServerRecord
from mockwave.timestamps import next_time_us

STEP_S: Final = 0.00015
"""Of work on a long list, before others are let in."""

_bodies = BodyDecoder(MockRulesUpdate)


async def show_server_rules(call: Call) -> Answer:
    server = await call.read_server()
    return answer_json(200, _show(server.rules))


async def update_server_rules(call: Call) -> Answer:
    body = await _bodies.decode_list(call.request, call.services.begin_pauses())
    server = await call.read_server()
    warnings = await check_rules(call, body.rules, None)
    rules = encode_rules(body.rules)

    def change(record: ServerRecord) -> ServerRecord:
        return msgspec.structs.replace(record, rules=rules, modified_us=next_time_us(record.modified_us))

    updated = await call.services.commit(call.services.store.update_server(server.id, change))
    if updated is None:
        raise no_such_server(server.id)
    await forget_changed_rules(call.services, server.id, read_server_id(server.id), updated.former_rules, rules)
    return answer_json(200, _show(rules, warnings))


async def show_route_rules(call: Call) -> Answer:
    await call.read_server()
    return answer_json(200, _show((await _find_route(call)).rules))


async def update_route_rules(call: Call) -> Answer:
    body = await _bodies.decode_list(call.request, call.services.begin_pauses())
    await call.read_server()
    rules = encode_rules(body.rules)
    for _ in range(MAXIMUM_TRIES):
        checked = await _find_route(call)
        warnings = await check_rules(call, body.rules, traits_of_route(checked))
        check = partial(_refuse_another, checked)
        with suppress(ChangedMeanwhile):
            updated = await call.services.commit(
                call.services.store.update_route_rules(call.mock_server_id, call.route_id, rules, check)
            )
            break
    else:
        raise refuse_changing(f"route {call.route_id}")
    if updated is None:
        raise no_such_route(call)
    owner = read_route_id(updated.record.id)
    await forget_changed_rules(call.services, call.mock_server_id, owner, updated.former_rules, rules)
    return answer_json(200, _show(rules, warnings))


def _refuse_another(checked: RouteRecord, standing: RouteRecord) -> None:
    """Raises ChangedMeanwhile where rules that were checked for a route may not do for what stands there now."""
    for name in ("generated", "method", "path", "status_code", "variants"):
        if getattr(checked, name) != getattr(standing, name):
            raise ChangedMeanwhile


async def check_rules(call: Call, rules: list[RuleObject] | UnsetType, route: RouteTraits | None) -> list[RuleWarning]:
    """Returns what in the rules of a route (None: of a mock server) will not do what it seems to do. Raises Refusal
    with all their faults."""
    if not rules:
        return []
    stored = encode_rules(rules)
    await load_engines(stored)
    engine_faults = ENGINE_FAULTS[call.services.settings.engine]
    deferral = Deferral()
    reading = check_in_steps(
        rules, at="/rules", of_server=route is None, route=route, engine_faults=engine_faults, deferral=deferral
    )
    pauses = call.services.begin_pauses()
    try:
        # In a thread: a rule may have a thousand conditions, each with a pattern to be compiled.
        while (checked := await asyncio.to_thread(read_on, reading)) is None:
            await pauses.let_others_run()
    except RuleFaults as found:
        raise refuse_body(found.violations) from None
    if deferral.count and (
        faults := await call.services.check_rules(call.mock_server_id, stored, route, engine_faults)
    ):
        raise refuse_body(faults)
    return [*show_warnings(checked.warnings), *await find_template_warnings(call, checked.templates)]


async def check_route_template(call: Call, route: RouteRecord) -> list[RuleWarning]:
    """Returns what in the route's own templates cannot be rendered."""
    template = find_template(route)
    return [] if template is None else await find_template_warnings(call, template.read()[1])


async def find_template_warnings(call: Call, templates: Iterable[PlacedTemplate]) -> list[RuleWarning]:
    """Returns what is wrong with the templates: requests that get one of these are answered with 500."""
    warnings: list[RuleWarning] = []
    for at, template in templates:
        fault = await call.services.check_template(call.mock_server_id, template)
        if fault is not None:
            warnings.append(RuleWarning(at, f"{show_pointer(at)}: {fault}"))
            if len(warnings) == MAXIMUM_SHOWN_ERRORS:
                break
    return warnings


async def forget_changed_rules(
    services: Services, mock_server_id: str, owner: bytes, before: bytes, after: bytes
) -> None:
    """Makes changed rules start over: a new sequence should not continue in the middle. Unchanged rules, as from a
    script that sets all of them, keep their state, and so do scenarios."""
    if not before or before == after:
        return
    server_id, states = read_server_id(mock_server_id), services.states
    pauses = services.begin_pauses()
    former, newer = await name_rules(before, pauses), await name_rules(after, pauses)
    kept_names = {name for name, rule in former.items() if newer.get(name) == rule}
    position = 0
    while True:
        try:
            entries, position = states.read(position, server_id, kind=KIND_RULE, owner=owner)
            for entry in entries:
                if entry.name not in kept_names:
                    states.forget(entry.name, server_id, owner, entry.key)
        except StateBusy as busy:
            raise refuse_busy(busy) from busy
        if not position:
            return
        await pauses.let_others_run()


class _Named(msgspec.Struct):
    name: str | None = None


_decode_named = msgspec.json.Decoder(_Named).decode


async def name_rules(stored: bytes, pauses: Pauses) -> dict[str, bytes]:
    """The rules of a stored list as JSON text, by the names that their state goes by."""
    named: dict[str, bytes] = {}
    for index, rule in enumerate(split_stored(stored) if stored else ()):
        named[_decode_named(rule).name or f"#{index}"] = bytes(rule)
        await pauses.let_others_run_after(STEP_S)
    return named


def show_warnings(warnings: Iterable[Violation]) -> list[RuleWarning]:
    return [RuleWarning(warning.pointer, warning.message) for warning in warnings]


def traits_of_path(method: str, path: str) -> RouteTraits:
    """What rules know of a custom route of this method at this path."""
    methods = ("GET", "HEAD") if method == "GET" else (method,)
    return RouteTraits(path_parameters=parse_path(path).parameter_names, methods=methods)


def traits_of_route(record: RouteRecord) -> RouteTraits:
    traits = traits_of_path(record.method, record.path)
    if not record.generated:
        return traits
    if record.variants is None:
        return msgspec.structs.replace(traits, declared={str(record.status_code): ()})
    declared = {
        variant.key: {body.name for content in variant.contents for body in content.bodies if body.name}
        for variant in decode_variants(record.variants, record.parts)
    }
    return msgspec.structs.replace(traits, declared=declared)


def encode_rules(rules: list[RuleObject]) -> bytes:
    """Encodes rules for storage."""
    return msgspec.json.encode(rules) if rules else b""


def shown_rules(stored: bytes) -> list[RuleObject] | UnsetType:
    """Stored rules as an answer shows them; unset if there are none."""
    # They are already JSON text, which goes into the answer unchanged.
    return cast("list[RuleObject]", msgspec.Raw(stored)) if stored else UNSET


def no_such_route(call: Call) -> Refusal:
    return Refusal(
        404,
        "mock-route-not-found",
        f"mock server {call.mock_server_id} has no route {quote(call.route_id)}",
    )


def _show(stored: bytes, warnings: Sequence[RuleWarning] = ()) -> MockRules:
    rules = cast("list[RuleObject]", msgspec.Raw(stored or b"[]"))
    return MockRules(rules=rules, warnings=list(warnings) or UNSET)


async def _find_route(call: Call) -> RouteRecord:
    """The route that the path names. Raises Refusal (404) if there is none."""
    record = await call.services.store.read_route(call.mock_server_id, call.route_id)
    if record is None:
        raise no_such_route(call)
    return record
