"""The panel of the mock servers: make, start, stop, delete and take it back."""

import json
from pathlib import Path
from typing import Any

from tests.harness import MockwaveServer, wait_for
from tests.page.conftest import PETSTORE, OpenTab, playwright_api

expect = playwright_api.expect


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
