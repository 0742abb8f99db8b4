"""Operators on JSON: equalToJson, matchesJsonPath, matchesJsonSchema."""

import json
from typing import Any

import pytest

from tests.unit.rules.asked_conditions import compile_when, find_faults, view

ORDER = (
    '{"id": 7, "total": 12.5, "paid": false, "note": null, "tags": ["a", "b"], "lines": [{"n": 1}, {"n": 2}], "e": []}'
)


def holds(matcher: dict[str, Any], body: str) -> bool:
    condition = compile_when({"body": [matcher]})
    request = view(body=body)
    assert (condition.explain(request) is None) is condition.holds(request)
    return condition.holds(request)


@pytest.mark.parametrize(
    ("expected", "options", "body", "outcome"),
    [
        ('{"a": 1, "b": 2}', {}, '{"b": 2, "a": 1.0}', True),
        ({"a": 1}, {}, '{"a": 1e0}', True),
        ({"a": 1}, {}, '{"a": true}', False),
        ({"a": True}, {}, '{"a": 1}', False),
        ({"a": None}, {}, "{}", False),
        ({"a": 0}, {}, '{"a": false}', False),
        ({"a": "1"}, {}, '{"a": 1}', False),
        ({"a": 1}, {}, '{"a": 1, "b": 2}', False),
        ({"a": 1}, {"ignoreExtraElements": True}, '{"a": 1, "b": 2}', True),
        ({"a": 1}, {"ignoreExtraKeys": True}, '{"a": 1, "b": 2}', True),
        ({"a": 1}, {"ignoreExtraItems": True}, '{"a": 1, "b": 2}', False),
        ({"a": 1, "c": 1}, {"ignoreExtraElements": True}, '{"a": 1, "b": 2}', False),
        ([1, 2], {}, "[2, 1]", False),
        ([1, 2], {"ignoreArrayOrder": True}, "[2, 1.0]", True),
        ([1, 1, 2], {"ignoreArrayOrder": True}, "[1, 2, 2]", False),
        ([1, True], {"ignoreArrayOrder": True}, "[true, 1]", True),
        ([1, 1], {"ignoreArrayOrder": True}, "[true, 1]", False),
        ([[1, 2], {"a": [3, 4]}], {"ignoreArrayOrder": True}, '[{"a": [4, 3]}, [2, 1]]', True),
        ([1, 2], {"ignoreExtraElements": True}, "[1, 2, 3]", True),
        ([1, 2], {"ignoreExtraItems": True}, "[1, 2, 3]", True),
        ([1, 2], {"ignoreExtraKeys": True}, "[1, 2, 3]", False),
        ([1, 3], {"ignoreExtraItems": True}, "[1, 2, 3]", False),
        ([3, 1], {"ignoreExtraItems": True, "ignoreArrayOrder": True}, "[1, 2, 3]", True),
        (
            [{"a": 1}, {"b": 1}],
            {"ignoreExtraElements": True, "ignoreArrayOrder": True},
            '[{"a":1,"b":1},{"a":1}]',
            True,
        ),
        (
            [{"a": 1}, {"a": 1}],
            {"ignoreExtraElements": True, "ignoreArrayOrder": True},
            '[{"a":1,"b":1},{"b":1}]',
            False,
        ),
        ({"a": "${json-unit.ignore}"}, {}, '{"a": [1]}', True),
        ({"a": "${json-unit.ignore}"}, {}, "{}", False),
        ({"a": "${json-unit.ignore-element}"}, {}, "{}", True),
        ({"a": "${json-unit.any-string}"}, {}, '{"a": "x"}', True),
        # json-unit takes both beginnings; the second was a text like any other.
        ({"a": "#{json-unit.any-string}"}, {}, '{"a": "x"}', True),
        ({"a": "#{json-unit.regex}[A-Z]+"}, {}, '{"a": "x"}', False),
        ({"a": "${json-unit.any-string}"}, {}, '{"a": 1}', False),
        ({"a": "${json-unit.any-number}"}, {}, '{"a": 1.5}', True),
        ({"a": "${json-unit.any-number}"}, {}, '{"a": true}', False),
        ({"a": "${json-unit.any-boolean}"}, {}, '{"a": true}', True),
        ({"a": "${json-unit.regex}[A-Z]+"}, {}, '{"a": "ABC"}', True),
        ({"a": "${json-unit.regex}[A-Z]+"}, {}, '{"a": "ABc"}', False),
        (["${json-unit.any-number}", "a"], {"ignoreArrayOrder": True}, '["a", 1]', True),
        ({"a": 1}, {}, '{"a": 1', False),
        ({"a": 1}, {}, "", False),
        ("1", {}, "1", True),
        (None, {}, "null", True),
        ([], {}, "{}", False),
        ({"a": 12345678901234567890123}, {}, '{"a": 12345678901234567890123}', True),
        ({"a": 12345678901234567890123}, {"ignoreArrayOrder": True}, '{"a": 12345678901234567890124}', False),
        ({"a": [1, "\U0001f600"]}, {"ignoreArrayOrder": True}, '{"a": ["\\ud83d\\ude00", 1]}', True),
    ],
)
def test_json_is_equal_without_what_is_ignored(
    expected: Any, options: dict[str, bool], body: str, outcome: bool
) -> None:
    assert holds({"equalToJson": expected, **options}, body) is outcome


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        ("$.id", True),
        ("$.missing", False),
        ("$.note", False),
        ("$.e", False),
        ("$.e[*]", False),
        ("$.paid", True),
        ("$.lines[?@.n == 2]", True),
        ("$.lines[?@.n == 3]", False),
        ("$..n", True),
        ("$['id']", True),
        ("$.lines[-1].n", True),
        ("$.lines[0:1]", True),
        ("$.lines[?@.n > 1 && @.n < 3]", True),
        ("$[?@ == true]", False),
        ("$[?@ == 7.0]", True),
        ("$.tags[?match(@, '[a-b]')]", True),
        ("$.tags[?search(@, 'x')]", False),
        ("$[?length(@) == 2]", True),
        ("$[?count(@.*) == 2]", True),
        ("$.lines[?@.n == $.id]", False),
        ("$.lines[?!@.m]", True),
        ({"expression": "$.id", "equalTo": "7"}, True),
        ({"expression": "$.total", "equalTo": "12.5"}, True),
        ({"expression": "$.total", "lessThanNumber": 100}, True),
        ({"expression": "$.total", "lessThanNumber": 1}, False),
        ({"expression": "$.paid", "equalTo": "false"}, True),
        ({"expression": "$.tags", "equalTo": "b"}, True),
        ({"expression": "$.tags", "equalToJson": ["b", "a"], "ignoreArrayOrder": True}, True),
        ({"expression": "$.tags", "includes": [{"equalTo": "a"}]}, True),
        ({"expression": "$.tags[*]", "hasExactly": [{"equalTo": "b"}, {"equalTo": "a"}]}, True),
        ({"expression": "$.lines[0]", "equalTo": '{"n":1}'}, True),
        ({"expression": "$.lines[0]", "equalToJson": {"n": 1}}, True),
        ({"expression": "$.lines[*].n", "equalToNumber": 2}, True),
        ({"expression": "$.lines[*].n", "equalToNumber": 3}, False),
        ({"expression": "$.lines[0]", "matchesJsonPath": {"expression": "$.n", "equalTo": "1"}}, True),
        ({"expression": "$.lines", "matchesJsonSchema": {"type": "array", "minItems": 2}}, True),
        ({"expression": "$.missing", "absent": True}, True),
        ({"expression": "$.note", "absent": True}, True),
        ({"expression": "$.e", "absent": True}, True),
        ({"expression": "$.id", "absent": True}, False),
        ({"expression": "$.missing", "equalTo": "a"}, False),
        ({"expression": "$.missing", "not": {"equalTo": "a"}}, False),
        ({"expression": "$.missing", "doesNotContain": "a"}, False),
        ({"expression": "$.missing", "doesNotMatch": "a"}, False),
        ({"expression": "$.note", "not": {"equalTo": "a"}}, False),
        ({"expression": "$.lines[?@.n > 9].n", "not": {"equalTo": "a"}}, False),
        ({"expression": "$.missing", "or": [{"equalTo": "a"}, {"absent": True}]}, True),
        ({"expression": "$.missing", "and": [{"not": {"equalTo": "a"}}, {"absent": True}]}, False),
        ({"expression": "$.lines[*].n", "equalToJson": [1, 2]}, True),
        ({"expression": "$.lines[*].n", "equalToJson": 2}, True),
        ({"expression": "$.lines[*].n", "equalToJson": [1]}, False),
        ({"expression": "$.lines[?@.n > 9].n", "equalToJson": []}, True),
        ({"expression": "$.missing", "equalToJson": []}, False),
        ({"expression": "$.lines[*].n", "matchesJsonSchema": {"type": "array", "minItems": 2}}, True),
        ({"expression": "$.id", "not": {"equalTo": "8"}}, True),
        ({"expression": "$.id", "or": [{"equalTo": "8"}, {"equalTo": "7"}]}, True),
        ({"expression": "$.id"}, True),
    ],
)
def test_a_json_path_holds_for_what_it_finds(wanted: Any, outcome: bool) -> None:
    """Of a path that found nothing, `not`, `doesNotContain` and `doesNotMatch` held, which they do not in WireMock."""
    assert holds({"matchesJsonPath": wanted}, ORDER) is outcome


