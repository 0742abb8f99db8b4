"""Response choice: status, media type and example, as Prefer, Accept and the query ask for them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave._responder import Reply
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.negotiation import rank_media_types
from mockwave.mocks.preferences import Preferences, read_preferences
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import ServerRecord
from tests.unit.documents import build_snapshots

SERVER = ServerRecord(id="mock_" + "a" * 32, name="pets", workspace_id="wrk_1", created_us=0, modified_us=0)

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      deprecated: true
      responses:
        '200':
          description: ok
          headers: {X-Kind: {schema: {type: string}, example: cat}}
          content:
            application/json:
              examples: {cat: {value: {name: Minka}}, dog: {value: {name: Rex}}}
            application/xml: {example: <pet/>}
            application/vnd.api+json: {example: {data: 1}}
        '404': {description: none, content: {application/json: {example: {error: none}}}}
        5XX: {description: broken, content: {text/plain: {example: broken}}}
        default: {description: other, content: {text/plain: {example: other}}}
        2XX: {description: fine, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}
  /versions:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json; version=1: {example: 1}
            application/json; version=2: {example: 2}
  /vendor:
    get: {responses: {'200': {description: ok, content: {application/vnd.api+json: {example: 1}}}}}
  /gone:
    delete:
      responses: {'204': {description: gone}}
"""


def build(document: Any) -> SnapshotBuilder:
    """The snapshots of a document, given as its text or as the tree."""
    return build_snapshots(document if isinstance(document, str) else json.dumps(document), SERVER)


@pytest.fixture(scope="module")
def builder() -> SnapshotBuilder:
    return build(DOCUMENT)


def ask(builder: SnapshotBuilder, query: str = "", method: str = "GET", path: str = "/pets", **headers: str) -> Reply:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = MockRequest(method=method, path=path.encode(), query=query.encode(), headers=pairs)
    return answer_request(builder.build(), request)


def headers_of(reply: Reply) -> dict[bytes, bytes]:
    return dict(reply.headers)


def test_without_a_wish_the_first_example_of_the_lowest_2xx_is_sent(builder: SnapshotBuilder) -> None:
    reply = ask(builder)
    assert (reply.status, reply.body) == (200, b'{"name":"Minka"}')
    assert headers_of(reply)[b"x-kind"] == b"cat"
    assert headers_of(reply)[b"deprecation"] == b"true"


@pytest.mark.parametrize(
    ("wish", "status", "body"),
    [
        ("code=404", 404, b'{"error":"none"}'),
        ("code=503", 503, b"broken"),
        ("code=418", 418, b"other"),
        ("example=dog", 200, b'{"name":"Rex"}'),
        ('wait=10, example="dog"; x=1', 200, b'{"name":"Rex"}'),
    ],
)
def test_prefer_asks_for_a_status_or_an_example(builder: SnapshotBuilder, wish: str, status: int, body: bytes) -> None:
    reply = ask(builder, prefer=wish)
    assert (reply.status, reply.body) == (status, body)
    assert b"preference-applied" in headers_of(reply)


def test_the_query_asks_as_prefer_does(builder: SnapshotBuilder) -> None:
    assert ask(builder, "a=1&__code=404").status == 404
    assert ask(builder, "__example=dog").body == b'{"name":"Rex"}'


@pytest.mark.parametrize("wish", ["code=99", "code=abc", "code=1000", "example=bird", "code=404, example=dog"])
def test_what_is_not_declared_is_a_404_problem_of_the_route(builder: SnapshotBuilder, wish: str) -> None:
    reply = ask(builder, prefer=wish)
    assert (reply.status, json.loads(reply.body)["status"]) == (404, 404)
    assert reply.route_id != b""


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/xml", b"application/xml"),
        ("application/json;q=0.8, application/xml", b"application/xml"),
        ("application/vnd.api+json", b"application/vnd.api+json"),
        ("text/html, */*;q=0.1", b"application/json"),
        ("application/*", b"application/json"),
        ("application/json;q=0, */*", b"application/xml"),
        ("application/xml;q=0.5, application/json;q=0.5", b"application/xml"),
        ("application/json; charset=utf-8", b"application/json"),
        ("application/json;q=0, application/*+json", b"application/vnd.api+json"),
        ('text/x; a="1, image/png", application/xml', b"application/xml"),
    ],
)
def test_accept_picks_the_media_type(builder: SnapshotBuilder, accept: str, content_type: bytes) -> None:
    assert headers_of(ask(builder, accept=accept))[b"content-type"] == content_type


