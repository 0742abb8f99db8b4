"""schemathesis against mocks: it sends what a document declares, and the mock made from that document answers as
declared.

Its four checks of responses are on: status, content type, headers and schema. Runs are seeded and short. Values are
dynamic, another for each request; examples are off, since those of a document need not conform.
"""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.corpus.documents import read_document
from tests.harness import MockwaveServer

SPECS = Path(__file__).parents[1] / "specs"
DOCUMENTS = (
    "amazonaws.com-account.json",
    "apis.guru.json",
    "byautomata.io.json",
    "canada-holidays.ca.json",
    "gov.bc.ca-news.json",
    "nexmo.com-application.json",
    "petstore.yaml",
    "readme-2.0-api-with-examples.json",
    "readme-3.1-train-travel.yaml",
    "redhat.com-catalog_inventory.json",
)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CASES_AN_OPERATION = 3


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mock_answers_as_its_document_declares(mockwave_server: MockwaveServer, name: str) -> None:
    document = read_document(name, SPECS / name)
    assert document is not None
    fields = {"name": name, "workspaceId": "wrk_schemathesis", "useExamples": False, "dynamic": True}
    created = mockwave_server.api("POST", "/mock-servers", {**fields, "specification": document.text})
    assert created.status == 201, created.body
    schema = schemathesis.openapi.from_dict(document.tree)
    load_all_checks()
    called = 0
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            continue
        operation = result.ok()

        @seed(1)
        @settings(
            max_examples=CASES_AN_OPERATION,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: Case[Any]) -> None:
            case.call_and_validate(base_url=created.body["url"], checks=CHECKS, timeout=30)

        call()
        called += 1
    assert called > 0
    mockwave_server.api("DELETE", f"/mock-servers/{created.body['_id']}")
