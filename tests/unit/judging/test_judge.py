"""Rules tried and checked in a process of their own: it gets each list once, and answers alike whatever it has kept."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mockwave.judging import judge as judging
from mockwave.judging.judge import Judge
from mockwave.judging.judging_messages import GivenRules, JudgeJob, Judgment
from mockwave.judging.judging_process import MAXIMUM_KEPT
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.request_view import RequestView
from tests.sanitized import starts_limited_processes

pytestmark = starts_limited_processes


@pytest.fixture
async def judge() -> AsyncIterator[Judge]:
    made = Judge()
    yield made
    await made.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of rules in each job."""
    sizes: list[int] = []
    encode = judging.encode_job

    def note(job: Any) -> bytes:
        sizes.append(sum(len(given.stored) for given in job.lists) if isinstance(job, JudgeJob) else len(job.stored))
        return encode(job)

    monkeypatch.setattr(judging, "encode_job", note)
    return sizes


def rules_for(value: str) -> GivenRules:
    rules = [{"when": {"query": {"q": {"equalTo": each}}}, "then": {"statusCode": 201}} for each in ("other", value)]
    return GivenRules.of(json.dumps(rules).encode(), of_server=True)


def ask(query: bytes) -> RequestView:
    return RequestView(method="GET", path=b"/", query=query, headers=(), body=b"")


HOLDS = [Judgment([1], [b""])]


async def test_a_list_is_sent_once_to_each_process(judge: Judge, sent: list[int]) -> None:
    """Every job had the text of all rules of the mock, up to 4 MB for each request."""
    given = rules_for("a")
    assert [await judge.judge("mock_a", [given], ask(b"q=a")) for _ in range(3)] == [HOLDS] * 3
    assert await judge.judge("mock_a", [given], ask(b"q=b")) == [Judgment([], [])]
    judge._jobs._runner._process.end()
    assert await judge.judge("mock_a", [given], ask(b"q=a")) == HOLDS
    whole = len(given.stored)
    assert sent == [whole, 0, 0, 0, whole]


async def test_a_list_that_the_process_no_longer_has_is_sent_again(judge: Judge, sent: list[int]) -> None:
    first = rules_for("a")
    for number in range(MAXIMUM_KEPT + 1):
        given = first if number == 0 else rules_for(str(number))
        await judge.judge("mock_a", [given], ask(b"q=a"))
    del sent[:]
    assert await judge.judge("mock_a", [first], ask(b"q=a")) == HOLDS
    assert sent == [0, len(first.stored)]


async def test_lists_of_a_server_and_of_a_route_with_the_same_text_are_two(judge: Judge) -> None:
    stored = b'[{"when": {"query": {"q": {"equalTo": "a"}}}, "then": {"statusCode": 201}}]'
    lists = [GivenRules.of(stored, of_server=of_server) for of_server in (True, False)]
    assert await judge.judge("mock_a", lists, ask(b"q=a")) == [Judgment([0], [b""])] * 2


async def test_rules_are_checked_as_in_the_worker(judge: Judge) -> None:
    rules = [{"when": {"query": {"q": {"matches": r"(\p{L}{1,200}){1,90}"}}}, "then": {"fault": "HOLD"}}]
    route = RouteTraits(path_parameters=("id",), methods=("GET",), declared={"200": {"a"}})
    faults = await judge.check("mock_a", json.dumps(rules).encode(), route, [])
    assert [fault.pointer for fault in faults] == ["/rules/0/when/query/q/matches", "/rules/0/then/fault"]
    good = [{"when": {"pathParameters": {"id": {"matches": r"\p{L}{1,5}"}}}, "then": {"response": "200"}}]
    assert await judge.check("mock_a", json.dumps(good).encode(), route, []) == []
