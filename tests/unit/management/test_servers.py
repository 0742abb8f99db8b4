"""MockServers through the management plane."""

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from mockwave.management.exchange import Headers, ManagementRequest
from mockwave.management.long_texts import LONG_BYTES
from mockwave.management.mock_urls import find_public_base, mock_url
from mockwave.management.servers import MAXIMUM_NAME_CHARACTERS
from mockwave.reading.specification_reader import SpecificationReader
from mockwave.settings import Settings

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

SPECIFICATION = json.dumps(
    {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {
                                "application/json": {
                                    "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
                                    "example": {"id": 7},
                                }
                            },
                        }
                    }
                },
                "additionalOperations": {"CONNECT": {"responses": {"200": {"description": "ok"}}}},
            },
            "/pets/{id}": {"delete": {"responses": {"204": {"description": "gone"}}}},
        },
    }
)


async def test_a_new_server_is_shown_as_the_contract_says(caller: "Caller") -> None:
    answer = await caller.call("POST", "/mock-servers", {"name": "Pets", "workspaceId": "wrk_1"})
    shown = json.loads(answer.body)
    assert answer.status == 201
    assert dict(answer.headers)[b"location"] == f"/mock-servers/{shown['_id']}".encode()
    assert shown.pop("_id").startswith("mock_")
    assert shown.pop("url").startswith("http://mocks.example:4010/bin/mock_")
    assert shown.pop("created") == shown.pop("modified")
    assert shown == {
        "name": "Pets",
        "workspaceId": "wrk_1",
        "status": "running",
        "specificationSource": "custom",
        "useExamples": True,
        "validateRequests": False,
        "dynamic": False,
        "logRequests": True,
        "captureBodies": False,
        "cors": True,
        "routeCount": 0,
    }


async def test_every_optional_field_is_kept(caller: "Caller") -> None:
    given = {
        "useExamples": False,
        "validateRequests": True,
        "dynamic": True,
        "seed": -(2**63),
        "logRequests": False,
        "captureBodies": True,
        "cors": False,
    }
    shown = await caller.read(await caller.create_server(**given))
    assert {name: shown[name] for name in given} == given


async def test_an_update_changes_what_it_names_and_nothing_else(caller: "Caller") -> None:
    server = await caller.create_server(seed=1, cors=False)
    before = await caller.read(server)
    answer = await caller.call("PUT", server, {"name": "Cats", "status": "stopped"})
    after = json.loads(answer.body)
    assert answer.status == 200
    assert after == await caller.read(server)
    assert (after.pop("name"), after.pop("status"), after.pop("modified") >= before["modified"]) == (
        "Cats",
        "stopped",
        True,
    )
    assert after == {name: before[name] for name in after}


async def test_servers_are_listed_oldest_first_and_by_workspace(caller: "Caller") -> None:
    for name, workspace in (("a", "wrk_1"), ("b", "wrk_2"), ("c", "wrk_1")):
        await caller.create_server(name=name, workspaceId=workspace)
    assert [server["name"] for server in await caller.read("/mock-servers")] == ["a", "b", "c"]
    assert [server["name"] for server in await caller.read("/mock-servers?workspaceId=wrk_1")] == ["a", "c"]
    assert await caller.read("/mock-servers?workspaceId=wrk_3") == []


async def test_a_deleted_server_is_gone(caller: "Caller") -> None:
    server = await caller.create_server()
    answer = await caller.call("DELETE", server)
    assert (answer.status, answer.body, answer.headers) == (204, b"", [])
    assert [(await caller.call(method, server, {})).status for method in ("GET", "PUT", "DELETE")] == [404] * 3
    assert (await caller.call("GET", f"{server}/routes")).status == 404


async def test_a_specification_becomes_routes_and_a_report(caller: "Caller") -> None:
    answer = await caller.call(
        "POST", "/mock-servers", {"name": "Pets", "workspaceId": "wrk_1", "specification": SPECIFICATION}
    )
    shown = json.loads(answer.body)
    assert (shown["specificationSource"], shown["routeCount"]) == ("openapi", 2)
    assert (shown["importReport"]["operations"], shown["importReport"]["routes"]) == (3, 2)
    assert [problem["pointer"] for problem in shown["importReport"]["problems"]] == [
        "/paths/~1pets/additionalOperations/CONNECT"
    ]
    routes = await caller.read(f"/mock-servers/{shown['_id']}/routes")
    assert [(route["method"], route["path"], route["statusCode"], route["responseBody"]) for route in routes] == [
        ("GET", "/pets", 200, '{"id":7}'),
        ("DELETE", "/pets/{id}", 204, ""),
    ]
    assert all(route["generated"] for route in routes)


