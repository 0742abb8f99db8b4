"""A valid request for a route, made of whatever the route was made of."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

YAML = """
openapi: 3.1.0
info: {title: shop, version: '1'}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Node:
      type: object
      required: [name, next, other]
      properties:
        name: {type: string, minLength: 3}
        next: {$ref: '#/components/schemas/Node'}
        other: {$ref: '#/components/schemas/Node'}
    Order:
      type: object
      required: [id, size, code, at]
      properties:
        id: {type: integer, minimum: 7}
        size: {enum: [small, large]}
        code: {type: string, pattern: '^[A-Z]{3}-[0-9]+$'}
        at: {type: string, format: date-time}
        note: {type: string}
paths:
  /orders/{orderId}:
    put:
      security: [{key: []}]
      parameters:
        - {name: orderId, in: path, required: true, schema: {type: integer, minimum: 40}}
        - {name: sizes, in: query, required: true, schema: {type: array, minItems: 2, items: {enum: [s, l]}}}
        - {name: page, in: query, schema: {type: integer}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, format: uuid}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses: {'200': {description: ok}}
  /nodes:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}}
      responses: {'200': {description: ok}}
"""


async def sample(caller: "Caller", server: str, path: str) -> Any:
    (route,) = [each for each in await caller.read(f"{server}/routes?q={path}") if each["path"].startswith(path)]
    return await caller.read(f"{server}/routes/{route['_id']}/sample-request")


async def test_a_request_is_made_of_a_document_in_yaml(caller: "Caller") -> None:
    """The page made one of documents in JSON alone."""
    server = await caller.create_server(specification=YAML)
    made = await sample(caller, server, "/orders")
    path, _, query = made["path"].partition("?")
    assert (made["method"], path, made["madeFrom"]) == ("PUT", "/orders/40", "specification")
    assert parse_qs(query) == {"sizes": ["s", "s"]}
    assert made["headers"].keys() == {"X-Trace", "X-Key", "Content-Type"}
    body = json.loads(made["body"])
    assert body.keys() == {"id", "size", "code", "at"}
    assert (body["id"], body["size"]) == (7, "small")
    assert body["code"][3] == "-"


async def test_schemas_that_hold_each_other_end(caller: "Caller") -> None:
    server = await caller.create_server(specification=YAML)
    made = await sample(caller, server, "/nodes")
    assert json.loads(made["body"])["next"]["other"]["name"] == "a1b2"
    assert len(made["body"]) < 1_000_000


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"headers": {"X-Plan": {"equalTo": "pro"}}}, {"headers": {"X-Plan": "pro"}}),
        ({"query": {"page": {"greaterThanNumber": 3}}}, {"path": "/a/1?page=4"}),
        ({"query": {"tag": {"hasExactly": [{"equalTo": "x"}, {"equalTo": "y"}]}}}, {"path": "/a/1?tag=x&tag=y"}),
        ({"pathParameters": {"id": {"matches": "0[1-9]{2}"}}}, {"path": "/a/011"}),
        ({"cookies": {"session": {"contains": "abc"}}}, {"headers": {"Cookie": "session=abc"}}),
        ({"body": [{"equalToJson": {"a": 1}}]}, {"body": {"a": 1}}),
        ({"body": [{"matchesJsonPath": {"expression": "$.order.lines[1].count", "equalToNumber": 2}}]},
         {"body": {"order": {"lines": [None, {"count": 2}]}}}),
        ({"body": [{"matchesJsonSchema": {"required": ["n"], "properties": {"n": {"minimum": 4, "type": "integer"}}}}]},
         {"body": {"n": 4}}),
        ({"basicAuth": {"username": "ada", "password": "x"}}, {"headers": {"Authorization": "Basic YWRhOng="}}),
        ({"all": [{"headers": {"A": {"equalTo": "1"}}}, {"any": [{"query": {"q": {"equalTo": "é&"}}}]}]},
         {"headers": {"A": "1"}, "path": "/a/1?q=%C3%A9%26"}),
        ({"client": {"equalTo": "10.0.0.1"}}, {"leftOut": ["when.client"]}),
        ({"headers": {"X": {"doesNotMatch": "a"}}}, {"leftOut": ["when.headers.X.doesNotMatch"]}),
        ({"form": {"name": {"equalTo": "Ada L"}}}, {"body": "name=Ada+L"}),
    ],
)  # fmt: skip
async def test_a_request_meets_the_first_rule_of_a_custom_route(
    caller: "Caller", when: dict[str, Any], expected: dict[str, Any]
) -> None:
    server = await caller.create_server()
    rules = [{"then": {"next": True}}, {"when": when, "then": {"statusCode": 202}}]
    route = await caller.create_route(server, method="POST", path="/a/{id}", rules=rules)
    made = await caller.read(f"{route}/sample-request")
    assert made["madeFrom"] == "rule"
    for name, value in expected.items():
        found = made[name]
        if name == "body" and not isinstance(value, str):
            found = json.loads(found)
        if name == "headers":
            found = {key: each for key, each in found.items() if key != "Content-Type"}
        assert found == value
    assert ("leftOut" in made) == ("leftOut" in expected)


async def test_a_route_without_anything_is_asked_for_by_its_path(caller: "Caller") -> None:
    server = await caller.create_server()
    for path, wanted in (("/files/{name}.{ext}", "/files/1.1"), ("/rest/**", "/rest/a"), ("/tail/{rest:*}", "/tail/1")):
        route = await caller.create_route(server, path=path)
        made = await caller.read(f"{route}/sample-request")
        assert made == {"method": "GET", "path": wanted, "headers": {}, "madeFrom": "path"}
    missing = await caller.call("GET", f"{server}/routes/mock-route_{'0' * 32}/sample-request")
    assert missing.status == 404
