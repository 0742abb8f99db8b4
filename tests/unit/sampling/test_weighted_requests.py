"""Requests of a document by their weights, for load tests."""

import random
from pathlib import Path

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.sampling.weighted_requests import make_requests

PETSTORE = Path("tests/specs/petstore.yaml").read_text()


def test_every_operation_has_a_request() -> None:
    names = [each.name for each in make_requests(PETSTORE, {}).requests]
    assert "GET /pets/{petId}" in names
    assert "POST /orders" in names
    assert len(names) == len(set(names)) == 9


def test_operations_are_drawn_by_their_weights() -> None:
    requests = make_requests(PETSTORE, {"listPets": 8, "POST /pets": 0, "GET /health": 0})
    numbers = random.Random(16)
    drawn = [requests.draw(numbers).name for _ in range(7000)]
    assert 3500 < drawn.count("GET /pets") < 4500
    assert 350 < drawn.count("POST /orders") < 650
    assert "POST /pets" not in drawn


def test_a_weight_that_nothing_has_is_named() -> None:
    with pytest.raises(ValueError, match=r"no operation listDogs, GET /dogs \(by operationId, or GET /path\)"):
        make_requests(PETSTORE, {"listPets": 1, "listDogs": 1, "GET /dogs": 2})


def test_nothing_to_ask_is_an_error() -> None:
    with pytest.raises(ValueError, match="no operation that a request can be made for"):
        make_requests('{"openapi": "3.1.0", "paths": {}}', {})


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(SpecificationError):
        make_requests("", {})
