"""All of it by keyboard: each panel is reached, and its main way gone, with keys alone."""

import re
from typing import Any

from tests.harness import MockwaveServer
from tests.page.conftest import playwright_api

expect = playwright_api.expect


def tab_to(page: Any, role: str, name: str) -> None:
    """Presses Tab until an element with this role and name has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.count() and wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach the {role} {name!r}")


def test_a_request_is_looked_at_and_a_route_changed_with_keys_alone(
    tab: Any, open_server: MockwaveServer, mock: dict[str, Any]
) -> None:
    open_server.request("GET", f"/bin/{mock['_id']}/health")
    open_server.request("GET", f"/bin/{mock['_id']}/nowhere")
    page = tab
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the panel")).to_be_focused()
    # The log: down the rows, open one.
    tab_to(page, "link", "Live log")
    page.keyboard.press("Enter")
    tab_to(page, "listbox", "Requests, newest first")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_text("no route answers this method and path")).to_be_visible()
    # A route: collapse, expand, open, change, save.
    page.get_by_role("link", name="Routes", exact=True).focus()
    page.keyboard.press("Enter")
    tab_to(page, "tree", "Routes by path")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem").first).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem").first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="GET /health")).to_be_visible()
    tab_to(page, "spinbutton", "Status")
    page.keyboard.press("Control+a")
    page.keyboard.type("203")
    page.keyboard.press("Enter")
    expect(page.get_by_text("GET /health is saved")).to_be_visible()
    assert open_server.request("GET", f"/bin/{mock['_id']}/health").status == 203
    # Try it.
    page.get_by_role("link", name="Try it", exact=True).focus()
    page.keyboard.press("Enter")
    tab_to(page, "combobox", "Route")
    page.keyboard.type("health")
    expect(page.get_by_role("listbox", name="Routes").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Path and query")).to_have_value(re.compile("/health"))
    tab_to(page, "button", "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^203 after"))).to_be_visible()


def test_what_has_the_focus_is_seen(tab: Any) -> None:
    expect(tab.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    for _ in range(12):
        tab.keyboard.press("Tab")
        style = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", tab.evaluate("document.activeElement.outerHTML")
