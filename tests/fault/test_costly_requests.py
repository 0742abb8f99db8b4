"""Requests that take long to check: each gets its answer, and no other request waits for it.

The cases are small; one worker answers /healthz meanwhile. Each held up its worker for seconds: reading a form took
time that grows with the square of its fields, alternatives that lead back to their schema doubled with each level, and
all violations were found before the first hundred were taken.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.fault.heartbeats import answers_meanwhile
from tests.harness import MockwaveServer, is_alive, kill_process, running_server, wait_for

WITHIN_S = 2.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BOUNDARY = "b"


def body(media_type: str, schema: object, encoding: object = None) -> dict[str, Any]:
    described = {"schema": schema, **({"encoding": encoding} if encoding else {})}
    return {"requestBody": {"content": {media_type: described}}}


def parameter(location: str, schema: object, **more: object) -> dict[str, Any]:
    return {"parameters": [{"name": "p", "in": location, "schema": schema, **more}]}


def nested_items(schema: dict[str, Any], levels: int) -> dict[str, Any]:
    return schema if levels == 0 else {"items": nested_items(schema, levels - 1)}


DEEP = {"type": "object", "properties": {"p": {"type": "object"}}}
CHOICES = [*({"multipleOf": 1_000_003 + number} for number in range(500)), {"type": "integer"}]
NODE = {"$ref": "#/components/schemas/Node"}
OPERATIONS: dict[str, dict[str, Any]] = {
    "form": body(FORM, {"type": "object"}),
    "deep-form": body(FORM, DEEP, {"p": {"style": "deepObject"}}),
    "multipart": body(MULTIPART, {"type": "object"}),
    "filter": body(JSON, NODE),
    "numbers": body(JSON, {"type": "array", "items": {"type": "integer"}}),
    "texts": body(JSON, {"type": "array", "items": {"type": "string", "pattern": "^(?=(a+)+$)(a|aa)+b"}}),
    "password": body(JSON, {"type": "array", "items": {"pattern": "(?=.*[a-z])(?=.*[0-9])^[^x]*x$"}}),
    "far-down": body(JSON, nested_items({"anyOf": [{"multipleOf": n} for n in range(1_003, 1_093)]}, 20)),
    "many-headers": {
        "parameters": [
            {"name": f"x-{n}", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}}
            for n in range(99)
        ]
    },
    "many-choices": body(JSON, {"type": "array", "items": {"anyOf": CHOICES}}),
    "anything": body(JSON, {"type": ["array", "object"]}),
    "query": parameter("query", {"type": "array", "items": {"type": "integer"}}),
    "object": parameter("query", {"type": "object", "additionalProperties": {"type": "integer"}}),
    "deep": parameter("query", {"type": "object"}, style="deepObject"),
    "cookie": parameter("cookie", {"type": "integer"}),
    "list": parameter("header", {"type": "array", "items": {"type": "integer"}}),
}
COMPONENTS = {
    "Node": {
        "anyOf": [
            {"type": "object", "required": ["a"], "properties": {"a": NODE}},
            {"type": "object", "required": ["a", "b"], "properties": {"a": NODE}},
            {"type": "integer"},
        ]
    }
}
DOCUMENT = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            f"/{name}": {"post": {"responses": {"200": {"description": "d"}}, **operation}}
            for name, operation in OPERATIONS.items()
        },
        "components": {"schemas": COMPONENTS},
    }
)


NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Case(NamedTuple):
    """A request, made when needed, and the expected status."""

    path: str
    status: int
    make_body: Callable[[], str] = str
    media_type: str = JSON
    headers: Mapping[str, str] = NO_HEADERS


def nested(levels: int, end: str = '"x"') -> str:
    return '{"a":' * levels + end + "}" * levels


def parts(count: int) -> str:
    each = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n'
    return "".join(each % number for number in range(count)) + f"--{BOUNDARY}--\r\n"


CASES = {
    "a form of 9,000 names": Case("form", 200, lambda: "&".join(f"f{n}=1" for n in range(9_000)), FORM),
    "a form of 15,000 names": Case("form", 413, lambda: "&".join(f"f{n}=1" for n in range(15_000)), FORM),
    "one name a million times": Case("form", 413, lambda: "f=1&" * 1_000_000, FORM),
    "one name 9,000 times": Case("form", 200, lambda: "f=1&" * 9_000, FORM),
    "9,900 parts": Case("multipart", 200, lambda: parts(9_900), f"{MULTIPART}; boundary={BOUNDARY}"),
    "20,000 parts": Case("multipart", 413, lambda: parts(20_000), f"{MULTIPART}; boundary={BOUNDARY}"),
    "a deep object 9,000 times": Case("deep-form", 200, lambda: "p[a]=1&" * 9_000, FORM),
    "a deep object of 9,000 names": Case("deep-form", 200, lambda: "".join(f"p[{n}]=1&" for n in range(9_000)), FORM),
    "a deep object of 9,000 levels": Case("deep-form", 422, lambda: f"p{'[a]' * 9_000}=1", FORM),
    "alternatives that lead back": Case("filter", 422, lambda: nested(40)),
    "alternatives that lead back, valid": Case("filter", 200, lambda: nested(8, "1")),
    "alternatives that lead back, shallow": Case("filter", 422, lambda: nested(8)),
    "300,000 violations": Case("numbers", 422, lambda: f"[{'{},' * 300_000}1]"),
    "a million good items": Case("numbers", 200, lambda: f"[{'1,' * 1_000_000}1]"),
    "a violation that holds megabytes": Case("numbers", 422, lambda: f'["{"x" * 4_000_000}"]'),
    "a pattern that backtracks, often": Case("texts", 422, lambda: json.dumps(["a" * 40] * 2_000)),
    "a pattern that looks ahead from each position of a long text": Case(
        "password", 413, lambda: json.dumps(["a" * 30_000 + "1!"])
    ),
    "many choices, far down": Case("far-down", 422, lambda: "[" * 20 + "7," * 999 + "7" + "]" * 20),
    "a value for each of 99 headers": Case("many-headers", 422, headers={f"x-{n}": "x" for n in range(80)}),
    "a million items of many choices": Case("many-choices", 413, lambda: f"[{'1,' * 1_000_000}1]"),
    "a million objects": Case("anything", 200, lambda: f"[{'{},' * 1_000_000}1]"),
    "a hundred thousand levels": Case("anything", 422, lambda: "[" * 100_000 + "]" * 100_000),
    "a query of 900 items": Case(f"query?{'p=1&' * 900}", 200),
    "a query of 2,000 items": Case(f"query?{'p=1&' * 2_000}", 413),
    "a query of 900 names": Case(f"object?{''.join(f'f{n}=1&' for n in range(900))}", 200),
    "a deep query": Case(f"deep?{'p[a]=1&' * 900}", 200),
    "3,000 cookies": Case("cookie", 413, headers={"Cookie": "a=1;" * 3_000}),
    "a list of 6,000 items in a header": Case("list", 200, headers={"p": "1," * 6_000 + "1"}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockwaveServer]:
    with running_server(tmp_path_factory.mktemp("costly"), "--check-time", "1s") as server:
        yield server


@pytest.fixture(scope="module")
def url(server: MockwaveServer) -> str:
    fields = {"name": "costly", "workspaceId": "wrk_costly", "validateRequests": True, "specification": DOCUMENT}
    created = server.api("POST", "/mock-servers", fields)
    assert created.status == 201, created.body
    return f"/bin/{created.body['_id']}"


@pytest.mark.parametrize("name", CASES)
def test_a_request_that_takes_long_to_check_holds_up_nobody(server: MockwaveServer, url: str, name: str) -> None:
    case = CASES[name]
    content = case.make_body().encode()
    headers = {**case.headers, **({"Content-Type": case.media_type} if content else {})}
    (worker,) = server.living_workers().values()

    with answers_meanwhile(server, WITHIN_S):
        answer = server.request("POST", f"{url}/{case.path}", content or None, headers)

    assert answer.status == case.status, str(answer.body)[:1_000]
    assert len(str(answer.body)) < 100_000
    assert list(server.living_workers().values()) == [worker]


def test_a_refusal_says_which_limit_it_is_and_what_to_do(server: MockwaveServer, url: str) -> None:
    content = f"[{'1,' * 1_000_001}1]".encode()

    answers = [server.request("POST", f"{url}/many-choices", content, {"Content-Type": JSON}) for _ in range(2)]

    assert [answer.status for answer in answers] == [413, 413]
    assert answers[0].body["type"] == "urn:mockwave:problem:request-too-costly"
    assert "1 s of CPU time" in answers[0].body["detail"]
    assert "--check-time" in answers[0].body["detail"]
    assert server.errors.count(f"a request with a body of {len(content)} bytes was not checked") == 1, (
        "it was tried again"
    )


def test_a_refused_request_is_on_record_with_its_route(server: MockwaveServer, url: str) -> None:
    server.request("POST", f"{url}/form?record", b"f=1&" * 20_000, {"Content-Type": FORM})

    place = f"/mock-servers/{url.removeprefix('/bin/')}"
    entries = server.api("GET", f"{place}/logs?status=413&path=/form").body

    assert any(entry.get("requestQuery") == "record" for entry in entries)


def test_a_checking_process_that_dies_is_replaced(server: MockwaveServer, url: str) -> None:
    def ask() -> int:
        return server.request("POST", f"{url}/filter", nested(6, "1").encode(), {"Content-Type": JSON}).status

    assert ask() == 200
    (process,) = find_checking_processes(server)
    kill_process(process)
    wait_for(lambda: not is_alive(process), "the end of the checking process", server)

    assert ask() == 200
    assert find_checking_processes(server) != [process]


def find_checking_processes(server: MockwaveServer) -> list[int]:
    (worker,) = server.living_workers().values()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    return [
        int(each)
        for each in children
        if b"mockwave.checking.checking_process" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]
