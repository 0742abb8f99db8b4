"""Real documents: each is read whole, and every JSON body made from a schema validates against it (conftest.py)."""

from pathlib import Path
from typing import Any

import pytest

from mockwave.answers.variants import decode_variants
from mockwave.openapi import read_specification

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[2] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_bodies_made_from_schemas_validate_against_them(path: Path, judge: Any) -> None:
    text = path.read_text()
    document_judge = judge(text)
    operations = read_specification(text, use_examples=False).operations
    faults = [(operation.pointer, document_judge.faults(operation)) for operation in operations]
    assert [(pointer, found) for pointer, found in faults if found] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_operation_becomes_a_route_or_is_reported(path: Path) -> None:
    imported = read_specification(path.read_text())
    report = imported.report
    assert report.operations >= report.routes == len(imported.operations) > 0
    assert report.operations - report.routes <= len(report.problems)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_route_answers_with_one_of_the_responses_it_can_be_asked_for(path: Path) -> None:
    imported = read_specification(path.read_text())
    for operation in imported.operations:
        if not operation.variants:
            continue
        variants = decode_variants(operation.variants, imported.parts)
        assert any(
            variant.status_code == operation.status_code
            and (not variant.contents or variant.contents[0].bodies[0].body == operation.body)
            for variant in variants
        )
