"""Requests to one operation of a document that a test writes, and what is wrong with them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import read_specification
from mockwave.validation.request_checks import RequestCheck
from mockwave.validation.verdicts import Faults

FindFaults = Callable[..., Faults | None]


def write_document(operation: str, components: str = "{}", path: str = "/a", version: str = "openapi: 3.1.0") -> str:
    return f"""{{
        {version}, info: {{title: t, version: "1"}}, components: {components},
        paths: {{"{path}": {{post: {{responses: {{"200": {{description: d}}}}, {operation}}}}}}}
    }}"""


def find_faults_of(
    document: str,
    *,
    path: dict[str, bytes] | None = None,
    query: bytes = b"",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Faults | None:
    imported = read_specification(document)
    check = RequestCheck(decode_request_rules(imported.operations[0].variants, imported.parts), "the operation")
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return check.find_faults(path or {}, query, pairs, body)


@pytest.fixture
def faults_with_parameter() -> FindFaults:
    """What is wrong with a request to an operation with this one parameter, in YAML."""

    def find(parameter: str, **request: Any) -> Faults | None:
        path = "/a" + "".join(f"/{{{name}}}" for name in request.get("path", {}))
        return find_faults_of(write_document(f"parameters: [{parameter}]", path=path), **request)

    return find


@pytest.fixture
def faults_with_body() -> FindFaults:
    """What is wrong with a body, where the operation takes this media type with this schema, in YAML."""

    def find(
        media_type: str, schema: str, body: bytes, *, content_type: str = "", encoding: str = "{}"
    ) -> Faults | None:
        content = f'{{"{media_type}": {{schema: {schema}, encoding: {encoding}}}}}'
        document = write_document(f"requestBody: {{content: {content}}}")
        return find_faults_of(document, headers={"content-type": content_type or media_type}, body=body)

    return find


def shown(faults: Faults | None) -> list[tuple[str, str, str]]:
    """Location, pointer and rule of each violation."""
    return [] if faults is None else [(each.location, each.pointer, each.rule) for each in faults.violations]


def as_json(value: object) -> bytes:
    return msgspec.json.encode(value)
