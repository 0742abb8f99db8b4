"""Updates in the middle of which others are stored: each changes what it names, whichever is written last."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from mockwave.pauses import Pauses
from mockwave.reading.readers import ReadText
from mockwave.reading.source_texts import SourceText
from tests.unit.management.conftest import Caller

SPECIFICATION = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": {"responses": {"200": {"description": "ok"}}}}},
    }
)
WITH_EXAMPLE = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets: {get: {responses: {200: {description: ok, content: {application/json: {example: {id: 7}}}}}}}
"""
RULES = [{"name": "down", "then": {"statusCode": 503}}]

Meanwhile = Callable[[], Awaitable[None]]


def overtake_reading(caller: Caller, meanwhile: Meanwhile) -> None:
    """While a specification is read for the first time, `meanwhile` happens."""
    reader = caller.plane._services.reader

    class OvertakenReader:
        reads = 0

        async def read(
            self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
        ) -> ReadText:
            self.reads += 1
            if self.reads == 1:
                await meanwhile()
            return await reader.read(source, workspace, use_examples=use_examples)

    caller.plane._services = msgspec.structs.replace(caller.plane._services, reader=OvertakenReader())


def overtake_write(caller: Caller, method: str, meanwhile: Meanwhile, times: int = 1) -> None:
    """Right before the store's `method` is called, so many times, `meanwhile` happens."""
    store = caller.store
    original = getattr(store, method)
    left = times

    async def overtaken(*arguments: Any, **keywords: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            setattr(store, method, original)
            await meanwhile()
            setattr(store, method, overtaken)
        return await original(*arguments, **keywords)

    setattr(store, method, overtaken)


async def test_rules_set_while_a_specification_is_read_stay(caller: Caller) -> None:
    """An update by a long specification wrote the whole record as it was when the reading ended."""
    server = await caller.create_server()

    async def set_rules() -> None:
        assert (await caller.call("PUT", f"{server}/rules", {"rules": RULES})).status == 200

    overtake_reading(caller, set_rules)
    assert (await caller.call("PUT", server, {"specification": SPECIFICATION})).status == 200
    shown = await caller.read(server)
    assert (shown["rules"], shown["specificationSource"], shown["routeCount"]) == (RULES, "openapi", 1)


async def test_an_update_that_is_overtaken_while_it_reads_is_made_of_what_is_stored(caller: Caller) -> None:
    server = await caller.create_server()

    async def update_first() -> None:
        assert (await caller.call("PUT", server, {"useExamples": False, "name": "Cats"})).status == 200

    overtake_reading(caller, update_first)
    assert (await caller.call("PUT", server, {"specification": WITH_EXAMPLE})).status == 200
    shown, routes = await caller.read(server), await caller.read(f"{server}/routes")
    assert (shown["useExamples"], shown["name"], '"id":7' in routes[0]["responseBody"]) == (False, "Cats", False)


@pytest.mark.parametrize(
    ("update", "other"),
    [
        ({"specification": SPECIFICATION}, {"rules": RULES}),
        ({"specification": SPECIFICATION}, {"name": "Cats", "seed": 3}),
        ({"specification": SPECIFICATION}, {"useExamples": False}),
        ({"useExamples": False}, {"status": "stopped"}),
        ({"name": "Cats"}, {"rules": RULES}),
        ({"status": "stopped", "cors": False}, {"captureBodies": True, "dynamic": True}),
        ({"rules": RULES}, {"validateRequests": True, "logRequests": False}),
    ],
)
async def test_of_two_updates_at_once_both_are_stored(
    caller: Caller, update: dict[str, Any], other: dict[str, Any]
) -> None:
    """The record was read before the write, and written whole: what another had stored between the two was undone."""
    server = await caller.create_server()
    await caller.call("PUT", server, {"specification": SPECIFICATION})

    async def write_other() -> None:
        assert (await caller.call("PUT", server, other)).status == 200

    overtake_write(caller, "update_server", write_other)
    assert (await caller.call("PUT", server, update)).status == 200
    shown = await caller.read(server)
    wanted = {name: each for name, each in (update | other).items() if name != "specification"}
    assert {name: shown[name] for name in wanted} == wanted


async def test_rules_set_alone_leave_what_another_update_changed(caller: Caller) -> None:
    server = await caller.create_server()

    async def rename() -> None:
        assert (await caller.call("PUT", server, {"name": "Cats", "status": "stopped"})).status == 200

    overtake_write(caller, "update_server", rename)
    assert (await caller.call("PUT", f"{server}/rules", {"rules": RULES})).status == 200
    shown = await caller.read(server)
    assert (shown["rules"], shown["name"], shown["status"]) == (RULES, "Cats", "stopped")


async def test_a_server_that_is_changed_all_the_time_is_not_waited_for_without_end(caller: Caller) -> None:
    server = await caller.create_server()

    async def rename() -> None:
        assert (await caller.call("PUT", server, {"name": "Cats"})).status == 200

    overtake_write(caller, "update_server", rename, times=1000)
    answer = await caller.call("PUT", server, {"specification": SPECIFICATION})
    assert (answer.status, json.loads(answer.body)["type"].rpartition(":")[2]) == (503, "changed-meanwhile")


async def test_rules_are_checked_again_for_the_route_that_stands_there_when_they_are_stored(caller: Caller) -> None:
    """Rules that were checked for one path could be stored on another, whose parameters they do not know."""
    server = await caller.create_server()
    answer = await caller.call("POST", f"{server}/routes", {"method": "GET", "path": "/orders/{id}", "statusCode": 200})
    route = f"{server}/routes/{json.loads(answer.body)['_id']}"

    async def move() -> None:
        moved = {"method": "GET", "path": "/orders/{number}", "statusCode": 200}
        assert (await caller.call("PUT", route, moved)).status == 200

    overtake_write(caller, "update_route_rules", move)
    rules = [{"when": {"pathParameters": {"id": {"equalTo": "1"}}}, "then": {"statusCode": 404}}]
    answer = await caller.call("PUT", f"{route}/rules", {"rules": rules})
    assert (answer.status, json.loads(answer.body)["errors"][0]["pointer"]) == (
        400,
        "/rules/0/when/pathParameters/id",
    )
    assert (await caller.read(f"{route}/rules"))["rules"] == []
