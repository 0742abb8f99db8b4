"""The state of rules over the management API: shown, set, reset."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from mockwave.management.state import read_server_id
from mockwave.state.states import StateTable, Step, fit_key
from tests.unit.management.conftest import ROUTE, Caller

DRAW = Step(rule="draw", counts_hits=True)
PAID = Step(rule="pay", scenario="order", to_state="Paid")
SESSION = "0b7c4a4e-6f4b-4c3e-9d1e-2f1a5f0c9a77"


@pytest.fixture
def states(caller: Caller) -> StateTable:
    return caller.states


def owner_of(server: str) -> bytes:
    return read_server_id(server.rsplit("/", 1)[1])


async def faults_of(caller: Caller, method: str, target: str, body: Any = None) -> list[tuple[str, str]]:
    answer = await caller.call(method, target, body)
    assert answer.status == 400, answer.body
    return [(each["pointer"], each["rule"]) for each in json.loads(answer.body)["errors"]]


async def test_what_is_kept_is_shown_by_name_and_key(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    route = await caller.create_route(server)
    server_id, route_id = owner_of(server), route.rsplit("/", 1)[1]
    states.advance(PAID, server_id, server_id, fit_key(SESSION))
    states.advance(DRAW, server_id, bytes.fromhex(route_id.removeprefix("mock-route_")), b"")
    states.count("rate", 5, 1000, server_id, server_id, fit_key("10.0.0.1"))

    shown = await caller.read(f"{server}/state")

    rate = next(each for each in shown if each["name"] == "rate")
    assert rate.pop("windowOpenedMsAgo") >= 0
    assert sorted(shown, key=lambda each: str(each["name"])) == [
        {"kind": "rule", "name": "draw", "routeId": route_id, "hits": 1},
        {"kind": "scenario", "name": "order", "key": SESSION, "state": "Paid"},
        {"kind": "rule", "name": "rate", "key": "10.0.0.1", "hits": 1},
    ]


async def test_a_server_shows_nothing_of_another(caller: Caller, states: StateTable) -> None:
    server, other = await caller.create_server(), await caller.create_server()
    states.advance(PAID, owner_of(other), owner_of(other), b"")

    assert await caller.read(f"{server}/state") == []
    assert (await caller.call("DELETE", f"{server}/state")).status == 204
    assert len(await caller.read(f"{other}/state")) == 1


async def test_pages_lead_through_all_of_it(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    for number in range(120):
        states.advance(DRAW, owner_of(server), owner_of(server), b"%d" % number)
    keys: list[str] = []

    target = f"{server}/state?limit=50&kind=rule"
    while target:
        answer = await caller.call("GET", target)
        keys += (each["key"] for each in json.loads(answer.body))
        link = dict(answer.headers).get(b"link", b"").decode()
        target = link[1 : link.index(">")] if link else ""

    assert sorted(map(int, keys)) == list(range(120))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("kind=scenario", 2),
        ("kind=rule", 3),
        ("name=order", 2),
        ("name=order&key=a", 1),
        ("key=", 2),
        ("key=a", 2),
        (f"key={'x' * 100}", 1),
        ("name=none", 0),
        (f"name={'x' * 200}", 0),
        ("routeId=none", 0),
        ("routeId=mock-route_" + "00" * 16, 0),
    ],
)
async def test_filters_choose_what_is_shown_and_reset(caller: Caller, query: str, count: int) -> None:
    server = await caller.create_server()
    own = owner_of(server)
    for key in ("a", ""):
        caller.states.advance(PAID, own, own, fit_key(key))
    for key in ("a", "x" * 100, ""):
        caller.states.advance(DRAW, own, own, fit_key(key))

    assert len(await caller.read(f"{server}/state?{query}")) == count
    assert (await caller.call("DELETE", f"{server}/state?{query}")).status == 204
    assert await caller.read(f"{server}/state?{query}") == []
    assert len(await caller.read(f"{server}/state")) == 5 - count


async def test_a_scenario_is_put_into_a_state(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    body = {"kind": "scenario", "name": "order", "key": SESSION, "state": "Sent"}

    answer = await caller.call("PUT", f"{server}/state", body)

    assert (answer.status, json.loads(answer.body)) == (200, body)
    assert states.read_state("order", owner_of(server), fit_key(SESSION)) == "Sent"


async def test_a_sequence_goes_on_where_it_is_put(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    route = await caller.create_route(server)
    route_id = route.rsplit("/", 1)[1]
    body = {"kind": "rule", "name": "draw", "routeId": route_id, "hits": 7}

    assert (await caller.call("PUT", f"{server}/state", body)).status == 200

    owner = bytes.fromhex(route_id.removeprefix("mock-route_"))
    assert states.advance(DRAW, owner_of(server), owner, b"") == (7, 0)


async def test_rules_that_are_changed_start_over_and_others_go_on(caller: Caller, states: StateTable) -> None:
    """A new sequence under the name of the old one went on where that one was."""
    kept, changed = ({"name": name, "times": 5, "then": {"statusCode": 200}} for name in ("kept", "changed"))
    server = await caller.create_server(rules=[kept])
    route = await caller.create_route(server, rules=[kept, changed, {"times": 3, "then": {"statusCode": 200}}])
    own, of_route = owner_of(server), bytes.fromhex(route.rsplit("_", 1)[1])
    for name in ("kept", "changed", "#2"):
        states.advance(Step(rule=name, counts_hits=True), own, of_route, b"k")
    states.advance(Step(rule="kept", counts_hits=True), own, own, b"")
    states.advance(PAID, own, own, b"")

    rules = {"rules": [kept, {**changed, "times": 6}, {"times": 4, "then": {"statusCode": 200}}]}
    assert (await caller.call("PUT", f"{route}/rules", rules)).status == 200
    assert (await caller.call("PUT", f"{server}/rules", {"rules": [kept]})).status == 200
    assert {(each["name"], each.get("routeId", "")[:5]) for each in await caller.read(f"{server}/state")} == {
        ("kept", "mock-"),
        ("kept", ""),
        ("order", ""),
    }

    assert (await caller.call("PUT", server, {"rules": []})).status == 200
    assert (await caller.call("PUT", route, {**ROUTE, "rules": []})).status == 200
    assert [each["name"] for each in await caller.read(f"{server}/state")] == ["order"]


async def test_what_was_kept_for_a_route_goes_with_it(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    route = await caller.create_route(server, rules=[{"name": "draw", "times": 5, "then": {"statusCode": 200}}])
    states.advance(DRAW, owner_of(server), bytes.fromhex(route.rsplit("_", 1)[1]), b"")

    assert (await caller.call("DELETE", route)).status == 204

    assert await caller.read(f"{server}/state") == []


async def test_a_template_that_cannot_be_read_is_warned_of(caller: Caller) -> None:
    server = await caller.create_server()
    rules = [{"then": {"template": "liquid", "responseBody": "{% if %}"}}]

    answer = await caller.call("PUT", f"{server}/rules", {"rules": rules})

    assert answer.status == 200
    (warning,) = json.loads(answer.body)["warnings"]
    assert warning["pointer"] == "/rules/0/then/responseBody"


async def test_what_is_reset_starts_over(caller: Caller, states: StateTable) -> None:
    server = await caller.create_server()
    states.advance(DRAW, owner_of(server), owner_of(server), b"")

    assert (await caller.call("DELETE", f"{server}/state")).status == 204

    assert states.advance(DRAW, owner_of(server), owner_of(server), b"") == (0, 0)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": "x"}, [("/kind", "required")]),
        ({"kind": "sequence", "name": "x"}, [("/kind", "enum")]),
        ({"kind": "scenario", "name": "x"}, [("/state", "required")]),
        ({"kind": "scenario", "name": "", "state": "é" * 49}, [("/name", "length"), ("/state", "length")]),
        ({"kind": "scenario", "name": "x", "state": "A", "hits": 1}, [("/hits", "contradiction")]),
        ({"kind": "rule", "name": "x"}, [("/hits", "required")]),
        ({"kind": "rule", "name": "x", "hits": -1}, [("/hits", "range")]),
        ({"kind": "rule", "name": "x", "hits": 2**63, "turns": -1}, [("/hits", "range"), ("/turns", "range")]),
        ({"kind": "rule", "name": "x", "hits": 1, "state": "A"}, [("/state", "contradiction")]),
    ],
    ids=str,
)
async def test_a_state_that_cannot_be_is_refused(caller: Caller, body: Any, faults: list[tuple[str, str]]) -> None:
    server = await caller.create_server()

    assert await faults_of(caller, "PUT", f"{server}/state", body) == faults


async def test_a_reset_of_what_is_not_known_resets_nothing(caller: Caller, states: StateTable) -> None:
    """A parameter that is passed over would leave a reset of everything."""
    server = await caller.create_server()
    states.advance(DRAW, owner_of(server), owner_of(server), b"")

    assert await faults_of(caller, "DELETE", f"{server}/state?nmae=order") == [("/nmae", "unknown")]
    assert await faults_of(caller, "DELETE", f"{server}/state?kind=all") == [("/kind", "format")]
    assert len(await caller.read(f"{server}/state")) == 1


async def test_the_state_of_a_route_or_server_that_is_not_there_is_not_found(caller: Caller) -> None:
    server = await caller.create_server()
    body = {"kind": "rule", "name": "x", "routeId": "mock-route_none", "hits": 1}

    assert (await caller.call("PUT", f"{server}/state", body)).status == 404
    assert (await caller.call("GET", f"/mock-servers/{quote('mock_' + '0' * 32)}/state")).status == 404
