"""Plans of schemas: each generated value conforms to its schema, judged by an independent validator."""

from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace

from mockwave.answers.parts import PartPool, Parts
from mockwave.answers.variants import Variant, decode_variants
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.hints import read_hint
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.openapi import Operation, read_specification
from mockwave.openapi.document.dialects import choose_dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems
from mockwave.openapi.plans.planners import PLANNERS
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schemas import Schemas

SPECS = Path(__file__).parents[2] / "specs"
DOCUMENTS = sorted(path for path in SPECS.iterdir() if path.suffix in (".json", ".yaml"))

SCHEMAS: dict[str, Any] = {
    "anchored pattern": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2,4}$"},
    "pattern with quotes": {"type": "string", "pattern": '^["\\\\]{1,3}%[a-c]$'},
    "loose pattern": {"type": "string", "pattern": "(foo|bar)+", "minLength": 8},
    "lookahead": {"type": "string", "pattern": "^(?=.*[0-9])[a-z0-9]{5}$"},
    "format with a pattern": {"type": "string", "format": "ipv4", "pattern": "^1"},
    "lengths": {"type": "string", "minLength": 30, "maxLength": 32},
    "format and lengths": {"type": "string", "format": "uri", "minLength": 40, "maxLength": 60},
    "one character": {"type": "string", "maxLength": 1},
    "multiple of a cent": {"type": "number", "multipleOf": 0.01, "minimum": 0.05, "maximum": 99.99},
    "two multiples": {"type": "integer", "allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "minimum": 1},
    "narrow and exclusive": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "negative": {"type": "integer", "maximum": -5, "minimum": -9},
    "far away": {"type": "integer", "minimum": 9007199254740000},
    "large step": {"type": "integer", "multipleOf": 50000, "minimum": 1},
    "unique enum": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
    "unique booleans": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2},
    "unique objects": {
        "type": "array",
        "items": {"type": "object", "properties": {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}}, "required": ["a"]},
        "uniqueItems": True,
        "minItems": 2,
        "maxItems": 3,
    },
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 50}, "minContains": 2},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 5},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "boolean"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "property names": {"type": "object", "propertyNames": {"pattern": "^[a-z]{3}$"}, "minProperties": 3},
    "all of": {
        "allOf": [
            {"type": "object", "properties": {"id": {"type": "integer", "minimum": 5}}, "required": ["id"]},
            {"properties": {"id": {"maximum": 7}, "name": {"type": "string"}}},
        ]
    },
    "overlapping oneOf": {"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]},
    "any of": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "array", "items": {"type": "null"}}]},
    "not": {"type": "integer", "minimum": 0, "maximum": 9, "not": {"multipleOf": 3}},
    "condition": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}},
        "required": ["kind", "size"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"properties": {"size": {"minimum": 100}}},
        "else": {"properties": {"size": {"maximum": 10}}},
    },
    "nullable": {"type": ["string", "null"], "format": "date-time"},
    "nested arrays": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {}}}},
    },
    "deeply nested arrays": {"$ref": "#/components/schemas/Deep0"},
    "circle": {"$ref": "#/components/schemas/Folder"},
    "hinted against its schema": {"type": "integer", "x-faker": "person.firstName"},
    "realistic names": {
        "type": "object",
        "properties": {
            name: {"type": "string", "maxLength": 12} for name in ("firstName", "email", "createdAt", "price", "zip")
        },
    },
}
COMPONENTS: dict[str, Any] = {
    "Folder": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "parent": {"$ref": "#/components/schemas/Folder"},
            "folders": {"type": "array", "items": {"$ref": "#/components/schemas/Folder"}},
        },
        "required": ["name", "folders"],
    },
    "Endless": {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Endless"}},
        "required": ["next"],
    },
    **{
        f"Deep{level}": {"type": "array", "minItems": 1, "items": {"$ref": f"#/components/schemas/Deep{level + 1}"}}
        for level in range(9)
    },
    "Deep9": {"type": "integer"},
}


def make_planner() -> tuple[Planner, Problems, PartPool]:
    document = {"openapi": "3.1.0", "components": {"schemas": COMPONENTS}}
    dialect, problems = choose_dialect(document), Problems()
    references = References(document, problems)
    pool = PartPool()
    planner = Planner(
        Schemas(references, problems, dialect), Conformance(references, dialect), problems, pool, PLANNERS
    )
    return planner, problems, pool


