"""Files of mocks over the management API: what is made, in which workspace, what is refused, and what comes out
again."""

import gzip
import json
from typing import Any

import pytest

from mockwave.formats.postman.reading import names_example
from mockwave.management.tokens import mint_token
from tests.unit.formats.mock_files import MOCKS
from tests.unit.management.conftest import SECRET, Caller

WIREMOCK = (MOCKS / "wiremock" / "shop.json").read_bytes()
INSOMNIA = (MOCKS / "insomnia" / "v5-mock.yaml").read_bytes()


async def send(caller: Caller, content: bytes, query: str = "", **options: Any) -> tuple[int, Any]:
    answer = await caller.call("POST", f"/mock-servers/import?{query}", body=content, **options)
    return answer.status, json.loads(answer.body)


async def test_a_file_becomes_a_mock_server_with_a_report(caller: Caller) -> None:
    status, made = await send(caller, WIREMOCK, "workspaceId=wrk_1&fileName=shop.json")
    assert status == 201
    assert (made["format"], made["dryRun"], made["outcomes"]) == ("wiremock", False, ["created"])
    (server,) = made["mockServers"]
    assert (server["name"], server["workspaceId"], server["specificationSource"]) == ("shop", "wrk_1", "custom")
    assert (made["report"]["routes"], made["report"]["rules"]) == (9, 1)
    assert made["report"]["made"][0]["pointer"].startswith("/mappings/")
    assert "nothing reaches it" in made["report"]["leftOut"][0]["message"]
    routes = await caller.read(f"/mock-servers/{server['_id']}/routes")
    assert len(routes) == 9
    assert routes[0]["rules"][0]["name"] == "gone"


async def test_a_dry_run_makes_nothing(caller: Caller) -> None:
    status, told = await send(caller, WIREMOCK, "dryRun=true")
    assert (status, told["dryRun"], told["mockServers"]) == (200, True, [])
    assert told["report"]["routes"] == 9
    assert await caller.read("/mock-servers") == []


async def test_what_is_given_empty_is_not_given(caller: Caller) -> None:
    status, made = await send(caller, WIREMOCK, "format=&name=&workspaceId=&dryRun=&host=&fileName=shop.json")
    assert (status, made["mockServers"][0]["name"]) == (201, "shop")


async def test_a_body_that_postman_fills_in_is_a_rule_beside_the_document(caller: Caller) -> None:
    saved = {"name": "a", "code": 200, "body": "{{$guid}}", "header": "Content-Type: text/plain"}
    items = [{"request": {"url": "http://h/a"}, "response": [saved]}]
    status, made = await send(caller, json.dumps({"info": {"name": "c"}, "item": items}).encode())
    assert status == 201
    (route,) = await caller.read(f"/mock-servers/{made['mockServers'][0]['_id']}/routes")
    assert route["rules"][0]["then"]["responseBody"] == "{{ faker.guid }}"


async def test_the_name_and_a_compressed_body(caller: Caller) -> None:
    _, made = await send(caller, gzip.compress(WIREMOCK), "name=My+shop", headers={"content-encoding": "gzip"})
    assert made["mockServers"][0]["name"] == "My shop"


async def test_a_document_is_a_server_of_that_document(caller: Caller) -> None:
    status, made = await send(caller, (MOCKS / "openapi" / "minimal.yaml").read_bytes(), "fileName=minimal.yaml")
    assert status == 201
    (server,) = made["mockServers"]
    assert (server["name"], server["specificationSource"], server["routeCount"]) == ("minimal", "openapi", 1)
    assert server["importReport"]["routes"] == 1
    assert made["report"]["routes"] == 1


async def test_rules_of_a_collection_are_on_its_generated_routes(caller: Caller) -> None:
    _, made = await send(caller, (MOCKS / "postman" / "queries.json").read_bytes())
    server = f"/mock-servers/{made['mockServers'][0]['_id']}"
    (route,) = await caller.read(f"{server}/routes")
    assert route["generated"] is True
    assert [rule["then"] for rule in route["rules"] if not names_example(rule)] == [
        {"response": "200", "example": "full"},
        {"response": "200", "example": "found"},
        {"response": "404"},
    ]
    given = await caller.call("PUT", f"{server}/routes/{route['_id']}/rules", {"rules": route["rules"]})
    assert given.status == 200, given.body


