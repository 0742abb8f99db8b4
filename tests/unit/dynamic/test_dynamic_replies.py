"""Dynamic replies: who gets a new body for each request, and what a seed promises."""

import re

import pytest
from msgspec.structs import replace

from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
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
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {id: {type: string, format: uuid}}, required: [id]}
              examples: {cat: {value: {id: cat}}, dog: {value: {id: dog}}}
"""


def build(server: ServerRecord, document: str = DOCUMENT) -> SnapshotBuilder:
    return build_snapshots(document, server)


def ask(
    builder: SnapshotBuilder, count: int = 5, prefer: bytes = b"", query: bytes = b"", accept: bytes = b""
) -> list[bytes]:
    snapshot = builder.build()
    headers = [(name, value) for name, value in ((b"prefer", prefer), (b"accept", accept)) if value]
    request = MockRequest(method="GET", path=b"/pets", query=query, headers=headers)
    return [answer_request(snapshot, request).body for _ in range(count)]


def test_a_dynamic_server_makes_each_body_anew() -> None:
    assert len(set(ask(build(replace(SERVER, dynamic=True))))) == 5


def test_a_request_turns_dynamic_values_on_and_off() -> None:
    static, dynamic = build(SERVER), build(replace(SERVER, dynamic=True))

    assert set(ask(static)) == {b'{"id":"cat"}'}
    assert len(set(ask(static, prefer=b"dynamic=true"))) == 5
    assert len(set(ask(static, query=b"__dynamic=true"))) == 5
    assert set(ask(dynamic, prefer=b"dynamic=false")) == {b'{"id":"cat"}'}


def test_a_named_example_is_sent_as_it_is() -> None:
    assert set(ask(build(replace(SERVER, dynamic=True)), prefer=b"example=dog")) == {b'{"id":"dog"}'}


def test_the_same_seed_gives_the_same_sequence_after_a_restart() -> None:
    seeded = replace(SERVER, dynamic=True, seed=5)

    assert ask(build(seeded)) == ask(build(seeded))
    assert ask(build(seeded)) != ask(build(replace(seeded, seed=6)))


CONTENTS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      responses:
        '200':
          description: ok
          content:
            application/xml: {schema: &pet {type: object, xml: {name: pet}, properties: {id: {type: string, format: uuid, xml: {attribute: true}}}}}
            application/x-www-form-urlencoded: {schema: *pet}
            text/plain: {schema: {type: string, format: uuid}}
            text/csv: {example: "a,b", schema: {type: string}}
            image/png: {schema: {type: string, format: binary}}
"""  # noqa: E501

UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("accept", "pattern"),
    [
        (b"application/xml", rb'<pet id="' + UUID + rb'" />'),
        (b"application/x-www-form-urlencoded", rb"id=" + UUID),
        (b"text/plain", UUID),
    ],
)
def test_dynamic_values_are_written_in_every_media_type(accept: bytes, pattern: bytes) -> None:
    bodies = ask(build(replace(SERVER, dynamic=True), CONTENTS), accept=accept)
    assert len(set(bodies)) == 5
    assert all(re.fullmatch(pattern, body) for body in bodies)


def test_what_no_schema_describes_is_sent_as_it_is_on_a_dynamic_server() -> None:
    (body,) = set(ask(build(replace(SERVER, dynamic=True), CONTENTS), accept=b"image/png"))
    assert body.startswith(b"\x89PNG")