@pytest.mark.parametrize("wishes", [{}, {"accept": "*/*"}, {"accept": "application/xml"}, {"prefer": "example=dog"}])
def test_a_negotiated_reply_varies_by_accept(builder: SnapshotBuilder, wishes: dict[str, str]) -> None:
    assert headers_of(ask(builder, **wishes))[b"vary"] == b"Accept, Prefer"


@pytest.mark.parametrize("path", ["/vendor", "/pets?__code=404"])
def test_a_reply_of_one_media_type_varies_by_preference_alone(builder: SnapshotBuilder, path: str) -> None:
    path, _, query = path.partition("?")
    assert headers_of(ask(builder, query, path=path))[b"vary"] == b"Prefer"


def test_a_406_varies_by_accept_whatever_there_was_to_choose_from(builder: SnapshotBuilder) -> None:
    reply = ask(builder, path="/vendor", accept="image/png")
    assert (reply.status, headers_of(reply)[b"vary"]) == (406, b"accept, prefer")


def test_a_negotiated_reply_to_another_origin_varies_by_both(builder: SnapshotBuilder) -> None:
    reply = ask(builder, origin="http://app.test", accept="application/xml")
    assert [value for name, value in reply.headers if name == b"vary"] == [b"Accept, Prefer, origin"]


@pytest.mark.parametrize(
    ("header", "varies_by"),
    [
        ({"example": "Origin"}, "Origin, Accept, Prefer"),
        ({"example": "Origin, accept"}, "Origin, accept, Prefer"),
        ({"example": "*"}, "*"),
        ({"schema": {"type": "string", "enum": ["Origin"]}}, "Origin, Accept, Prefer"),
        ({"schema": {"type": "string"}}, "Accept, Prefer"),
    ],
)
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_accept_joins_what_the_document_has_vary_name(header: Any, varies_by: str, is_dynamic: bool) -> None:
    content: dict[str, Any] = {"application/json": {}, "text/plain": {}}
    response = {"description": "d", "headers": {"vary": header}, "content": content}
    paths = {"/a": {"get": {"responses": {"200": response}}}}
    tree = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}
    reply = ask(build(tree), path="/a", prefer=f"dynamic={str(is_dynamic).lower()}")
    assert [value.decode() for name, value in reply.headers if name == b"vary"] == [varies_by]


def test_nothing_acceptable_is_a_406_problem(builder: SnapshotBuilder) -> None:
    reply = ask(builder, accept="image/png")
    assert (reply.status, headers_of(reply)[b"content-type"]) == (406, b"application/problem+json")


def test_a_response_without_content_accepts_everything(builder: SnapshotBuilder) -> None:
    assert ask(builder, method="DELETE", path="/gone", accept="image/png").status == 204


@pytest.mark.parametrize(("accept", "body"), [("application/json; version=2", b"2"), ("application/json", b"1")])
def test_accept_picks_by_the_parameters_of_a_media_type(builder: SnapshotBuilder, accept: str, body: bytes) -> None:
    assert ask(builder, path="/versions", accept=accept).body == body


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("text/html, application/json;q=0.1", 200),
        ("application/*+json", 200),
        ("application/vnd.api+json;q=0, application/json", 406),
        ("application/xml", 406),
    ],
)
def test_json_by_its_suffix_is_sent_where_json_alone_is_accepted(
    builder: SnapshotBuilder, accept: str, status: int
) -> None:
    """A client of plain JSON got 406 from an API of which every response is `application/vnd.api+json`."""
    assert ask(builder, path="/vendor", accept=accept).status == status


