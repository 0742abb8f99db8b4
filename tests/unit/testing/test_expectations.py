"""Expectations of requests, and how they report what came instead."""

from typing import Any

import pytest
from msgspec import UNSET

from mockwave.model import LogEntry
from mockwave.testing.expectations import Expectation, explain_count, fits_path, is_same_json


def sent(method: str = "GET", path: str = "/pets", query: str = "", body: str | None = None, **more: Any) -> LogEntry:
    return LogEntry(
        id=more.pop("id", f"log_{method}{path}{query}{body}"),
        mock_server_id="mock_1",
        request_method=method,
        request_path=path,
        request_query=query or UNSET,
        request_headers=more.pop("headers", {"accept": "*/*"}),
        request_body=UNSET if body is None else body,
        response_status_code=more.pop("status", 200),
        matched=True,
        timestamp="2026-01-01T00:00:00.000000Z",
        **more,
    )


@pytest.mark.parametrize(
    ("path", "wanted", "fits"),
    [
        ("/pets", "/pets", True),
        ("/pets/1", "/pets/{petId}", True),
        ("/pets/1/toys", "/pets/{petId}", False),
        ("/pets/", "/pets/{petId}", False),
        ("/pets/{petId}", "/pets/{petId}", True),
        ("/files/a.tar.gz", "/files/{name}.{extension}", True),
        ("/files/a/b/c", "/files/**", True),
        ("/files/a/b/c", "/files/{rest:*}", True),
        ("/a%20b", "/a b", True),
        ("/a.b", "/a?b", False),
        ("/aXb", "/a.b", False),
    ],
)
def test_a_path_is_wanted_as_sent_or_as_a_template(path: str, wanted: str, fits: bool) -> None:
    assert fits_path(path, wanted) is fits


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        ([False], [0], False),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        ([1], (1,), True),
        (None, False, False),
    ],
)
def test_values_are_compared_as_json_has_them(left: Any, right: Any, same: bool) -> None:
    assert is_same_json(left, right) is same


@pytest.mark.parametrize(
    ("wanted", "differences"),
    [
        (Expectation(), []),
        (Expectation(method="post", path="/pets", query={"limit": "5"}, json={"name": "Rex"}, status=201), []),
        (Expectation(headers={"X-Trace": "7"}), []),
        (Expectation(method="GET"), ["method is POST, expected GET"]),
        (Expectation(path="/dogs"), ["path is /pets, expected /dogs"]),
        (Expectation(status=200), ["status is 201, expected 200"]),
        (Expectation(query={"limit": "6"}), ["query parameter limit is '5', expected '6'"]),
        (Expectation(query={"page": "1"}), ["query parameter page is absent, expected '1'"]),
        (Expectation(headers={"x-trace": "8"}), ["header x-trace is '7', expected '8'"]),
        (Expectation(json={"name": "Max"}), ['json is {"name": "Rex"}, expected {"name": "Max"}']),
        (Expectation(json=None), ['json is {"name": "Rex"}, expected null']),
        (Expectation(body="x"), ["body is '{\"name\": \"Rex\"}', expected 'x'"]),
    ],
)
def test_a_request_is_told_by_what_differs(wanted: Expectation, differences: list[str]) -> None:
    entry = sent("POST", query="limit=5&sort=", body='{"name": "Rex"}', status=201, headers={"x-trace": "7"})
    assert wanted.find_differences(entry) == differences


def test_a_body_that_is_no_json_is_told_as_that() -> None:
    wanted = Expectation(json={})
    assert wanted.find_differences(sent(body="name=Rex")) == ["body is not JSON: 'name=Rex'"]
    assert wanted.find_differences(sent()) == ["there is no body"]


def test_the_nearest_requests_come_first() -> None:
    wanted = Expectation("POST", "/pets", json={"name": "Rex"})
    log = [sent("GET", "/dogs"), sent("POST", "/pets", body='{"name": "Max"}'), sent("DELETE", "/pets")]
    assert explain_count(wanted, None, [], log).splitlines() == [
        'expected at least one request POST /pets json {"name": "Rex"}, got 0',
        "nearest of 3 others:",
        '  POST /pets {"name": "Max"} → 200',
        '      json is {"name": "Max"}, expected {"name": "Rex"}',
        "  DELETE /pets → 200",
        "      method is DELETE, expected POST",
        "      there is no body",
        "  GET /dogs → 200",
        "      method is GET, expected POST",
        "      path is /dogs, expected /pets",
        "      there is no body",
    ]


def test_too_many_requests_are_listed() -> None:
    log = [sent(id="log_1"), sent(id="log_2", query="page=2")]
    assert explain_count(Expectation("GET"), 1, log, log).splitlines() == [
        "expected 1 request GET any path, got 2",
        "they are:",
        "  GET /pets → 200",
        "  GET /pets?page=2 → 200",
    ]


def test_an_empty_log_is_told_as_that() -> None:
    assert explain_count(Expectation(path="/pets"), 2, [], []) == (
        "expected 2 requests any method /pets, got 0\nthere was no request at all"
    )


def test_a_failure_stays_short_however_much_was_sent() -> None:
    log = [sent(id=f"log_{number}", path=f"/pets/{number}", body="x" * 100_000 + "\n") for number in range(1000)]
    text = explain_count(Expectation("POST", "/pets", json=["y" * 100_000]), 1, [], log)
    assert len(text) < 20_000
    assert "nearest of 1000 others:" in text
