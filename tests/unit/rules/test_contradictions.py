"""A `when` that can never hold is refused with a pointer; one that can hold never is, however odd."""

import time
from typing import Any

import pytest

from mockwave.model import Violation
from mockwave.rules.conditions import compile_condition
from tests.sanitized import SLOWNESS
from tests.unit.rules.asked_conditions import find_faults

A: dict[str, Any] = {"headers": {"X-A": {"equalTo": "a"}}}
B: dict[str, Any] = {"query": {"b": {"contains": "b"}}}
AUTH: dict[str, Any] = {"username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("when", "pointer"),
    [
        ({**A, "not": A}, "/not"),
        ({"all": [A, {"not": A}]}, "/all/1/not"),
        ({"all": [{"all": [A, B]}, {"not": B}]}, "/all/1/not"),
        ({"all": [A, B, {"not": {"all": [B, A]}}]}, "/all/2/not"),
        ({"all": [A, {"not": {"any": [B, A]}}]}, "/all/1/not"),
        ({"any": [A, B], "not": {"any": [A, B]}}, "/not"),
        ({"not": A, "all": [{"not": {"not": A}}]}, "/all/0/not"),
        (
            {"headers": {"x-a": {"contains": "a", "matches": "a.*"}}, "not": {"headers": {"X-A": {"contains": "a"}}}},
            "/not",
        ),
        ({"basicAuth": AUTH, "not": {"basicAuth": dict(reversed(AUTH.items()))}}, "/not"),
        ({"path": "/a/{b}", "not": {"path": "/a/{b}"}}, "/not"),
        ({"body": [{"equalToJson": {"a": 1}}], "not": {"body": [{"equalToJson": {"a": 1}}]}}, "/not"),
        ({"multipart": [{"name": "f"}], "not": {"multipart": [{"name": "f"}]}}, "/not"),
        ({"any": [{"method": "GET"}, {"method": "PUT"}], "method": "POST"}, "/any"),
        ({"any": [{**A, "not": A}, {"query": {"b": {"equalTo": "b", "absent": True}}}]}, "/any"),
        ({"not": {"all": []}}, "/not"),
        ({"not": {"headers": {"X-A": {"anything": True}}}}, "/not"),
        ({"method": {"or": [{"equalTo": "GET"}, {"equalTo": "PUT"}]}, "all": [{"method": "POST"}]}, "/all/0/method"),
        ({"method": "GET", "not": {"method": "GET"}}, "/not"),
        ({"client": {"equalTo": "127.0.0.1"}, "all": [{"client": {"matches": "10[.].*"}}]}, "/all/0/client"),
        ({"headers": {"X-A": {"contains": "a", "not": {"contains": "a"}}}}, "/headers/X-A"),
        ({"headers": {"X-A": {"equalTo": "a", "or": [{"equalTo": "b"}, {"equalTo": "c"}]}}}, "/headers/X-A"),
        ({"headers": {"X-A": {"or": [{"equalTo": "b"}, {"equalTo": "c"}], "matches": "[xyz]"}}}, "/headers/X-A"),
        ({"headers": {"X-A": {"or": [{"equalTo": "b", "absent": True}]}}}, "/headers/X-A"),
        ({"query": {"a": {"hasExactly": [], "contains": "x"}}}, "/query/a"),
        ({"query": {"a": {"hasExactly": [{"equalTo": "a", "contains": "b"}]}}}, "/query/a"),
        ({"query": {"a": {"absent": True, "includes": [{"equalTo": "a"}]}}}, "/query/a"),
        (
            {"query": {"a": {"hasExactly": [{"equalTo": "a"}]}}, "all": [{"query": {"a": {"hasExactly": []}}}]},
            "/all/0/query/a",
        ),
        (
            {"query": {"strict": True, "a": {"equalTo": "1"}}, "all": [{"query": {"b": {"equalTo": "1"}}}]},
            "/all/0/query/b",
        ),
        ({"headers": {"strict": True}, "all": [A]}, "/all/0/headers/X-A"),
        ({"headers": {"strict": True}, "all": [{"cookies": {"c": {"equalTo": "a"}}}]}, "/all/0/cookies/c"),
        ({"headers": {"strict": True}, "all": [{"basicAuth": AUTH}]}, "/all/0/basicAuth"),
        ({"headers": {"strict": True}, "all": [{"form": {"f": {"equalTo": "a"}}}]}, "/all/0/form/f"),
        ({"headers": {"strict": True}, "all": [{"multipart": [{"name": "f"}]}]}, "/all/0/multipart/0"),
        ({"headers": {"Cookie": {"absent": True}}, "cookies": {"c": {"equalTo": "a"}}}, "/headers/Cookie"),
        ({"headers": {"content-type": {"absent": True}}, "multipart": [{"name": "f"}]}, "/headers/content-type"),
        ({"cookies": {"c": {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}}}, "/cookies/c"),
        ({"cookies": {"c": {"includes": [{"equalTo": "a"}, {"equalTo": "b"}]}}}, "/cookies/c"),
        ({"basicAuth": AUTH, "headers": {"Authorization": {"absent": True}}}, "/headers/Authorization"),
        ({"body": [{"equalToJson": {"a": 1}}, {"equalToJson": {"a": 2}, "ignoreExtraKeys": True}]}, "/body/1"),
        ({"body": [{"equalToJson": "[1]"}, {"absent": True}]}, "/body/1"),
        (
            {
                "query": {
                    "a": {"equalTo": "x", "caseInsensitive": True, "and": [{"equalTo": "Y", "caseInsensitive": True}]}
                }
            },
            "/query/a",
        ),
        ({"body": [{"greaterThanNumber": 5}, {"lessThanNumber": 5}]}, "/body/1"),
    ],
)
def test_what_can_never_hold_is_refused(when: dict[str, Any], pointer: str) -> None:
    assert {at: rule for at, (rule, _) in find_faults(when).items()} == {pointer: "never"}


