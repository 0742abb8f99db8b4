"""Rules of MockServers and MockRoutes: how they are given, kept and shown, and the calls that read and set them alone.

They are kept as the JSON text of their list, empty where there are none. Set by a call of their own, they leave
everything else as it is: a generated route stays generated, and keeps them through a new specification for as long as
that has its method and path.
"""

import asyncio
from collections.abc import Generator, Iterable, Sequence
from typing import Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from mockwave.answers.variants import decode_variants
from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import Call, no_such_server
from mockwave.management.exchange import Answer, answer_json
from mockwave.model import MockRules, MockRulesUpdate, RuleObject, RuleWarning, Violation
from mockwave.paths import parse_path
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.reading import RuleFaults, read_in_steps
from mockwave.rules.rules import RuleSet
from mockwave.store.records import RouteRecord
from mockwave.timestamps import next_time_us

_bodies = BodyDecoder(MockRulesUpdate)

WITH_TEMPLATES: Final = b'"template"'


async def show_server_rules(call: Call) -> Answer:
    server = await call.read_server()
    return answer_json(200, _show(server.rules))


async def update_server_rules(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    server = await call.read_server()
    warnings = await check_rules(call, body.rules, None)
    changed = msgspec.structs.replace(
        server, rules=encode_rules(body.rules), modified_us=next_time_us(server.modified_us)
    )
    updated = await call.services.commit(call.services.store.update_server(changed))
    if updated is None:
        raise no_such_server(server.id)
    return answer_json(200, _show(updated.record.rules, warnings))


async def show_route_rules(call: Call) -> Answer:
    await call.read_server()
    return answer_json(200, _show((await _find_route(call)).rules))


async def update_route_rules(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    await call.read_server()
    warnings = await check_rules(call, body.rules, traits_of_route(await _find_route(call)))
    rules = encode_rules(body.rules)
    updated = await call.services.commit(
        call.services.store.update_route_rules(call.mock_server_id, call.route_id, rules)
    )
    if updated is None:
        raise no_such_route(call)
    return answer_json(200, _show(updated.rules, warnings))


async def check_rules(call: Call, rules: list[RuleObject] | UnsetType, route: RouteTraits | None) -> list[RuleWarning]:
    """What of the rules of a route (None: of a mock server) will not do what it seems to. Raises Refusal with every
    fault of them."""
    if not rules:
        return []
    engine_faults = ENGINE_FAULTS[call.services.settings.engine]
    reading = read_in_steps(rules, at="/rules", of_server=route is None, route=route, engine_faults=engine_faults)
    try:
        if WITH_TEMPLATES in msgspec.json.encode(rules):
            # What reads templates is loaded at the first one, and takes its time with a long one.
            read = await asyncio.to_thread(_finish, reading)
        else:
            pauses = call.services.begin_pauses()
            while True:
                try:
                    next(reading)
                except StopIteration as done:
                    read = done.value
                    break
                await pauses.let_others_run()
    except RuleFaults as faults:
        raise refuse_body(faults.violations) from None
    return show_warnings(read.warnings)


def _finish(reading: Generator[None, None, RuleSet]) -> RuleSet:
    while True:
        try:
            next(reading)
        except StopIteration as done:
            read: RuleSet = done.value
            return read


def show_warnings(warnings: Iterable[Violation]) -> list[RuleWarning]:
    return [RuleWarning(warning.pointer, warning.message) for warning in warnings]


def traits_of_path(path: str) -> RouteTraits:
    """What rules know of a custom route at this path."""
    return RouteTraits(path_parameters=parse_path(path).parameter_names)


def traits_of_route(record: RouteRecord) -> RouteTraits:
    traits = traits_of_path(record.path)
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
