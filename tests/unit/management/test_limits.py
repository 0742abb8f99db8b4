"""The limits that `openapi.yaml` says bodies and queries have are the ones that they have: the limit passes, one more
does not. So a limit that is said and not kept, or kept otherwise, is found."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mockwave.management.contract import read_contract

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

DOCUMENT: dict[str, Any] = json.loads(read_contract())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
BODIES = ("MockServerCreate", "MockServerUpdate", "MockRouteCreate")

COMPLETE: dict[str, dict[str, Any]] = {
    "MockServerCreate": {"name": "Pets", "workspaceId": "wrk_1"},
    "MockServerUpdate": {},
    "MockRouteCreate": {"method": "GET", "path": "/pets", "statusCode": 200},
}


def property_of(body: str, name: str) -> dict[str, Any]:
    node: dict[str, Any] = SCHEMAS[body]["properties"][name]
    return SCHEMAS[node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def text_of(name: str, length: int) -> str:
    return ("/" if name == "path" else "n") + "x" * (length - 1)


def limits() -> Iterator[tuple[str, str, Any, bool]]:
    """Each body and field, with a value at the edge of what it may be, and whether it still may be that."""
    for body in BODIES:
        for name in SCHEMAS[body]["properties"]:
            node = property_of(body, name)
            if "maxLength" in node:
                yield body, name, text_of(name, node["maxLength"]), True
                yield body, name, text_of(name, node["maxLength"] + 1), False
            if "minimum" in node:
                yield body, name, node["minimum"], True
                yield body, name, node["minimum"] - 1, False
            if "maximum" in node:
                yield body, name, node["maximum"], True
                yield body, name, node["maximum"] + 1, False


def test_every_number_of_a_body_has_limits_in_the_document() -> None:
    numbers = [
        (body, name)
        for body in BODIES
        for name in SCHEMAS[body]["properties"]
        if property_of(body, name).get("type") in ("integer", "number")
    ]
    assert numbers == [
        ("MockServerCreate", "seed"),
        ("MockServerUpdate", "seed"),
        ("MockRouteCreate", "statusCode"),
        ("MockRouteCreate", "delay"),
    ]
    assert all({"minimum", "maximum"} <= property_of(*each).keys() for each in numbers)


@pytest.mark.parametrize(("body", "name", "value", "is_taken"), list(limits()), ids=lambda each: str(each)[:24])
async def test_a_field_is_taken_up_to_its_limit(
    caller: "Caller", body: str, name: str, value: object, is_taken: bool
) -> None:
    server = await caller.create_server()
    method, target = {
        "MockServerCreate": ("POST", "/mock-servers"),
        "MockServerUpdate": ("PUT", server),
        "MockRouteCreate": ("POST", f"{server}/routes"),
    }[body]
    answer = await caller.call(method, target, {**COMPLETE[body], name: value})
    if is_taken:
        assert answer.status in (200, 201), answer.body
    else:
        assert answer.status == 400
        assert [each["pointer"] for each in json.loads(answer.body)["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("name", ["limit", "offset"])
async def test_a_page_is_asked_for_within_its_limits(caller: "Caller", name: str) -> None:
    server = await caller.create_server()
    for path in ("/mock-servers", f"{server}/routes", f"{server}/logs"):
        schema = page_parameter(path.replace(server, "/mock-servers/{mockServerId}"), name)
        for value, status in (
            (schema["minimum"], 200),
            (schema["minimum"] - 1, 400),
            (schema["maximum"], 200),
            (schema["maximum"] + 1, 400),
        ):
            assert (await caller.call("GET", f"{path}?{name}={value}")).status == status


def page_parameter(path: str, name: str) -> dict[str, Any]:
    for node in DOCUMENT["paths"][path]["get"]["parameters"]:
        found = DOCUMENT["components"]["parameters"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        if found["name"] == name:
            return dict(found["schema"])
    raise KeyError(name)
