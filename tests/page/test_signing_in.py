"""Signing in: by the link that the server prints, by a token, and what one that may only read can do."""

import re
from typing import Any

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer
from tests.page.conftest import OpenTab, make_pet_store, playwright_api

expect = playwright_api.expect


def link_of(server: MockwaveServer) -> str:
    found = re.search(r"page +(http\S+)", server.output)
    assert found is not None
    return found[1]


def sign_in(page: Any, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_the_printed_link_signs_in_once_and_leaves_the_address(
    start_mockwave: StartMockwave, open_tab: OpenTab
) -> None:
    server = start_mockwave()
    make_pet_store(server)
    page = open_tab(link_of(server))
    expect(page.locator(".server-row", has_text="Pet store")).to_be_visible()
    assert link_of(server).partition("#")[2] not in page.url
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    again = open_tab(link_of(server))
    expect(again.get_by_label("Token")).to_be_visible()
    expect(again.get_by_text("this code was already used")).to_be_visible()


def test_a_pasted_token_signs_in_and_a_wrong_one_is_told(start_mockwave: StartMockwave, open_tab: OpenTab) -> None:
    server = start_mockwave()
    make_pet_store(server)
    page = open_tab(f"http://127.0.0.1:{server.port}/")
    sign_in(page, server.token[:-4] + "AAAA")
    expect(page.get_by_label("Token")).to_have_attribute("aria-invalid", "true")
    sign_in(page, f"Bearer {server.token}")
    expect(page.locator(".server-row", has_text="Pet store")).to_be_visible()
    page.locator(".server-row", has_text="Pet store").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("button", name="Copy as curl").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Bearer $MOCKWAVE_TOKEN" in copied
    assert server.token not in copied


def test_a_token_that_may_only_read_sees_and_is_told_why_it_cannot_change(
    start_mockwave: StartMockwave, open_tab: OpenTab
) -> None:
    server = start_mockwave()
    make_pet_store(server)
    token = server.run_command("token", "--scope", "read").output.strip()
    page = open_tab(f"http://127.0.0.1:{server.port}/")
    sign_in(page, token)
    page.locator(".server-row", has_text="Pet store").click()
    expect(page.get_by_text("Read only")).to_be_visible()
    for name in ("New server", "Stop", "Delete"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", re.compile("may read, not change"))
    page.get_by_role("link", name="Routes", exact=True).click()
    page.get_by_role("treeitem", name="/health").click()
    expect(page.get_by_role("button", name="Save route")).to_be_disabled()
    expect(page.get_by_role("button", name="Save rules")).to_be_disabled()
