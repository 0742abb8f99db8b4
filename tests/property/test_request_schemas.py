"""Whatever the schemas of a document say, validators accept what is written from them, and nothing crashes."""

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockwave.answers.request_rules import decode_rules
from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import SpecificationError, read_specification
from mockwave.openapi.requests.request_nodes import WRITERS
from mockwave.validation.compiled_schemas import Schemas
from mockwave.validation.request_checks import RequestCheck

PATTERNS = ["^a+$", "(", "[z", r"\p{L}", r"(?=a)", r"\d{2,1}", "a{3}"]
REFERENCES = ["#/components/schemas/A", "#/components/schemas/B", "#/nowhere", "#", "#/paths", "#/components"]
KEYWORDS = sorted({*WRITERS, "$ref", "$dynamicRef", "additionalItems", "$id", "$anchor", "$comment", "x-nullable"})

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*PATTERNS, "string", "object", "any", "uuid", "int32", "a", "~/", ""])
)


def extend(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    schema = st.dictionaries(st.sampled_from(KEYWORDS), children | scalars, max_size=4)
    schema = schema | st.sampled_from(REFERENCES).map(lambda reference: {"$ref": reference})
    return schema | st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", *PATTERNS]), children)


nodes = st.recursive(scalars, extend, max_leaves=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.sampled_from(["", "a", "aaa"]),
    lambda children: (
        st.lists(children, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), children, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=nodes, second=nodes, value=values)
def test_every_schema_that_is_written_compiles(
    caplog: pytest.LogCaptureFixture, version: str, first: Any, second: Any, value: Any
) -> None:
    body = {"content": {"application/json": {"schema": first}}}
    parameters = [{"name": "q", "in": "query", "schema": second}]
    post = {"requestBody": body, "parameters": parameters, "responses": {"200": {"description": "d"}}}
    document = {
        "openapi": version,
        "paths": {"/a": {"post": post}},
        "components": {"schemas": {"A": first, "B": second}},
    }
    try:
        imported = read_specification(json.dumps(document))
    except SpecificationError as error:  # a `$ref` to another document refuses this one
        assert all("outside of this document" in problem.message for problem in error.problems)
        return
    encoded = decode_request_rules(imported.operations[0].variants, imported.parts)
    rules = decode_rules(encoded)
    schemas = Schemas(rules.definitions, "the operation")

    with caplog.at_level(logging.WARNING):
        texts = [*(rule.schema for rule in rules.parameters), *(rule.schema for rule in rules.bodies)]
        assert [text for text in texts if text and schemas.compile(text) is None] == []
        headers = [(b"content-type", b"application/json")]
        RequestCheck(encoded, "it").find_faults({}, b"q=1", headers, json.dumps(value).encode())
    assert caplog.messages == []
