"""MockRoutes through the management plane."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

ROUTE = {"method": "GET", "path": "/pets/{id}", "statusCode": 200}
SPECIFICATION = """
openapi: 3.0.0
info: {title: Pets, version: '1'}
paths:
  /pets/{id}:
    get:
      responses:
        '200': {description: ok}
"""


async def test_a_new_route_is_shown_as_the_contract_says(caller: "Caller") -> None:
    server = await caller.create_server()
    given = {
        "method": "PATCH",
        "path": "/pets/{id}",
        "statusCode": 418,
        "responseHeaders": {"X-A": "1"},
        "responseBody": "é",
        "contentType": "text/plain",
        "delay": 5,
    }
    answer = await caller.call("POST", f"{server}/routes", given)
    shown = json.loads(answer.body)
    assert answer.status == 201
    assert dict(answer.headers)[b"location"] == f"{server}/routes/{shown['_id']}".encode()
    assert shown == {
        "_id": shown["_id"],
        "mockServerId": server.removeprefix("/mock-servers/"),
        **given,
        "generated": False,
    }
    assert shown["_id"].startswith("mock-route_")
    assert await caller.read(f"{server}/routes/{shown['_id']}") == shown
    assert await caller.read(f"{server}/routes") == [shown]


async def test_an_update_replaces_the_whole_route(caller: "Caller") -> None:
    server = await caller.create_server()
    route = await caller.create_route(server, responseBody="x", delay=5, contentType="text/plain")
    shown = json.loads((await caller.call("PUT", route, {"method": "POST", "path": "/b", "statusCode": 201})).body)
    assert shown == await caller.read(route)
    assert [shown[name] for name in ("method", "path", "statusCode", "responseBody", "contentType", "delay")] == [
        "POST",
        "/b",
        201,
        "",
        "application/json",
        0,
    ]


async def test_a_deleted_route_is_gone(caller: "Caller") -> None:
    route = await caller.create_route(await caller.create_server())
    answer = await caller.call("DELETE", route)
    assert (answer.status, answer.body) == (204, b"")
    assert [(await caller.call(method, route, ROUTE)).status for method in ("GET", "PUT", "DELETE")] == [404] * 3


async def test_one_custom_route_serves_a_method_and_path(caller: "Caller") -> None:
    server = await caller.create_server()
    first = await caller.create_route(server, path="/pets/{id}")
    answer = await caller.call("POST", f"{server}/routes", {**ROUTE, "path": "/pets/{name}"})
    problem = json.loads(answer.body)
    assert (answer.status, problem["errors"][0]["pointer"]) == (400, "/path")
    assert first.rpartition("/")[2] in problem["detail"]
    await caller.create_route(server, path="/pets/{name}", method="POST")


async def test_an_update_cannot_take_another_routes_place(caller: "Caller") -> None:
    server = await caller.create_server()
    await caller.create_route(server, path="/a")
    other = await caller.create_route(server, path="/b")
    assert (await caller.call("PUT", other, {**ROUTE, "path": "/a"})).status == 400
    assert (await caller.call("PUT", other, {**ROUTE, "path": "/b"})).status == 200


async def test_a_changed_generated_route_is_custom_and_outlives_a_new_specification(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    (generated,) = await caller.read(f"{server}/routes")
    await caller.call("PUT", f"{server}/routes/{generated['_id']}", {**ROUTE, "statusCode": 503})
    await caller.call("PUT", server, {"specification": SPECIFICATION.replace("/pets/{id}", "/cats")})
    assert [
        (route["path"], route["statusCode"], route["generated"]) for route in await caller.read(f"{server}/routes")
    ] == [("/pets/{id}", 503, False), ("/cats", 200, True)]


@pytest.mark.parametrize("path", ["", "/routes", "/routes/mock-route_1", "/logs", "/specification"])
async def test_what_belongs_to_no_server_is_not_found(caller: "Caller", path: str) -> None:
    assert (await caller.call("GET", f"/mock-servers/mock_1{path}")).status == 404


async def test_a_route_of_another_server_is_not_found(caller: "Caller") -> None:
    route = await caller.create_route(await caller.create_server())
    elsewhere = f"{await caller.create_server()}/routes/{route.rpartition('/')[2]}"
    assert [(await caller.call(method, elsewhere, ROUTE)).status for method in ("GET", "PUT", "DELETE")] == [404] * 3
    assert (await caller.call("GET", route)).status == 200


async def test_a_missing_server_is_named_before_a_missing_route(caller: "Caller") -> None:
    for method, path in (("POST", "/routes"), ("PUT", "/routes/x"), ("DELETE", "/routes/x")):
        problem = json.loads((await caller.call(method, f"/mock-servers/mock_1{path}", ROUTE)).body)
        assert problem["type"] == "urn:mockwave:problem:mock-server-not-found"


async def test_a_bad_route_is_refused_and_nothing_is_stored(caller: "Caller") -> None:
    server = await caller.create_server()
    writes = len(caller.writes)
    answer = await caller.call("POST", f"{server}/routes", {**ROUTE, "path": "x", "statusCode": 1, "delay": -1})
    assert [fault["pointer"] for fault in json.loads(answer.body)["errors"]] == ["/path", "/statusCode", "/delay"]
    assert (await caller.read(f"{server}/routes"), len(caller.writes)) == ([], writes)


async def test_headers_are_read_back_as_they_were_given(caller: "Caller") -> None:
    """A second Set-Cookie could not be given, and those of a document were shown as one, which they cannot be."""
    server = await caller.create_server()
    given = {"Set-Cookie": ["a=1", "b=2"], "X-One": "1", "x-one": "2", "Link": ["<a>", "<b>", "<c>"]}
    route = await caller.create_route(server, responseHeaders=given)
    assert (await caller.read(route))["responseHeaders"] == given
    (listed,) = await caller.read(f"{server}/routes")
    assert listed["responseHeaders"] == given
    updated = await caller.call("PUT", route, {**ROUTE, "responseHeaders": listed["responseHeaders"]})
    assert json.loads(updated.body)["responseHeaders"] == given


async def test_one_value_is_text_however_it_was_given(caller: "Caller") -> None:
    route = await caller.create_route(await caller.create_server(), responseHeaders={"Set-Cookie": ["a=1"]})
    assert (await caller.read(route))["responseHeaders"] == {"Set-Cookie": "a=1"}


async def test_a_brief_list_says_what_routes_are_known_by_and_no_more(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    await caller.create_route(server, path="/mine", responseBody="long", responseHeaders={"A": "b"}, delay=5)
    whole = await caller.read(f"{server}/routes")
    known = ("_id", "mockServerId", "method", "path", "statusCode", "generated")
    assert await caller.read(f"{server}/routes?brief=true") == [
        {name: route[name] for name in known} for route in whole
    ]
    assert await caller.read(f"{server}/routes?brief=false") == whole
    (mine,) = await caller.read(f"{server}/routes?brief=true&q=mine&method=get&usage=true")
    assert (mine["path"], mine["hits"]) == ("/mine", 0)
    page = await caller.call("GET", f"{server}/routes?brief=true&limit=1")
    assert b"brief=true" in dict(page.headers)[b"link"]
    assert (await caller.call("GET", f"{server}/routes?brief=yes")).status == 400