async def test_a_file_of_several_servers_makes_them_all(caller: Caller) -> None:
    _, made = await send(caller, (MOCKS / "insomnia" / "v4-two-mocks.json").read_bytes())
    assert [server["name"] for server in made["mockServers"]] == ["Shop", "Depot"]
    assert len(await caller.read("/mock-servers")) == 2


async def test_ids_are_kept_and_the_same_file_again_changes_nothing(caller: Caller) -> None:
    _, first = await send(caller, INSOMNIA)
    server_id = first["mockServers"][0]["_id"]
    assert server_id == "mock_00000000000000000000000000000002"
    before = await caller.read(f"/mock-servers/{server_id}")
    status, second = await send(caller, INSOMNIA)
    assert (status, second["outcomes"]) == (200, ["unchanged"])
    assert await caller.read(f"/mock-servers/{server_id}") == before
    routes = await caller.read(f"/mock-servers/{server_id}/routes")
    assert {route["_id"] for route in routes} == {f"mock-route_{number:032x}" for number in (3, 4)}


async def test_a_file_that_changed_brings_its_server_up(caller: Caller) -> None:
    _, first = await send(caller, INSOMNIA)
    server = f"/mock-servers/{first['mockServers'][0]['_id']}"
    own = await caller.create_route(server, path="/own")
    status, second = await send(caller, INSOMNIA.replace(b"statusCode: 202", b"statusCode: 203"))
    assert (status, second["outcomes"]) == (200, ["changed"])
    assert (await caller.read(f"{server}/routes/mock-route_{3:032x}"))["statusCode"] == 203
    assert (await caller.read(own))["path"] == "/own"
    assert (await caller.read(server))["routeCount"] == 3


async def test_an_id_that_somebody_else_has_is_replaced(caller: Caller) -> None:
    await send(caller, INSOMNIA, "workspaceId=wrk_theirs")
    status, made = await send(caller, INSOMNIA, "workspaceId=wrk_mine")
    assert status == 201
    mine = made["mockServers"][0]["_id"]
    assert mine != "mock_00000000000000000000000000000002"
    routes = await caller.read(f"/mock-servers/{mine}/routes")
    assert not {route["_id"] for route in routes} & {f"mock-route_{number:032x}" for number in (3, 4)}


