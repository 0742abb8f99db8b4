"""Lists in pages: what a page has, and the Link that leads to the next one."""

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from mockwave.management.exchange import Answer
from mockwave.management.logs import MAXIMUM_PAGE_BYTES
from mockwave.model import LogEntry

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller


def next_of(answer: Answer) -> str | None:
    """What the answer's Link leads to."""
    link = dict(answer.headers).get(b"link")
    if link is None:
        return None
    found = re.fullmatch(r'<([^<>"]+)>; rel="next"', link.decode())
    assert found
    return found[1]


async def read_pages(caller: "Caller", target: str) -> list[list[Any]]:
    """All pages from the target on."""
    pages = []
    link: str | None = target
    while link is not None:
        answer = await caller.call("GET", link)
        assert answer.status == 200
        pages.append(json.loads(answer.body))
        link = next_of(answer)
    return pages


def entry(number: int, **fields: Any) -> LogEntry:
    return LogEntry(
        id=f"log_{number}",
        mock_server_id="mock_1",
        request_method="GET",
        request_path=f"/{number}",
        request_headers={},
        response_status_code=200,
        matched=True,
        timestamp="2026-01-31T12:00:00Z",
        **fields,
    )


async def test_servers_come_in_pages_where_that_is_asked(caller: "Caller") -> None:
    paths = [await caller.create_server(name=f"s{number}") for number in range(5)]
    pages = await read_pages(caller, "/mock-servers?limit=2")
    assert [[f"/mock-servers/{server['_id']}" for server in page] for page in pages] == [
        paths[:2],
        paths[2:4],
        paths[4:],
    ]
    assert await read_pages(caller, "/mock-servers?limit=5") == [[server for page in pages for server in page]]
    assert await read_pages(caller, "/mock-servers?offset=3") == [[*pages[1][1:], *pages[2]]]


async def test_without_a_limit_all_servers_are_listed(caller: "Caller") -> None:
    paths = [await caller.create_server(name=f"s{number}") for number in range(40)]
    (page,) = await read_pages(caller, "/mock-servers")
    assert [f"/mock-servers/{server['_id']}" for server in page] == paths


async def test_pages_of_servers_keep_to_the_workspace(caller: "Caller") -> None:
    for number in range(4):
        await caller.create_server(name=f"s{number}", workspaceId=f"wrk {number % 2} &")
    pages = await read_pages(caller, "/mock-servers?workspaceId=wrk+1+%26&limit=1")
    assert [[server["name"] for server in page] for page in pages] == [["s1"], ["s3"]]


async def test_routes_come_in_pages_where_that_is_asked(caller: "Caller") -> None:
    server = await caller.create_server()
    routes = [await caller.create_route(server, path=f"/{number}") for number in range(130)]
    pages = await read_pages(caller, f"{server}/routes?limit=60")
    assert [len(page) for page in pages] == [60, 60, 10]
    assert [f"{server}/routes/{route['_id']}" for page in pages for route in page] == routes
    assert await read_pages(caller, f"{server}/routes") == [[route for page in pages for route in page]]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "limit=1&limit=2"])
@pytest.mark.parametrize("of_routes", [True, False])
async def test_a_page_that_is_none_is_refused(caller: "Caller", query: str, of_routes: bool) -> None:
    target = f"{await caller.create_server()}/routes" if of_routes else "/mock-servers"
    assert (await caller.call("GET", f"{target}?{query}")).status == 400


async def test_a_page_of_the_log_has_its_limit_and_leads_on(caller: "Caller") -> None:
    server = await caller.create_server()
    caller.logs.chunks = [[entry(1), entry(2)], [entry(3)]]
    for limit, link in ((1, 1), (2, 2), (3, None), (4, None)):
        answer = await caller.call("GET", f"{server}/logs?limit={limit}&path=/a*")
        assert [shown["_id"] for shown in json.loads(answer.body)] == [
            f"log_{number + 1}" for number in range(min(limit, 3))
        ]
        assert next_of(answer) == (link and f"{server}/logs?limit={limit}&path=%2Fa%2A&offset={link}")


async def test_a_page_of_the_log_ends_at_its_bytes(caller: "Caller") -> None:
    """A page of a thousand bodies of 64 KB was 394 MB in one go (F14)."""
    server = await caller.create_server()
    body = "\x01" * 65_536
    caller.logs.chunks = [[entry(number, request_body=body) for number in range(100)]]
    answer = await caller.call("GET", f"{server}/logs?limit=1000&offset=7")
    shown = json.loads(answer.body)
    assert MAXIMUM_PAGE_BYTES <= len(answer.body) < MAXIMUM_PAGE_BYTES * 1.1
    assert 0 < len(shown) < 100
    assert next_of(answer) == f"{server}/logs?limit=1000&offset={7 + len(shown)}"


async def test_a_page_has_one_entry_at_least(caller: "Caller") -> None:
    server = await caller.create_server()
    caller.logs.chunks = [[entry(1, request_body="x" * (MAXIMUM_PAGE_BYTES + 1)), entry(2)]]
    answer = await caller.call("GET", f"{server}/logs")
    assert [shown["_id"] for shown in json.loads(answer.body)] == ["log_1"]
    assert next_of(answer) == f"{server}/logs?offset=1"


async def test_an_empty_log_leads_nowhere(caller: "Caller") -> None:
    answer = await caller.call("GET", f"{await caller.create_server()}/logs")
    assert (json.loads(answer.body), next_of(answer)) == ([], None)


async def test_a_long_list_is_sent_while_it_is_made_and_a_short_one_tells_its_length(caller: "Caller") -> None:
    """28 MB of routes went out in one message, and kept the event loop for 76 ms (issue 12, F14)."""
    server = await caller.create_server()
    await caller.create_route(server, path="/1")
    answer = await caller.call("GET", f"{server}/routes")
    assert dict(answer.headers)[b"content-length"] == b"%d" % len(answer.body)
    for number in range(30):
        await caller.create_route(server, path=f"/{number}/x", responseBody="\x01" * 60_000)
    answer = await caller.call("GET", f"{server}/routes")
    assert b"content-length" not in dict(answer.headers)
    assert caller.pieces >= len(answer.body) // 400_000
    assert [route["path"] for route in json.loads(answer.body)] == ["/1", *(f"/{number}/x" for number in range(30))]


async def test_a_route_with_a_long_body_is_written_and_shown_in_pieces(caller: "Caller") -> None:
    """12 MB of escapes took 45 to 60 ms in one step, to be read and to be shown (issue 12, rule 1)."""
    server, content = await caller.create_server(), '\x01\u20ac\U0001f600"' * 40_000
    route = await caller.create_route(server, responseBody=content)
    shown = json.loads((await caller.call("GET", route)).body)
    assert (shown["responseBody"], caller.pieces > 5) == (content, True)
    changed = json.loads((await caller.call("PUT", route, {**shown, "responseBody": content[4:]})).body)
    assert (changed["responseBody"], caller.pieces > 5) == (content[4:], True)
    assert json.loads((await caller.call("GET", f"{server}/routes")).body) == [changed]
