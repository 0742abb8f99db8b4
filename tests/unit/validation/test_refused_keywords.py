"""What the validator refuses is left out by itself, also where an import did not see it."""

from typing import Any

import pytest

from mockwave.answers.request_rules import NumberedDefinition
from mockwave.validation.compiled_schemas import Schemas
from mockwave.validation.refused_keywords import leave_out_refused


@pytest.mark.parametrize(
    ("schema", "left_out"),
    [
        ({"type": "object", "minProperties": -1}, ["/minProperties"]),
        ({"properties": {"a": {"pattern": "("}, "b": {"pattern": "b"}}}, ["/properties/a/pattern"]),
        ({"allOf": [{"minLength": "3"}, {"type": "string"}]}, ["/allOf/0/minLength"]),
        ({"$defs": {"0": {"type": "nothing"}}, "$ref": "#/$defs/0"}, ["/$defs/0/type"]),
    ],
)
def test_only_what_is_refused_is_left_out(schema: dict[str, Any], left_out: list[str]) -> None:
    mended = leave_out_refused(schema)
    assert mended.left_out == left_out
    assert mended.schema is not None


def test_what_is_stored_with_a_fault_is_checked_for_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    definitions = (NumberedDefinition(7, b'{"type":"integer","minimum":"1"}', ()),)
    validator = Schemas(definitions, "the operation").compile(b'{"items":{"$ref":"#/$defs/7"}}')

    assert validator is not None
    assert validator.is_valid([1])
    assert not validator.is_valid(["a"])
    assert "/$defs/7/minimum" in caplog.text
