"""Documents that ask for one JSON body, in any version, and whether values conform to what was read of them."""

import json
from typing import Any

from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import Import, read_specification
from mockwave.validation.request_checks import RequestCheck

JSON = [(b"content-type", b"application/json")]
VERSIONS = ("2.0", "3.0.3", "3.1.0", "3.2.0")


def import_body(schema: Any, version: str, components: dict[str, Any] | None = None, **operation: Any) -> Import:
    if version == "2.0":
        body = {"name": "body", "in": "body", "required": True, "schema": schema}
        asked: dict[str, Any] = {"parameters": [body, *operation.pop("parameters", ())]}
        head = {"swagger": "2.0", "definitions": components or {}}
    else:
        asked = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
        head = {"openapi": version, "components": {"schemas": components or {}}}
    post = {"responses": {"200": {"description": "d"}}, **asked, **operation}
    return read_specification(
        json.dumps({**head, "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": post}}})
    )


def conforms(imported: Import, value: Any, query: bytes = b"") -> bool:
    (operation,) = imported.operations
    check = RequestCheck(decode_request_rules(operation.variants, imported.parts), "the operation")
    return check.find_faults({}, query, JSON, json.dumps(value).encode()) is None


def pointers(imported: Import) -> list[str]:
    return [problem.pointer for problem in imported.report.problems]
