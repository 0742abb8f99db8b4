"""What documents ask of requests: parameters, bodies and security, with schemas that an independent validator takes."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from mockwave.answers.parts import NO_PART, PartPool
from mockwave.answers.request_rules import RequestRules, complete_rules
from mockwave.openapi.document.dialects import choose_dialect
from mockwave.openapi.document.document import read_document
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems
from mockwave.openapi.requests.operation_requests import RequestReader
from mockwave.pointers import pointer_below
from mockwave.validation.compiled_schemas import Schemas

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[2] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def read_rules(text: str) -> dict[tuple[str, str], RequestRules]:
    """(method, path) → rules, of the operations that ask for something."""
    document = read_document(text)
    dialect, problems = choose_dialect(document), Problems()
    references = References(document, problems)
    pool = PartPool()
    reader = RequestReader(document, dialect, references, problems, pool)
    found = {}
    for path, item in document["paths"].items():
        pointer = pointer_below("/paths", path)
        shared = Located(item.get("parameters"), f"{pointer}/parameters")
        for method in METHODS:
            if isinstance(item.get(method), dict):
                in_path = re.findall(r"\{([^{}]+)\}", path)
                number = reader.read(Located(item[method], f"{pointer}/{method}"), shared, in_path, {})
                if number != NO_PART:
                    found[method, path] = complete_rules(pool.parts[number], pool.parts)
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_schema_asked_for_compiles_by_itself_with_no_network(path: Path) -> None:
    for rules in read_rules(path.read_text()).values():
        schemas = Schemas(rules.definitions, path.name)
        for schema in [*(rule.schema for rule in rules.parameters), *(rule.schema for rule in rules.bodies)]:
            assert schema in (b"", b"{}", b"true") or schemas.compile(schema) is not None


def test_parameters_of_the_path_are_shared_and_those_of_the_operation_win() -> None:
    rules = read_rules(
        """
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: tag, in: query, schema: {type: string}}
    get:
      parameters: [{name: tag, in: query, required: true, style: pipeDelimited, schema: {type: array}}]
      responses: {'200': {description: d}}
"""
    )["get", "/a/{id}"]
    by_name = {rule.name: rule for rule in rules.parameters}
    assert (by_name["id"].location, by_name["id"].required, by_name["id"].style) == ("path", True, "simple")
    assert (by_name["tag"].required, by_name["tag"].style, by_name["tag"].explode) == (True, "pipeDelimited", False)


def test_the_pet_store_asks_for_json_bodies() -> None:
    rules = read_rules((Path(__file__).parents[2] / "specs" / "petstore.yaml").read_text())
    create = rules["post", "/pets"]
    assert ([body.media_type for body in create.bodies], create.body_required) == (["application/json"], True)
    definitions = {str(each.number): json.loads(each.schema) for each in create.definitions}
    validator = jsonschema_rs.Draft202012Validator(
        {**json.loads(create.bodies[0].schema), "$defs": definitions}, offline=True
    )
    assert validator.is_valid({"name": "Minka", "kind": "cat"})
    assert not validator.is_valid({"name": "", "kind": "cow"})


@pytest.mark.parametrize(
    ("name", "taken"), [("", "*/*"), ("applicationjson;v=1", "application/json;v=1"), ("json", "application/json")]
)
def test_a_body_under_what_is_not_a_media_type_is_not_refused_for_its_type(name: str, taken: str) -> None:
    """Found in the corpus (spoonacular.com, loket.nl): no body could be of the type `` or `applicationjson;version=1`,
    so that every request got 415."""
    content = {name: {"schema": {"type": "object", "required": ["a"]}}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"requestBody": {"content": content}, "responses": {"200": {"description": "ok"}}}}},
    }
    (rules,) = read_rules(json.dumps(document)).values()
    assert [body.media_type for body in rules.bodies] == [taken]
    assert bool(rules.bodies[0].schema) is ("json" in name)