@pytest.mark.parametrize("body", ["", "<a/>", "{", '{"id"}'])
def test_a_body_that_is_not_json_has_no_paths(body: str) -> None:
    assert not holds({"matchesJsonPath": "$"}, body)
    assert not holds({"matchesJsonPath": {"expression": "$.a", "absent": True}}, body)


def test_json_operators_read_a_header_as_well() -> None:
    condition = compile_when({"headers": {"X": {"matchesJsonPath": "$.a", "equalToJson": {"a": 1}}}})

    assert condition.holds(view(headers=[("X", '{"a": 1.0}')]))
    assert not condition.holds(view())


def test_a_body_is_read_once_and_only_if_a_condition_reached_asks_for_it() -> None:
    when = {"headers": {"X": {"equalTo": "1"}}, "body": [{"matchesJsonPath": "$.id"}, {"equalToJson": ORDER}]}
    condition = compile_when(when)
    missed, met = view(body=ORDER), view(body=ORDER, headers=[("X", "1")])

    assert not condition.holds(missed)
    assert "_json" not in vars(missed)
    assert condition.holds(met)
    read = met.json
    assert condition.holds(met)
    assert met.json is read


@pytest.mark.parametrize(
    ("matcher", "body", "outcome"),
    [
        ({"matchesJsonSchema": {"type": "object", "required": ["id"]}}, ORDER, True),
        ({"matchesJsonSchema": '{"type": "object", "required": ["x"]}'}, ORDER, False),
        ({"matchesJsonSchema": {"properties": {"id": {"type": "string"}}}}, ORDER, False),
        ({"matchesJsonSchema": True}, "1", True),
        ({"matchesJsonSchema": {"type": "object"}}, "", False),
        ({"matchesJsonSchema": {"items": [{"type": "integer"}]}, "schemaVersion": "V7"}, '["a"]', False),
        ({"matchesJsonSchema": {"prefixItems": [{"type": "integer"}]}}, '["a"]', False),
        ({"matchesJsonSchema": {"prefixItems": [{"type": "integer"}]}, "schemaVersion": "V7"}, '["a"]', True),
        ({"matchesJsonSchema": {"minimum": 1, "exclusiveMinimum": True}, "schemaVersion": "V4"}, "1", False),
        (
            {
                "matchesJsonSchema": {"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}},
                "schemaVersion": "V6",
            },
            "null",
            True,
        ),
        (
            {"matchesJsonSchema": {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}},
            '{"a": {"a": {}}}',
            True,
        ),
        (
            {"matchesJsonSchema": {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}},
            '{"a": {"b": {}}}',
            False,
        ),
    ],
)
def test_a_schema_holds_by_the_draft_that_is_named(matcher: dict[str, Any], body: str, outcome: bool) -> None:
    assert holds(matcher, body) is outcome


SAYS_NOTHING = {
    "pattern": "(",
    "patternProperties": {"[": 1},
    "$ref": "http://127.0.0.1:1/x",
    "$dynamicRef": "#a",
    "$id": "x",
    "format": "nothing",
}


@pytest.mark.parametrize("keyword", ["const", "default", "example", "x-note", "unknown"])
def test_data_in_a_schema_is_not_read_as_a_schema(keyword: str) -> None:
    """A `const` with a key `pattern` was refused where its text was not a regular expression."""
    schema = {"properties": {"a": {keyword: SAYS_NOTHING}}}
    assert holds({"matchesJsonSchema": schema}, json.dumps({"a": SAYS_NOTHING}))


@pytest.mark.parametrize("keyword", ["enum", "examples"])
def test_data_in_lists_of_a_schema_is_not_read_as_schemas(keyword: str) -> None:
    schema = {"properties": {"a": {keyword: [SAYS_NOTHING]}}}
    assert holds({"matchesJsonSchema": schema}, json.dumps({"a": SAYS_NOTHING}))


@pytest.mark.parametrize("holder", ["properties", "$defs", "definitions", "dependentSchemas", "dependencies"])
def test_names_of_schemas_are_not_keywords(holder: str) -> None:
    """A property named `pattern` made its schema's keywords patterns."""
    schema = {holder: {name: {"type": ["object", "string"]} for name in SAYS_NOTHING}}
    assert holds({"matchesJsonSchema": schema, "schemaVersion": "V7"}, json.dumps({"pattern": "("}))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"const": {"pattern": "("}}},
        {"properties": {"default": {"patternProperties": {"(": {}}}}},
        {"items": [{"anyOf": [{"not": {"pattern": "("}}]}]},
        {"dependencies": {"a": {"$ref": "file:///etc/passwd"}}},
    ],
)
def test_what_is_a_schema_is_read_as_one(schema: dict[str, Any]) -> None:
    found = find_faults({"body": [{"matchesJsonSchema": schema, "schemaVersion": "V7"}]})
    assert {at: rule for at, (rule, _) in found.items()} == {"/body/0/matchesJsonSchema": "schema"}


