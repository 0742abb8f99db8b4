"""The live log: what comes is on top, filtered by the server, and missed by nobody who lost the connection."""

import json
import re
from typing import Any

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, send
from tests.page.conftest import OpenTab, address, make_pet_store, playwright_api, show

expect = playwright_api.expect


@pytest.fixture
def log(tab: Any) -> Any:
    show(tab, "Live log")
    expect(tab.get_by_text("No requests yet")).to_be_visible()
    return tab


def rows(page: Any) -> Any:
    return page.get_by_role("listbox", name="Requests, newest first").get_by_role("option")


def hit(server: MockwaveServer, mock: dict[str, Any], numbers: range) -> None:
    with server.connection() as connection:
        for number in numbers:
            send(connection, "GET", f"/bin/{mock['_id']}/pets?n={number}")


def test_what_comes_is_on_top(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    hit(open_server, mock, range(30))
    expect(rows(log).first).to_contain_text("/pets?n=29")
    expect(rows(log).nth(1)).to_contain_text("/pets?n=28")
    expect(log.get_by_text("30 shown")).to_be_visible()
    expect(log.get_by_text(re.compile("[1-9][0-9.]* requests a second"))).to_be_visible()


def test_the_server_filters_what_is_there_and_what_comes(
    log: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    open_server.request("GET", f"/bin/{mock['_id']}/nowhere")
    hit(open_server, mock, range(5))
    log.get_by_label("Status", exact=True).select_option("4xx")
    expect(rows(log)).to_have_count(1)
    hit(open_server, mock, range(5))
    open_server.request("GET", f"/bin/{mock['_id']}/nowhere/else")
    expect(rows(log)).to_have_count(2)
    expect(rows(log).first).to_contain_text("/nowhere/else")
    log.get_by_label("Path", exact=True).fill("/nowhere/*")
    expect(rows(log)).to_have_count(1)
    log.get_by_role("button", name="Clear filters").click()
    expect(log.get_by_text("12 shown")).to_be_visible()


def test_a_filter_that_cannot_be_is_told_as_such(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    """It was told as a lost connection, and asked for again and again."""
    hit(open_server, mock, range(2))
    expect(rows(log)).to_have_count(2)
    asked: list[str] = []
    log.on("request", lambda request: asked.append(request.url) if "path=nowhere" in request.url else None)
    log.get_by_label("Path", exact=True).fill("nowhere")
    expect(log.get_by_text("path: expected a path that starts with /")).to_be_visible()
    expect(log.get_by_text("Connection lost")).to_have_count(0)
    log.wait_for_timeout(1500)
    assert len(asked) == 1
    log.get_by_role("button", name="Clear filters").click()
    expect(rows(log)).to_have_count(2)


def test_a_pause_keeps_what_comes_for_later(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    hit(open_server, mock, range(3))
    expect(rows(log)).to_have_count(3)
    log.get_by_role("button", name="Pause").click()
    hit(open_server, mock, range(3, 7))
    expect(log.get_by_text("Paused; 4 requests wait")).to_be_visible()
    expect(rows(log)).to_have_count(3)
    log.get_by_role("button", name="Go on").click()
    expect(rows(log)).to_have_count(7)


def test_a_row_says_why_and_becomes_a_route(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    headers = {"Content-Type": "text/plain", "X-Mine": "it's"}
    open_server.request("POST", f"/bin/{mock['_id']}/petz", b"hello", headers)
    rows(log).first.click()
    expect(log.get_by_text("no route answers this method and path (404)")).to_be_visible()
    expect(log.get_by_text("segment: expected pets, got petz").first).to_be_visible()
    expect(log.get_by_label("Request body")).to_have_text("hello")
    log.get_by_role("region", name="Log entry").get_by_role("button", name="Copy as curl").click()
    copied = log.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST ")
    assert f"http://127.0.0.1:{open_server.port}/bin/{mock['_id']}/petz" in copied
    assert "'X-Mine: it'\\''s'" in copied or "'x-mine: it'\\''s'" in copied
    assert "--data-raw 'hello'" in copied
    log.get_by_role("button", name="Make a route of it").click()
    expect(log.get_by_label("Path", exact=True)).to_have_value("/petz")
    expect(log.get_by_label("Method", exact=True)).to_have_value("POST")
    log.get_by_role("button", name="Make route").click()
    expect(log.get_by_text("POST /petz is saved")).to_be_visible()
    assert open_server.request("POST", f"/bin/{mock['_id']}/petz").status == 200


def test_a_request_is_sent_again(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    open_server.request("GET", f"/bin/{mock['_id']}/pets/7?a=b%20c", headers={"X-Mine": "again"})
    rows(log).first.click()
    log.get_by_role("button", name="Send again").click()
    expect(log.get_by_role("heading", name=re.compile("^200 after"))).to_be_visible()
    expect(log.get_by_role("region", name="Answer").get_by_text("GET /pets/{petId}")).to_be_visible()
    newest = open_server.api("GET", f"/mock-servers/{mock['_id']}/logs?limit=1&method=GET").body[0]
    assert (newest["requestPath"], newest["requestQuery"]) == ("/pets/7", "a=b%20c")
    assert newest["requestHeaders"]["x-mine"] == "again"


def test_what_is_too_fast_is_sampled_and_counted(log: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    hit(open_server, mock, range(3000))
    expect(log.get_by_text(re.compile("[0-9,]+ of 3,000 not shown"))).to_be_visible()
    assert rows(log).count() < 60, "only what is seen is in the page"


@pytest.mark.parametrize("requests_before", [0, 5])
def test_a_restarted_server_is_found_again_and_nothing_is_missed(
    start_mockwave: StartMockwave, open_tab: OpenTab, requests_before: int
) -> None:
    """With nothing seen before, the page once did not know after what to go on."""
    server = start_mockwave("--no-auth")
    mock = make_pet_store(server)
    port = server.port
    page = open_tab(address(server, "log", mock))
    expect(page.get_by_text("No requests yet")).to_be_visible()
    hit(server, mock, range(requests_before))
    expect(rows(page)).to_have_count(requests_before)
    assert server.stop() == 0
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    # What comes before the page is back.
    page.context.set_offline(True)
    again = start_mockwave("--no-auth", "--port", str(port))
    hit(again, mock, range(requests_before, requests_before + 12))
    page.context.set_offline(False)
    expect(rows(page)).to_have_count(requests_before + 12)
    hit(again, mock, range(requests_before + 12, requests_before + 15))
    expect(rows(page)).to_have_count(requests_before + 15)
    shown = [re.search(r"n=(\d+)", text) for text in rows(page).all_inner_texts()]
    assert [int(found[1]) for found in shown if found] == list(reversed(range(requests_before + 15)))
    expect(page.get_by_text("Connection lost, trying again")).to_have_count(0)


def test_a_hundred_thousand_rows_are_scrolled_with_few_in_the_page(
    log: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    """The rows come from a stream that the test speaks, at the address of the server's."""
    entry = {
        "_id": "", "requestMethod": "GET", "requestPath": "", "responseStatusCode": 200, "responseTimeMs": 1,
        "mockedBy": "route", "matched": True, "timestamp": "2026-01-31T12:00:00Z",
    }  # fmt: skip
    lines = []
    for number in range(100_000):
        entry |= {"_id": f"log_{number:012}", "requestPath": f"/many/{number}"}
        lines.append(f"id: {number}\nevent: entry\ndata: {json.dumps(entry)}\n\n")
    body = "".join(lines)
    log.route(
        re.compile(r"/logs/stream"),
        lambda route: route.fulfill(status=200, content_type="text/event-stream", body=body),
        times=1,
    )
    log.get_by_label("Method", exact=True).select_option("GET")
    expect(log.get_by_text("100,000 shown")).to_be_visible(timeout=30_000)
    expect(rows(log).first).to_contain_text("/many/99999")
    assert rows(log).count() < 60
    log.get_by_role("listbox", name="Requests, newest first").press("End")
    expect(rows(log).last).to_contain_text("/many/0")
    assert rows(log).count() < 60
