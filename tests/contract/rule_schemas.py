"""Rules held to the schema that `openapi.yaml` has of them."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from mockwave.management.contract import read_contract


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    document = json.loads(read_contract())
    return jsonschema_rs.Draft202012Validator({**document, "$ref": "#/components/schemas/Rule"})


def find_schema_faults(rule: Any) -> list[str]:
    """What the schema has against a rule."""
    return [f"{error.instance_path}: {error.message[:200]}" for error in _validator().iter_errors(rule)]
