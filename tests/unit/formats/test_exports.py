"""Exports: out and in again is the same server, and what a format cannot say is reported by its place."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from mockwave.answers.exported_servers import ExportedRoute, ExportHead
from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.formats.exports import WRITERS, write_export
from mockwave.formats.postman.reading import names_example
from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.wiremock.writing import DEEPEST_OPERATORS, count_levels, write_when
from mockwave.model import LogEntry
from mockwave.openapi import read_specification
from mockwave.rules.conditions.operators import MAXIMUM_DEPTH
from tests.unit.formats.exported_files import SERVER_ID, URL, write_server
from tests.unit.formats.mock_files import MOCKS, read_data, read_file


def export(server: ImportedServer, format_name: str) -> tuple[bytes, list[tuple[str, str]]]:
    """The file, and what was left out of it."""
    written = write_server(server, format_name)
    return written.content, [(problem.pointer, problem.message) for problem in written.left_out]


def make_server(body: bytes, content_type: str) -> ImportedServer:
    """A server whose only route answers GET /d."""
    route = ImportedRoute(
        pointer="", method="GET", path="/d", path_key="/d", status_code=200, body=body, content_type=content_type
    )
    return ImportedServer(name="m", pointer="", routes=[route])


def described(server: ImportedServer, *, with_rules: bool = True) -> Any:
    """The server as requests meet it: names of rules and parameters are not met, nor is the order of routes."""
    rules = [unnamed(rule) for rule in json.loads(server.rules or b"[]")]
    routes = {
        (route.method, route.path_key): (
            route.status_code,
            sorted(route.headers),
            route.body,
            route.content_type,
            route.delay_ms,
            [unnamed(rule) for rule in json.loads(route.rules or b"[]")] if with_rules else (),
        )
        for route in server.routes
    }
    return routes, rules if with_rules else ()


def unnamed(rule: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "name"}


ROUND_TRIPS = [
    ("wiremock", "wiremock/shop.json"),
    ("wiremock", "samples/wiremock/remoteloader-two.json"),
    ("wiremock", "samples/wiremock/test-file-root-testjsonmapping.json"),
    ("wiremock", "har/firefox.har"),
    ("wiremock", "samples/har/api-pastries-0.0.1.har"),
    ("wiremock", "hoverfly/state.json"),
    ("wiremock", "mountebank/binary.json"),
    ("wiremock", "samples/mockoon/settings-env.json"),
    ("mockoon", "samples/mockoon/settings-env.json"),
    ("mockoon", "samples/mockoon/logs-2.json"),
    ("mockoon", "samples/har/api-pastries-0.0.1.har"),
    ("mockoon", "har/one-exchange.json"),
    ("insomnia", "samples/insomnia/mock-server.yaml"),
    ("insomnia", "har/one-exchange.json"),
    ("insomnia", "insomnia/v5-mock.yaml"),
    ("insomnia", "samples/mockoon/basic-folder-2-routes.json"),
]


@pytest.mark.parametrize(("format_name", "name"), ROUND_TRIPS)
def test_out_and_in_again_is_the_same_server(format_name: str, name: str) -> None:
    server = read_file(MOCKS / name).servers[0]
    content, left_out = export(server, format_name)
    assert left_out == []
    (again,) = read_data(content, format=format_name).servers
    assert described(again) == described(server)


@pytest.mark.parametrize(
    "path", sorted(MOCKS.glob("*/*.*")) + sorted(MOCKS.glob("samples/*/*.*")), ids=lambda path: path.name
)
@pytest.mark.parametrize("format_name", [name for name, writer in WRITERS.items() if not writer.of_log])
def test_what_a_format_can_say_comes_back_and_the_rest_is_reported(format_name: str, path: Path) -> None:
    """Each route is in the file, or its place is in the report; and what was written is read again."""
    try:
        servers = read_file(path).servers
    except SpecificationError:
        return
    for server in servers:
        if server.specification or not server.routes:
            continue
        content, left_out = export(server, format_name)
        again = read_data(content, format=format_name)
        gone = {pointer for pointer, _ in left_out}
        kept = {
            route.path_key
            for number, route in enumerate(server.routes)
            if f"/routes/{route.id or f'mock-route_{number:032x}'}" not in gone
        }
        if format_name in ("wiremock", "mockoon", "insomnia"):
            assert {route.path_key for each in again.servers for route in each.routes} >= kept - {"/**"}


def test_routes_go_out_to_openapi_and_postman_with_their_answers() -> None:
    server = read_file(MOCKS / "samples" / "har" / "api-pastries-0.0.1.har").servers[0]
    document = json.loads(export(server, "openapi")[0])
    operation = document["paths"]["/rest/API+Pastries/0.0.1/pastries/Millefeuille"]["get"]
    assert (
        operation["responses"]["200"]["content"]["application/json;charset=UTF-8"]["example"]["name"] == "Millefeuille"
    )
    content, left_out = export(server, "postman")
    assert left_out == []
    (rules,) = read_data(content).servers[0].document_rules
    *sizes, rest = (rule for rule in json.loads(rules.rules) if not names_example(rule))
    assert [rule["when"] for rule in sizes] == [{"query": {"size": {"equalTo": size}}} for size in "LSM"]
    assert ("when" in rest, rest["then"]["response"]) == (False, "404")


@pytest.mark.parametrize("body", [b"", b"{nope", b'{"a":1}'])
def test_a_body_that_should_be_json_comes_back_from_a_document_as_it_went(body: bytes) -> None:
    """An empty body came back as a JSON string, `""`, and one that is not JSON came back in quotes."""
    document = export(make_server(body, "application/json"), "openapi")[0]
    (operation,) = read_specification(document.decode()).operations
    assert (operation.body, operation.content_type) == (body, "application/json")


def test_a_body_that_is_no_text_is_left_out_of_a_document_with_a_note() -> None:
    """Its bytes were written as the characters of Latin-1, and came back as other bytes, without a note."""
    content, left_out = export(make_server(b"\x00\xff", "image/png"), "openapi")
    media_type = json.loads(content)["paths"]["/d"]["get"]["responses"]["200"]["content"]["image/png"]
    assert media_type == {"schema": {"type": "string", "format": "binary"}}
    assert [message for _, message in left_out] == [
        "a document has no examples that are not text; they are described alone"
    ]


def test_insomnia_files_quote_what_would_be_no_text() -> None:
    """The app refuses a file in silence where a header's value is a boolean or a number."""
    server = read_file(MOCKS / "samples" / "insomnia" / "mock-server.yaml").servers[0]
    text = export(server, "insomnia")[0].decode()
    assert "'true'" in text
    tree = yaml.safe_load(text)
    assert tree["schema_version"] == "5.1"
    assert tree["server"]["meta"]["id"] == server.id
    assert tree["server"]["url"] == "http://127.0.0.1:4010"


