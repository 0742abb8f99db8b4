"""A mock server goes out to a format and comes in again: both answer alike, or the report names the place."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.harness import MockwaveServer, Response

ANSWER: dict[str, Any] = {"statusCode": 201, "responseBody": "rule", "contentType": "text/plain"}
VALUES = ["", "a", "A", "ab", "b", "5", "2", "2020-01-01T00:00:00Z", "2022-01-01T00:00:00Z"]
OF_VALUES: list[dict[str, Any]] = [
    {"equalTo": "a"},
    {"equalTo": "A", "caseInsensitive": True},
    {"contains": "a"},
    {"doesNotContain": "a"},
    {"matches": "a+b?"},
    {"doesNotMatch": "a.*"},
    {"absent": True},
    {"anything": True},
    {"equalToNumber": 5},
    {"greaterThanNumber": 3},
    {"lessThanEqualNumber": 5},
    {"not": {"equalTo": "a"}},
    {"and": [{"contains": "a"}, {"contains": "b"}]},
    {"or": [{"equalTo": "a"}, {"equalTo": "5"}]},
    {"contains": "a", "doesNotContain": "b"},
    {"before": "2021-01-01T00:00:00Z"},
    {"binaryEqualTo": "YQ=="},
]
OF_LISTS: list[dict[str, Any]] = [
    {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]},
    {"includes": [{"equalTo": "b"}]},
]
OF_BODIES: list[dict[str, Any]] = [
    {"equalToJson": {"a": 1}},
    {"equalToJson": {"a": 1}, "ignoreExtraKeys": True},
    {"equalToJson": '{"a": 1, "b": [1, 2]}', "ignoreArrayOrder": True, "ignoreExtraElements": True},
    {"matchesJsonPath": "$[?(@.a == 1)]"},
    {"matchesJsonPath": {"expression": "$.a", "equalTo": "1"}},
    {"matchesJsonPath": "$.a", "matchesJsonSchema": {"type": "object"}},
    {"equalToXml": "<a><b/></a>"},
    {"matchesXPath": "//i:b", "xPathNamespaces": {"i": "urn:i"}},
]
BODIES = [
    "",
    "a",
    '{"a": 1}',
    '{"a":1,"b":[2,1]}',
    '[{"a": 1}]',
    '{"x":{"a":1}}',
    "<a><b/></a>",
    '<a xmlns="urn:i"><b/></a>',
]
THENS: list[dict[str, Any]] = [
    {"delay": 1},
    {"contentType": "text/x"},
    {"sequence": [{"statusCode": 201}, {"statusCode": 202, "repeat": 2}, {"statusCode": 203}], "onExhausted": "last"},
    {"sequence": [{"delay": 1}, {"statusCode": 202}], "onExhausted": "cycle", "delay": 2},
    {"sequence": [{"statusCode": 201}], "onExhausted": "next"},
    {"next": True, "delay": 1},
    {"responseJson": {"a": "é"}},
    {"responseBase64": "/wA="},
    {"responseBody": "{{ request.query.X }}", "template": "liquid", "contentType": "text/plain"},
    {"responseBody": "{{raw}}", "contentType": "text/plain"},
    {"responseHeaders": {"A": ["1", "2"], "Set-Cookie": ["a=1", "b=2"]}, "statusCode": 207},
]
PATHS = [
    "/deep/{a}/x/{b}",
    "/deep/{a}/x/lit",
    "/deep/a/x/{b}",
    "/rest/{r:*}",
    "/rest/lit",
    "/file/{n}.{e}",
    "/a%20b/{c}",
]


class Request(NamedTuple):
    route: int
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


def routes() -> list[dict[str, Any]]:
    """Routes with a rule of each kind, and some with nothing but a path."""
    whens: list[tuple[str, str, Any]] = [
        (kind, "GET", {kind: {"X": operator}})
        for kind in ("query", "headers", "cookies")
        for operator in (*OF_VALUES, *(OF_LISTS if kind != "cookies" else ()))
    ]
    whens += [("body", "POST", {"body": [operator]}) for operator in (*OF_VALUES, *OF_BODIES)]
    found = [
        {"method": method, "path": f"/{kind}/{index}", "rules": [{"name": f"r{index}", "when": when, "then": ANSWER}]}
        for index, (kind, method, when) in enumerate(whens)
    ]
    found += [
        {"method": "GET", "path": f"/then/{index}", "rules": [{"name": "t", "then": then}]}
        for index, then in enumerate(THENS)
    ]
    found += [{"method": "GET", "path": path} for path in PATHS]
    return [{**route, "statusCode": 200, "responseBody": route["path"], "contentType": "text/plain"} for route in found]


def requests_of(index: int, route: dict[str, Any]) -> Iterator[Request]:
    method, path = route["method"], route["path"]
    match path.split("/")[1]:
        case "query" | "then":
            yield from (Request(index, method, path, {}), Request(index, method, f"{path}?X=a&X=b", {}))
            yield from (Request(index, method, f"{path}?{urlencode({'X': value})}", {}) for value in VALUES)
        case "headers":
            yield from (Request(index, method, path, {"X": value} if value else {}) for value in VALUES)
        case "cookies":
            yield from (Request(index, method, path, {"Cookie": f"X={value}"} if value else {}) for value in VALUES)
        case "body":
            for body in (*BODIES, *VALUES):
                yield Request(index, method, path, {"Content-Type": "application/json"}, body)
        case _:
            filled = path.replace("{a}", "q").replace("{b}", "w").replace("{r:*}", "e/r").replace("{n}.{e}", "n.e")
            yield Request(index, method, filled.replace("{c}", "c"), {})


def ask(server: MockwaveServer, base: str, request: Request) -> tuple[int, bytes, str]:
    found = server.request(request.method, base + request.path, request.body.encode(), request.headers)
    body = found.body if isinstance(found.body, bytes) else json.dumps(found.body).encode()
    return found.status, body, found.headers.get("content-type", "")


def call(server: MockwaveServer, method: str, path: str, body: bytes = b"") -> Response:
    found = server.request(method, path, body, {"Authorization": f"Bearer {server.token}"})
    assert found.status < 300, found.body
    return found


@pytest.mark.parametrize("format_name", ["wiremock", "mockoon"])
def test_a_server_that_went_out_and_came_in_again_answers_alike(
    mockwave_server: MockwaveServer, format_name: str
) -> None:
    """Several operators side by side, answers left to the route and the pace beside a sequence were lost in silence."""
    given = routes()
    for start in range(0, len(given), 15):  # since the header of the report names as many places as it can hold
        some = given[start : start + 15]
        server = {"name": "out", "workspaceId": "w"}
        made = call(mockwave_server, "POST", "/mock-servers", json.dumps(server).encode()).body
        ids = [
            call(mockwave_server, "POST", f"/mock-servers/{made['_id']}/routes", json.dumps(each).encode()).body["_id"]
            for each in some
        ]
        requests = [request for index, route in enumerate(some) for request in requests_of(index, route)]
        before = [ask(mockwave_server, urlsplit(made["url"]).path, request) for request in requests]
        out = call(mockwave_server, "GET", f"/mock-servers/{made['_id']}/export?format={quote(format_name)}")
        content = out.body if isinstance(out.body, bytes) else json.dumps(out.body).encode()
        again = call(mockwave_server, "POST", f"/mock-servers/import?format={format_name}&workspaceId=w", content).body
        base = urlsplit(again["mockServers"][0]["url"]).path
        after = [ask(mockwave_server, base, request) for request in requests]
        report = out.headers.get("mockwave-left-out-report", "")
        silent = [
            (request, first, second)
            for request, first, second in zip(requests, before, after, strict=True)
            if first != second and ids[request.route] not in report and not request.path.endswith("X=a&X=b")
        ]
        assert silent == []
        for each in (made["_id"], again["mockServers"][0]["_id"]):
            call(mockwave_server, "DELETE", f"/mock-servers/{each}")
