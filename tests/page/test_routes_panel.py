"""The panel of the routes: the tree, the form with its JSON, problems at their fields, and the order of rules."""

import json
import re
from typing import Any

import pytest

from tests.harness import MockwaveServer, wait_for
from tests.page.conftest import address, playwright_api, show

expect = playwright_api.expect


@pytest.fixture
def routes(tab: Any) -> Any:
    show(tab, "Routes")
    expect(tab.get_by_text("9 routes, 9 unused")).to_be_visible()
    return tab


def test_routes_are_a_tree_that_is_searched(routes: Any) -> None:
    routes.get_by_role("button", name="DELETE", exact=True).click()
    expect(routes.get_by_text("1 route, 1 unused")).to_be_visible()
    routes.get_by_role("button", name="DELETE", exact=True).click()
    routes.get_by_label("Search in paths").fill("ORDER")
    expect(routes.get_by_text("2 routes, 2 unused")).to_be_visible()
    expect(routes.get_by_role("treeitem", name="/{orderId}")).to_be_visible()
    branch = routes.get_by_role("treeitem", name="/orders").first
    expect(branch).to_have_attribute("aria-expanded", "true")
    branch.click()
    expect(routes.get_by_role("treeitem", name="/{orderId}")).to_have_count(0)


def test_hits_are_counted_and_unused_routes_found(
    routes: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    open_server.request("GET", f"/bin/{mock['_id']}/health")
    routes.get_by_role("button", name="Refresh").click()
    expect(routes.get_by_role("treeitem", name="/health")).to_contain_text("1 hit")
    routes.get_by_label("Unused only").check()
    expect(routes.get_by_role("treeitem", name="/health")).to_have_count(0)


def test_form_and_json_are_one_route(routes: Any, open_server: MockwaveServer, mock: dict[str, Any]) -> None:
    routes.get_by_role("treeitem", name="/health").click()
    routes.get_by_label("Status").fill("418")
    json_text = routes.get_by_label("The route as JSON")
    expect(json_text).to_have_value(re.compile('"statusCode": 418'))
    json_text.fill(
        '{"method": "GET", "path": "/health", "statusCode": 299, "responseHeaders": {"X-A": ["1", "2"]},'
        ' "responseBody": "by hand", "contentType": "text/plain"}'
    )
    expect(routes.get_by_label("Status")).to_have_value("299")
    expect(routes.get_by_label("Headers", exact=True)).to_have_value("X-A: 1\nX-A: 2")
    routes.get_by_role("button", name="Save route").click()
    expect(routes.get_by_text("GET /health is saved")).to_be_visible()
    answer = open_server.request("GET", f"/bin/{mock['_id']}/health")
    assert (answer.status, answer.headers.get_all("x-a"), answer.body) == (299, ["1", "2"], b"by hand")


def test_a_route_that_is_a_template_stays_one_when_its_form_is_saved(
    tab: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    """A PUT replaces all of a route: what the form leaves out is gone."""
    fields = {"method": "GET", "path": "/templated", "statusCode": 200, "responseBody": "{{ request.path }}"}
    fields["contentType"] = "text/plain"
    open_server.api("POST", f"/mock-servers/{mock['_id']}/routes", {**fields, "template": "liquid"})
    show(tab, "Routes")
    tab.get_by_role("treeitem", name="/templated").click()
    tab.get_by_label("Status").fill("203")
    tab.get_by_role("button", name="Save route").click()
    expect(tab.get_by_text("GET /templated is saved")).to_be_visible()
    answer = open_server.request("GET", f"/bin/{mock['_id']}/templated")
    assert (answer.status, answer.body) == (203, b"/templated")


def test_problems_stand_at_their_fields_and_lead_to_the_json(routes: Any) -> None:
    routes.get_by_role("button", name="New route").click()
    routes.get_by_label("Path", exact=True).fill("/orders/{id")
    routes.get_by_label("Status").fill("99")
    routes.get_by_role("button", name="Make route").click()
    expect(routes.get_by_label("Path", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(routes.get_by_label("Status")).to_have_attribute("aria-invalid", "true")
    routes.get_by_role("button", name="/statusCode", exact=True).click()
    area = routes.get_by_label("The route as JSON")
    assert area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == "99"


def test_a_route_is_made_and_deleted_and_brought_back(
    routes: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    routes.get_by_role("button", name="New route").click()
    routes.get_by_label("Path", exact=True).fill("/made/here")
    routes.get_by_label("Body", exact=True).fill('{"made": true}')
    routes.get_by_role("button", name="Make route").click()
    expect(routes.get_by_role("treeitem", name="/made/here")).to_be_visible()
    path = f"/bin/{mock['_id']}/made/here"
    assert open_server.request("GET", path).body == {"made": True}
    routes.get_by_role("region", name="Route", exact=True).get_by_role("button", name="Delete", exact=True).click()
    wait_for(lambda: open_server.request("GET", path).status == 404, "the route is gone", open_server)
    routes.get_by_role("button", name="Undo").click()
    wait_for(lambda: open_server.request("GET", path).status == 200, "the route is back", open_server)


def test_rules_are_put_in_order_by_keys_and_by_drag(
    routes: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    found = open_server.api("GET", f"/mock-servers/{mock['_id']}/routes?q=/health").body
    rules = f"/mock-servers/{mock['_id']}/routes/{found[0]['_id']}/rules"
    given = [{"name": name, "then": {"statusCode": 200}} for name in ("one", "two", "three")]
    assert open_server.api("PUT", rules, {"rules": given}).status == 200
    routes.get_by_role("treeitem", name="/health").click()
    third = routes.locator(".rules summary", has_text="three: always → 200")
    third.focus()
    third.press("Alt+ArrowUp")
    routes.locator(".rules li").nth(1).locator(".handle").drag_to(routes.locator(".rules li").nth(0))
    routes.get_by_role("button", name="Save rules").click()
    expect(routes.get_by_text("The rules are saved")).to_be_visible()
    names = [rule["name"] for rule in open_server.api("GET", rules).body["rules"]]
    assert names == ["three", "one", "two"]


def test_what_is_wrong_with_a_rule_stands_at_it(routes: Any) -> None:
    routes.get_by_role("treeitem", name="/health").click()
    routes.get_by_role("button", name="Add rule").click()
    routes.get_by_role("button", name="Add rule").click()
    routes.get_by_label("Rule as JSON").nth(1).fill('{"when": {"heders": 1}, "then": {}}')
    routes.get_by_role("button", name="Save rules").click()
    expect(routes.locator(".rules li").nth(1).locator(".fault")).to_contain_text("/when/heders")
    expect(routes.locator(".rules li").nth(0).locator(".fault")).to_be_hidden()


def test_a_long_list_is_read_in_brief_pages_and_its_first_routes_are_seen_at_once(
    tab: Any, open_server: MockwaveServer
) -> None:
    """All routes were read with what they answer before the first was shown."""
    get = {"get": {"responses": {"200": {"description": "", "content": {"text/plain": {"example": "x" * 2000}}}}}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "many", "version": "1"},
        "paths": {f"/group-{number % 40}/things/{number}": get for number in range(3000)},
    }
    body = {"name": "many", "workspaceId": "wrk_page", "specification": json.dumps(document)}
    made = open_server.api("POST", "/mock-servers", body).body
    pages: list[Any] = []
    tab.on("response", lambda response: pages.append(response) if "/routes?" in response.url else None)
    tab.goto("about:blank")
    tab.goto(address(open_server, "routes", made))
    expect(tab.get_by_text("3,000 routes, 3,000 unused")).to_be_visible()
    assert len(pages) >= 3
    for page in pages:
        shown = page.json()
        assert len(shown) <= 1000
        assert all("responseBody" not in route and "responses" not in route for route in shown)
    expect(tab.get_by_role("treeitem", name="/group-0/things")).to_be_visible()
    assert tab.locator(".route-row").count() < 100, "only what is seen is in the page"
    open_server.api("DELETE", f"/mock-servers/{made['_id']}")