def test_what_cannot_be_said_is_named_by_its_place() -> None:
    server = read_file(MOCKS / "wiremock" / "scenario.json").servers[0]
    _, left_out = export(server, "insomnia")
    assert (f"/routes/mock-route_{0:032x}/rules/0", "the Insomnia app has no rules") in left_out
    _, left_out = export(server, "mockoon")
    assert any(message == "Mockoon has no words for scenario" for _, message in left_out)


def test_sequences_become_scenarios_of_wiremock() -> None:
    server = read_file(MOCKS / "samples" / "mountebank" / "orders.json").servers[0]
    mappings = json.loads(export(server, "wiremock")[0])["mappings"]
    states = [(each["requiredScenarioState"], each["newScenarioState"]) for each in mappings if "scenarioName" in each]
    assert states == [("Started", "step 2"), ("step 2", "Started")]


def test_a_server_of_a_document_goes_out_as_that_document() -> None:
    text = (MOCKS / "openapi" / "minimal.yaml").read_bytes()
    head = ExportHead(format="openapi", id=SERVER_ID, name="m", url=URL, specification=text)
    custom = ExportedRoute(id="mock-route_1", method="GET", path="/x", status_code=200)
    written = write_export(msgspec.json.encode(head) + b"\n" + msgspec.json.encode(custom))
    assert written.content == text
    assert [problem.pointer for problem in written.left_out] == ["/routes/mock-route_1"]


def test_the_log_goes_out_as_an_archive_with_the_bodies_of_plain_routes() -> None:
    route = ExportedRoute(
        id="r", method="GET", path="/pets", status_code=200, body=b'{"a":1}', content_type="application/json"
    )
    head = ExportHead(format="har", id=SERVER_ID, name="m", url=URL, has_entries=True, routes=[route])

    def entry(number: int, **fields: Any) -> LogEntry:
        given: dict[str, Any] = {
            "id": str(number),
            "mock_server_id": SERVER_ID,
            "request_method": "GET",
            "request_path": "/pets",
            "request_headers": {"Accept": "*/*"},
            "response_status_code": 200,
            "matched": True,
            "timestamp": f"2026-01-01T00:00:0{number}.000Z",
        }
        return LogEntry(**given | fields)

    entries = [entry(2, route_id="r", request_query="a=1"), entry(1, response_status_code=404, matched=False)]
    written = write_export(b"\n".join(msgspec.json.encode(line) for line in (head, *entries)))
    log = json.loads(written.content)["log"]
    assert [each["response"]["status"] for each in log["entries"]] == [404, 200]
    last = log["entries"][1]
    assert last["request"]["url"] == f"{URL}/pets?a=1"
    assert last["response"]["content"]["text"] == '{"a":1}'
    assert {"send", "wait", "receive"} == last["timings"].keys()
    (again,) = read_data(written.content).servers
    assert {(route.method, route.path) for route in again.routes} == {("GET", "/pets")}


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(SpecificationError, match="expected one of openapi"):
        write_export(msgspec.json.encode(ExportHead(format="raml", id="i", name="n", url="u")))


def test_operators_are_written_as_deep_as_rules_have_them() -> None:
    """What was nested deepest here was written one level deeper, and refused when it came in again."""
    assert DEEPEST_OPERATORS == MAXIMUM_DEPTH
    nested: dict[str, Any] = {"equalTo": "a"}
    for _ in range(DEEPEST_OPERATORS - 1):
        nested = {"not": nested}
    assert count_levels(nested) == DEEPEST_OPERATORS
    with pytest.raises(CannotSay, match="nested as deeply"):
        write_when({"not": {"headers": {"X-A": nested}}})


@pytest.mark.parametrize("format_name", ["wiremock", "mockoon"])
def test_a_template_goes_out_and_comes_in_again(format_name: str) -> None:
    """It was left out, and the text of the template went out in its place."""
    body = "{{request.method}} {{request.query.a}} {{jsonPath request.body '$.n'}}"
    mapping = {
        "request": {"method": "POST", "urlPath": "/a"},
        "response": {"body": body, "transformers": ["response-template"]},
    }
    server = read_data(json.dumps(mapping).encode()).servers[0]
    content, left_out = export(server, format_name)
    assert left_out == []
    (route,) = read_data(content, format=format_name).servers[0].routes
    (rule,) = json.loads(route.rules)
    assert rule["then"]["template"] == "liquid"
    assert rule["then"]["responseBody"] == server.routes[0].body.decode()
