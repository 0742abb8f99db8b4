"""From text to Operations: what is read, what is refused with its place, what is reported."""

import json

import pytest

from mockwave.openapi import Import, SpecificationError, read_specification

HEAD = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n"


def read_paths(paths: str, *, use_examples: bool = True) -> Import:
    return read_specification(f"{HEAD}paths:\n{paths}", use_examples=use_examples)


def body_of(schema: str, *, use_examples: bool = True) -> object:
    content = f"{{application/json: {{schema: {schema}}}}}"
    text = f"  /a: {{get: {{responses: {{'200': {{description: d, content: {content}}}}}}}}}\n"
    (operation,) = read_paths(text, use_examples=use_examples).operations
    return json.loads(operation.body)


def statuses(*keys: str) -> int:
    responses = ", ".join(f"'{key}': {{description: d}}" for key in keys)
    (operation,) = read_paths(f"  /a: {{get: {{responses: {{{responses}}}}}}}\n").operations
    return operation.status_code


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        (("404", "201", "200"), 200),
        (("404", "204"), 204),
        (("404", "2XX"), 200),
        (("404", "default"), 200),
        (("500", "404"), 404),
        (("5XX",), 500),
    ],
)
def test_a_route_answers_with_the_lowest_2xx_then_default_then_the_lowest(keys: tuple[str, ...], status: int) -> None:
    assert statuses(*keys) == status


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("{type: string, example: x}", "x"),
        ("{type: string, default: y}", "y"),
        ("{type: string, enum: [a, b]}", "a"),
        ("{type: integer, minimum: 7}", 7),
        ("{type: boolean}", True),
        ("{type: string, format: uuid}", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    ],
)
def test_values_follow_examples_then_the_schema(schema: str, value: object) -> None:
    made = body_of(schema)
    assert type(made) is type(value)
    if "format" not in schema:
        assert made == value


def test_without_use_examples_no_example_is_taken_at_any_level() -> None:
    schema = "{type: object, example: {a: 1}, properties: {a: {type: integer, example: 5, minimum: 9}}}"
    assert body_of(schema) == {"a": 1}
    assert body_of(schema, use_examples=False) == {"a": 9}


def test_all_of_is_merged_and_circles_end_where_they_may() -> None:
    text = f"""{HEAD}paths:
  /a:
    get:
      responses:
        '200': {{description: d, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Node'}}}}}}}}
components:
  schemas:
    Base: {{type: object, required: [id], properties: {{id: {{type: integer, example: 1}}}}}}
    Node:
      allOf:
        - $ref: '#/components/schemas/Base'
        - properties: {{next: {{$ref: '#/components/schemas/Node'}}}}
"""
    (operation,) = read_specification(text).operations
    body = json.loads(operation.body)
    assert body["id"] == 1
    assert "next" not in body or "next" not in body["next"]


def test_yaml_1_2_scalars_stay_what_they_are() -> None:
    text = f"""{HEAD}x: &m {{a: 1}}
paths:
  /on:
    get:
      responses:
        200:
          description: no
          content: {{application/json: {{example: {{on: yes, date: 2020-01-01, <<: *m}}}}}}
"""
    (operation,) = read_specification(text).operations
    assert (operation.path, operation.status_code) == ("/on", 200)
    assert json.loads(operation.body) == {"on": "yes", "date": "2020-01-01", "a": 1}


def test_swagger_2_serves_its_examples_below_what_it_produces() -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "produces": ["application/json"],
        "paths": {
            "/a": {"get": {"responses": {"200": {"description": "d", "examples": {"application/json": {"a": 1}}}}}}
        },
    }
    (operation,) = read_specification(json.dumps(document)).operations
    assert (operation.content_type, operation.body) == ("application/json", b'{"a":1}')


def test_of_two_operations_for_one_path_the_first_serves_and_the_report_names_the_other() -> None:
    imported = read_paths(
        "  /a/{x}: {get: {responses: {'200': {description: d}}}}\n"
        "  /a/{y}:\n    get: {responses: {'201': {description: d}}}\n    post: {responses: {'201': {description: d}}}\n"
    )
    assert [(operation.method, operation.path) for operation in imported.operations] == [
        ("GET", "/a/{x}"),
        ("POST", "/a/{y}"),
    ]
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/~1a~1{y}/get"]


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        ("", "", "document"),
        ("[1]", "", "object"),
        ("{", "", "line"),
        ("a: [1", "", "line"),
        ("info: {}\npaths: {}", "", "openapi"),
        ("openapi: 4.0.0\npaths: {}", "/openapi", "4.0.0"),
        (f"{HEAD}paths: 3", "/paths", "object"),
        ("openapi: 3.0.0\nopenapi: 3.0.1\npaths: {}", "", "twice"),
    ],
)
def test_what_is_no_specification_is_refused_with_its_place_and_reason(text: str, pointer: str, words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        read_specification(text)
    problem = caught.value.problems[0]
    assert problem.pointer == pointer
    assert words in problem.message


def test_odd_parts_of_a_document_are_reported_and_the_rest_serves() -> None:
    imported = read_paths(
        "  /good: {get: {responses: {'200': {description: d}}}}\n"
        "  /bad/{a: {get: {responses: {'200': {description: d}}}}\n"
        "  /odd: {get: {responses: {'99': {description: d}, '200': 3}}}\n"
    )
    assert [operation.path for operation in imported.operations] == ["/good", "/odd"]
    assert {problem.pointer for problem in imported.report.problems} >= {
        "/paths/~1bad~1{a",
        "/paths/~1odd/get/responses/99",
        "/paths/~1odd/get/responses/200",
    }


def test_response_headers_are_sent_and_those_of_the_connection_left_out() -> None:
    imported = read_paths(
        "  /a: {get: {responses: {'200': {description: d, headers: {X-A: {schema: {type: integer, minimum: 3}}, "
        "X-B: {example: b, schema: {type: string}}, Connection: {schema: {type: string}}}}}}}\n"
    )
    (operation,) = imported.operations
    assert dict(operation.headers) == {"X-A": "3", "X-B": "b"}
    assert any("Connection" in problem.pointer for problem in imported.report.problems)
