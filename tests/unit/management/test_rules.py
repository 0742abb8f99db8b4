"""Rules of servers and routes through the management plane."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

RULES = [
    {"name": "pro", "when": {"headers": {"X-Plan": {"equalTo": "pro"}}}, "then": {"statusCode": 202}},
    {"then": {"statusCode": 404, "responseBody": "é"}},
]
OTHER_RULES = [{"then": {"statusCode": 410}}]


def document(*paths: str, status: int = 200) -> str:
    operation = {"get": {"responses": {str(status): {"description": "ok"}}}}
    return json.dumps(
        {"openapi": "3.0.0", "info": {"title": "Pets", "version": "1"}, "paths": dict.fromkeys(paths, operation)}
    )


async def test_rules_of_a_new_route_are_shown_with_it_and_by_themselves(caller: "Caller") -> None:
    server = await caller.create_server()
    route = await caller.create_route(server, rules=RULES)
    assert (await caller.read(route))["rules"] == RULES
    assert (await caller.read(f"{server}/routes"))[0]["rules"] == RULES
    assert await caller.read(f"{route}/rules") == {"rules": RULES}


async def test_rules_of_a_new_server_are_shown_with_it_and_by_themselves(caller: "Caller") -> None:
    server = await caller.create_server(rules=RULES)
    assert (await caller.read(server))["rules"] == RULES
    assert (await caller.read("/mock-servers"))[0]["rules"] == RULES
    assert await caller.read(f"{server}/rules") == {"rules": RULES}


async def test_what_has_no_rules_shows_none_and_has_an_empty_list_by_itself(caller: "Caller") -> None:
    server = await caller.create_server(rules=[])
    route = await caller.create_route(server, rules=[])
    for target in (server, route):
        assert "rules" not in await caller.read(target)
        assert await caller.read(f"{target}/rules") == {"rules": []}


@pytest.mark.parametrize("of_server", [True, False])
async def test_rules_are_set_alone(caller: "Caller", of_server: bool) -> None:
    server = await caller.create_server(rules=OTHER_RULES)
    target = server if of_server else await caller.create_route(server, responseBody="x", rules=OTHER_RULES)
    before = await caller.read(target)
    answer = await caller.call("PUT", f"{target}/rules", {"rules": RULES})
    after = await caller.read(target)
    assert (answer.status, json.loads(answer.body)) == (200, {"rules": RULES})
    assert after | {"modified": ""} == before | {"rules": RULES, "modified": ""}
    assert len(caller.writes) >= 2
    await caller.call("PUT", f"{target}/rules", {"rules": []})
    assert "rules" not in await caller.read(target)


async def test_a_route_that_is_replaced_without_rules_has_none(caller: "Caller") -> None:
    """A PUT replaces the whole route, as of every other field that is not given."""
    server = await caller.create_server()
    route = await caller.create_route(server, rules=RULES)
    answer = await caller.call("PUT", route, {"method": "GET", "path": "/pets", "statusCode": 200})
    assert "rules" not in json.loads(answer.body)
    assert await caller.read(f"{route}/rules") == {"rules": []}


async def test_an_update_of_a_server_without_rules_leaves_them(caller: "Caller") -> None:
    server = await caller.create_server(rules=RULES)
    await caller.call("PUT", server, {"name": "Other"})
    assert (await caller.read(server))["rules"] == RULES
    await caller.call("PUT", server, {"rules": OTHER_RULES})
    assert (await caller.read(server))["rules"] == OTHER_RULES


async def test_a_generated_route_with_rules_stays_generated(caller: "Caller") -> None:
    server = await caller.create_server(specification=document("/pets"))
    (before,) = await caller.read(f"{server}/routes")
    await caller.call("PUT", f"{server}/routes/{before['_id']}/rules", {"rules": RULES})
    assert await caller.read(f"{server}/routes") == [before | {"rules": RULES}]


async def test_rules_of_a_generated_route_survive_a_new_specification_that_has_its_path(caller: "Caller") -> None:
    server = await caller.create_server(specification=document("/pets/{id}", "/toys"))
    pets, toys = await caller.read(f"{server}/routes")
    for route in (pets, toys):
        await caller.call("PUT", f"{server}/routes/{route['_id']}/rules", {"rules": RULES})
    answer = await caller.call("PUT", server, {"specification": document("/new", "/pets/{name}", status=201)})
    problems = json.loads(answer.body)["importReport"]["problems"]
    shown = {route["path"]: route for route in await caller.read(f"{server}/routes")}
    assert shown["/pets/{name}"]["rules"] == RULES
    assert (shown["/pets/{name}"]["_id"], shown["/pets/{name}"]["statusCode"]) == (pets["_id"], 201)
    assert "rules" not in shown["/new"]
    assert ["GET /toys" in problem["message"] for problem in problems] == [True]


async def test_a_specification_that_takes_no_rules_along_reports_nothing(caller: "Caller") -> None:
    server = await caller.create_server(specification=document("/pets", "/toys"))
    answer = await caller.call("PUT", server, {"specification": document("/pets")})
    assert json.loads(answer.body)["importReport"]["problems"] == []


@pytest.mark.parametrize("target", ["/mock-servers/mock_1/rules", "/mock-servers/mock_1/routes/mock-route_1/rules"])
async def test_rules_of_what_is_not_there_are_not_found(caller: "Caller", target: str) -> None:
    assert (await caller.call("GET", target)).status == 404
    assert (await caller.call("PUT", target, {"rules": []})).status == 404


async def test_rules_of_a_route_that_is_not_there_are_not_found(caller: "Caller") -> None:
    server = await caller.create_server()
    assert (await caller.call("GET", f"{server}/routes/mock-route_1/rules")).status == 404
    assert (await caller.call("PUT", f"{server}/routes/mock-route_1/rules", {"rules": RULES})).status == 404


@pytest.mark.parametrize(
    ("given", "pointer"), [({"rules": 5}, "/rules"), ({"rules": [{}, 5]}, "/rules/1"), ({}, "/rules")]
)
async def test_what_is_no_list_of_rules_is_refused_by_its_place(
    caller: "Caller", given: dict[str, object], pointer: str
) -> None:
    server = await caller.create_server()
    answer = await caller.call("PUT", f"{server}/rules", given)
    errors = json.loads(answer.body)["errors"]
    assert (answer.status, [error["pointer"] for error in errors]) == (400, [pointer])
