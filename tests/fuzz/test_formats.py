"""A short run of the fuzzer of the formats with fixed seeds, and the files of past faults."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fuzz.formats import RECURSION_LIMIT, Case, judge, load_trees, make_case

CASES = 150


def collection(**request: Any) -> dict[str, Any]:
    item = {"name": "a", "request": {"method": "GET", "url": "http://h/a", **request}}
    return {"info": {"name": "c"}, "item": [item]}


def environment(**rule: Any) -> dict[str, Any]:
    response = {"uuid": "x", "statusCode": 200, "rules": [rule], "headers": []}
    return {
        "uuid": "u",
        "lastMigration": 33,
        "routes": [{"uuid": "r", "method": "get", "endpoint": "a", "responses": [response]}],
    }


PAST_FAULTS: dict[str, Any] = {
    "an auth attribute whose key is an object": collection(auth={"type": "basic", "basic": [{"key": {}, "value": 1}]}),
    "a body whose mode is an array": collection(body={"mode": ["raw"], "raw": "x"}),
    "a delay beyond all numbers": [
        {"httpRequest": {"path": "/a"}, "httpResponse": {"delay": {"value": 1, "distribution": {"min": 10**400}}}}
    ],
    "a protocol that is an array": {"protocol": ["http"], "stubs": []},
    "an operator that is an object": environment(target="body", operator={}, value="x"),
    "a header that holds half a pair": {
        "request": {"url": "/a"},
        "response": {"headers": {"X": "\ud800"}, "status": 200},
    },
}


@pytest.mark.parametrize("tree", PAST_FAULTS.values(), ids=PAST_FAULTS)
def test_past_faults_stay_mended(tree: Any) -> None:
    verdict = judge(Case(0, json.dumps(tree).encode()))
    assert verdict.kind != "fault", verdict.detail


@pytest.fixture
def deep_recursion() -> Iterator[None]:
    """Mutations nest what they copy deeper than Python goes by itself."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION_LIMIT)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("deep_recursion")
def test_mutated_files_are_read_or_refused() -> None:
    trees = load_trees()
    counts: Counter[str] = Counter()
    for seed in range(CASES):
        case = make_case(trees, seed)
        verdict = judge(case)
        assert verdict.kind != "fault", f"seed {seed}: {verdict.detail}"
        counts[verdict.kind] += 1
    assert sum(count for kind, count in counts.items() if kind.startswith("imported")) > CASES / 4
