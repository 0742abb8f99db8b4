"""A field is said in three places: the structs (`model.py`), the endpoints and parameters of the management plane, and
`openapi.yaml`. They agree, name by name: types, defaults, enums, and which are required.
(tests/unit/management/test_limits.py shows by requests that the limits are those that `openapi.yaml` states.)
"""

import json
from typing import Any

import msgspec
import pytest

from mockwave import model
from mockwave.management.contract import read_contract
from mockwave.management.endpoints import ENDPOINTS, Endpoint
from mockwave.management.queries import (
    FIGURE_PARAMETERS,
    LOG_PARAMETERS,
    PAGE_PARAMETERS,
    ROUTE_PARAMETERS,
    STATE_PAGE_PARAMETERS,
)
from mockwave.store.records import ServerRecord
from tests.contract.references import resolve

DOCUMENT: dict[str, Any] = json.loads(read_contract())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]

GIVEN: dict[str, type[msgspec.Struct]] = {
    "MockServerCreate": model.MockServerCreate,
    "MockServerUpdate": model.MockServerUpdate,
    "MockRouteCreate": model.MockRouteCreate,
    "MockRulesUpdate": model.MockRulesUpdate,
}
SHOWN: dict[str, type[msgspec.Struct]] = {
    "MockServer": model.MockServer,
    "MockRoute": model.MockRoute,
    "MockRules": model.MockRules,
    "MockLogEntry": model.LogEntry,
    "ImportReport": model.ImportReport,
    "ImportedMocks": model.ImportedMocks,
    "FileReport": model.FileReport,
    "ImportProblem": model.ImportProblem,
}
METHODS = ("get", "post", "put", "patch", "delete")
SERVICE_PATHS = {
    "/healthz",
    "/readyz",
    "/metrics",
    *(f"/bin/{action}/{{mockServerId}}/{{path}}" for action in ("upsert", "log", "delete")),
}
"""What other planes answer."""


def types_of(schema: dict[str, Any]) -> set[str]:
    branches = schema.get("anyOf", [schema])
    named = [each.get("type", "string" if "enum" in each else None) for each in branches]
    return {name for each in named for name in (each if isinstance(each, list) else [each]) if name is not None}


def fields_of(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Of each property: its types, its enum, those of what it holds, and the same of its own properties."""
    found = {}
    for name, property_ in schema.get("properties", {}).items():
        node = resolve(document, property_)
        held = node.get("items") or node.get("additionalProperties")
        inner = resolve(document, held) if isinstance(held, dict) else {}
        found[name] = (
            types_of(node),
            sorted(node.get("enum", ())),
            types_of(inner) - {"array"},
            fields_of(inner, document),
        )
    return found


ASKED_BY_POST = {"/mock-servers/{mockServerId}/verifications"}
"""Calls of POST that change nothing: what they ask is too long for a query."""


def schema_of(struct: type[msgspec.Struct]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON Schema that msgspec makes of the struct, and the document that its references are in."""
    (schema,), components = msgspec.json.schema_components([struct], ref_template="#/{name}")
    return resolve(components, schema), components


def defaults_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: node["default"] for name, node in schema["properties"].items() if node.get("default") is not None}


@pytest.mark.parametrize("name", [*GIVEN, *SHOWN])
def test_a_struct_has_the_fields_of_its_schema(name: str) -> None:
    made, components = schema_of({**GIVEN, **SHOWN}[name])
    assert fields_of(made, components) == fields_of(SCHEMAS[name], DOCUMENT)


@pytest.mark.parametrize("name", GIVEN)
def test_what_a_body_must_have_is_what_its_schema_requires(name: str) -> None:
    made, _ = schema_of(GIVEN[name])
    assert set(made.get("required", ())) == set(SCHEMAS[name].get("required", ()))


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_required_of_an_answer_is_always_there(name: str) -> None:
    made, _ = schema_of(SHOWN[name])
    assert set(SCHEMAS[name].get("required", ())) <= set(made["required"])


