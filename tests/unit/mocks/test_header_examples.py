"""Named examples of headers: a request that asks for an example by name gets the headers of that name, too."""

import pytest

from mockwave._responder import Reply
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from tests.unit.documents import build_snapshots
from tests.unit.mocks.test_answers import SERVER

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
components: {headers: {Shared: {examples: {one: {value: s1}, two: {value: s2}}}}}
paths:
  /pets:
    get:
      responses:
        '200':
          description: d
          headers:
            X-Kind: {schema: {type: string}, examples: {one: {value: cat}, two: {value: dog}, three: {value: [a, b]}}}
            Set-Cookie: {examples: {one: {value: a=1}, two: {value: [b=1, c=1]}}}
            X-Shared: {$ref: '#/components/headers/Shared'}
            X-Fixed: {example: same}
            X-Bad: {examples: {one: {value: good}, two: {value: "\\u0001"}}}
            X-Made: {schema: {type: integer, minimum: 5, maximum: 900}}
          content: {text/plain: {examples: {one: {value: first}, two: {value: second}}}}
        '204': {description: d, headers: {X-Kind: {examples: {one: {value: cat}, two: {value: dog}}}}}
        default: {description: d, headers: {Vary: {examples: {one: {value: A}, two: {value: B}}}}}
"""


@pytest.fixture(scope="module")
def builder() -> SnapshotBuilder:
    return build_snapshots(DOCUMENT, SERVER)


def ask(builder: SnapshotBuilder, query: str = "", **headers: str) -> Reply:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return answer_request(
        builder.build(), MockRequest(method="GET", path=b"/pets", query=query.encode(), headers=pairs)
    )


def values_of(reply: Reply, name: bytes) -> list[bytes]:
    return [value for key, value in reply.headers if key == name]


def test_an_example_asked_for_by_name_takes_the_headers_of_that_name() -> None:
    """The body came from the example asked for, the headers from the first one (prism#722)."""
    reply = ask(build_snapshots(DOCUMENT, SERVER), "__example=two")
    assert reply.body == b"second"
    assert values_of(reply, b"x-kind") == [b"dog"]
    assert values_of(reply, b"set-cookie") == [b"b=1", b"c=1"]
    assert values_of(reply, b"x-shared") == [b"s2"]
    assert values_of(reply, b"x-fixed") == [b"same"]


def test_prefer_asks_for_headers_as_the_query_does(builder: SnapshotBuilder) -> None:
    assert values_of(ask(builder, prefer="example=two"), b"x-kind") == [b"dog"]


def test_without_a_name_the_first_example_of_each_header_is_sent(builder: SnapshotBuilder) -> None:
    reply = ask(builder)
    assert (values_of(reply, b"x-kind"), values_of(reply, b"set-cookie")) == ([b"cat"], [b"a=1"])


def test_a_name_that_headers_alone_have_is_no_unknown_example(builder: SnapshotBuilder) -> None:
    reply = ask(builder, "__example=three")
    assert (reply.status, reply.body, values_of(reply, b"x-kind")) == (200, b"first", [b"a,b"])


def test_a_name_that_nothing_has_is_a_404(builder: SnapshotBuilder) -> None:
    assert ask(builder, "__example=four").status == 404


def test_a_response_without_content_has_examples_of_its_headers(builder: SnapshotBuilder) -> None:
    reply = ask(builder, "__code=204&__example=two")
    assert (reply.status, values_of(reply, b"x-kind")) == (204, [b"dog"])


def test_an_example_that_no_header_may_hold_is_left_out(builder: SnapshotBuilder) -> None:
    assert values_of(ask(builder, "__example=two"), b"x-bad") == [b"good"]


def test_dynamic_headers_stay_in_their_places_where_a_header_before_them_grows(builder: SnapshotBuilder) -> None:
    reply = ask(builder, "__example=two&__dynamic=true")
    assert values_of(reply, b"set-cookie") == [b"b=1", b"c=1"]
    (made,) = values_of(reply, b"x-made")
    assert 5 <= int(made) <= 900
