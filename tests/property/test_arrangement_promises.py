"""Stubs that became routes and rules answer each request as the first stub of the list does that fits it.

A stub for several methods, made a rule of the server for one of them, answered requests of the other that an earlier
stub for more paths takes.
"""

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.answers.imported_servers import ImportedRoute
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.arrangement import Arranged, arrange_stubs
from mockwave.formats.stubs.covering import as_operator
from mockwave.formats.stubs.outgoing import specificity
from mockwave.formats.stubs.stub_responses import Response
from mockwave.formats.stubs.stubs import Stub
from mockwave.paths import parse_path
from tests.unit.rules.rules_under_test import Asked

CONDITIONS: list[dict[str, Any]] = [{}, {"headers": {"A": {"equalTo": "1"}}}, {"headers": {"B": {"equalTo": "1"}}}]
# Of two patterns one takes all paths of the other, or none: which of others answers is left to the Matcher.
PATTERNS = ["/a", "/a/{x}", "/a/b", "/a/**", "/**", "/c", "/c/{x}/d"]
EXPRESSIONS = ["/a.*", "/.*b", "/c.*", ".*"]
PATHS = ["/a", "/a/b", "/a/z", "/a/b/c", "/c", "/c/q/d", "/other"]
METHODS = [("GET",), ("POST",), ("GET", "POST")]


@st.composite
def stubs(draw: st.DrawFn) -> list[Stub]:
    found = []
    for number in range(draw(st.integers(1, 7))):
        is_pattern = draw(st.integers(0, 3)) > 0
        found.append(
            Stub(
                pointer=f"/{number}",
                methods=draw(st.sampled_from(METHODS)),
                path=draw(st.sampled_from(PATTERNS)) if is_pattern else None,
                path_operator=None if is_pattern else {"matches": draw(st.sampled_from(EXPRESSIONS))},
                when=draw(st.sampled_from(CONDITIONS)),
                responses=[Response(status_code=201 + number)],
            )
        )
    return found


def fits_path(stub: Stub, path: str) -> bool:
    operator = stub.path_operator if stub.path is None else as_operator(parse_path(stub.path))
    assert operator is not None
    wanted = operator.get("equalTo")
    return path == wanted if wanted is not None else re.fullmatch(operator["matches"], path) is not None


def first_that_fits(found: list[Stub], method: str, path: str, headers: dict[str, str]) -> int | None:
    for stub in found:
        asked = stub.when.get("headers", {})
        if method in stub.methods and fits_path(stub, path) and all(headers.get(name) == "1" for name in asked):
            return stub.responses[0].status_code
    return None


def route_for(arranged: Arranged, method: str, path: str) -> ImportedRoute | None:
    found = [route for route in arranged.routes if route.method == method and fits_path(as_stub(route), path)]
    return min(found, key=lambda route: specificity(parse_path(route.path)), default=None)


def as_stub(route: ImportedRoute) -> Stub:
    return Stub(pointer="", path=route.path, responses=[])


def answer(arranged: Arranged, asked: dict[str, Asked], method: str, path: str, headers: dict[str, str]) -> int | None:
    parts = {
        "path": path.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    status = asked["server"].status(method=method, **parts) if "server" in asked else None
    if status is not None:
        return status
    route = route_for(arranged, method, path)
    if route is None:
        return None
    key = f"{route.method} {route.path}"
    status = asked[key].status(method=method, **parts) if key in asked else None
    own = route.status_code if route.status_code != 404 else None
    return own if status is None else status


@settings(max_examples=300, deadline=None)
@given(stubs())
def test_each_request_has_the_answer_of_the_first_stub_that_fits(found: list[Stub]) -> None:
    arranged = arrange_stubs(found, Notes())
    asked = {"server": Asked(*json.loads(arranged.rules), of_server=True)} if arranged.rules else {}
    for route in arranged.routes:
        if route.rules:
            asked[f"{route.method} {route.path}"] = Asked(*json.loads(route.rules))
    for method in ("GET", "POST"):
        for path in PATHS:
            for headers in ({}, {"A": "1"}, {"B": "1"}, {"A": "1", "B": "1"}):
                expected = first_that_fits(found, method, path, headers)
                assert answer(arranged, asked, method, path, headers) == expected, (method, path, headers)