def test_defaults_of_bodies_are_those_of_their_schemas() -> None:
    for name, struct in GIVEN.items():
        made, _ = schema_of(struct)
        said = defaults_of(SCHEMAS[name])
        # Which content type is the default depends on the headers.
        if struct is model.MockRouteCreate:
            assert said.pop("contentType") == model.DEFAULT_CONTENT_TYPE
        assert {key: value for key, value in defaults_of(made).items() if value not in ({}, [])} == said


def test_what_a_body_leaves_out_is_stored_as_its_default_says() -> None:
    fields = {field.name: field for field in msgspec.structs.fields(model.MockServerCreate)}
    stored = {field.name: field.default for field in msgspec.structs.fields(ServerRecord)}
    given = {name: field.default for name, field in fields.items() if isinstance(field.default, bool)}
    assert given == {name: stored[name] for name in given}
    assert len(given) == 6


@pytest.mark.parametrize("name", ["MockServerCreate", "MockServerUpdate"])
def test_every_field_of_a_server_that_is_given_is_shown(name: str) -> None:
    hidden = {"specification"}  # at a path of its own
    assert set(GIVEN[name].__struct_fields__) - hidden <= set(model.MockServer.__struct_fields__)


def test_every_field_of_a_new_server_can_be_changed_but_its_workspace() -> None:
    created, updated = set(model.MockServerCreate.__struct_fields__), set(model.MockServerUpdate.__struct_fields__)
    assert (created - updated, updated - created) == ({"workspace_id"}, {"status"})


def test_the_document_has_the_endpoints_and_no_others() -> None:
    described = {
        (method.upper(), path)
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item and path not in SERVICE_PATHS and not path.startswith("/tools/")
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_an_endpoint_takes_and_asks_what_is_said_of_it(endpoint: Endpoint) -> None:
    operation = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    assert endpoint.is_open == (operation.get("security") == [])
    assert bool(endpoint.body_bytes) == ("requestBody" in operation)
    takes_any_type = "*/*" in operation.get("requestBody", {}).get("content", {})
    assert ("415" in operation["responses"]) == (bool(endpoint.body_bytes) and not takes_any_type)
    only_asks = endpoint.method == "GET" or endpoint.path in ASKED_BY_POST
    assert endpoint.writes == (not only_asks)
    assert endpoint.takes_text == (takes_any_type or "specification" in json.dumps(body_schema(operation)))


def body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return {} if content is None else dict(resolve(DOCUMENT, content["schema"])["properties"])


def query_parameters(path: str) -> dict[str, dict[str, Any]]:
    listed = [resolve(DOCUMENT, node) for node in DOCUMENT["paths"][path]["get"]["parameters"]]
    return {node["name"]: node["schema"] for node in listed if node["in"] == "query"}


def test_the_parameters_of_lists_are_those_that_are_read() -> None:
    assert set(query_parameters("/mock-servers/{mockServerId}/logs")) == set(LOG_PARAMETERS)
    assert set(query_parameters("/mock-servers/{mockServerId}/routes")) == set(ROUTE_PARAMETERS)
    assert set(query_parameters("/mock-servers/{mockServerId}/logs/stream")) | {"limit", "offset"} == set(
        LOG_PARAMETERS
    )
    assert set(query_parameters("/mock-servers/{mockServerId}/figures")) == set(FIGURE_PARAMETERS)
    assert set(query_parameters("/mock-servers/{mockServerId}/state")) == set(STATE_PAGE_PARAMETERS)
    assert set(query_parameters("/mock-servers")) == {"workspaceId", *PAGE_PARAMETERS}


def test_a_log_that_is_asked_for_no_page_returns_the_one_that_the_document_says() -> None:
    said = query_parameters("/mock-servers/{mockServerId}/logs")
    asked = model.LogQuery()
    assert (asked.limit, asked.offset) == (said["limit"]["default"], said["offset"]["default"])
