"""The panel of the mock servers: make, start, stop, delete and take it back."""

import json
from pathlib import Path
from typing import Any

from tests.harness import MockwaveServer, wait_for
from tests.page.conftest import PETSTORE, OpenTab, playwright_api

expect = playwright_api.expect

STUBS = [
    {"request": {"method": "GET", "url": "/a"}, "response": {"status": 200, "body": "plain"}},
    {
        "request": {"method": "GET", "url": "/a", "headers": {"X-Plan": {"equalTo": "pro"}}},
        "response": {"status": 202, "body": "pro"},
    },
    {"request": {"method": "GET", "url": "/b", "customMatcher": {"name": "own"}}, "response": {"status": 200}},
]


def test_a_pasted_document_becomes_a_server_with_its_import_report(tab: Any, open_server: MockwaveServer) -> None:
    tab.get_by_role("button", name="New server").click()
    tab.get_by_label("Name", exact=True).fill("pasted")
    tab.get_by_label("Specification", exact=True).fill(PETSTORE.read_text())
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_text("Import: 9 operations, 9 routes, no problems")).to_be_visible()
    expect(tab.locator(".server-row", has_text="pasted")).to_be_visible()
    made = next(each for each in open_server.api("GET", "/mock-servers").body if each["name"] == "pasted")
    assert made["routeCount"] == 9
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")
    expect(tab.locator(".server-row", has_text="pasted")).to_have_count(0)


def test_a_long_document_is_read_from_its_file_and_its_problems_are_listed(
    tab: Any, open_server: MockwaveServer, tmp_path: Path
) -> None:
    broken = {"get": {"responses": {"200": {"description": "", "content": {"a/b": {"schema": {"$ref": "#/none"}}}}}}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "long", "version": "1", "description": "long " * 100_000},
        "paths": {f"/things/{number}/parts": broken for number in range(400)},
    }
    file = tmp_path / "long.json"
    file.write_text(json.dumps(document))
    tab.get_by_role("button", name="New server").click()
    tab.get_by_label("Or a file").set_input_files(file)
    expect(tab.get_by_label("Name", exact=True)).to_have_value("long")
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_text("Import: 400 operations, 400 routes")).to_be_visible()
    problems = tab.get_by_role("listbox", name="Problems of the document")
    expect(problems.get_by_role("option").first).to_be_visible()
    assert problems.get_by_role("option").count() < 60, "only what is seen is in the page"
    made = next(each for each in open_server.api("GET", "/mock-servers").body if each["name"] == "long")
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")


def test_a_document_that_is_none_is_refused_at_its_field(tab: Any) -> None:
    tab.get_by_role("button", name="New server").click()
    tab.get_by_label("Name", exact=True).fill("none")
    tab.get_by_label("Specification", exact=True).fill("openapi: 9.9.9")
    tab.get_by_role("button", name="Make it").click()
    expect(tab.locator(".fault:visible").first).to_be_visible()
    expect(tab.get_by_role("button", name="Make it")).to_be_enabled()


def test_a_file_of_another_tool_says_what_would_become_of_it_and_then_does(
    tab: Any, open_server: MockwaveServer
) -> None:
    """A file of WireMock's, Insomnia's or a HAR could be imported by the API, and not by the page."""
    tab.get_by_role("button", name="New server").click()
    mappings = json.dumps({"mappings": STUBS})
    drop = """(form, text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], "stubs.json"));
        form.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    tab.get_by_role("form", name="New mock server").evaluate(drop, mappings)
    tab.get_by_label("Name", exact=True).fill("from stubs")
    before = len(open_server.api("GET", "/mock-servers").body)
    tab.get_by_role("button", name="What would become of it").click()
    report = tab.get_by_role("status", name="Report of the file")
    expect(report.get_by_text("Would be read as wiremock: 1 route, 1 rule")).to_be_visible()
    expect(report.get_by_text("Left out (1)")).to_be_visible()
    assert len(open_server.api("GET", "/mock-servers").body) == before
    tab.get_by_role("button", name="Make it").click()
    expect(report.get_by_text("Read as wiremock: 1 route, 1 rule, created")).to_be_visible()
    (made,) = [each for each in open_server.api("GET", "/mock-servers").body if each["name"] == "from stubs"]
    assert made["captureBodies"] is True
    assert open_server.request("GET", f"/bin/{made['_id']}/a").body == b"plain"
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")


def test_an_empty_server_needs_a_name(tab: Any, open_server: MockwaveServer) -> None:
    tab.get_by_role("button", name="New server").click()
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_text("a mock server without a document needs a name")).to_be_visible()
    tab.get_by_label("Name", exact=True).fill("empty one")
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_role("heading", name="empty one")).to_be_visible()
    (made,) = [each for each in open_server.api("GET", "/mock-servers").body if each["name"] == "empty one"]
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")


def test_a_server_is_stopped_and_started(tab: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    tab.get_by_role("button", name="Stop", exact=True).click()
    expect(tab.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert open_server.request("GET", f"/bin/{mock['_id']}/pets").status == 503
    tab.get_by_role("button", name="Start", exact=True).click()
    expect(tab.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    assert open_server.request("GET", f"/bin/{mock['_id']}/pets").status == 200


def test_a_deletion_can_be_taken_back_and_else_is_made_after_ten_seconds(
    tab: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    tab.get_by_role("button", name="Delete", exact=True).click()
    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_text("will be deleted")).to_have_count(0)
    tab.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.get_by_text("will be deleted in 10 seconds")).to_be_visible()
    assert open_server.api("GET", f"/mock-servers/{mock['_id']}").status == 200
    wait_for(lambda: open_server.api("GET", f"/mock-servers/{mock['_id']}").status == 404, "the deletion", open_server)
    expect(tab.locator(".server-row", has_text="Pet store")).to_have_count(0)


def test_two_tabs_show_the_same(open_tab: OpenTab, tab: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    other = open_tab(tab.url)
    expect(other.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Stop", exact=True).click()
    expect(other.get_by_role("button", name="Start", exact=True)).to_be_visible()
    open_server.api("PUT", f"/mock-servers/{mock['_id']}", {"name": "renamed"})
    for page in (tab, other):
        expect(page.get_by_role("heading", name="renamed")).to_be_visible()
