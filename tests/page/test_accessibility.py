"""The rules of axe-core, on every panel, in light and dark; and nothing is wider than the page, narrow or wide."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness import MockwaveServer
from tests.page.conftest import OpenTab, address, playwright_api, show

expect = playwright_api.expect
HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
PANELS = ["Servers", "Routes", "Live log", "Try it", "State", "Figures"]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        if not shutil.which("npm"):
            pytest.skip("there is no npm to get axe-core with")
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=120)
    return AXE.read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_has_a_serious_finding(
    axe: str, open_server: MockwaveServer, mock: dict[str, Any], open_tab: OpenTab, panel: str, scheme: str
) -> None:
    fill(open_server, mock)
    page = open_tab(address(open_server, "servers", mock), color_scheme=scheme)
    open_something(page, panel)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        {"rule": each["id"], "where": [node["html"][:200] for node in each["nodes"]], "help": each["help"]}
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]
    assert serious == [], json.dumps(serious, indent=1)


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
@pytest.mark.parametrize("panel", PANELS)
def test_nothing_sticks_out_of_the_page(
    open_server: MockwaveServer, mock: dict[str, Any], open_tab: OpenTab, panel: str, width: int
) -> None:
    fill(open_server, mock)
    page = open_tab(address(open_server, "servers", mock), viewport={"width": width, "height": 900})
    open_something(page, panel)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        "[...document.querySelectorAll('button, h1, h2, h3, label, dt, dd, summary, p, legend')]"
        ".filter(element => element.checkVisibility() && !element.closest('.unseen') && element.clientWidth > 0"
        " && element.scrollWidth > element.clientWidth + 1).map(element => element.outerHTML.slice(0, 200))"
    )
    assert cut == []


def fill(server: MockwaveServer, mock: dict[str, Any]) -> None:
    rules = [{"name": "poll", "then": {"sequence": [{"statusCode": 202}, {"statusCode": 200}]}}]
    found = server.api("GET", f"/mock-servers/{mock['_id']}/routes?q=/health").body
    server.api("PUT", f"/mock-servers/{mock['_id']}/routes/{found[0]['_id']}/rules", {"rules": rules})
    for path in ("/health", "/pets/1", "/nowhere/with/a/path/that/is/long/and/goes/on/and/on?and=on"):
        server.request("GET", f"/bin/{mock['_id']}{path}")


def open_something(page: Any, panel: str) -> None:
    """The panel with its main thing open."""
    show(page, panel)
    if panel == "Routes":
        page.get_by_role("treeitem", name="/health").click()
        expect(page.get_by_role("heading", name="GET /health")).to_be_visible()
        page.locator(".rules summary").first.click()
    elif panel == "Live log":
        page.get_by_role("listbox", name="Requests, newest first").get_by_role("option").first.click()
        expect(page.get_by_role("heading", name="Why")).to_be_visible()
    elif panel == "Try it":
        page.get_by_label("Path and query").fill("/pets")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("button", name="Open the route")).to_be_visible()
    elif panel == "State":
        page.get_by_role("listbox", name="Scenarios and rules").get_by_role("option").first.click()
        expect(page.get_by_role("button", name="Reset this one")).to_be_visible()
    elif panel == "Figures":
        expect(page.get_by_role("img", name="Ring fill")).to_be_visible()
    else:
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
