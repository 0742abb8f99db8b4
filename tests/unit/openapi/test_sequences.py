"""Bodies of several parts: sequential media types, with the item schemas of OpenAPI 3.2, and multipart."""

import json
from email.message import Message
from email.parser import BytesParser
from typing import Any

import pytest

from mockwave.openapi import Operation, read_specification

ITEM = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}, "t": {"type": "string"}}}
EVENT = {"type": "object", "properties": {"event": {"const": "add"}, "data": {"type": "object"}, "id": {"const": "1"}}}


def read(media_type: str, content: Any, version: str = "3.2.0") -> Operation:
    responses = {"200": {"description": "d", "content": {media_type: content}}}
    document = {"openapi": version, "paths": {"/a": {"get": {"responses": responses}}}}
    return read_specification(json.dumps(document)).operations[0]


@pytest.mark.parametrize(
    ("media_type", "content", "body"),
    [
        ("application/jsonl", {"itemSchema": ITEM}, b'{"n":3,"t":"string"}\n'),
        ("application/x-ndjson", {"schema": ITEM}, b'{"n":3,"t":"string"}\n'),
        ("application/jsonl", {"itemSchema": ITEM, "example": [1, {"a": 2}]}, b'1\n{"a":2}\n'),
        ("application/jsonl", {"examples": {"a": {"value": "1\n2\n"}}}, b"1\n2\n"),
        ("application/json-seq", {"itemSchema": ITEM}, b'\x1e{"n":3,"t":"string"}\n'),
        ("application/geo+json-seq", {"schema": {"type": "array", "items": ITEM}}, b'\x1e{"n":3,"t":"string"}\n'),
        ("text/event-stream", {"itemSchema": EVENT}, b"event: add\ndata: {}\nid: 1\n\n"),
        ("text/event-stream", {"example": ["a\nb"]}, b"data: a\ndata: b\n\n"),
    ],
)
def test_each_value_of_a_sequence_is_written_behind_the_other(media_type: str, content: Any, body: bytes) -> None:
    operation = read(media_type, content)
    assert (operation.content_type, operation.body) == (media_type, body)


def test_a_problem_of_an_item_schema_points_at_it() -> None:
    item = {"type": "integer", "minimum": 2, "maximum": 1}
    responses = {"200": {"description": "d", "content": {"application/jsonl": {"itemSchema": item}}}}
    document = {"openapi": "3.2.0", "paths": {"/a": {"get": {"responses": responses}}}}
    (problem,) = read_specification(json.dumps(document)).report.problems
    assert problem.pointer == "/paths/~1a/get/responses/200/content/application~1jsonl/itemSchema"


def parse(operation: Operation) -> list[Message]:
    head = f"Content-Type: {operation.content_type}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + operation.body)
    assert message.is_multipart()
    assert message.defects == []
    return message.get_payload()  # type: ignore[return-value]


def test_the_members_of_an_object_are_the_parts_of_a_multipart_body() -> None:
    """It was JSON, under a Content-Type that named no boundary."""
    properties = {
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        'a"b': ITEM,
    }
    parts = parse(read("multipart/form-data", {"schema": {"type": "object", "properties": properties}}, "3.0.3"))

    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert names == ["name", "size", "tags", "a%22b"]
    assert [part.get_payload() for part in parts] == ["string", "0", "string", '{"n":3,"t":"string"}']
    assert parts[3].get_content_type() == "application/json"


def test_items_are_parts_without_a_name() -> None:
    parts = parse(read("multipart/mixed", {"itemSchema": ITEM}))
    assert [part.get_payload() for part in parts] == ['{"n":3,"t":"string"}']


def test_a_multipart_example_is_sent_as_it_is() -> None:
    operation = read("multipart/mixed; boundary=x", {"example": "--x\r\n\r\n1\r\n--x--\r\n"})
    assert (operation.content_type, operation.body[:3]) == ("multipart/mixed; boundary=x", b"--x")
