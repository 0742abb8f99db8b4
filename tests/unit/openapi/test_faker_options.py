"""`x-json-schema-faker`: options of json-schema-faker at the root of a document mean what they mean there.

Reported by users of Prism, whose guide documents them; here they were left aside in silence.
"""

import json
from random import Random
from typing import Any

import pytest

from mockwave.answers.variants import decode_variants
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.openapi import Import, read_specification
from mockwave.openapi.plans.faker_options import as_camel_case

VALUES = 60


def read(schema: Any, options: Any, version: str = "3.1.0") -> Import:
    responses = {"200": {"description": "d", "content": {"application/json": {"schema": schema}}}}
    document = {"openapi": version, "x-json-schema-faker": options, "paths": {"/a": {"get": {"responses": responses}}}}
    return read_specification(json.dumps(document))


def make(schema: Any, options: Any, version: str = "3.1.0") -> list[Any]:
    """Values as dynamic answers have them."""
    imported = read(schema, options, version)
    assert [each for each in imported.report.problems if "does not fit" not in each.message] == []
    (variant,) = decode_variants(imported.operations[0].variants, imported.parts)
    plan = variant.contents[0].plan
    assert plan is not None
    generator = Generator(decode_plans(plan, imported.parts), Random(1))
    return [json.loads(generator.make_text()) for _ in range(VALUES)]


def lengths(schema: Any, **options: Any) -> set[int]:
    return {len(value) for value in make(schema, options)}


def names(schema: Any, **options: Any) -> set[tuple[str, ...]]:
    return {tuple(value) for value in make(schema, options)}


LIST = {"type": "array", "items": {"type": "integer"}}


def test_arrays_have_as_many_items_as_the_options_say() -> None:
    assert lengths(LIST, minItems=5, maxItems=7) == {5, 6, 7}
    assert lengths(LIST, minItems=6) == {6}
    assert lengths(LIST, maxItems=1) == {1}
    assert lengths(LIST, **{"min-items": 2, "max_items": 2}) == {2}


def test_arrays_are_as_ever_where_the_options_say_nothing_of_them() -> None:
    assert lengths(LIST, sortProperties=True) == lengths(LIST) == {1, 2, 3}


def test_the_number_of_items_never_leaves_the_bounds_of_the_schema() -> None:
    assert lengths(LIST | {"minItems": 3}, minItems=5, maxItems=2) == {3}
    assert lengths(LIST | {"maxItems": 2}, minItems=5) == {2}
    assert lengths(LIST | {"minItems": 4, "maxItems": 9}, maxItems=5) == {4, 5}
    assert lengths({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True}, minItems=5) == {2}


def test_texts_are_as_long_as_the_options_say_and_the_schema_allows() -> None:
    text = {"type": "string"}
    assert lengths(text, minLength=30, maxLength=32) <= {30, 31, 32}
    assert max(lengths(text, maxLength=4)) <= 4
    assert lengths(text | {"maxLength": 6}, minLength=30) == {6}
    assert lengths(text | {"minLength": 8}, maxLength=3) == {8}
    assert lengths({"type": "string", "format": "uuid"}, maxLength=3) == {36}


PET = {
    "type": "object",
    "required": ["id"],
    "properties": {name: {"type": "integer"} for name in ("id", "b", "C", "a", "_d")},
    "additionalProperties": False,
}


def test_all_optional_members_are_there_without_options() -> None:
    assert names(PET) == {("id", "b", "C", "a", "_d")}
    assert names(PET, alwaysFakeOptionals=True, optionalsProbability=0.1) == {("id", "b", "C", "a", "_d")}


def test_only_required_members_are_there_with_required_only() -> None:
    assert names(PET, requiredOnly=True) == {("id",)}
    assert names({"type": "object", "additionalProperties": {"type": "integer"}}, requiredOnly=True) == {()}


def test_so_many_optional_members_are_there_as_their_probability_says() -> None:
    assert names(PET, optionalsProbability=0) == {("id",)}
    assert {len(each) for each in names(PET, optionalsProbability=0.5)} == {3}
    assert len(names(PET, optionalsProbability=0.5)) > 3
    assert {len(each) for each in names(PET, optionalsProbability=0.5, fixedProbabilities=False)} == {1, 2, 3}
    assert {len(each) for each in names(PET | {"minProperties": 4}, optionalsProbability=0)} == {4}


def test_so_many_items_are_there_as_their_probability_says() -> None:
    assert lengths(LIST, optionalsProbability=0.5, maxItems=8) == {4}
    assert lengths(LIST, optionalsProbability=0.5, maxItems=8, fixedProbabilities=False) == {0, 1, 2, 3, 4}
    assert lengths(LIST | {"minItems": 6}, optionalsProbability=0.5, maxItems=8) == {6}


