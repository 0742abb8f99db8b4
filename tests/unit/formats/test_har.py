"""HTTP archives: bodies, headers, redirects, hosts, answers in turn, and entries that are not exchanges."""

import json
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.formats.har.reading import relative_location
from tests.unit.formats.mock_files import MOCKS, read_data, read_file


def exchange(url: str = "http://h.example/a", status: Any = 200, **response: Any) -> dict[str, Any]:
    method = response.pop("method", "GET")
    content = response.pop("content", {"text": "x", "mimeType": "text/plain"})
    return {
        "request": {"method": method, "url": url, "headers": []},
        "response": {"status": status, "headers": [], "content": content, **response},
    }


def read(*entries: dict[str, Any], **options: str) -> Any:
    return read_data(json.dumps({"log": {"entries": list(entries)}}).encode(), **options)


def test_what_describes_the_wire_is_dropped_and_cookies_are_kept_apart() -> None:
    server = read_file(MOCKS / "har" / "chrome.har").servers[0]
    first = json.loads(server.routes[0].rules)[0]["then"]
    assert first["responseHeaders"] == {"x-a": "1", "set-cookie": ["a=1", "b=2"]}
    assert first["contentType"] == "application/json"


def test_requests_to_one_path_are_told_apart_by_their_queries() -> None:
    server = read_file(MOCKS / "har" / "chrome.har").servers[0]
    rules = json.loads(server.routes[0].rules)
    assert [rule["when"] for rule in rules] == [
        {"query": {"page": {"equalTo": "1"}}},
        {"query": {"page": {"equalTo": "2"}}},
    ]
    assert rules[1]["then"]["responseBody"] == '{"n":2}'


def test_answers_to_one_request_come_in_turn_and_stay_with_the_last() -> None:
    server = read_file(MOCKS / "har" / "chrome.har").servers[0]
    (rule,) = json.loads(server.routes[1].rules)
    assert [(step["statusCode"], step.get("repeat", 1)) for step in rule["then"]["sequence"]] == [(202, 2), (200, 1)]
    assert rule["then"]["onExhausted"] == "last"


def test_equal_answers_are_one() -> None:
    server = read(exchange(), exchange()).servers[0]
    assert not server.routes[0].rules


def test_requests_are_told_apart_by_their_bodies() -> None:
    server = read_file(MOCKS / "har" / "firefox.har").servers[0]
    rules = json.loads(server.routes[0].rules)
    assert rules[0]["when"] == {"body": [{"equalToJson": {"query": "a"}}]}


@pytest.mark.parametrize(
    ("location", "path", "relative"),
    [
        ("http://h.example/new?x=1#f", "/old", "new?x=1#f"),
        ("http://h.example/a/b/", "/c/d", "../a/b/"),
        ("/new", "/a/old", "../new"),
        ("http://h.example", "/old", "./"),
        ("new", "/old", "new"),
        ("https://elsewhere.example/new", "/old", "https://elsewhere.example/new"),
        ("//h.example/a:b", "/old", "./a:b"),
    ],
)
def test_redirects_to_the_recorded_host_lead_there_from_any_base(location: str, path: str, relative: str) -> None:
    """Only without the host, a redirect would leave the mock: its paths begin with /bin/{id}."""
    assert relative_location(location, "h.example", path) == relative


def test_the_host_with_most_exchanges_is_made_or_the_one_asked_for() -> None:
    entries = [exchange("http://a.example/1"), exchange("http://b.example:81/1"), exchange("http://b.example:81/2")]
    most = read(*entries)
    assert [route.path for route in most.servers[0].routes] == ["/1", "/2"]
    assert "1 exchanges are with a.example" in most.notes.left_out[0].message
    assert len(read(*entries, host="a.example").servers[0].routes) == 1
    with pytest.raises(SpecificationError, match=r"it has b\.example:81, a\.example"):
        read(*entries, host="c.example")


@pytest.mark.parametrize("status", ["200", None, "OK", True, 20.5])
def test_a_status_that_is_no_number_is_refused_with_its_place(status: Any) -> None:
    with pytest.raises(SpecificationError, match="/log/entries/1/response/status: expected a status code as a number"):
        read(exchange(), exchange(status=status))


def test_304_has_the_body_of_the_answer_before_it() -> None:
    with_known = read(exchange(content={"text": "known", "mimeType": "text/plain"}), exchange(status=304, content={}))
    assert with_known.servers[0].routes[0].body == b"known"
    assert not with_known.servers[0].routes[0].rules
    with pytest.raises(SpecificationError, match="304 without an earlier answer"):
        read(exchange(status=304, content={}))


def test_the_log_of_a_mock_is_imported_as_the_mock() -> None:
    url = f"http://127.0.0.1:4010/bin/mock_{'0' * 32}/pets/7?a=1"
    assert read(exchange(url)).servers[0].routes[0].path == "/pets/7"


@pytest.mark.parametrize(
    "broken",
    [{"log": {"entries": [1]}}, {"log": {"entries": [{"request": {}, "response": {}}]}}, {"log": {"entries": [{}]}}],
)
def test_broken_archives_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(SpecificationError, match="/log/entries/0"):
        read_data(json.dumps(broken).encode())
