"""Rules of MockServers and MockRoutes: how they are given, kept and shown, and the calls that read and set them alone.

They are kept as the JSON text of their list, empty where there are none. Set by a call of their own, they leave
everything else as it is: a generated route stays generated, and keeps them through a new specification for as long as
that has its method and path.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import cast

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
from mockwave.pointers import show_pointer
from mockwave.problems import MAXIMUM_SHOWN_ERRORS, Refusal
from mockwave.quoting import quote
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from mockwave.rules.outcomes.then import PlacedTemplate, RouteTraits
from mockwave.rules.rule_reading import RuleFaults, read_in_steps
from mockwave.rules.rules import RuleSet
from mockwave.state.states import StateBusy
from mockwave.store.records import ChangedMeanwhile, RouteRecord, ServerRecord
from mockwave.timestamps import next_time_us

_bodies = BodyDecoder(MockRulesUpdate)


async def show_server_rules(call: Call) -> Answer:
    server = await call.read_server()
    return answer_json(200, _show(server.rules))


async def update_server_rules(call: Call) -> Answer:
    body = _bodies.decode(call.request)
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
    body = _bodies.decode(call.request)
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
    """What of the rules of a route (None: of a mock server) will not do what it seems to. Raises Refusal with every
    fault of them."""
    if not rules:
        return []
    engine_faults = ENGINE_FAULTS[call.services.settings.engine]
    reading = read_in_steps(rules, at="/rules", of_server=route is None, route=route, engine_faults=engine_faults)
    pauses = call.services.begin_pauses()
    while True:
        try:
            next(reading)
        except StopIteration as done:
            read: RuleSet = done.value
            break
        except RuleFaults as faults:
            raise refuse_body(faults.violations) from None
        await pauses.let_others_run()
    return [*show_warnings(read.warnings), *await find_template_warnings(call, read.templates)]


async def check_route_template(call: Call, route: RouteRecord) -> list[RuleWarning]:
    """What of the route's own templates cannot be rendered."""
    template = find_template(route)
    return [] if template is None else await find_template_warnings(call, template.read()[1])


async def find_template_warnings(call: Call, templates: Iterable[PlacedTemplate]) -> list[RuleWarning]:
    """What is wrong with the templates: a request that gets one of these is answered 500."""
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
    """Has the rules start over that are not what they were: nobody means a new sequence to go on in the middle. Those
    that are set as they were, as by a script that sets all of them, keep their state, and scenarios do."""
    if not before or before == after:
        return
    server_id, states = read_server_id(mock_server_id), services.states
    kept_names = {name for name, _ in rules_by_name(before).items() & rules_by_name(after).items()}
    pauses = services.begin_pauses()
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


def rules_by_name(stored: bytes) -> dict[str, bytes]:
    """The rules of a stored list as JSON text, by the names that their state goes by."""
    rules: list[RuleObject] = msgspec.json.decode(stored) if stored else []
    return {rule.get("name") or f"#{index}": msgspec.json.encode(rule) for index, rule in enumerate(rules)}


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
    """The rules as they are stored."""
    return msgspec.json.encode(rules) if rules else b""


def shown_rules(stored: bytes) -> list[RuleObject] | UnsetType:
    """Stored rules as an answer has them: unset where there are none."""
    # They are JSON text already, which goes into the answer as it is.
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
