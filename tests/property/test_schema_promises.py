"""What is generated for a schema conforms to it, or the report of the import says that it does not.

The judge is jsonschema-rs, by the corpus run's own rewriting of old dialects (`benchmarks.corpus.judge`).
"""

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.corpus.calls import ADMISSIONS
from benchmarks.corpus.documents import Document
from benchmarks.corpus.judge import Judge
from mockwave.answers.variants import decode_variants
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.openapi import read_specification
from mockwave.sampling.declarations import Declarations, Node
from tests.property.json_schemas import VERSIONS, schemas

DYNAMIC_VALUES = 4
EXAMPLES = 100


def write_document(version: str, schema: dict[str, Any]) -> tuple[Document, Node]:
    """A document whose only response has `schema`, and where the schema stands."""
    content = {"schema": schema} if version == "2.0" else {"content": {"application/json": {"schema": schema}}}
    tree = {
        "swagger" if version == "2.0" else "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "ok", **content}}}}},
    }
    place = ["paths", "/a", "get", "responses", "200"]
    place += ["schema"] if version == "2.0" else ["content", "application/json", "schema"]
    return Document("property", json.dumps(tree), tree), Node(tree, "").child(*place)


def generate(document: Document) -> tuple[Any, list[Any], list[str]]:
    """The static value, some dynamic ones, and what the report admits."""
    imported = read_specification(document.text, use_examples=False)
    (operation,) = imported.operations
    (content,) = decode_variants(operation.variants, imported.parts)[0].contents
    dynamic = []
    if content.plan is not None:
        generator = Generator(decode_plans(content.plan, imported.parts), Random(1))
        dynamic = [msgspec.json.decode(generator.make_body()) for _ in range(DYNAMIC_VALUES)]
    messages = [problem.message for problem in imported.report.problems]
    return json.loads(operation.body), dynamic, [each for each in messages if each.startswith(ADMISSIONS)]


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_generated_conforms_or_the_report_says_that_it_does_not(version: str, data: st.DataObject) -> None:
    schema = data.draw(schemas(version))
    document, place = write_document(version, schema)
    judge = Judge(document, Declarations(document.tree))
    assert judge.is_able(place)

    static, dynamic, admissions = generate(document)

    static_faults = judge.find_faults(static, place)
    assert static_faults == [] or admissions
    # What the report admits of the static value holds for the dynamic ones.
    assert static_faults or [faults for value in dynamic if (faults := judge.find_faults(value, place))] == []