@pytest.mark.parametrize(
    ("content", "query", "pointer", "said"),
    [
        (b"", "", "", "empty"),
        (b'{"colour": 1}', "", "", "no format that is known"),
        (
            b'{"log": {"entries": [{"request": {"url": "http://h/"}, "response": {"status": "OK"}}]}}',
            "",
            "/log/entries/0/response/status",
            "a number",
        ),
        (
            b'{"request": {"url": "/a", "headers": {"X": {"frobs": 1}}}, "response": {}}',
            "",
            "/request/headers/X/frobs",
            "frobs",
        ),
        (b'{"request": {"url": "/a"}, "response": {"fault": "CONNECTION_RESET_BY_PEER"}}', "", "", "--engine uvloop"),
        (WIREMOCK, "format=raml", "", "expected one of"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_made(
    caller: Caller, content: bytes, query: str, pointer: str, said: str
) -> None:
    status, problem = await send(caller, content, query)
    assert (status, problem["type"]) == (400, "urn:mockwave:problem:invalid-import")
    assert problem["errors"][0]["pointer"] == pointer
    assert said in problem["errors"][0]["message"]
    assert await caller.read("/mock-servers") == []


@pytest.mark.parametrize("query", ["dryRun=maybe", f"name={'x' * 1001}"])
async def test_a_query_that_cannot_be_is_refused(caller: Caller, query: str) -> None:
    status, problem = await send(caller, WIREMOCK, query)
    assert (status, problem["type"]) == (400, "urn:mockwave:problem:invalid-query")


async def test_a_server_that_cannot_be_stored_leaves_nothing_of_the_others(caller: Caller) -> None:
    two = json.loads((MOCKS / "insomnia" / "v4-two-mocks.json").read_text())
    two["resources"][3]["statusCode"] = "many"
    status, _ = await send(caller, json.dumps(two).encode())
    assert status == 400
    assert await caller.read("/mock-servers") == []


async def test_workspaces_of_the_token_hold(caller: Caller) -> None:
    one = mint_token(SECRET, workspaces=["wrk_a"])
    status, made = await send(caller, WIREMOCK, token=one)
    assert (status, made["mockServers"][0]["workspaceId"]) == (201, "wrk_a")
    assert (await send(caller, WIREMOCK, "workspaceId=wrk_b", token=one))[0] == 403
    assert (await send(caller, WIREMOCK, token=mint_token(SECRET, scope="read")))[0] == 403
    assert (await send(caller, WIREMOCK, token="nobody"))[0] == 401


async def test_a_server_goes_out_and_comes_in_again(caller: Caller) -> None:
    _, made = await send(caller, (MOCKS / "samples" / "wiremock" / "remoteloader-two.json").read_bytes())
    server = f"/mock-servers/{made['mockServers'][0]['_id']}"
    answer = await caller.call("GET", f"{server}/export?format=wiremock")
    headers = dict(answer.headers)
    assert (answer.status, headers[b"content-type"], headers[b"mockwave-left-out"]) == (200, b"application/json", b"0")
    assert b"wiremock.json" in headers[b"content-disposition"]
    _, again = await send(caller, answer.body)
    routes = [
        await caller.read(f"{path}/routes") for path in (server, f"/mock-servers/{again['mockServers'][0]['_id']}")
    ]
    assert [{k: v for k, v in route.items() if "_id" not in k and "Id" not in k} for route in routes[0]] == [
        {k: v for k, v in route.items() if "_id" not in k and "Id" not in k} for route in routes[1]
    ]


async def test_what_a_format_cannot_say_is_in_headers(caller: Caller) -> None:
    _, made = await send(caller, WIREMOCK)
    answer = await caller.call("GET", f"/mock-servers/{made['mockServers'][0]['_id']}/export?format=insomnia")
    headers = dict(answer.headers)
    assert int(headers[b"mockwave-left-out"]) == 2
    report = json.loads(headers[b"mockwave-left-out-report"])
    assert {problem["message"] for problem in report} == {
        "the Insomnia app has no rules",
        "the Insomnia app has no delays",
    }


@pytest.mark.parametrize("query", ["format=raml", "format=har&limit=0", "format=har&limit=x", "limit=10001"])
async def test_an_export_that_cannot_be_is_refused(caller: Caller, query: str) -> None:
    server = await caller.create_server()
    assert (await caller.call("GET", f"{server}/export?{query}")).status == 400


async def test_an_export_of_nobody_is_404(caller: Caller) -> None:
    assert (await caller.call("GET", f"/mock-servers/mock_{'0' * 32}/export?format=har")).status == 404


async def test_rules_that_another_import_replaces_start_over_and_all_others_go_on(caller: Caller) -> None:
    """Only rules that were set by a call of their own did; those of a file that was imported again kept their state."""
    _, made = await send(caller, INSOMNIA, "workspaceId=wrk_1")
    server = f"/mock-servers/{made['mockServers'][0]['_id']}"
    route_id = "mock-route_" + "4".rjust(32, "0")
    hit = {"kind": "rule", "name": "insomnia template", "routeId": route_id, "hits": 3}

    async def hits_after(content: bytes) -> list[int]:
        assert (await caller.call("PUT", f"{server}/state", hit)).status == 200
        await send(caller, content, "workspaceId=wrk_1")
        return [entry["hits"] for entry in await caller.read(f"{server}/state")]

    assert await hits_after(INSOMNIA.replace(b"name: /carts/7", b"name: /carts/8")) == [3]
    assert await hits_after(INSOMNIA.replace(b"Hello", b"Bye")) == []
