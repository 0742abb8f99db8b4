"""What others wrote is shown as they wrote it: script in a path, header, body, name or rule is text, and nothing runs.

The fixture `open_tab` fails the test where a dialog is shown, a script fails, or the policy is violated."""

import json
from typing import Any
from urllib.parse import quote

from tests.harness import MockwaveServer
from tests.page.conftest import OpenTab, address, playwright_api, show

expect = playwright_api.expect
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TAG = "<img src=x onerror=alert(3)>"


def test_hostile_routes_names_and_requests_are_text(open_server: MockwaveServer, open_tab: OpenTab) -> None:
    rules = [{"name": TAG, "when": {"query": {"q": {"equalTo": "1"}}}, "then": {"statusCode": 202}}]
    mock = open_server.api("POST", "/mock-servers", {"name": SCRIPT, "workspaceId": TAG, "rules": rules}).body
    path = f"/mock-servers/{mock['_id']}"
    route = {
        "method": "POST",
        "path": f"/{TAG.replace(' ', '-')}",
        "statusCode": 200,
        "responseBody": SCRIPT,
        "contentType": "text/html",
        "responseHeaders": {"X-Evil": SCRIPT},
    }
    assert open_server.api("POST", f"{path}/routes", route).status == 201
    open_server.api("PUT", path, {"captureBodies": True})
    target = f"/bin/{mock['_id']}/{quote(TAG.replace(' ', '-'))}"
    hostile = {"X-Evil": SCRIPT, "Content-Type": "text/html"}
    assert open_server.request("POST", f"{target}?q={quote(TAG)}", SCRIPT.encode(), hostile).status == 200
    assert open_server.request("POST", f"{target}?q=1", SCRIPT.encode(), hostile).status == 202
    scenario = {"kind": "scenario", "name": SCRIPT, "key": TAG, "state": TAG}
    assert open_server.api("PUT", f"{path}/state", scenario).status == 200

    page = open_tab(address(open_server, "servers", mock))
    expect(page.get_by_role("heading", name=SCRIPT)).to_be_visible()
    show(page, "Routes")
    page.get_by_role("treeitem", name=route["path"]).click()
    expect(page.get_by_label("Body", exact=True)).to_have_value(SCRIPT)
    show(page, "Live log")
    rows = page.get_by_role("listbox", name="Requests, newest first").get_by_role("option")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(TAG)
    rows.first.click()
    expect(page.get_by_label("Request body")).to_have_text(SCRIPT)
    expect(page.get_by_role("cell", name=SCRIPT)).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="202 after")).to_be_visible()
    show(page, "State")
    page.locator(".state-row", has_text=SCRIPT).click()
    expect(page.get_by_role("heading", name=SCRIPT)).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    open_server.api("DELETE", path)


def test_a_hostile_answer_is_text(open_server: MockwaveServer, open_tab: OpenTab) -> None:
    mock = open_server.api("POST", "/mock-servers", {"name": "answers", "workspaceId": "wrk_page"}).body
    path = f"/mock-servers/{mock['_id']}"
    route = {
        "method": "GET", "path": "/evil", "statusCode": 200, "responseBody": SCRIPT, "contentType": "text/html",
        "responseHeaders": {"X-Evil": SCRIPT},
    }  # fmt: skip
    assert open_server.api("POST", f"{path}/routes", route).status == 201
    page = open_tab(address(open_server, "try", mock))
    page.get_by_label("Path and query").fill("/evil")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("Body of the answer")).to_have_text(SCRIPT)
    expect(page.get_by_role("cell", name=SCRIPT)).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    open_server.api("DELETE", path)


def test_a_hostile_document_and_its_report_are_text(open_server: MockwaveServer, tab: Any) -> None:
    operation = {"responses": {"200": {"description": "", "content": {"a/b": {"schema": {"$ref": f"#/{TAG}"}}}}}}
    document = {"openapi": "3.0.0", "info": {"title": SCRIPT, "version": "1"}, "paths": {f"/{TAG}": {"get": operation}}}
    tab.get_by_role("button", name="New server").click()
    tab.get_by_label("Name", exact=True).fill(SCRIPT)
    tab.get_by_label("Specification", exact=True).fill(json.dumps(document))
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_text("Import: 1 operation")).to_be_visible()
    expect(tab.get_by_role("heading", name=SCRIPT)).to_be_visible()
    assert tab.locator("main img, main script").count() == 0
    made = [each for each in open_server.api("GET", "/mock-servers").body if each["name"] == SCRIPT]
    open_server.api("DELETE", f"/mock-servers/{made[0]['_id']}")


def test_a_hostile_file_of_another_tool_and_what_is_said_of_it_are_text(open_server: MockwaveServer, tab: Any) -> None:
    hostile = {"request": {"method": "GET", "url": "/b", TAG: {"name": SCRIPT}}, "response": {"status": 200}}
    sound = {"request": {"method": "GET", "url": "/a"}, "response": {"headers": {"X-A": SCRIPT}, "body": TAG}}
    tab.get_by_role("button", name="New server").click()
    tab.get_by_label("Name", exact=True).fill(SCRIPT)
    for stubs in ([sound, hostile], [sound]):
        file = {"name": f"{TAG}.json", "mimeType": "text/html", "buffer": json.dumps({"mappings": stubs}).encode()}
        tab.get_by_label("Or a file").set_input_files(file)
        tab.get_by_role("button", name="What would become of it").click()
        said = tab.get_by_role("form", name="New mock server").get_by_role("alert")
        expect(said.get_by_text(TAG if hostile in stubs else "Would be read as wiremock").first).to_be_visible()
    tab.get_by_role("button", name="Make it").click()
    expect(tab.get_by_role("heading", name=SCRIPT)).to_be_visible()
    assert tab.locator("main img, main script").count() == 0
    made = [each for each in open_server.api("GET", "/mock-servers").body if each["name"] == SCRIPT]
    open_server.api("DELETE", f"/mock-servers/{made[0]['_id']}")
