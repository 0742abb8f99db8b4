"""What a document repeats word for word is read once, unless it depends on its place."""

import json
from typing import Any

import pytest

from mockwave.openapi import read_specification
from mockwave.openapi.document.equal_nodes import EqualNodes, identify_text
from mockwave.openapi.document.report import Problems


def make_document(response: Any, parameter: Any) -> str:
    """Two operations, each with its own copy of a response and a parameter."""
    operation = {"responses": {"200": response}, "parameters": [parameter]}
    paths = {path: {"get": operation} for path in ("/a", "/b")}
    return json.dumps({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": paths})


def describe_response(schema: Any) -> Any:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def test_equal_responses_and_parameters_written_in_place_are_one_part() -> None:
    imported = read_specification(
        make_document(
            describe_response({"type": "object", "properties": {"a": {"type": "string"}}}),
            {"name": "q", "in": "query", "schema": {"type": "string"}},
        )
    )

    first, second = imported.operations
    assert first.variants == second.variants
    assert first.body == second.body == b'{"a":"string"}'


def test_a_problem_in_equal_responses_is_reported_at_each_place() -> None:
    imported = read_specification(
        make_document(
            describe_response({"type": "string", "pattern": "^a$", "minLength": 2}),
            {"name": "q", "in": "query", "schema": {"type": "string"}},
        )
    )

    places = [problem.pointer for problem in imported.report.problems]
    assert [place.partition("/responses")[0] for place in places] == ["/paths/~1a/get", "/paths/~1b/get"]


def test_a_reference_that_leads_nowhere_in_equal_parameters_is_reported_at_each_place() -> None:
    parameter = {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/None"}}
    imported = read_specification(make_document({"description": ""}, parameter))

    places = [problem.pointer for problem in imported.report.problems]
    assert [place.partition("/parameters")[0] for place in places] == ["/paths/~1a/get", "/paths/~1b/get"]


def test_a_node_is_read_once_for_all_that_are_equal() -> None:
    nodes: EqualNodes[object] = EqualNodes(Problems())

    assert nodes.read_once({"a": 1}, object) is nodes.read_once({"a": 1}, object)


def test_a_node_in_which_something_was_found_is_read_at_each_place() -> None:
    problems = Problems()
    nodes: EqualNodes[object] = EqualNodes(problems)

    def read() -> object:
        problems.add("/here", "something")
        return object()

    assert nodes.read_once({"a": 1}, read) is not nodes.read_once({"a": 1}, object)


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, 1.0), (1, True), (0, False), ("1", 1), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ([], {}), (None, False)],
)
def test_what_json_tells_apart_has_different_texts(first: Any, second: Any) -> None:
    assert identify_text({"a": first}) != identify_text({"a": second})


def test_a_number_beyond_64_bits_has_no_text_to_tell_it_by() -> None:
    assert identify_text({"maximum": 2**70}) is None
