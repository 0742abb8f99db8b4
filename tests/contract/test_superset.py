"""mockwave's own document contains the contract: every path, field, default, status code and enum of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockwave.management.contract import read_contract
from mockwave.openapi.document.document import read_document
from tests.contract.references import resolve

CONTRACT: dict[str, Any] = read_document((Path(__file__).parent / "mock-server-api.yaml").read_text())
OWN: dict[str, Any] = json.loads(read_contract())

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
OPERATIONS = [(path, method) for path, item in CONTRACT["paths"].items() for method in METHODS if method in item]

# What a schema says of values; the rest of its keywords are words for people.
SCHEMA_KEYWORDS = ("type", "format", "enum", "default", "$ref")


def parameters_of(document: dict[str, Any], path: str, method: str) -> dict[tuple[str, str], dict[str, Any]]:
    item = document["paths"][path]
    listed = [resolve(document, node) for node in [*item.get("parameters", []), *item[method].get("parameters", [])]]
    return {(parameter["in"], parameter["name"]): parameter for parameter in listed}


def types_of(schema: dict[str, Any]) -> list[str]:
    """The types that a schema takes, where they are several."""
    return schema["type"] if isinstance(schema.get("type"), list) else []


def differences(contract: dict[str, Any], own: dict[str, Any], place: str) -> list[str]:
    """What the contract's schema says that the other does not say alike."""
    found = [
        f"{place}: {key}"
        for key in SCHEMA_KEYWORDS
        if key in contract and contract[key] != own.get(key) and not (key == "type" and contract[key] in types_of(own))
    ]
    if sorted(contract.get("required", [])) != sorted(own.get("required", [])):
        found.append(f"{place}: required")
    for keyword in {"items", "additionalProperties"} & contract.keys():
        found += differences(contract[keyword], own.get(keyword, {}), f"{place}/{keyword}")
    for name, schema in contract.get("properties", {}).items():
        found += differences(schema, own.get("properties", {}).get(name, {}), f"{place}/{name}")
    return found


def test_there_are_ten_operations_in_the_contract() -> None:
    assert len(OPERATIONS) == 10


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_is_there_with_its_name_and_statuses(path: str, method: str) -> None:
    contract, own = CONTRACT["paths"][path][method], OWN["paths"][path][method]
    assert contract["operationId"] == own["operationId"]
    assert contract["tags"] == own["tags"]
    assert set(contract["responses"]) <= set(own["responses"])


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_parameters_mean_what_they_meant(path: str, method: str) -> None:
    own = parameters_of(OWN, path, method)
    for key, parameter in parameters_of(CONTRACT, path, method).items():
        assert own[key].get("required", False) == parameter.get("required", False)
        assert differences(parameter["schema"], own[key]["schema"], key[1]) == []


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_new_parameters_are_optional(path: str, method: str) -> None:
    added = parameters_of(OWN, path, method).keys() - parameters_of(CONTRACT, path, method).keys()
    assert not [key for key in added if parameters_of(OWN, path, method)[key].get("required", False)]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_bodies_have_the_same_schemas(path: str, method: str) -> None:
    contract, own = CONTRACT["paths"][path][method], OWN["paths"][path][method]
    assert own.get("requestBody") == contract.get("requestBody")
    for status, response in contract["responses"].items():
        for media_type, content in response.get("content", {}).items():
            assert resolve(OWN, own["responses"][status])["content"][media_type] == content


@pytest.mark.parametrize("name", CONTRACT["components"]["schemas"])
def test_a_schema_contains_the_original(name: str) -> None:
    assert differences(CONTRACT["components"]["schemas"][name], OWN["components"]["schemas"][name], name) == []


def test_who_may_in_is_said_alike() -> None:
    assert OWN["security"] == CONTRACT["security"]
    for name, scheme in CONTRACT["components"]["securitySchemes"].items():
        own = OWN["components"]["securitySchemes"][name]
        assert {key: value for key, value in own.items() if key != "description"} == {
            key: value for key, value in scheme.items() if key != "description"
        }


def test_operations_of_the_contract_need_the_bearer() -> None:
    assert not [(path, method) for path, method in OPERATIONS if "security" in OWN["paths"][path][method]]


def test_the_test_notices_what_is_missing() -> None:
    """The comparison itself: a changed default, a lost field and a new required one are differences."""
    contract = {"type": "object", "properties": {"a": {"type": "integer", "default": 1}, "b": {"type": "string"}}}
    own = {"type": "object", "properties": {"a": {"type": "integer", "default": 2}}, "required": ["a"]}
    assert differences(contract, own, "X") == ["X: required", "X/a: default", "X/b: type"]


def test_a_type_may_be_one_of_several_but_not_another() -> None:
    """`responseHeaders` takes lists of values beside the contract's text."""
    contract = {"type": "object", "additionalProperties": {"type": "string"}}
    assert differences(contract, {"type": "object", "additionalProperties": {"type": ["string", "array"]}}, "X") == []
    assert differences(contract, {"type": "object", "additionalProperties": {"type": ["array"]}}, "X")
    assert differences(contract, {"type": "object", "additionalProperties": {"type": "array"}}, "X")
