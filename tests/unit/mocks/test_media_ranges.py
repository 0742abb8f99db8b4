"""Declared media type ranges: the type of a body that is sent follows from Accept and from the body itself."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mockwave._responder import Reply
from mockwave.bodies.media_types import sendable_media_type
from mockwave.bodies.samples import GIF, PNG, WAV
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.negotiation import MAXIMUM_CONCRETE_TYPES, name_concrete_types
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import ServerRecord
from tests.unit.documents import build_snapshots

SERVER = ServerRecord(id="mock_" + "a" * 32, name="pets", workspace_id="wrk_1", created_us=0, modified_us=0)

OBJECT = {"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}
STRING = {"schema": {"type": "string"}}
TEXT = {"example": "hello"}
BYTES = {"schema": {"type": "string", "format": "binary"}}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def build(content: Any, server: ServerRecord = SERVER, components: Any = None) -> SnapshotBuilder:
    """The snapshots of a document whose only operation has a 200 with this content."""
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": components}
    return build_snapshots(json.dumps(document), server)


def ask(builder: SnapshotBuilder, accept: str | None, **headers: str) -> Reply:
    wishes = headers | ({} if accept is None else {"accept": accept})
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in wishes.items()]
    return answer_request(builder.build(), MockRequest(method="GET", path=b"/a", query=b"", headers=pairs))


def answer(content: Any, accept: str | None, **headers: str) -> tuple[str, bytes]:
    """The media type and the body that are sent."""
    reply = ask(build(content), accept, **headers)
    assert reply.status == 200
    return dict(reply.headers)[b"content-type"].decode(), reply.body


@pytest.mark.parametrize(
    ("declared", "content", "accept", "media_type", "body"),
    [
        # JSON is any type that is JSON by its name.
        ("*/*", OBJECT, "application/vnd.api+json", "application/vnd.api+json", b'{"a":0}'),
        ("application/*", OBJECT, "application/problem+json", "application/problem+json", b'{"a":0}'),
        ("*/*", OBJECT, "application/json", "application/json", b'{"a":0}'),
        ("*/*", OBJECT, "text/json", "text/json", b'{"a":0}'),
        ("application/*+json", OBJECT, "application/hal+json", "application/hal+json", b'{"a":0}'),
        ("text/*", OBJECT, "text/json", "text/json", b'{"a":0}'),
        # XML is written from its value.
        ("*/*", OBJECT, "application/xml", "application/xml", b"<xml><a>0</a></xml>"),
        ("text/*", OBJECT, "text/xml", "text/xml", b"<xml><a>0</a></xml>"),
        # Who likes something else better, and takes anything, does not ask for it.
        ("*/*", OBJECT, BROWSER, "application/json", b'{"a":0}'),
        ("*/*", OBJECT, "text/html, application/xml;q=0.9", "application/xml", b"<xml><a>0</a></xml>"),
        # A text is any type that is plain text.
        ("text/*", STRING, "text/markdown", "text/markdown", b"string"),
        ("*/*", STRING, "text/plain", "text/plain", b"string"),
        ("*/*", STRING, "application/json", "application/json", b'"string"'),
        # A text that is an example is whatever is asked for.
        ("text/*", TEXT, "text/html", "text/html", b"hello"),
        ("*/*", TEXT, "application/pdf", "application/pdf", b"hello"),
        ("*/*", TEXT, "application/xml", "application/xml", b"hello"),
        ("*/*", TEXT, "text/vnd.api+json", "text/vnd.api+json", b'"hello"'),
        ("font/*", TEXT, "font/otf", "font/otf", b"hello"),
        ("image/*", TEXT, "image/gif", "image/gif", b"hello"),
        # A made text that stands for bytes is whatever has no sample.
        ("font/*", BYTES, "font/otf", "font/otf", b"string"),
        ("audio/*", STRING, "audio/ogg", "audio/ogg", b"string"),
        ("*/*", BYTES, "application/octet-stream", "application/octet-stream", b"string"),
        ("text/*", BYTES, "text/csv", "text/csv", b"string"),
        # What has a sample is that.
        ("image/*", BYTES, "image/gif", "image/gif", GIF),
        ("*/*", STRING, "image/png", "image/png", PNG),
        ("audio/*", BYTES, "audio/wav", "audio/wav", WAV),
        # XML is any type that is XML by its name, where it was declared as XML.
        ("application/*+xml", OBJECT, "application/atom+xml", "application/atom+xml", b"<xml><a>0</a></xml>"),
    ],
)
def test_a_range_is_sent_as_the_type_that_accept_names(
    declared: str, content: Any, accept: str, media_type: str, body: bytes
) -> None:
    assert answer({declared: content}, accept) == (media_type, body)


@pytest.mark.parametrize(
    ("declared", "content", "accept", "media_type"),
    [
        ("*/*", OBJECT, None, "application/json"),
        ("*/*", OBJECT, "*/*", "application/json"),
        ("*/*", OBJECT, "", "application/json"),
        ("*/*", OBJECT, "application/*", "application/json"),
        ("*/*", OBJECT, "text/html, */*;q=0.1", "application/json"),
        ("text/*", STRING, "text/*", "text/plain"),
        ("image/*", BYTES, "image/*", "image/png"),
        ("*/*", OBJECT, "application/x y+json, */*", "application/json"),
        ("*/*", OBJECT, "application/\xe9+json, */*", "application/json"),
        ("*/*", OBJECT, f"application/{'a' * 200}+json, */*", "application/json"),
    ],
)
def test_where_no_type_is_named_that_fits_it_is_the_fixed_one(
    declared: str, content: Any, accept: str | None, media_type: str
) -> None:
    assert answer({declared: content}, accept)[0] == media_type


@pytest.mark.parametrize(
    ("declared", "content", "accept"),
    [
        ("*/*", OBJECT, "text/plain"),
        ("*/*", OBJECT, "image/png, text/html"),
        ("*/*", STRING, "text/html"),
        ("application/*", OBJECT, "text/xml"),
        ("text/*", STRING, "text/csv"),
        ("text/*", STRING, "text/xml"),
        ("image/*", BYTES, "image/avif"),
        ("*/*", STRING, "application/octet-stream"),
        ("application/*+xml", OBJECT, "application/atom+json"),
        ("multipart/*", STRING, "multipart/form-data"),
        ("*/*", TEXT, "multipart/form-data"),
        ("*/*", OBJECT, "application/hal+json;q=0"),
    ],
)
def test_a_body_that_can_be_nothing_acceptable_is_a_406(declared: str, content: Any, accept: str) -> None:
    reply = ask(build({declared: content}), accept)
    assert (reply.status, dict(reply.headers)[b"content-type"]) == (406, b"application/problem+json")


@pytest.mark.parametrize("content", [OBJECT, STRING, BYTES, TEXT], ids=["object", "string", "bytes", "text"])
@pytest.mark.parametrize(
    ("declared", "media_type"),
    [
        ("application/*", "application/json"),
        ("audio/*", "audio/mpeg"),
        ("chemical/*", "chemical/octet-stream"),
        ("font/*", "font/woff2"),
        ("haptics/*", "haptics/ivs"),
        ("image/*", "image/png"),
        ("message/*", "message/rfc822"),
        ("model/*", "model/stl"),
        ("multipart/*", "multipart/mixed"),
        ("video/*", "video/mp4"),
        ("application/*+json", "application/json"),
        ("application/*+xml", "application/xml"),
        ("application/*+zip", "application/zip"),
        ("image/*+xml", "image/svg+xml"),
        ("text/*+json", "text/json"),
        ("*/*+json", "application/json"),
    ],
)
def test_who_accepts_the_range_that_is_declared_gets_a_type_of_it(declared: str, media_type: str, content: Any) -> None:
    """`font/*` was sent as application/octet-stream, and was a 406 to who asked for it by that name."""
    for accept in (declared, "*/*", None, media_type):
        assert answer({declared: content}, accept)[0].partition(";")[0] == media_type


def test_parts_of_any_multipart_type_have_their_boundary() -> None:
    media_type, body = answer({"multipart/*": OBJECT}, "multipart/form-data")
    assert media_type.startswith("multipart/form-data; boundary=")
    assert body.startswith(b"--" + media_type.rpartition("=")[2].encode())


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json;q=0.5, application/hal+json", "application/hal+json"),
        ("application/json, application/hal+json;q=0.5", "application/json"),
        ("application/hal+json, application/json", "application/hal+json"),
        ("application/json;q=0, application/hal+json;q=0.1", "application/hal+json"),
        ("application/xml;q=0.5, application/json", "application/json"),
        ("application/hal+json; charset=UTF-8", "application/hal+json; charset=UTF-8"),
        ("application/hal+json; charset=latin-1; profile=x", "application/hal+json"),
    ],
)
def test_quality_decides_among_the_types_of_a_range(accept: str, media_type: str) -> None:
    assert answer({"*/*": OBJECT}, accept)[0] == media_type


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        ("text/markdown", b"of any text"),
        ("text/plain", b"of this type"),
        ("application/pdf", b"of any type"),
    ],
)
def test_the_nearest_range_is_the_one_that_counts(accept: str, body: bytes) -> None:
    content = {
        "*/*": {"example": "of any type"},
        "text/*": {"example": "of any text"},
        "text/plain": {"example": "of this type"},
    }
    assert answer(content, accept) == (accept, body)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/*"])
@pytest.mark.parametrize("nearer", ["application/json", "application/*", "application/json; charset=utf-8"])
def test_a_range_is_not_sent_as_a_type_that_has_a_nearer_key(nearer: str, accept: str | None) -> None:
    """What was declared for any type was sent as application/json, beside other things declared for that."""
    content = {"*/*": {"example": {"for": "others"}}, nearer: {"example": {"for": "JSON"}}}
    assert answer(content, accept)[1] == b'{"for":"JSON"}'


def test_each_example_can_be_what_it_is() -> None:
    examples = {"text": {"value": "hello"}, "object": {"value": {"a": 1}}}
    content = {"*/*": {"examples": examples}}
    assert answer(content, "text/html", prefer="example=text") == ("text/html", b"hello")
    assert ask(build(content), "text/html", prefer="example=object").status == 406


def test_xml_of_a_range_has_the_shape_of_the_schema() -> None:
    schema = {
        "type": "object",
        "xml": {"name": "pet"},
        "properties": {"id": {"type": "integer", "xml": {"attribute": True}}},
    }
    reply = ask(build({"*/*": {"schema": schema}}), "application/xml")
    assert reply.body == b'<pet id="0" />'


def test_what_is_nested_too_deeply_for_xml_is_not_offered_as_xml() -> None:
    example: Any = 1
    for _ in range(300):
        example = {"a": example}
    builder = build({"*/*": {"example": example}})
    assert ask(builder, "application/xml").status == 406
    assert dict(ask(builder, "application/xml, */*;q=0.1").headers)[b"content-type"] == b"application/json"


@pytest.mark.parametrize("media_type", ["application/hal+json", "application/xml"])
def test_a_dynamic_body_is_written_as_the_type_that_is_named(media_type: str) -> None:
    builder = build({"*/*": OBJECT}, replace(SERVER, dynamic=True))
    replies = [ask(builder, media_type) for _ in range(5)]
    assert {dict(reply.headers)[b"content-type"] for reply in replies} == {media_type.encode()}
    assert len({reply.body for reply in replies}) > 1
    assert {reply.body[:1] for reply in replies} == ({b"<"} if media_type == "application/xml" else {b"{"})


def test_a_type_that_no_value_can_be_made_for_gets_the_example_on_a_dynamic_server() -> None:
    builder = build({"*/*": TEXT | STRING}, replace(SERVER, dynamic=True))
    assert {ask(builder, "application/pdf").body for _ in range(5)} == {b"hello"}


def test_only_some_of_many_types_are_considered() -> None:
    accept = ", ".join(f"a/b{number}" for number in range(1000))
    assert name_concrete_types(accept.encode()) == [f"a/b{number}" for number in range(MAXIMUM_CONCRETE_TYPES)]


ANY_RANGE = build({"*/*": TEXT, "text/*": STRING, "image/*": TEXT})
ELEMENTS = st.text(st.characters(max_codepoint=255), max_size=12).map(lambda text: f"text/{text}") | st.sampled_from(
    ["image/a", "text/html", "*/*", "a/b+json", 'text/plain; charset="UTF-8"', "text/markdown;q=0.3"]
)


@given(st.lists(ELEMENTS, max_size=6))
def test_whatever_accept_says_what_is_sent_is_a_media_type(elements: list[str]) -> None:
    media_type = dict(ask(ANY_RANGE, ", ".join(elements)).headers)[b"content-type"].decode("latin-1")
    assert sendable_media_type(media_type) == media_type
    assert "*" not in media_type
