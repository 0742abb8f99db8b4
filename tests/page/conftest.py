"""A browser for the page's tests, and tabs of it that complain about what a page must not do.

Debian's Chromium, or the one that CHROMIUM names; where there is none, or no playwright, these tests are skipped.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import DEADLINE_S, MockwaveServer, running_server

playwright_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
PETSTORE = Path(__file__).parent.parent / "specs" / "petstore.yaml"
VIEW = {"width": 1280, "height": 800}

OpenTab = Callable[..., Any]

playwright_api.expect.set_options(timeout=DEADLINE_S * 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One per module: as long as Playwright runs, its event loop is the running one, and no other test can have one."""
    if not CHROMIUM:
        pytest.skip("there is no chromium; CHROMIUM names one")
    with playwright_api.sync_playwright() as playwright:
        # Its sandbox needs rights that containers do not give.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockwaveServer]:
    """A server without tokens, shared by all tests."""
    folder = tmp_path_factory.mktemp("page-server")
    with running_server(folder, "--workers", "2", "--no-auth") as server:
        server.wait_until_whole(2)
        yield server
        server.stop()


@pytest.fixture
def mock(open_server: MockwaveServer) -> Iterator[dict[str, Any]]:
    """The pet store as a mock server, with bodies logged."""
    created = make_pet_store(open_server)
    yield created
    open_server.api("DELETE", f"/mock-servers/{created['_id']}")


def make_pet_store(server: MockwaveServer, name: str = "Pet store") -> dict[str, Any]:
    document = {
        "name": name,
        "workspaceId": "wrk_page",
        "specification": PETSTORE.read_text(),
        "captureBodies": True,
    }
    created: dict[str, Any] = server.api("POST", "/mock-servers", document).body
    return created


@pytest.fixture
def open_tab(browser: Any) -> Iterator[OpenTab]:
    """Opens tabs: `open_tab(url, **options of the context)`.

    At the end no script may have failed, no policy been violated, no dialog been shown and no other host been asked.
    """
    contexts = []
    faults: list[str] = []

    def see_error(error: Any) -> None:
        faults.append(f"a script failed: {error}")

    def see_dialog(dialog: Any) -> None:
        faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def see_message(message: Any) -> None:
        if is_violation(message.text):
            faults.append(message.text)

    def see_request(request: Any) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", "localhost", "mockwave.localhost", None}:
            faults.append(f"another host was asked: {request.url}")

    def watch(page: Any) -> None:
        page.on("pageerror", see_error)
        page.on("dialog", see_dialog)
        page.on("console", see_message)
        page.on("request", see_request)

    def open_one(url: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": VIEW, **options})
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        watch(page)
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def is_violation(text: str) -> bool:
    return "Content Security Policy" in text or "TrustedScript" in text or "TrustedHTML" in text


@pytest.fixture
def tab(open_tab: OpenTab, open_server: MockwaveServer, mock: dict[str, Any]) -> Any:
    """The page, showing the pet store."""
    return open_tab(address(open_server, "servers", mock))


def address(server: MockwaveServer, panel: str, mock: dict[str, Any]) -> str:
    return f"http://mockwave.localhost:{server.port}/#/{panel}/{mock['_id']}"


def show(page: Any, panel: str) -> None:
    page.get_by_role("navigation", name="Panels").get_by_role("link", name=panel, exact=True).click()
