"""A mock server that is changed while a separate process reads a long specification of it."""

import json
import threading

from tests.harness import MockwaveServer

SCHEMA = {"type": "object", "properties": {f"field{number}": {"type": "string"} for number in range(20)}}
RESPONSES = {"200": {"description": "ok", "content": {"application/json": {"schema": SCHEMA}}}}
SLOW = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": "Slow", "version": "1"},
        "paths": {f"/things/{number}": {"get": {"responses": RESPONSES}} for number in range(3000)},
    }
)


def test_what_is_set_while_a_long_specification_is_read_stays(mockwave_server: MockwaveServer) -> None:
    """An update of a mock server by a long specification overwrote rules set while it was read."""
    created = mockwave_server.api("POST", "/mock-servers", {"name": "a", "workspaceId": "wrk_overtaken"})
    server = f"/mock-servers/{created.body['_id']}"
    statuses: list[int] = []

    def update() -> None:
        statuses.append(mockwave_server.api("PUT", server, {"specification": SLOW}).status)

    updating = threading.Thread(target=update)
    updating.start()
    number = answered_meanwhile = 0
    while updating.is_alive():
        number += 1
        rules = [{"name": f"rule {number}", "then": {"statusCode": 503}}]
        assert mockwave_server.api("PUT", f"{server}/rules", {"rules": rules}).status == 200
        assert mockwave_server.api("PUT", server, {"name": f"name {number}"}).status == 200
        answered_meanwhile += updating.is_alive()
    updating.join()
    shown = mockwave_server.api("GET", server).body
    mockwave_server.api("DELETE", server)
    assert (statuses, answered_meanwhile > 0) == ([200], True)
    assert (shown["name"], [rule["name"] for rule in shown["rules"]]) == (f"name {number}", [f"rule {number}"])
    assert shown["routeCount"] == 3000
