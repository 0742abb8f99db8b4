"""Try it, state and figures."""

import contextlib
import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness import MockwaveServer, send
from tests.page.conftest import OpenTab, address, playwright_api, show

expect = playwright_api.expect
TENANT = {"$ref": "#/components/schemas/Tenant"}
SPECIFICATION = {
    "openapi": "3.0.3",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders/{id}/items": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"enum": ["o-7"]}}],
            "post": {
                "parameters": [
                    {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": TENANT},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                },
                "responses": {"201": {"description": "made"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Tenant": {"type": "string", "minLength": 6},
            "Item": {
                "type": "object",
                "required": ["sku", "count", "due"],
                "properties": {
                    "sku": {"type": "string", "minLength": 8},
                    "count": {"type": "integer", "minimum": 3},
                    "due": {"type": "string", "format": "date"},
                },
            },
        }
    },
}  # fmt: skip


def choose_route(page: Any, text: str) -> None:
    page.get_by_role("combobox", name="Route").fill(text)
    page.get_by_role("listbox", name="Routes").get_by_role("option").filter(has_text=text).first.click()


def test_a_route_is_tried_with_what_answered_it(tab: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    rules = [{"name": "missing", "when": {"query": {"gone": {"equalTo": "1"}}}, "then": {"statusCode": 410}}]
    routes = open_server.api("GET", f"/mock-servers/{mock['_id']}/routes?q=petId&method=GET").body
    path = f"/mock-servers/{mock['_id']}/routes/{routes[0]['_id']}/rules"
    assert open_server.api("PUT", path, {"rules": rules}).status == 200
    show(tab, "Try it")
    choose_route(tab, "{petId}")
    tab.get_by_role("button", name="Send", exact=True).click()
    expect(tab.get_by_role("heading", name=re.compile("^200 after"))).to_be_visible()
    answer = tab.get_by_role("region", name="Answer")
    expect(answer.get_by_text("GET /pets/{petId}")).to_be_visible()
    target = tab.get_by_label("Path and query")
    target.fill(f"{target.input_value().split('?')[0]}?gone=1")
    tab.get_by_role("button", name="Send", exact=True).click()
    expect(tab.get_by_role("heading", name=re.compile("^410 after"))).to_be_visible()
    expect(answer.get_by_text("missing", exact=True)).to_be_visible()


@pytest.mark.parametrize("syntax", ["json", "yaml"])
def test_the_request_made_for_a_route_is_valid(open_server: MockwaveServer, open_tab: OpenTab, syntax: str) -> None:
    """Of a document in YAML none was made, but that of its path."""
    document = {
        "name": "orders",
        "workspaceId": "wrk_page",
        "specification": write_yaml(SPECIFICATION) if syntax == "yaml" else json.dumps(SPECIFICATION),
        "validateRequests": True,
    }
    made = open_server.api("POST", "/mock-servers", document).body
    page = open_tab(address(open_server, "try", made))
    choose_route(page, "items")
    expect(page.get_by_text("Made from the specification")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^201 after"))).to_be_visible()
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")


def write_yaml(document: object) -> str:
    """YAML that is not JSON."""
    return f"# a document\n{yaml.safe_dump(document)}"


def test_the_request_made_for_a_custom_route_meets_its_first_rule(
    tab: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    rules = [{"name": "paid", "when": {"headers": {"X-Plan": {"matches": "pro|team"}}}, "then": {"statusCode": 207}}]
    route = {"method": "PUT", "path": "/custom/{id}/thing", "statusCode": 200, "rules": rules}
    assert open_server.api("POST", f"/mock-servers/{mock['_id']}/routes", route).status == 201
    show(tab, "Try it")
    choose_route(tab, "/custom/")
    expect(tab.get_by_text("Made from the first rule that has a condition")).to_be_visible()
    tab.get_by_role("button", name="Send", exact=True).click()
    expect(tab.get_by_role("heading", name=re.compile("^207 after"))).to_be_visible()


@pytest.fixture
def stateful(open_server: MockwaveServer, mock: dict[str, Any]) -> dict[str, Any]:
    scenario = {"name": "order", "from": "Started", "to": "Paid"}
    rules = [
        {"name": "pay", "scenario": scenario, "key": {"header": "X-Session"}, "then": {"statusCode": 202}},
        {"name": "poll", "then": {"sequence": [{"statusCode": 201, "repeat": 5}, {"statusCode": 200}]}},
    ]
    assert open_server.api("PUT", f"/mock-servers/{mock['_id']}/rules", {"rules": rules}).status == 200
    for session in ("a", "b"):
        assert open_server.request("GET", f"/bin/{mock['_id']}/x", headers={"X-Session": session}).status == 202
    assert open_server.request("GET", f"/bin/{mock['_id']}/x", headers={"X-Session": "a"}).status == 201
    return mock


def test_state_is_shown_set_and_reset(tab: Any, open_server: MockwaveServer, stateful: dict[str, Any]) -> None:
    show(tab, "State")
    entries = tab.get_by_role("listbox", name="Scenarios and rules").get_by_role("option")
    paid = entries.filter(has_text="in Paid")
    expect(paid).to_have_count(2)
    expect(entries.filter(has_text="answered 1 time").filter(has_text="poll")).to_have_count(1)
    paid.filter(has_text="key a").click()
    tab.get_by_label("State", exact=True).fill("Started")
    tab.get_by_role("button", name="Set", exact=True).click()
    expect(paid).to_have_count(1)
    assert open_server.request("GET", f"/bin/{stateful['_id']}/x", headers={"X-Session": "a"}).status == 202
    expect(paid).to_have_count(2)
    paid.filter(has_text="key b").click()
    tab.get_by_role("button", name="Reset this one").click()
    expect(paid).to_have_count(1)
    tab.get_by_role("button", name="Reset all").click()
    expect(entries).to_have_count(0)
    assert open_server.api("GET", f"/mock-servers/{stateful['_id']}/state").body == []


def test_figures_are_drawn_and_told(tab: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    with open_server.connection() as connection:
        for _ in range(40):
            send(connection, "GET", f"/bin/{mock['_id']}/pets")
        send(connection, "GET", f"/bin/{mock['_id']}/nowhere")
    show(tab, "Figures")
    expect(tab.get_by_text("41 requests in the last 15 minutes")).to_be_visible()
    for title in ("Requests", "Time to answer", "Status classes", "Faults", "Ring fill"):
        expect(tab.get_by_role("img", name=re.compile(f"^{title}, "))).to_be_visible()
    assert tab.locator(".chart .bar.s2").count() == tab.locator(".chart .bar.s4").count() == 1
    tab.get_by_text("The numbers").click()
    counts = [int(text) for text in tab.locator(".table-frame td:nth-child(6)").all_inner_texts()]
    assert sum(counts) == 40


def test_faults_and_the_fill_of_rings_are_drawn_from_before_the_page_was_opened(
    open_tab: OpenTab, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    """They were drawn from when the page was opened on."""
    rules = [
        {
            "name": "broken",
            "when": {"path": "/broken"},
            "then": {"responseBody": "cut short", "fault": "TRUNCATED_BODY"},
        }
    ]
    assert open_server.api("PUT", f"/mock-servers/{mock['_id']}/rules", {"rules": rules}).status == 200
    for _ in range(3):
        with contextlib.suppress(OSError, http.client.HTTPException):
            open_server.request("GET", f"/bin/{mock['_id']}/broken")
    page = open_tab(address(open_server, "figures", mock))
    expect(page.get_by_role("img", name=re.compile("^Faults, in 5 s; last: faults [0-3]"))).to_be_visible()
    expect(page.locator(".chart .bar.b")).to_have_count(1)
    figures = open_server.api("GET", f"/mock-servers/{mock['_id']}/figures").body
    assert sum(step["faults"] for step in figures["steps"]) == 3
    assert all(0 <= fill["share"] <= 1 for fill in figures["ringFills"])
    assert len(figures["ringFills"]) > 0


def test_every_action_shows_its_call_as_curl(
    tab: Any, open_server: MockwaveServer, mock: dict[str, Any], tmp_path: Path
) -> None:
    tab.get_by_role("button", name="Stop", exact=True).click()
    foot = tab.get_by_role("contentinfo")
    expect(foot).to_contain_text(f"PUT /mock-servers/{mock['_id']} → 200")
    foot.get_by_role("button", name="Copy as curl").click()
    assert tab.evaluate("navigator.clipboard.readText()") == (
        f"curl -X PUT --path-as-is --globoff 'http://mockwave.localhost:{open_server.port}/mock-servers/{mock['_id']}'"
        " -H 'Content-Type: application/json' --data-raw '{\"status\":\"stopped\"}'"
    )