def test_members_are_in_the_order_of_the_document_or_sorted() -> None:
    assert names(PET, sortProperties=False) == {("id", "b", "C", "a", "_d")}
    assert names(PET, sortProperties=True) == {("_d", "a", "b", "C", "id")}
    chosen = names(PET, sortProperties=True, optionalsProbability=0.5)
    order = ["_d", "a", "b", "C", "id"]
    assert all(list(each) == sorted(each, key=order.index) for each in chosen)
    free = {"type": "object", "properties": {"m": {}}, "additionalProperties": {"type": "integer"}}
    assert all(list(each) == sorted(each) for each in names(free, sortProperties=True))


def test_names_that_are_ignored_or_pruned_are_not_there() -> None:
    assert names(PET, ignoreProperties=["b"], pruneProperties=["C", "none"]) == {("id", "a", "_d")}


def test_no_members_are_made_up_without_fill_properties() -> None:
    free = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert min(map(len, names(free))) > 0
    assert names(free, fillProperties=False) == {()}
    assert {len(each) for each in names(free | {"minProperties": 2}, fillProperties=False)} == {2}


def test_nulls_are_left_out_with_omit_nulls() -> None:
    schema = {"type": "object", "properties": {"a": {"type": ["integer", "null"]}, "b": {"type": "null"}}}
    assert names(schema, omitNulls=True) == {("a",)}
    assert None not in {value["a"] for value in make(schema, {"omitNulls": True})}


def test_defaults_and_examples_are_taken_where_they_are_asked_for() -> None:
    integer = {"type": "integer", "default": 5, "examples": [6, 7], "maximum": 9}
    assert set(make(integer, {})) != {5}
    assert set(make(integer, {"useDefaultValue": True})) == {5}
    assert set(make(integer, {"useExamplesValue": True})) == {6, 7}
    assert set(make(integer, {"useExamplesValue": True, "useDefaultValue": True})) == {6, 7}
    assert set(make({"type": "integer", "example": 8}, {"useExamplesValue": True}, "3.0.0")) == {8}
    assert set(make({"enum": ["a", "b"], "default": "b"}, {"useDefaultValue": True})) == {"b"}
    nested = {"type": "object", "properties": {"b": integer}}
    assert {value["b"] for value in make(nested, {"useDefaultValue": True})} == {5}


def test_a_default_that_does_not_fit_is_not_taken() -> None:
    assert 50 not in make({"type": "integer", "default": 50, "maximum": 9}, {"useDefaultValue": True})
    assert set(make({"type": "integer", "default": "5"}, {"useDefaultValue": True})) == {5}


def test_an_empty_default_may_be_replaced() -> None:
    empty = {"type": "string", "default": ""}
    assert set(make(empty, {"useDefaultValue": True})) == {""}
    assert "" not in make(empty, {"useDefaultValue": True, "replaceEmptyByRandomValue": True})


def test_dates_are_from_the_first_to_the_last_that_is_wanted() -> None:
    options = {"minDateTime": "2001-01-01T00:00:00.000Z", "maxDateTime": "2001-12-31"}
    assert {value[:5] for value in make({"type": "string", "format": "date-time"}, options)} == {"2001-"}
    assert {value[:5] for value in make({"type": "string", "format": "date"}, options)} == {"2001-"}
    assert {len(value) for value in make({"type": "string", "format": "date"}, options)} == {10}
    assert min(make({"type": "string", "format": "date"}, {"minDateTime": 86_400_000})) > "2026"


def test_unbounded_repetitions_are_as_long_as_wanted() -> None:
    assert max(lengths({"type": "string", "pattern": "^a[0-9]*$"}, defaultRandExpMax=2)) <= 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minItems", "five"),
        ("minItems", -1),
        ("optionalsProbability", 2),
        ("useDefaultValue", "yes"),
        ("ignoreProperties", "name"),
        ("minDateTime", "soon"),
        ("failOnInvalidTypes", True),
        ("ignoreMissingRefs", False),
        ("resolveJsonPath", True),
        ("refDepthMax", 5),
        ("random", "x"),
        ("locale", "de"),
        ("maxNesting", 3),
    ],
)
def test_what_cannot_be_honoured_is_reported(name: str, value: Any) -> None:
    (problem,) = read(LIST, {name: value}).report.problems
    assert problem.pointer == f"/x-json-schema-faker/{name}"
    assert "ignored" in problem.message


def test_what_is_done_anyway_is_not_reported() -> None:
    options = {"failOnInvalidTypes": False, "ignoreMissingRefs": True, "locale": "en", "renderTitle": True}
    assert read(LIST, options | {"optionalsProbability": False, "maxItems": None}).report.problems == []
    assert len(read(LIST, ["minItems"]).report.problems) == 1


def test_names_of_options_may_be_written_in_any_case() -> None:
    written = ("min-items", "min_items", "minItems", "MinItems", "min items")
    assert {as_camel_case(name) for name in written} == {"minItems"}
    assert as_camel_case("default-rand-exp-max") == "defaultRandExpMax"
