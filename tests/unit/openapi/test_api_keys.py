"""The API keys that a document declares, whose values no log shows."""

import json
from typing import Any

from mockwave.answers.request_rules import ApiKeys
from mockwave.formats.recognition import convert_to_openapi
from mockwave.openapi import read_specification
from mockwave.openapi.requests.security import MAXIMUM_KEYS


def keys_of(schemes: dict[str, Any], version: str = "3.0.3") -> ApiKeys:
    return read_specification(document_of(schemes, version)).keys


def document_of(schemes: dict[str, Any], version: str = "3.0.3") -> str:
    kind = {"swagger": "2.0"} if version == "2.0" else {"openapi": version}
    place = {"securityDefinitions": schemes} if version == "2.0" else {"components": {"securitySchemes": schemes}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "d"}}}}}
    return json.dumps({**kind, "info": {"title": "t", "version": "1"}, **place, "paths": paths})


def test_keys_are_found_by_where_they_are_sent_though_nothing_asks_for_them() -> None:
    schemes = {
        "a": {"type": "apiKey", "in": "header", "name": "X-A"},
        "b": {"type": "apiKey", "in": "query", "name": "B"},
        "c": {"type": "apiKey", "in": "cookie", "name": "c"},
        "d": {"type": "http", "scheme": "basic"},
        "e": {"type": "apiKey", "in": "header", "name": "x-a"},
        "f": {"type": "apiKey", "in": "header", "name": "no header"},
    }
    assert keys_of(schemes) == ApiKeys(("x-a",), ("B",))


def test_keys_of_swagger_2_are_found() -> None:
    assert keys_of({"a": {"type": "apiKey", "in": "query", "name": "k"}}, "2.0") == ApiKeys((), ("k",))


def test_keys_behind_a_reference_are_found() -> None:
    schemes = {"a": {"$ref": "#/components/securitySchemes/b"}, "b": {"type": "apiKey", "in": "query", "name": "k"}}
    assert keys_of(schemes, "3.1.0") == ApiKeys((), ("k",))


def test_a_document_chooses_no_endless_number_of_names_to_look_for() -> None:
    many = {f"k{number}": {"type": "apiKey", "in": "header", "name": f"X-{number}"} for number in range(500)}
    imported = read_specification(document_of(many))
    assert len(imported.keys.headers) == MAXIMUM_KEYS
    assert any("redact" in problem.message for problem in imported.report.problems)


def test_keys_of_a_collection_are_found() -> None:
    auth = {"type": "apikey", "apikey": [{"key": "key", "value": "X-Pet"}, {"key": "in", "value": "header"}]}
    collection = {
        "info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": auth,
        "item": [{"name": "a", "request": {"method": "GET", "url": "https://h.test/a"}}],
    }
    assert read_specification(json.dumps(collection), convert=convert_to_openapi).keys == ApiKeys(("x-pet",), ())
