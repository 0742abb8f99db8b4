"""Pictures of the panels, for the documentation and to be looked at: `python -m tests.page.screenshots [FOLDER]`.

Without a folder those that the documentation shows are made anew; with one, all of them, in light and dark, wide and
narrow. A server of its own gets a pet store, rules, and some traffic first.
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.harness import MockwaveServer, send
from tests.page.conftest import CHROMIUM, address, make_pet_store, show
from tests.page.test_accessibility import PANELS, open_something

DOCS = Path(__file__).parents[2] / "docs"
SHOWN = {"Routes": "page-routes.png", "Live log": "page-log.png"}
PATHS = ["pets?limit=3", "pets", "pets/1", "pets/2", "health", "orders/7", "petz", "pets/1/photo"]
TRAFFIC_S = 40
RULES = [
    {"name": "sold out", "when": {"query": {"limit": {"equalTo": "0"}}}, "then": {"responseJson": []}},
    {"name": "slow on purpose", "probability": 0.2, "then": {"delay": 40}},
]  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as scratch:
        server = MockwaveServer(
            Path(scratch) / "data", Path(scratch), "--port", "0", "--no-auth", "--workers", "1", "--engine", "uvloop"
        )
        try:
            server.wait_until_announced()
            mock = make_pet_store(server)
            give_rules(server, mock)
            send_traffic(server, mock, TRAFFIC_S if folder is None else 12)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                for scheme, width in [("light", 1280), ("dark", 1280), ("light", 360)] if folder else [("light", 1280)]:
                    context = browser.new_context(
                        viewport={"width": width, "height": 800},
                        color_scheme="dark" if scheme == "dark" else "light",
                    )
                    page = context.new_page()
                    page.goto(address(server, "servers", mock))
                    for panel in PANELS if folder else SHOWN:
                        target = (
                            folder / f"{panel.replace(' ', '-')}-{scheme}-{width}.png"
                            if folder
                            else DOCS / SHOWN[panel]
                        )
                        take(page, server, mock, panel, target)
                    context.close()
                browser.close()
        finally:
            server.stop()


def take(page: Page, server: MockwaveServer, mock: dict[str, Any], panel: str, target: Path) -> None:
    if panel == "Live log":
        show(page, panel)
        page.wait_for_timeout(500)
        send_traffic(server, mock, 4)
    open_something(page, panel)
    page.wait_for_timeout(1200)
    page.evaluate("document.querySelector('.detail')?.scrollTo(0, 0)")
    page.screenshot(path=target)


def give_rules(server: MockwaveServer, mock: dict[str, Any]) -> None:
    base = f"/mock-servers/{mock['_id']}"
    pets = server.api("GET", f"{base}/routes?q=/pets&method=GET").body[0]
    server.api("PUT", f"{base}/routes/{pets['_id']}/rules", {"rules": RULES})
    health = server.api("GET", f"{base}/routes?q=/health").body[0]
    order = {"name": "order", "from": "Started", "to": "Paid"}
    rules = [{"name": "pay", "scenario": order, "key": {"query": "o"}, "then": {"statusCode": 202}}]
    server.api("PUT", f"{base}/routes/{health['_id']}/rules", {"rules": rules})
    for number in range(6):
        server.request("GET", f"/bin/{mock['_id']}/health?o={number}")


def send_traffic(server: MockwaveServer, mock: dict[str, Any], duration_s: float) -> None:
    """Requests that come faster and slower, for this long."""
    chosen = random.Random(7)
    begun = time.monotonic()
    with server.connection() as connection:
        while (passed := time.monotonic() - begun) < duration_s:
            path = chosen.choices(PATHS, weights=[9, 8, 7, 5, 3, 2, 1, 1])[0]
            send(connection, "GET", f"/bin/{mock['_id']}/{path}")
            time.sleep(0.01 + 0.03 * abs((passed % 10) - 5) / 5)


if __name__ == "__main__":
    main()
