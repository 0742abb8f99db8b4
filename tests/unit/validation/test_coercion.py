"""Texts as values: numbers, truth values, null and enums, through references and combinations."""

from typing import Any

import pytest

from mockwave.validation.coercion import SchemaView, read_number

DEFINITIONS = {"0": {"type": "integer"}, "1": {"$ref": "#/$defs/1"}}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer"}, "007", 7),
        ({"type": "integer"}, "1.0", 1),
        ({"type": "number"}, "1e3", 1000),
        ({"type": "number"}, "-1.5", -1.5),
        ({"type": "integer"}, "1e400", "1e400"),
        ({"type": "integer"}, "five", "five"),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "1", "1"),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": "string"}, "5", "5"),
        ({"type": ["string", "integer"]}, "5", "5"),
        ({"enum": [1, 2, "3"]}, "1", 1),
        ({"const": False}, "false", False),
        ({"$ref": "#/$defs/0"}, "5", 5),
        ({"allOf": [{"$ref": "#/$defs/0"}, {"minimum": 1}]}, "5", 5),
        ({"oneOf": [{"type": "boolean"}, {"type": "integer"}]}, "5", 5),
        ({"$ref": "#/$defs/1"}, "5", "5"),
        (True, "5", "5"),
    ],
)
def test_a_text_becomes_what_the_schema_takes(schema: Any, text: str, value: object) -> None:
    found = SchemaView(schema, DEFINITIONS).read_text(text)
    assert (found, type(found)) == (value, type(value))


def test_a_text_can_be_read_as_a_number_where_strings_are_taken_too() -> None:
    assert SchemaView({"type": ["string", "integer"]}, {}).read_text("5", prefers_text=False) == 5


@pytest.mark.parametrize("text", ["", " 1", "1 ", "0x10", "1_000", "inf", "nan", "\u0661", "9" * 301, "--1"])
def test_what_is_no_number_stays_a_text(text: str) -> None:
    assert read_number(text) is None


def test_properties_are_found_by_name_pattern_and_rest() -> None:
    view = SchemaView(
        {
            "properties": {"a": {"type": "integer"}},
            "patternProperties": {"^b": {"type": "boolean"}},
            "additionalProperties": {"type": "null"},
        },
        {},
    )
    assert view.is_object
    assert [sorted(view.property(name).types) for name in ("a", "bb", "c")] == [["integer"], ["boolean"], ["null"]]


def test_a_name_that_a_pattern_takes_long_to_refuse_is_refused_at_once() -> None:
    """`?f[aaaaaaaaaaaaaaaaaaaaaaaaaa!]=1` took 5 s, and twice as long with each letter: the pattern ran in `re`."""
    patterns = {"^(a+)+$": {"type": "integer"}, "^(a|a)*$": {"type": "integer"}, "(": {"type": "integer"}}
    view = SchemaView({"patternProperties": patterns, "additionalProperties": {"type": "boolean"}}, {})

    assert view.property("a" * 200 + "!").types == {"boolean"}
    assert view.property("a" * 200).types == {"integer"}
