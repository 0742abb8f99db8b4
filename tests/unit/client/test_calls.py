"""Plans of calls, which know no I/O: what is sent, how often it is tried, and what the answer means."""

import inspect
from email.utils import formatdate
from typing import Any

import pytest

from mockwave.client.call_plans import (
    MAXIMUM_ATTEMPTS,
    Attempt,
    Call,
    Listen,
    Pause,
    Plan,
    Reply,
    attempt,
    read_retry_after,
)
from mockwave.client.errors import InvalidRequest, NotFound, ProblemError, Unavailable, UnexpectedAnswer
from mockwave.client.file_calls import import_mocks
from mockwave.client.management_calls import ManagementCalls
from mockwave.client.methods import CallMethod, ListMethod, PlanMethod
from mockwave.client.route_calls import create_route, read_route
from mockwave.client.server_calls import create_server, list_servers, read_server
from mockwave.management.endpoints import ENDPOINTS
from mockwave.model import MockRouteCreate, MockServerCreate
from mockwave.problems import PROBLEM_MEDIA_TYPE

SERVER = (
    b'{"_id": "mock_1", "name": "pets", "workspaceId": "wrk_1", "url": "http://h/bin/mock_1", "status": "running",'
    b' "specificationSource": "custom", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"}'
)
METHODS = {
    name: method
    for name, method in vars(ManagementCalls).items()
    if isinstance(method, CallMethod | PlanMethod | ListMethod)
}


def busy(seconds: object) -> Reply:
    return Reply(503, {"retry-after": str(seconds)}, b"")


def run(plan: Plan[Any], *replies: Reply) -> tuple[Any, list[float]]:
    """The plan's result, with these replies to its attempts, and the pauses that it made."""
    left = list(replies)
    pauses = []
    outcome = None
    try:
        while True:
            step = plan.send(outcome)
            if isinstance(step, Pause):
                pauses.append(step.duration_s)
                outcome = None
            else:
                assert isinstance(step, Attempt)
                outcome = left.pop(0)
    except StopIteration as end:
        assert not left
        return end.value, pauses


def describe_all() -> list[Call[Any]]:
    """The calls of all methods, whose arguments are a word each."""
    calls: list[Any] = []
    for method in METHODS.values():
        parameters = inspect.signature(method.describe).parameters.values()
        given = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD and each.default is each.empty]
        words: list[Any] = [[] if each.name == "rules" else "x" for each in given]
        described = method.describe(*words)
        first = described if isinstance(described, Call) else next(described)
        calls.append(first.call if isinstance(first, Listen) else first)
    return calls


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_has_a_method(endpoint: Any) -> None:
    """A new endpoint needs a function in the room client/, and a row in ManagementCalls."""
    path = endpoint.path.replace("{mockServerId}", "x").replace("{routeId}", "x").replace("{entryId}", "x")
    assert (endpoint.method, path) in {(call.method, call.path) for call in describe_all()}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_does(name: str) -> None:
    text = inspect.getdoc(METHODS[name].describe)
    assert text
    assert text.endswith(".")


def test_ids_cannot_lead_to_another_path() -> None:
    assert read_route.describe("../x", "a/b?c").path == "/mock-servers/..%2Fx/routes/a%2Fb%3Fc"


def test_conditions_that_are_not_given_are_left_out_of_the_query() -> None:
    assert list_servers.describe().query == ""
    assert list_servers.describe("wrk 1", limit=5).query == "workspaceId=wrk+1&limit=5"


def test_wishes_about_an_import_that_are_not_given_are_left_out_of_the_query() -> None:
    """An import that was not to be a dry run asked for `dryRun=`, and every one was refused for it."""
    assert import_mocks.describe(b"{}").query == ""
    assert import_mocks.describe(b"{}", dry_run=True, file_name="shop.json").query == "dryRun=true&fileName=shop.json"


def test_a_call_that_may_be_repeated_waits_as_long_as_it_is_told() -> None:
    result, pauses = run(attempt(read_server.describe("mock_1"), 30), busy(2), busy(3), Reply(200, {}, SERVER))
    assert result.name == "pets"
    assert pauses == [2, 3]


def test_a_call_that_would_make_something_twice_is_not_repeated() -> None:
    call = create_server.describe(MockServerCreate(name="pets", workspace_id="wrk_1"))
    with pytest.raises(Unavailable) as raised:
        run(attempt(call, 30), busy(1))
    assert raised.value.retry_after_s == 1


@pytest.mark.parametrize("retry_after", ["", "soon", "-1", "9" * 400])
def test_a_503_that_does_not_say_when_or_never_is_not_waited_for(retry_after: str) -> None:
    with pytest.raises(Unavailable):
        run(attempt(read_server.describe("mock_1"), 30), busy(retry_after))


def test_the_time_that_is_waited_is_bounded_in_all() -> None:
    with pytest.raises(Unavailable):
        run(attempt(read_server.describe("mock_1"), 30), busy(20), busy(11))


def test_the_number_of_attempts_is_bounded() -> None:
    with pytest.raises(Unavailable):
        run(attempt(read_server.describe("mock_1"), 30), *[busy(0)] * MAXIMUM_ATTEMPTS)


def test_only_a_503_is_waited_for() -> None:
    with pytest.raises(ProblemError):
        run(attempt(read_server.describe("mock_1"), 30), Reply(429, {"retry-after": "1"}, b""))


def test_retry_after_may_be_a_date() -> None:
    wait_s = read_retry_after(formatdate(4_000_000_000, usegmt=True))
    assert wait_s is not None
    assert wait_s > 1_000_000
    assert read_retry_after(formatdate(0, usegmt=True)) == 0


def test_a_problem_document_is_an_exception_with_its_errors() -> None:
    body = (
        b'{"type": "urn:mockwave:problem:invalid-body", "title": "Bad Request", "status": 400, "detail": "2 faults",'
        b' "errors": [{"location": "body", "pointer": "/path", "rule": "format", "message": "path: no slash"},'
        b' {"location": "body", "pointer": "/delay", "message": "delay: negative"}], "errorCount": 7}'
    )
    call = create_route.describe("mock_1", MockRouteCreate(method="GET", path="x", status_code=200))
    with pytest.raises(InvalidRequest) as raised:
        run(attempt(call, 30), Reply(400, {"content-type": PROBLEM_MEDIA_TYPE.decode()}, body))
    error = raised.value
    assert (error.status, error.type, error.detail) == (400, "urn:mockwave:problem:invalid-body", "2 faults")
    assert [fault.pointer for fault in error.errors] == ["/path", "/delay"]
    assert error.error_count == 7
    assert str(error) == "/path: path: no slash\n/delay: delay: negative"


def test_an_error_that_is_no_problem_document_keeps_its_status() -> None:
    with pytest.raises(NotFound, match="the server answered 404 Not Found"):
        run(attempt(read_server.describe("mock_1"), 30), Reply(404, {}, b"<html>"))


def test_an_answer_of_another_server_is_told_as_that() -> None:
    with pytest.raises(UnexpectedAnswer, match="GET /mock-servers/mock_1 is not answered as by a mockwave server"):
        run(attempt(read_server.describe("mock_1"), 30), Reply(200, {}, b"<html>"))