async def test_the_source_text_is_handed_back_as_given(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    answer = await caller.call("GET", f"{server}/specification")
    assert (answer.body, dict(answer.headers)[b"content-type"]) == (SPECIFICATION.encode(), b"application/json")
    yaml = "openapi: 3.0.0\ninfo: {title: é, version: '1'}\npaths: {}\n"
    assert (await caller.call("PUT", server, {"specification": yaml})).status == 200
    answer = await caller.call("GET", f"{server}/specification")
    assert (answer.body, dict(answer.headers)[b"content-type"]) == (yaml.encode(), b"application/yaml")


async def test_a_server_without_specification_has_no_source_text(caller: "Caller") -> None:
    assert (await caller.call("GET", f"{await caller.create_server()}/specification")).status == 404


async def test_a_new_specification_replaces_generated_routes_only(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    await caller.create_route(server, path="/own")
    empty = '{"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {}}'
    shown = json.loads((await caller.call("PUT", server, {"specification": empty})).body)
    assert (shown["routeCount"], shown["importReport"]["routes"]) == (1, 0)
    assert [route["path"] for route in await caller.read(f"{server}/routes")] == ["/own"]


async def test_a_custom_server_that_gets_a_specification_is_made_from_it(caller: "Caller") -> None:
    server = await caller.create_server()
    shown = json.loads((await caller.call("PUT", server, {"specification": SPECIFICATION})).body)
    assert (shown["specificationSource"], shown["routeCount"]) == ("openapi", 2)


async def test_use_examples_alone_makes_the_routes_anew(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    before = await caller.read(f"{server}/routes")
    shown = json.loads((await caller.call("PUT", server, {"useExamples": False})).body)
    after = await caller.read(f"{server}/routes")
    assert (shown["useExamples"], shown["importReport"]["routes"]) == (False, 2)
    assert before[0]["responseBody"] != after[0]["responseBody"]
    assert [route["_id"] for route in before] == [route["_id"] for route in after]


async def test_a_specification_is_read_with_the_use_examples_of_its_server(caller: "Caller") -> None:
    server = await caller.create_server(useExamples=False)
    await caller.call("PUT", server, {"specification": SPECIFICATION})
    assert '"id":7' not in (await caller.read(f"{server}/routes"))[0]["responseBody"]


@pytest.mark.parametrize("specification", ["", "x", "{}", '{"openapi": "4.0.0"}', "a: [", "\0"])
async def test_what_is_no_specification_is_refused_and_nothing_is_stored(caller: "Caller", specification: str) -> None:
    answer = await caller.call(
        "POST", "/mock-servers", {"name": "x", "workspaceId": "w", "specification": specification}
    )
    assert answer.status == 400
    assert json.loads(answer.body)["errors"][0]["location"] == "specification"
    assert (await caller.read("/mock-servers"), caller.writes) == ([], [])


async def test_a_refused_specification_leaves_the_server_as_it_was(caller: "Caller") -> None:
    server = await caller.create_server(specification=SPECIFICATION)
    before = await caller.read(server), await caller.read(f"{server}/routes")
    assert (await caller.call("PUT", server, {"name": "New", "specification": "x"})).status == 400
    assert (await caller.read(server), await caller.read(f"{server}/routes")) == before


async def test_a_specification_beyond_a_limit_is_refused_by_its_field(
    caller: "Caller", monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SpecificationReader(size_limit_bytes=10)
    monkeypatch.setattr(
        reader, "read", lambda source, _, **options: SpecificationReader.read(reader, source, **options)
    )
    caller.plane._services = msgspec.structs.replace(caller.plane._services, reader=reader)
    answer = await caller.call(
        "POST", "/mock-servers", {"name": "x", "workspaceId": "w", "specification": SPECIFICATION}
    )
    (fault,) = json.loads(answer.body)["errors"]
    assert (answer.status, fault["location"], fault["pointer"]) == (400, "body", "/specification")


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({}, ["/name", "/workspaceId"]),
        ({"name": 1, "workspaceId": "w"}, ["/name"]),
        ({"name": "x", "workspaceId": "w", "seed": 2**63}, ["/seed"]),
        ({"name": "x", "workspaceId": "w", "seed": 1.5, "cors": "yes"}, ["/seed", "/cors"]),
        ({"name": "x" * (MAXIMUM_NAME_CHARACTERS + 1), "workspaceId": "w" * 2000}, ["/name", "/workspaceId"]),
    ],
)
async def test_a_bad_field_is_refused_by_its_pointer(
    caller: "Caller", fields: dict[str, object], pointers: list[str]
) -> None:
    answer = await caller.call("POST", "/mock-servers", fields)
    assert (answer.status, [fault["pointer"] for fault in json.loads(answer.body)["errors"]]) == (400, pointers)


@pytest.mark.parametrize("status", ["error", "paused", ""])
async def test_only_running_and_stopped_can_be_asked_for(caller: "Caller", status: str) -> None:
    answer = await caller.call("PUT", await caller.create_server(), {"status": status})
    assert (answer.status, json.loads(answer.body)["errors"][0]["pointer"]) == (400, "/status")


async def test_a_specification_repairs_a_server_in_error(caller: "Caller") -> None:
    server = await caller.create_server()
    record = await caller.store.read_server(server.removeprefix("/mock-servers/"))
    assert record
    await caller.store.update_server(
        record.id, lambda stored: msgspec.structs.replace(stored, status="error", status_reason="broken")
    )
    assert (await caller.read(server))["statusReason"] == "broken"
    shown = json.loads((await caller.call("PUT", server, {"specification": SPECIFICATION})).body)
    assert (shown["status"], "statusReason" in shown) == ("running", False)


@pytest.mark.parametrize("host", ["a b", "x/y", "user@x", "x:y", "<script>", "x" * 300, "[::1", "a,b"])
async def test_a_host_that_is_none_gets_into_no_url(caller: "Caller", host: str) -> None:
    answer = await caller.call("GET", "/mock-servers", headers={"host": host})
    assert (answer.status, json.loads(answer.body)["errors"][0]["location"]) == (400, "header")


@pytest.mark.parametrize("host", ["x", "x:80", "127.0.0.1:1", "[::1]:4010", "mocks.example.", "my_host:4010"])
async def test_the_url_has_the_host_of_the_request(caller: "Caller", host: str) -> None:
    await caller.create_server()
    answer = await caller.call("GET", "/mock-servers", headers={"host": host})
    assert json.loads(answer.body)[0]["url"].startswith(f"http://{host}/bin/mock_")


@pytest.mark.parametrize("headers", [[], [(b"host", b"")]])
@pytest.mark.parametrize(
    ("own", "base"),
    [("127.0.0.1", "http://127.0.0.1:4010"), ("0.0.0.0", "http://127.0.0.1:4010"), ("::", "http://[::1]:4010")],
)
def test_without_a_host_the_url_is_the_address_listened_on(headers: Headers, own: str, base: str) -> None:
    request = ManagementRequest(method="GET", path=b"/mock-servers", headers=headers)
    assert find_public_base(Settings(data_dir="", host=own), request) == base


def test_a_public_url_stands_before_the_host() -> None:
    request = ManagementRequest(method="GET", path=b"/mock-servers", headers=[(b"host", b"evil.example")])
    settings = Settings(data_dir="", public_url="https://mocks.example/base/")
    assert mock_url(find_public_base(settings, request), "mock_1") == "https://mocks.example/base/bin/mock_1"


@pytest.mark.parametrize("inside", ["\\x", "\\ud83d", "\n"])
async def test_a_long_text_that_is_no_string_of_json_is_refused_as_the_body_it_came_in(
    caller: "Caller", inside: str
) -> None:
    body = f'{{"name":"x","workspaceId":"w","specification":"{" " * LONG_BYTES}{inside}"}}'
    answer = await caller.call("POST", "/mock-servers", body=body.encode())
    assert (answer.status, json.loads(answer.body)["type"]) == (400, "urn:mockwave:problem:malformed-json")
    assert await caller.read("/mock-servers") == []


async def test_a_long_text_is_stored_as_it_was_sent(caller: "Caller") -> None:
    text = SPECIFICATION + " \u00e9\U0001f600" * LONG_BYTES
    text = json.dumps(json.loads(SPECIFICATION) | {"x-note": text})
    server = await caller.create_server(specification=text)
    answer = await caller.call("GET", f"{server}/specification")
    assert answer.body.decode() == text
    assert '"id":7' in (await caller.read(f"{server}/routes"))[0]["responseBody"]


def document_with_key(location: str, name: str) -> str:
    schemes = {"key": {"type": "apiKey", "in": location, "name": name}}
    return json.dumps(
        {
            "openapi": "3.0.3",
            "info": {"title": "Pets", "version": "1"},
            "components": {"securitySchemes": schemes},
            "paths": {"/pets": {"get": {"responses": {"200": {"description": "d"}}}}},
        }
    )


async def test_the_names_of_declared_api_keys_go_with_the_document(caller: "Caller") -> None:
    server = await caller.create_server(specification=document_with_key("header", "X-Pet-Key"))
    mock_server_id = server.removeprefix("/mock-servers/")
    first = await caller.store.read_server(mock_server_id)
    assert first is not None
    assert (first.header_keys, first.query_keys) == (("x-pet-key",), ())
    await caller.call("PUT", server, {"specification": document_with_key("query", "petKey")})
    await caller.call("PUT", server, {"name": "Other"})
    second = await caller.store.read_server(mock_server_id)
    assert second is not None
    assert (second.header_keys, second.query_keys) == ((), ("petKey",))