NEVER: dict[str, Any] = {"query": {"a": {"equalTo": "x", "absent": True}}}


@pytest.mark.parametrize(
    "when",
    [
        {"any": [NEVER, A]},
        {"not": NEVER},
        {"any": [{"not": NEVER}]},
        {"all": [B, {"not": {**B, **A}}]},
        {"headers": {"X-A": {"contains": "a"}}, "all": [{"headers": {"X-A": {"not": {"contains": "a"}}}}]},
        {"headers": {"X-A": {"contains": "a"}}, "not": {"headers": {"X-A": {"contains": "a", "matches": "a+"}}}},
        {"query": {"a": {"includes": [{"equalTo": "b"}], "equalTo": "a", "contains": "b"}}},
        {"query": {"a": {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}}},
        {"query": {"a": {"hasExactly": [], "absent": True}}},
        {"query": {"a": {"or": [{"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}]}}},
        {"headers": {"X-A": {"equalTo": "2999-01-01T00:00:00Z", "before": "now"}}},
        {"headers": {"X-A": {"equalTo": "2999-01-01T00:00:00Z", "not": {"after": "now +1 days"}}}},
        {"body": [{"equalTo": ""}, {"absent": True}]},
        {"body": {"or": [{"equalTo": "", "absent": True}]}},
        {"body": [{"equalToJson": {"a": 1}}, {"equalToJson": {"a": 1.0}}]},
        {"body": [{"equalToJson": {"a": 1}}, {"equalToJson": {"a": "${json-unit.any-number}"}}]},
        {
            "path": "/{id}/b",
            "pathParameters": {"id": {"equalTo": "1"}},
            "all": [{"path": "/1/{id}", "pathParameters": {"id": {"equalTo": "b"}}}],
        },
        {"query": {"strict": True, "a": {"equalTo": "1"}}, "all": [{"query": {"b": {"absent": True}}}]},
        {"headers": {"strict": True}, "all": [{"headers": {"Host": {"contains": "a"}}}]},
        {"headers": {"strict": True}, "cookies": {"c": {"equalTo": "a"}}},
        {"headers": {"strict": True}, "basicAuth": AUTH},
        {"headers": {"strict": True}, "form": {"f": {"equalTo": "a"}}, "multipart": [{"name": "f"}]},
        {"headers": {"strict": True}, "all": [{"cookies": {"c": {"absent": True}}}]},
        {"headers": {"strict": True, "Cookie": {"contains": "c"}}, "all": [{"cookies": {"c": {"equalTo": "a"}}}]},
        {"headers": {"Cookie": {"absent": True}}, "cookies": {"c": {"absent": True}}},
        {"multipart": [{"name": "f"}], "not": {"multipart": [{"name": "g"}]}},
        {"query": {"a": {"and": []}}},
    ],
)
def test_what_may_hold_is_taken(when: dict[str, Any]) -> None:
    """Conditions of an `any`, or below a `not`, were refused by themselves; so were operators beside `includes`, which
    another value may hold for, and comparisons with now."""
    assert find_faults(when) == {}


def nest(depth: int) -> dict[str, Any]:
    """Each `any` has one of its kind in each of its branches."""
    inner = {"query": {"a": {"contains": "a"}}} if depth == 0 else nest(depth - 1)
    return {"any": [{"all": [A, inner]}, {"all": [B, {"not": A}]}], **B}


@pytest.mark.parametrize(
    "when",
    [
        nest(14),
        {"headers": {f"X-{n}": {"or": [{"equalTo": f"{n}.{m}" * 50} for m in range(100)]} for n in range(9)}},
        {"body": [{"equalTo": "[" * 200 + "]" * 200, "matchesJsonPath": "$..*..*..*..*..*"}] * 400},
        {"all": [{"not": A}] * 450 + [{"any": [B, {"not": B}]}] * 100},
    ],
)
def test_looking_for_contradictions_takes_little_time(when: dict[str, Any]) -> None:
    """Whoever writes a rule chooses what is held against what; it is looked for on the event loop."""
    faults: list[Violation] = []
    started = time.thread_time()
    compile_condition(when, at="", of_server=True, path_parameters=None, faults=faults, may_never_hold=True)
    compiled = time.thread_time()
    compile_condition(when, at="", of_server=True, path_parameters=None, faults=faults)
    assert time.thread_time() - compiled < compiled - started + 0.1 * SLOWNESS


@pytest.mark.parametrize(("method", "is_taken"), [("GET", True), ("HEAD", True), ("POST", False)])
def test_a_rule_of_a_route_cannot_ask_for_the_method_of_another(method: str, is_taken: bool) -> None:
    faults: list[Violation] = []
    compile_condition(
        {"method": method}, at="", of_server=False, path_parameters=(), faults=faults, methods=("GET", "HEAD")
    )
    assert [fault.pointer for fault in faults] == ([] if is_taken else ["/method"])


def test_what_is_stored_already_may_never_hold() -> None:
    """Otherwise a newer version would refuse all rules of a list for one that does no harm."""
    faults: list[Violation] = []
    compile_condition({**A, "not": A}, at="", of_server=True, path_parameters=None, faults=faults, may_never_hold=True)
    assert faults == []
