"""Logs as HTTP archives: what the exchanges of an archive hold of requests and answers."""

import json
from typing import Any

from mockwave.answers.exported_servers import Export, ExportedRoute, ExportHead
from mockwave.formats.har.writing import write_har
from mockwave.formats.notes import Notes
from mockwave.model import LogEntry


def write(method: str = "GET", **headers: str) -> Any:
    """The exchange of one logged request, to a route that sets two cookies and has a body."""
    route = ExportedRoute(
        id="route_1",
        method=method,
        path="/a",
        status_code=200,
        headers=[("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=x=y")],
        body=b'{"a": 1}',
        content_type="application/json",
    )
    entry = LogEntry(
        id="1",
        mock_server_id="mock_1",
        timestamp="2026-11-26T10:00:00.000Z",
        request_method=method,
        request_path="/a",
        request_headers=headers,
        response_status_code=200,
        matched=True,
        route_id="route_1",
    )
    head = ExportHead(format="har", id="mock_1", name="m", url="http://h", has_entries=True, routes=[route])
    (exchange,) = json.loads(write_har(Export(head=head, entries=[entry]), Notes()))["log"]["entries"]
    return exchange


def test_cookies_stand_in_lists_of_their_own_as_well() -> None:
    """The lists were always empty, which readers of archives take for an exchange without cookies."""
    exchange = write(Cookie="s=1; t=x=y; odd")
    assert exchange["request"]["cookies"] == [{"name": "s", "value": "1"}, {"name": "t", "value": "x=y"}]
    assert exchange["response"]["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "x=y"}]


def test_what_the_log_does_not_keep_is_no_cookie() -> None:
    assert write(Cookie="[redacted]")["request"]["cookies"] == []


def test_an_answer_to_head_has_no_body() -> None:
    assert write("GET")["response"]["content"]["text"] == '{"a": 1}'
    content = write("HEAD")["response"]["content"]
    assert (content["size"], "text" in content) == (0, False)
