"""An independent judge of generated bodies: jsonschema-rs, fed with the document itself.

OpenAPI 3.0 and Swagger 2.0 schemas are near Draft 4; what differs is rewritten first: `nullable` becomes a type, `type:
file` a string, and a writeOnly property is not required, since the bodies are responses. A schema that the judge
cannot take (a pattern of another regex dialect, an unknown type) judges nothing.
"""

import json
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import pytest

from mockwave.openapi import Operation
from mockwave.openapi.document.document import read_document

ROOT = "mem:///document.json"
ESCAPES = {"%": "%25", "^": "%5E", '"': "%22", " ": "%20", "{": "%7B", "}": "%7D"}
DIALECTS = {
    True: (jsonschema_rs.Draft202012, jsonschema_rs.Draft202012Validator),
    False: (jsonschema_rs.Draft4, jsonschema_rs.Draft4Validator),
}


class Judge:
    """Validates the JSON bodies of one document's operations against its own schemas."""

    def __init__(self, text: str) -> None:
        self.document = read_document(text)
        version = str(self.document.get("openapi", self.document.get("swagger")))
        draft, self._validator_class = DIALECTS[version.startswith(("3.1", "3.2"))]
        self._registry = jsonschema_rs.Registry([(ROOT, _rewrite(self.document))], draft=draft)
        self._validators: dict[str, Any] = {}

    def faults(self, operation: Operation) -> list[str] | None:
        """What is wrong with the body of `operation`; None where there is no schema to judge by."""
        pointer = self._schema_pointer(operation)
        if pointer is None or "json" not in operation.content_type:
            return None
        if pointer not in self._validators:
            self._validators[pointer] = self._compile(pointer)
        validator = self._validators[pointer]
        if validator is None:
            return None
        body = json.loads(operation.body)
        if validator.is_valid(body):
            return []
        return [
            f"{error.instance_path} {error.kind.name}: {error.message[:300]}" for error in validator.iter_errors(body)
        ]

    def _compile(self, pointer: str) -> Any:
        reference = "".join(ESCAPES.get(character, character) for character in pointer)
        try:
            return self._validator_class({"$ref": f"{ROOT}#{reference}"}, registry=self._registry, offline=True)
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            return None

    def _schema_pointer(self, operation: Operation) -> str | None:
        if "responses" not in self._walk(operation.pointer):
            return None
        responses, pointer = self._follow(f"{operation.pointer}/responses")
        code = operation.status_code
        key = next((key for key in (str(code), f"{code // 100}XX", "default") if key in responses), None)
        if key is None:
            return None
        response, pointer = self._follow(f"{pointer}/{key}")
        if "schema" in response:
            return f"{pointer}/schema"
        names = [name for name in response.get("content", {}) if name.strip() == operation.content_type or "*" in name]
        if not names:
            return None
        escaped = names[0].replace("~", "~0").replace("/", "~1")
        content, pointer = self._follow(f"{pointer}/content/{escaped}")
        return f"{pointer}/schema" if "schema" in content else None

    def _follow(self, pointer: str) -> tuple[Any, str]:
        node = self._walk(pointer)
        while isinstance(node, dict) and "$ref" in node:
            pointer = unquote(node["$ref"][1:])
            node = self._walk(pointer)
        return node, pointer

    def _walk(self, pointer: str) -> Any:
        node = self.document
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            node = node[int(token)] if isinstance(node, list) else node[token]
        return node


def _rewrite(node: Any) -> Any:
    if isinstance(node, list):
        return [_rewrite(item) for item in node]
    if not isinstance(node, dict):
        return node
    rewritten = {key: _rewrite(value) for key, value in node.items()}
    if isinstance(node.get("discriminator"), str):
        del rewritten["discriminator"]
    kind = rewritten.get("type")
    if kind == "file":
        rewritten["type"] = "string"
    if isinstance(kind, str) and (node.get("nullable") is True or node.get("x-nullable") is True):
        rewritten["type"] = [kind, "null"]
    properties = node.get("properties")
    if isinstance(node.get("required"), list) and isinstance(properties, dict):
        hidden = {name for name, child in properties.items() if isinstance(child, dict) and child.get("writeOnly")}
        rewritten["required"] = [name for name in node["required"] if name not in hidden]
        if not rewritten["required"]:
            del rewritten["required"]
    return rewritten


@pytest.fixture
def judge() -> type[Judge]:
    """The class of the judge: one is made for each document."""
    return Judge