def generate(schema: Any, seed: int = 1, count: int = 200) -> list[Any]:
    planner, _, pool = make_planner()
    plan = planner.plan(Located(schema, "/schema"))
    assert plan is not None
    generator = Generator(decode_plans(plan, pool.parts), Random(seed))
    return [msgspec.json.decode(generator.make_body()) for _ in range(count)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_generated_value_conforms_to_its_schema(name: str) -> None:
    validator = jsonschema_rs.Draft202012Validator(
        {**SCHEMAS[name], "components": {"schemas": COMPONENTS}}, offline=True, validate_formats=True
    )

    faults = [(value, list(validator.iter_errors(value))) for value in generate(SCHEMAS[name])]

    assert [fault for fault in faults if fault[1]] == []


def test_values_differ_from_one_to_the_next() -> None:
    assert len({msgspec.json.encode(value) for value in generate({"type": "integer"})}) > 50


def test_the_same_seed_gives_the_same_sequence() -> None:
    schema = SCHEMAS["circle"]

    assert generate(schema, seed=7) == generate(schema, seed=7)
    assert generate(schema, seed=7) != generate(schema, seed=8)


def test_what_contains_itself_stays_small() -> None:
    sizes = [len(msgspec.json.encode(value)) for value in generate(SCHEMAS["circle"])]

    assert max(sizes) < 200_000


def test_a_schema_without_finite_values_has_no_plan() -> None:
    assert make_planner()[0].plan(Located({"$ref": "#/components/schemas/Endless"}, "/schema")) is None


def test_an_array_that_must_be_huge_has_no_plan() -> None:
    schema = {"type": "array", "minItems": 1_000_000, "items": {"type": "integer"}}

    assert make_planner()[0].plan(Located(schema, "/schema")) is None


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("name.firstName", ("name.firstName", ())),
        ('helpers.arrayElement(["a", "b"])', ("helpers.arrayElement", (["a", "b"],))),
        ({"finance.amount": [1, 5]}, ("finance.amount", (1, 5))),
        ({"number.int": {"min": 3, "max": 4}}, ("number.int", ({"min": 3, "max": 4},))),
        ({"internet.email": True}, ("internet.email", ())),
        ("faker.internet.email()", ("internet.email", ())),
        ("helpers.arrayElement(['a', \"b\", 'it\\'s'])", ("helpers.arrayElement", (["a", "b", "it's"],))),
        ("number.int({min: 3, 'max': 4})", ("number.int", ({"min": 3, "max": 4},))),
        ("number.int(oh no)", ("number.int(…)", ())),
        ("{{name.firstName}} & co", ("helpers.fake", ("{{name.firstName}} & co",))),
        ({"fake": "{{name.firstName}}"}, ("helpers.fake", ("{{name.firstName}}",))),
    ],
)
def test_a_hint_is_read_in_each_of_its_forms(hint: Any, expected: tuple[str, tuple[Any, ...]]) -> None:
    assert read_hint(hint) == expected


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ({"helpers.arrayElement": [['a"b', "c"]]}, {'a"b', "c"}),
        ({"random.number": {"min": 3, "max": 4}}, {3, 4}),
        ({"number.int": [3, 4]}, {3, 4}),
        ("helpers.arrayElement(['a', 'b'])", {"a", "b"}),
        ("Number.INT({min: 3, max: 4})", {3, 4}),
        ({"fake": '100 % "{{number.int({min: 1, max: 2})}}"'}, {'100 % "1"', '100 % "2"'}),
        ({"string.alpha": {"length": 0, "casing": "upper"}}, {""}),
        ({"date.between": ["2020-01-01", "2020-01-01"]}, {"2020-01-01T00:00:00.000Z"}),
    ],
)
def test_the_arguments_of_a_hint_are_honoured(hint: Any, expected: set[Any]) -> None:
    assert set(generate({"x-faker": hint})) == expected


def test_some_of_an_array_are_different_ones_of_it() -> None:
    schema = {"type": "array", "items": {"type": "string"}, "x-faker": {"helpers.arrayElements": [["a", "b", "c"], 2]}}
    assert {len(set(value) & {"a", "b", "c"}) for value in generate(schema)} == {2}


def test_a_casing_is_kept() -> None:
    assert all(value.isupper() for value in generate({"x-faker": {"string.alpha": {"length": 5, "casing": "upper"}}}))


@pytest.mark.parametrize(
    "hint", [{"fake": "{{no.such}}"}, {"fake": "{{fake}}"}, {"fake": 3}, {"date.between": ["x", 1]}]
)
def test_arguments_that_make_no_sense_are_reported(hint: Any) -> None:
    planner, problems, _ = make_planner()

    planner.plan(Located({"x-faker": hint}, "/schema"))

    assert [problem.pointer for problem in problems.as_list()] == ["/schema/x-faker"]


def test_the_old_and_the_new_spelling_of_a_hint_are_one() -> None:
    old, new = ({"type": "string", "x-faker": name} for name in ("name.firstName", "person.firstName"))

    assert generate(old) == generate(new)


def test_a_hint_that_cannot_be_followed_is_reported() -> None:
    planner, problems, _ = make_planner()

    planner.plan(Located({"type": "string", "x-faker": "no.such"}, "/schema"))

    assert [problem.pointer for problem in problems.as_list()] == ["/schema/x-faker"]


def test_a_property_is_realistic_by_its_name() -> None:
    emails = generate({"type": "object", "properties": {"contactEmail": {"type": "string"}}})

    assert all("@example." in value["contactEmail"] for value in emails)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_body_generated_for_a_real_document_conforms(path: Path, judge: Any) -> None:
    text = path.read_text(encoding="utf-8")
    judged, imported = judge(text), read_specification(text)

    faults = [
        (operation.pointer, judged.faults(replace(operation, body=body)))
        for operation in imported.operations
        for body in generate_bodies(operation, imported.parts)
    ]

    assert [fault for fault in faults if fault[1]] == []


def generate_bodies(operation: Operation, parts: Parts, count: int = 5) -> list[bytes]:
    """Dynamic bodies of the route's own answer."""
    variants = decode_variants(operation.variants, parts) if operation.variants else []
    contents = [variant.contents[0] for variant in variants if variant.contents and is_own(variant, operation)]
    plans = [content.plan for content in contents[:1] if content.plan is not None]
    generators = [Generator(decode_plans(plan, parts), Random(1)) for plan in plans]
    return [generator.make_body() for generator in generators for _ in range(count)]


def is_own(variant: Variant, operation: Operation) -> bool:
    return variant.status_code == operation.status_code