def test_an_example_is_found_in_any_media_type_that_is_accepted() -> None:
    document = {"a/json": {"examples": {"one": {"value": "1"}}}, "a/text": {"examples": {"two": {"value": "2"}}}}
    builder = build({"openapi": "3.0.3", "paths": {"/pets": {"get": {"responses": {"200": {"content": document}}}}}})

    assert ask(builder, prefer="example=two").body == b"2"
    assert ask(builder, prefer="example=two", accept="a/json").status == 404


@pytest.mark.parametrize(
    ("wish", "applied"),
    [
        ("dynamic=true", None),  # no schema to make values of
        ("dynamic=false, wait=3", b"dynamic=false"),
        ("example=dog, dynamic=true", b'example="dog"'),
        ("code=404, example=x, respond-async", None),
        ("code=299, dynamic=true", b"code=299, dynamic=true"),
        ("code=204, dynamic=true", b"code=204"),
    ],
)
def test_preference_applied_names_what_had_a_part_in_the_answer(
    builder: SnapshotBuilder, wish: str, applied: bytes | None
) -> None:
    """`dynamic=true` was said to be applied where an example was sent, or where there was nothing to generate."""
    assert headers_of(ask(builder, prefer=wish)).get(b"preference-applied") == applied


def test_a_status_without_content_has_no_content_type(builder: SnapshotBuilder) -> None:
    """204 out of `2XX` was sent with the Content-Type of the range's content."""
    reply = ask(builder, prefer="code=204", accept="image/png")
    assert (reply.status, reply.body) == (204, b"")
    assert b"content-type" not in headers_of(reply)


def test_the_name_of_an_example_is_utf_8_and_never_breaks_a_header() -> None:
    document = {"a/json": {"examples": {"größe": {"value": "1"}, "x\r\ny: z": {"value": "2"}}}}
    builder = build({"openapi": "3.0.3", "paths": {"/pets": {"get": {"responses": {"200": {"content": document}}}}}})

    assert ask(builder, prefer="example=größe").body == b"1"
    split = ask(builder, query="__example=x%0d%0ay:%20z")
    assert (split.body, headers_of(split).get(b"preference-applied")) == (b"2", None)


HEADERS = st.text(st.sampled_from('a/b*;=q, "\\\\\t\xe9'), max_size=12).map(lambda text: (text * 3_000)[:8_000])


@given(HEADERS)
@settings(max_examples=60, deadline=10_000)
def test_no_header_takes_long_to_be_read(text: str) -> None:
    """A Prefer of 8,000 letters and a quote took half a minute, in which its worker answered nobody."""
    value = text.encode("latin-1")
    assert read_preferences([b"a" * 8_000 + b'"', b"a" + b" " * 8_000 + b'"', value], b"") is not None
    assert rank_media_types(["application/json"], value) in ([], [0])


def test_what_is_no_preference_is_passed_over() -> None:
    assert read_preferences([b'code="404, =, dynamic'], b"") == Preferences()
    assert read_preferences([b'a b, code=404;x="y, z", , example="d, e"; f'], b"") == Preferences("404", "d, e")


def test_an_empty_accept_takes_json_first() -> None:
    assert rank_media_types(["text/plain", "application/json"], b" ") == [1, 0]
    assert rank_media_types(["text/plain", "application/xml"], b"") == [0, 1]


def test_the_header_wins_over_the_query_and_the_first_over_the_second() -> None:
    assert read_preferences([b"code=404, code=500"], b"__code=503") == Preferences(code="404")
    assert read_preferences([b'example="a \\"b\\""'], b"") == Preferences(example='a "b"')
    assert read_preferences([b"dynamic=true", b"code=404"], b"__dynamic=false") == Preferences(code="404", dynamic=True)


@pytest.mark.parametrize("value", [b"dynamic", b"dynamic=", b"dynamic=1", b'dynamic="yes"'])
def test_dynamic_is_true_or_false_and_nothing_else(value: bytes) -> None:
    assert read_preferences([value], b"") == Preferences()
