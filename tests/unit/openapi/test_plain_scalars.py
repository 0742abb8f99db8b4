"""Which schemas can be one Schema wherever they stand."""

from typing import Any

import pytest

from mockwave.openapi.schemas.plain_scalars import read_plain_scalar
from mockwave.openapi.schemas.schema_keywords import COUNTED


def test_what_is_no_keyword_makes_no_difference() -> None:
    described = {"type": "string", "nullable": True, "description": "a name", "readOnly": True}

    assert read_plain_scalar(described, COUNTED) == read_plain_scalar({"type": "string", "nullable": True}, COUNTED)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"type": "string"}, {"type": "string", "nullable": True}),
        ({"type": "string"}, {"type": "string", "format": "date"}),
        ({"type": "integer", "example": 1}, {"type": "integer", "example": True}),
        ({"type": "integer", "example": 1}, {"type": "integer", "default": 1}),
        ({"type": "number", "minimum": 0}, {"type": "number", "minimum": 0.0}),
    ],
)
def test_what_is_said_otherwise_is_another_scalar(first: Any, second: Any) -> None:
    assert read_plain_scalar(first, COUNTED) != read_plain_scalar(second, COUNTED)


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"type": "object"},
        {"type": ["string", "null"]},
        {"type": "string", "pattern": "a"},
        {"type": "string", "minLength": 1},
        {"type": "string", "enum": ["a"]},
        {"type": "string", "writeOnly": True},
        {"type": "string", "x-faker": "person.firstName"},
        {"type": "string", "example": ["a"]},
        {"type": "string", "format": 1},
        {"type": "string", "nullable": "yes"},
        {"type": "string", "minimum": 0},
        {"type": "integer", "minimum": 1},
        {"type": "number", "maximum": -1},
        {"type": "number", "minimum": float("-inf")},
        {"type": "string", "$ref": "#/components/schemas/a"},
    ],
)
def test_what_may_have_something_to_report_about_its_place_is_none(node: Any) -> None:
    assert read_plain_scalar(node, COUNTED) is None
