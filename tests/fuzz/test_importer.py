"""A short run of the fuzzer with fixed seeds, and the documents of past faults."""

import json
from collections import Counter
from typing import Any

import pytest

from mockwave.openapi import read_specification
from tests.fuzz.importer import compare, judge, load_trees, make_case, make_reader

CASES = 120


def wrap(operation: Any = None, schema: Any = None, **members: Any) -> str:
    content = {"application/json": {"schema": {} if schema is None else schema}}
    responses = {"200": {"description": "d", "content": content}}
    tree = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": responses, **(operation or {})}}},
        **members,
    }
    return json.dumps(tree)


PAST_FAULTS = {
    "a parameter in a list": wrap({"parameters": [{"name": "a", "in": ["query"]}]}),
    "a type that is an object": wrap(schema={"oneOf": [{"type": [{}]}, {"type": "string"}], "not": {"type": [{}]}}),
    "dependencies on an object": wrap(schema={"not": {"dependencies": {"a": [{}]}}, "required": ["a"]}),
    "a length beyond all numbers": wrap(schema={"properties": {"a": {"type": "string", "maxLength": 10**400}}}),
    "a hint with a number beyond all": wrap(schema={"type": "integer", "x-faker": {"number.int": {"max": 10**30}}}),
    "more members than can be made": wrap(schema={"type": "object", "minProperties": 10**40}),
    "half a pair in an enum": wrap(schema={"enum": ["\ud800"]}),
    "half a pair in a name": wrap(schema={"properties": {"\udfff": {"type": "string"}}}),
    "half a pair in a parameter": wrap(
        {"parameters": [{"name": "\ud800", "in": "query", "schema": {"enum": ["\ud800"]}}]}
    ),
    "half a pair in the title": wrap(info={"title": "\udead", "version": "1"}),
}


@pytest.mark.parametrize("name", PAST_FAULTS)
def test_a_document_that_once_was_a_fault_is_read(name: str) -> None:
    (operation,) = read_specification(PAST_FAULTS[name], use_examples=False).operations

    operation.body.decode()


@pytest.mark.parametrize("seed", [500_105, 507_786, 514_052, 516_077, 524_331])
async def test_a_case_that_once_was_a_fault_is_read_in_time(seed: int) -> None:
    """A maxLength of 400 digits had no plan, a minProperties of 40 took for ever, and a schema that was found to stand
    inside itself while its value was made was closed more often than opened."""
    reader = make_reader()
    try:
        verdict = await judge(reader, make_case(load_trees(), seed))
    finally:
        await reader.close()
    assert verdict.kind == "imported"


def test_half_a_surrogate_pair_is_replaced_and_reported() -> None:
    """It was kept, and broke whatever had to be written in UTF-8: the plan, the rules of requests, the report."""
    imported = read_specification(PAST_FAULTS["half a pair in a name"])

    assert json.loads(imported.operations[0].body) == {"\ufffd": "string"}
    assert [problem.pointer.rpartition("/")[2] for problem in imported.report.problems] == ["\ufffd"]


async def test_mutated_documents_are_read_or_refused_with_a_reason() -> None:
    trees, reader = load_trees(), make_reader()

    cases = [make_case(trees, seed) for seed in range(1, CASES + 1)]
    try:
        verdicts = [(case.seed, await judge(reader, case)) for case in cases]
    finally:
        await reader.close()

    assert [(seed, verdict) for seed, verdict in verdicts if verdict.kind == "fault"] == []
    counts = Counter(verdict.kind for _, verdict in verdicts)
    assert counts["imported"] > CASES / 2 and counts["refused"] > 0


async def test_mutated_documents_end_alike_where_they_are_read_in_halves() -> None:
    trees, whole, halves = load_trees(), make_reader(), make_reader(halved_bytes=0)

    cases = [make_case(trees, seed) for seed in range(1, CASES + 1)]
    try:
        verdicts = [(case.seed, await compare(whole, halves, case)) for case in cases]
    finally:
        await whole.close()
        await halves.close()

    assert [(seed, verdict) for seed, verdict in verdicts if verdict.kind == "fault"] == []
    assert sum(len(verdict.routes) for _, verdict in verdicts) > CASES


def test_a_seed_makes_its_case_again() -> None:
    trees = load_trees()

    assert make_case(trees, 7) == make_case(trees, 7)
