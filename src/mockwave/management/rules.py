"""Rules of MockServers and MockRoutes: how they are given, kept and shown, and the calls that read and set them alone.

They are kept as the JSON text of their list, empty where there are none. Set by a call of their own, they leave
everything else as it is: a generated route stays generated, and keeps them through a new specification for as long as
that has its method and path.
"""

from typing import cast

import msgspec
from msgspec import UNSET, UnsetType

from mockwave.management.call_bodies import BodyDecoder
from mockwave.management.calls import Call, no_such_server
from mockwave.management.exchange import Answer, answer_json
from mockwave.model import MockRules, MockRulesUpdate, RuleObject
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.store.records import RouteRecord
from mockwave.timestamps import next_time_us

_bodies = BodyDecoder(MockRulesUpdate)


async def show_server_rules(call: Call) -> Answer:
    server = await call.read_server()
    return answer_json(200, _show(server.rules))


async def update_server_rules(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    server = await call.read_server()
    changed = msgspec.structs.replace(
        server, rules=encode_rules(body.rules), modified_us=next_time_us(server.modified_us)
    )
    updated = await call.services.commit(call.services.store.update_server(changed))
    if updated is None:
        raise no_such_server(server.id)
    return answer_json(200, _show(updated.record.rules))


async def show_route_rules(call: Call) -> Answer:
    await call.read_server()
    return answer_json(200, _show((await _find_route(call)).rules))


async def update_route_rules(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    await call.read_server()
    await _find_route(call)
    rules = encode_rules(body.rules)
    updated = await call.services.commit(
        call.services.store.update_route_rules(call.mock_server_id, call.route_id, rules)
    )
    if updated is None:
        raise no_such_route(call)
    return answer_json(200, _show(updated.rules))


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


def _show(stored: bytes) -> MockRules:
    return MockRules(rules=cast("list[RuleObject]", msgspec.Raw(stored or b"[]")))


async def _find_route(call: Call) -> RouteRecord:
    """The route that the path names. Raises Refusal (404) if there is none."""
    record = await call.services.store.read_route(call.mock_server_id, call.route_id)
    if record is None:
        raise no_such_route(call)
    return record
