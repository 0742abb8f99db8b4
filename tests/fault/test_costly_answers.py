"""Requests that take long to answer: choices are looked up, and what is made for one request is small.

The cases are small; one worker answers /healthz meanwhile. Each range of Accept was compared with each declared media
type, and a long example was written as XML again for each spelling of Accept.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fault.heartbeats import answers_meanwhile
from tests.harness import MockwaveServer, running_server

WITHIN_S = 2.0


def respond(content: object) -> dict[str, Any]:
    return {"get": {"responses": {"200": {"description": "d", "content": content}}}}


LONG_TEXTS = {"type": "array", "minItems": 100, "maxItems": 100, "items": {"type": "string", "minLength": 9_000}}
PATHS = {
    "/types": respond({f"application/vnd.t{number}+json": {"example": number} for number in range(500)}),
    "/ranges": respond({f"application/*+t{number}": {"example": number} for number in range(500)}),
    "/long": respond({"*/*": {"example": [{"id": number, "name": "n" * 20} for number in range(40_000)]}}),
    "/short": respond({"*/*": {"example": [{"id": number} for number in range(100)]}}),
    "/texts": respond({"application/json": {"schema": LONG_TEXTS}}),
}
DOCUMENT = json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": PATHS})

MANY_RANGES = ", ".join(f"application/x{number};q=0.5" for number in range(2_000))
CASES = {
    "ranges on types": ("types", {"Accept": MANY_RANGES}, 406),
    "ranges on ranges": ("ranges", {"Accept": MANY_RANGES}, 406),
    "equal ranges on types": ("types", {"Accept": "application/*;q=0.5, " * 2_000}, 200),
    "quotes without an end": ("types", {"Accept": '"' * 20_000}, 406),
    "preferences": ("types", {"Prefer": "a=b, " * 5_000}, 200),
    "preferences in the query": (f"types?{'__a=1&' * 5_000}__code=404", {}, 200),
    "a long example as XML": ("long", {"Accept": "application/xml"}, 406),
    "a long example as XML or else": ("long", {"Accept": "application/xml, */*;q=0.1"}, 200),
    "a short example as XML": ("short", {"Accept": "application/xml"}, 200),
    "a megabyte of made texts": ("texts?__dynamic=true", {}, 200),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockwaveServer]:
    with running_server(tmp_path_factory.mktemp("costly-answers")) as server:
        yield server


@pytest.fixture(scope="module")
def url(server: MockwaveServer) -> str:
    fields = {"name": "costly", "workspaceId": "wrk_costly", "specification": DOCUMENT}
    created = server.api("POST", "/mock-servers", fields)
    assert created.status == 201, created.body
    return f"/bin/{created.body['_id']}"


@pytest.mark.parametrize("name", CASES)
def test_a_request_that_takes_long_to_answer_holds_up_nobody(server: MockwaveServer, url: str, name: str) -> None:
    path, headers, status = CASES[name]
    (worker,) = server.living_workers().values()

    with answers_meanwhile(server, WITHIN_S):
        answers = [server.request("GET", f"{url}/{path}", headers=headers) for _ in range(5)]

    assert [answer.status for answer in answers] == [status] * 5
    assert list(server.living_workers().values()) == [worker]
