"""Dynamic headers: which declared headers get a new value for each request, and how it is written."""

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.openapi import read_specification
from mockwave.store.records import ServerRecord
from tests.unit.documents import build_snapshots

SERVER = ServerRecord(
    id="mock_" + "a" * 32, name="pets", workspace_id="wrk_1", created_us=0, modified_us=0, dynamic=True
)
VERSION = {"openapi": "3.1.0"}
ANSWERS = 8
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


def build(
    response: Any, server: ServerRecord = SERVER, *, use_examples: bool = True, version: Any = VERSION
) -> SnapshotBuilder:
    """The snapshots of a document whose only operation has this 200."""
    paths = {"/a": {"get": {"responses": {"200": {"description": "d"} | response}}}}
    document = {"info": {"title": "t", "version": "1"}, "paths": paths} | version
    return build_snapshots(json.dumps(document), server, use_examples=use_examples)


def ask(builder: SnapshotBuilder, prefer: bytes = b"") -> list[tuple[tuple[bytes, bytes], ...]]:
    """The headers of some answers."""
    request = MockRequest(method="GET", path=b"/a", query=b"", headers=[(b"prefer", prefer)] if prefer else [])
    snapshot = builder.build()
    return [answer_request(snapshot, request).headers for _ in range(ANSWERS)]


def values(answers: list[tuple[tuple[bytes, bytes], ...]], name: str) -> list[str]:
    return [value.decode("latin-1") for headers in answers for key, value in headers if key == name.encode()]


def make(header: Any, name: str = "x-a", **further: Any) -> list[str]:
    """The values of a header on a dynamic server."""
    return values(ask(build({"headers": {name: header}}, **further)), name)


@pytest.mark.parametrize(
    ("header", "pattern"),
    [
        ({"schema": {"type": "string", "format": "uuid"}}, UUID),
        ({"schema": {"type": "integer", "minimum": 100, "maximum": 999}}, "[0-9]{3}"),
        ({"schema": {"type": "string", "x-faker": "internet.email"}}, r"\S+@example\.\w+"),
        ({"schema": {"type": "array", "minItems": 2, "items": {"pattern": "^[a-z]{4}$"}}}, "[a-z]{4}(,[a-z]{4})+"),
        ({"schema": {"properties": {"n": {"type": "integer"}}}}, r"n,\d+"),
        ({"explode": True, "schema": {"properties": {"n": {"type": "integer"}}}}, r"n=\d+"),
        ({"content": {"application/json": {"schema": {"properties": {"n": {"type": "integer"}}}}}}, r'{"n":\d+}'),
        ({"schema": {"type": "string", "format": "uuid", "example": "e", "default": "d"}}, UUID),
    ],
)
def test_a_header_made_from_its_schema_is_made_anew(header: Any, pattern: str) -> None:
    made = make(header)
    assert len(made) == ANSWERS
    assert len(set(made)) > 1
    assert all(re.fullmatch(pattern, value) for value in made)


def test_swagger_2_joins_new_values_by_the_collection_format() -> None:
    header = {"type": "array", "minItems": 2, "items": {"type": "integer"}, "collectionFormat": "pipes"}
    made = make(header, version={"swagger": "2.0"})
    assert len(set(made)) > 1
    assert all(re.fullmatch(r"\d+(\|\d+)+", value) for value in made)


def test_the_name_of_a_header_says_what_it_holds() -> None:
    assert all(re.fullmatch(UUID, value) for value in make({"schema": {"type": "string"}}, "x-request-id"))


MOMENT = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]\d [A-Z][a-z]{2} 20\d\d [0-2]\d:[0-5]\d:[0-5]\d GMT"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("last-modified", MOMENT),
        ("date", MOMENT),
        ("expires", MOMENT),
        ("etag", '"[0-9a-f]{8}"'),
        ("location", r"https?://\S+"),
        ("content-location", r"https?://\S+"),
        ("link", r'<https?://\S+>; rel="next"'),
        ("retry-after", r"\d\d"),
        ("x-ratelimit-remaining", r"\d\d"),
        ("x-rate-limit-limit", r"\d00"),
        ("x-request-id", UUID),
        ("x-amzn-requestid", UUID),
    ],
)
def test_a_header_that_takes_any_text_has_one_of_its_kind(name: str, pattern: str) -> None:
    """Dates were random words when dynamic, and "string" when not."""
    header = {"schema": {"type": "string"}}
    static, dynamic = make(header, name, server=replace(SERVER, dynamic=False)), make(header, name)
    assert len(set(static)) == 1
    assert len(set(dynamic)) > 1
    assert all(re.fullmatch(pattern, value) for value in (*static, *dynamic))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access-control-allow-origin", "*"),
        ("content-encoding", "identity"),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
    ],
)
def test_a_header_of_which_a_mock_has_one_value_keeps_it(name: str, value: str) -> None:
    """`Content-Encoding: string` is an answer that no client can read."""
    header = {"schema": {"type": "string"}}
    for is_dynamic in (True, False):
        assert set(make(header, name, server=replace(SERVER, dynamic=is_dynamic))) == {value}


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ({"type": "string", "format": "date-time"}, r"\d{4}-\d\d-\d\dT\S+Z"),
        ({"type": "string", "pattern": "^[0-9]{3}$"}, "[0-9]{3}"),
        ({"type": "string", "enum": ["never"]}, "never"),
        ({"type": "string", "maxLength": 7}, ".{0,7}"),
        ({"type": "integer"}, r"\d+"),
        ({"type": "string", "x-faker": "internet.email"}, rf"{MOMENT}|\S+@\S+"),
    ],
)
def test_what_a_schema_says_comes_before_the_name(schema: Any, pattern: str) -> None:
    for is_dynamic in (True, False):
        made = make({"schema": schema}, "last-modified", server=replace(SERVER, dynamic=is_dynamic))
        assert all(re.fullmatch(pattern, value) for value in made)


