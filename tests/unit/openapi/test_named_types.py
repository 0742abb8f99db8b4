"""Media types that are named loosely (`json`, `text`): which names are known, and what they mean."""

import json
from typing import Any

import pytest

from mockwave.answers.request_rules import RequestRules, decode_rules
from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import Import, read_specification

OK: dict[str, Any] = {"200": {"description": "d"}}


def read(operation: Any, **head: Any) -> Import:
    document = ({} if "swagger" in head else {"openapi": "3.1.0"}) | head | {"paths": {"/a": {"post": operation}}}
    return read_specification(json.dumps(document))


def rules(imported: Import) -> RequestRules:
    return decode_rules(decode_request_rules(imported.operations[0].variants, imported.parts))


BODY = [{"in": "body", "name": "b", "required": True, "schema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("json", "application/json"),
        ("JSON", "application/json"),
        (" json ", "application/json"),
        ('"application/json"', "application/json"),
        ("application/json, text/plain", "application/json"),
        ("application/json; charset", "application/json"),
        ("xml", "application/xml"),
        ("text", "text/plain"),
        ("form", "application/x-www-form-urlencoded"),
        ("hal+json", "application/hal+json"),
        ("*", "*/*"),
        ("json; charset=utf-8", "application/json; charset=utf-8"),
        ("JSON ;x", "application/json"),
        ("applicationjson;version=2018-01-01", "application/json;version=2018-01-01"),
    ],
)
def test_a_word_that_can_only_mean_one_media_type_is_read_as_that_and_reported(name: str, meant: str) -> None:
    """`consumes: [json]` made every request a 415, and a body declared so was not sent."""
    head: dict[str, Any] = {"swagger": "2.0"}
    imported = read({"consumes": [name], "parameters": BODY, "responses": OK}, **head)
    assert [body.media_type for body in rules(imported).bodies] == [meant]
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/~1a/post/consumes/0"]
    assert meant in imported.report.problems[0].message

    imported = read({"requestBody": {"content": {name: {}}}, "responses": OK})
    assert [body.media_type for body in rules(imported).bodies] == [meant]
    assert len(imported.report.problems) == 1

    sent = {"application/json": b"1", "*/*": b"1"}.get(meant)
    imported = read({"responses": {"200": {"description": "d", "content": {name: {"example": 1}}}}})
    assert imported.operations[0].content_type == ("application/json" if meant == "*/*" else meant)
    assert sent is None or imported.operations[0].body == sent
    assert len(imported.report.problems) == 1


def test_what_the_whole_document_consumes_and_produces_is_reported_once() -> None:
    head = {"swagger": "2.0", "consumes": ["json"], "produces": ["json", "xml"]}
    operation = {"parameters": BODY, "responses": {"200": {"description": "d", "schema": {"type": "integer"}}}}
    document = head | {"paths": {"/a": {"post": operation}, "/b": {"post": operation}}}
    imported = read_specification(json.dumps(document))
    assert {each.content_type for each in imported.operations} == {"application/json"}
    assert [each.pointer for each in imported.report.problems] == ["/produces/0", "/produces/1", "/consumes/0"]


def test_examples_of_swagger_2_are_found_by_what_their_key_means() -> None:
    response = {"description": "d", "schema": {"type": "integer"}, "examples": {"json": 5}}
    imported = read({"produces": ["application/json"], "responses": {"200": response}}, swagger="2.0")
    assert (imported.operations[0].content_type, imported.operations[0].body) == ("application/json", b"5")


@pytest.mark.parametrize("name", ["application/json; charset=utf-8", "Application/JSON", " application/json "])
def test_a_media_type_is_one_however_it_is_written(name: str) -> None:
    imported = read({"requestBody": {"content": {name: {"schema": {"type": "object"}}}}, "responses": OK})
    assert imported.report.problems == []
    assert len(rules(imported).bodies) == 1


def test_what_means_no_media_type_is_reported_and_asked_of_nobody() -> None:
    imported = read({"consumes": ["jason", 5], "parameters": BODY, "responses": OK}, swagger="2.0")
    assert [body.media_type for body in rules(imported).bodies] == ["application/json"]
    assert [each.pointer[-1] for each in imported.report.problems] == ["0", "1"]