def test_references_cannot_be_led_elsewhere_than_where_they_are_weighed() -> None:
    """A `$ref` below another `$id` is resolved from there, while the definition of that name at the top was weighed."""
    inner = {"$id": "http://x/", "$defs": {"a": True}, "$ref": "#/$defs/a"}
    found = find_faults({"body": [{"matchesJsonSchema": {"$defs": {"a": True}, "properties": {"p": inner}}}]})
    assert {at: rule for at, (rule, _) in found.items()} == {"/body/0/matchesJsonSchema": "schema"}


@pytest.mark.parametrize(
    ("matcher", "faults"),
    [
        ({"equalToJson": "{"}, {"/equalToJson": "json"}),
        ({"equalToJson": {"a": "${json-unit.any-date}"}}, {"/equalToJson": "unknown"}),
        ({"equalToJson": {"a": "${json-unit.regex}("}}, {"/equalToJson": "pattern"}),
        ({"equalToJson": 1, "ignoreArrayOrder": "yes"}, {"/ignoreArrayOrder": "type"}),
        ({"contains": "a", "ignoreArrayOrder": True}, {"/ignoreArrayOrder": "unknown"}),
        ({"matchesJsonPath": "a.b"}, {"/matchesJsonPath": "jsonPath"}),
        ({"matchesJsonPath": "$[?"}, {"/matchesJsonPath": "jsonPath"}),
        ({"matchesJsonPath": 1}, {"/matchesJsonPath": "type"}),
        ({"matchesJsonPath": {"equalTo": "a"}}, {"/matchesJsonPath": "type"}),
        ({"matchesJsonPath": {"expression": "$.a", "equalsTo": 1}}, {"/matchesJsonPath/equalsTo": "unknown"}),
        ({"matchesJsonPath": {"expression": 1, "equalTo": "a"}}, {"/matchesJsonPath/expression": "type"}),
        ({"matchesJsonSchema": 1}, {"/matchesJsonSchema": "type"}),
        ({"matchesJsonSchema": {"type": "nothing"}}, {"/matchesJsonSchema": "schema"}),
        ({"matchesJsonSchema": {"$ref": "http://127.0.0.1:1/x"}}, {"/matchesJsonSchema": "schema"}),
        ({"matchesJsonSchema": {"$ref": "file:///etc/passwd"}}, {"/matchesJsonSchema": "schema"}),
        ({"matchesJsonSchema": False}, {"/matchesJsonSchema": "never"}),
        ({"matchesJsonSchema": {}, "schemaVersion": "V3"}, {"/schemaVersion": "enum"}),
    ],
)
def test_what_is_no_json_operator_is_refused(matcher: dict[str, Any], faults: dict[str, str]) -> None:
    found = find_faults({"body": [matcher]})

    assert {at.removeprefix("/body/0"): rule for at, (rule, _) in found.items()} == faults