def test_a_hint_comes_before_the_one_value_of_a_name() -> None:
    made = make({"schema": {"type": "string", "x-faker": "internet.email"}}, "cache-control")
    assert all("@" in value for value in made)


def test_a_property_called_like_a_header_is_none() -> None:
    content = {"schema": {"properties": {"last-modified": {"type": "string"}}, "required": ["last-modified"]}}
    request = MockRequest(method="GET", path=b"/a", query=b"", headers=[])
    body = answer_request(build({"content": {"application/json": content}}).build(), request).body
    assert not re.search(MOMENT, body.decode())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"example": "e", "schema": {"type": "string"}}, {"e"}),
        ({"examples": {"one": {"value": "v"}}, "schema": {"type": "string"}}, {"v"}),
        ({"schema": {"const": "c"}}, {"c"}),
        ({"schema": {"enum": ["a", "b"]}}, {"a", "b"}),
    ],
)
def test_what_is_given_stays_and_an_enum_is_drawn_from(header: Any, expected: set[str]) -> None:
    assert set(make(header)) == expected


def test_without_examples_a_header_with_one_is_made_too() -> None:
    header = {"example": "e", "schema": {"type": "integer"}}
    assert len(set(make(header, use_examples=False))) > 1


def test_each_cookie_is_a_header_of_its_own() -> None:
    headers = {
        "Set-Cookie": {"schema": {"type": "array", "items": {"pattern": "^s=[0-9]{9}$"}, "minItems": 2, "maxItems": 2}},
        "X-Last": {"schema": {"const": "last"}},
    }
    answers = ask(build({"headers": headers}))
    assert len(set(values(answers, "set-cookie"))) == 2 * ANSWERS
    assert values(answers, "x-last") == ["last"] * ANSWERS


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["fine", "\u65e5"]},
        {"enum": ["fine", "a\nb"]},
        {"enum": ["fine", "a" * MAXIMUM_HEADER_BYTES]},
    ],
)
def test_a_value_that_no_header_may_hold_gives_way_to_the_static_one(schema: Any) -> None:
    assert make({"schema": schema}) == ["fine"] * ANSWERS


def test_all_headers_together_stay_within_their_bounds() -> None:
    long = {"schema": {"enum": ["short", "a" * (MAXIMUM_HEADER_BYTES // 3)]}}
    for headers in ask(build({"headers": {f"X-{number}": long for number in range(9)}})):
        assert sum(len(name) + len(value) + 4 for name, value in headers if name[:2] == b"x-") <= MAXIMUM_HEADER_BYTES


def test_a_request_turns_dynamic_headers_on_and_off() -> None:
    response = {"headers": {"X-Request-ID": {"schema": {"type": "string", "format": "uuid"}}}}
    static = build(response, replace(SERVER, dynamic=False))

    assert len(set(values(ask(static), "x-request-id"))) == 1
    assert len(set(values(ask(static, b"dynamic=true"), "x-request-id"))) == ANSWERS
    assert values(ask(static, b"dynamic=true"), "preference-applied") == ["dynamic=true"] * ANSWERS
    assert values(ask(build(response), b"dynamic=false"), "x-request-id") == values(ask(static), "x-request-id")


def test_an_answer_with_a_named_example_has_new_headers() -> None:
    content = {"application/json": {"examples": {"dog": {"value": 1}}}}
    headers = {"X-Request-ID": {"schema": {"type": "string", "format": "uuid"}}}
    builder = build({"headers": headers, "content": content})
    assert len(set(values(ask(builder, b"example=dog"), "x-request-id"))) == ANSWERS


def test_a_seed_gives_the_same_headers_and_leaves_bodies_as_they_are() -> None:
    seeded = replace(SERVER, seed=5)
    content = {"content": {"application/json": {"schema": {"type": "integer"}}}}
    headers = {"headers": {"X-Request-ID": {"schema": {"type": "string", "format": "uuid"}}}}
    request = MockRequest(method="GET", path=b"/a", query=b"", headers=[])

    assert ask(build(content | headers, seeded)) == ask(build(content | headers, seeded))
    assert ask(build(content | headers, seeded)) != ask(build(content | headers, replace(seeded, seed=6)))
    with_headers, without = build(content | headers, seeded).build(), build(content, seeded).build()
    assert answer_request(with_headers, request).body == answer_request(without, request).body


def test_equal_headers_share_their_plan() -> None:
    header = {"schema": {"type": "array", "items": {"type": "string", "format": "email"}}}
    few = {"X-A": {"$ref": "#/components/headers/H"}}
    many = {name: {"$ref": "#/components/headers/H"} for name in ("X-A", "X-B", "X-C")} | {"X-D": header}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"headers": {"H": header}}}
    sizes = []
    for headers in (few, many):
        paths = {"/a": {"get": {"responses": {"200": {"description": "d", "headers": headers}}}}}
        sizes.append(len(read_specification(json.dumps(document | {"paths": paths})).parts))
    assert sizes[0] == sizes[1]
