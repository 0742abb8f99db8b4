"""The declarations of a document's operations: parameters, bodies, responses, credentials, with `$ref`s followed.

Read from the bare tree, by the standards: OpenAPI 3.1 §4.8.8 to §4.8.30, Swagger 2.0.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
DEFAULT_MEDIA_TYPE = "application/json"
STATUS = re.compile(r"[2-9][0-9]{2}")
RANGE = re.compile(r"[2-5]XX", re.IGNORECASE)


class Node(NamedTuple):
    """A value of the tree, and its JSON Pointer."""

    value: Any
    pointer: str

    def child(self, *tokens: str | int) -> "Node":
        value, pointer = self
        for token in tokens:
            value = value[token]
            pointer = f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"
        return Node(value, pointer)

    def children(self) -> Iterator[tuple[Any, "Node"]]:
        if isinstance(self.value, dict):
            yield from ((key, self.child(key)) for key in self.value)
        elif isinstance(self.value, list):
            yield from ((index, self.child(index)) for index in range(len(self.value)))


class Parameter(NamedTuple):
    """A parameter: `place` is path, query, header or cookie; `style` is "content" if it is written in a media type."""

    name: str
    place: str
    is_required: bool
    schema: Node
    style: str
    explode: bool


class Body(NamedTuple):
    """The body of a request in one media type; without a schema it may be anything."""

    media_type: str
    schema: Node | None


class Answer(NamedTuple):
    """The response of a route: its status, and a schema by media type (None if none is declared)."""

    status: int
    schemas: dict[str, Node | None]
    suggestions: frozenset[str]
    """The media types for which the document gives examples."""


class DeclaredOperation(NamedTuple):
    method: str
    path: str
    node: Node
    parameters: list[Parameter]
    body: Body | None
    answer: Answer
    credentials: list[dict[str, Any]]

    @property
    def pointer(self) -> str:
        return self.node.pointer

    @property
    def route_key(self) -> tuple[str, str]:
        return self.method, without_names(self.path)


def without_names(path: str) -> str:
    """`path` without the names of its parameters, so that a route is found whatever its parameters are called."""
    path = re.split("[?#]", path, maxsplit=1)[0].strip()
    return re.sub(r"\{[^{}]*\}", "{}", path if path.startswith("/") else f"/{path}")


class Declarations:
    """Reads the operations of one tree."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.root = Node(tree, "")
        self.is_swagger = "swagger" in tree

    def operations(self) -> Iterator[DeclaredOperation]:
        """Every operation of a method that mocks serve."""
        paths = self.root.value.get("paths")
        for path, item in self.root.child("paths").children() if isinstance(paths, dict) else ():
            if path.startswith("x-"):
                continue
            yield from self._operations_of(path, item)

    def _operations_of(self, path: str, item: Node) -> Iterator[DeclaredOperation]:
        seen: set[str] = set()
        while isinstance(item.value, dict) and item.pointer not in seen:
            seen.add(item.pointer)
            for method, node in item.children():
                if method.lower() in METHODS and isinstance(node.value, dict) and method not in seen:
                    seen.add(method)
                    yield self._read(method.upper(), path, item, node)
            target = self.look_up(item.value.get("$ref"))
            if target is None:
                return
            item = target

    def _read(self, method: str, path: str, item: Node, node: Node) -> DeclaredOperation:
        nodes = {}
        for holder in (item, node):
            if isinstance(holder.value.get("parameters"), list):
                for _, each in holder.child("parameters").children():
                    found = self.follow(each)
                    if isinstance(found.value, dict):
                        nodes[str(found.value.get("name")), str(found.value.get("in"))] = found
        return DeclaredOperation(
            method,
            path,
            node,
            [self._parameter(each) for (_, place), each in nodes.items() if place in PLACES],
            self._read_body(node, list(nodes.values())),
            self._read_answer(node),
            self._read_credentials(node),
        )

    def _parameter(self, node: Node) -> Parameter:
        value = node.value
        schema = node.child("schema") if "schema" in value else node
        style = str(value.get("style", "form" if value["in"] in ("query", "cookie") else "simple"))
        if isinstance(value.get("content"), dict) and value["content"]:
            schema = node.child("content", next(iter(value["content"])))
            schema = schema.child("schema") if "schema" in schema.value else Node({}, "")
            style = "content"
        is_required = value.get("required") is True or value["in"] == "path"
        explode = value.get("explode", style in ("form", "deepObject")) is True
        if self.is_swagger:
            explode = value.get("collectionFormat") == "multi"
        return Parameter(str(value.get("name")), value["in"], is_required, schema, style, explode)

    def _read_body(self, operation: Node, parameters: list[Node]) -> Body | None:
        if self.is_swagger:
            consumed = operation.value.get("consumes", self.root.value.get("consumes")) or [DEFAULT_MEDIA_TYPE]
            media_type = consumed[0] if isinstance(consumed, list) else DEFAULT_MEDIA_TYPE
            for parameter in parameters:
                if parameter.value.get("in") == "body":
                    return Body(media_type, parameter.child("schema") if "schema" in parameter.value else None)
            fields = {each.value["name"]: each.value for each in parameters if each.value.get("in") == "formData"}
            if not fields:
                return None
            required = [name for name, each in fields.items() if each.get("required") is True]
            is_form = "urlencoded" in media_type and not any(each.get("type") == "file" for each in fields.values())
            schema = {"type": "object", "properties": fields, "required": required}
            return Body("application/x-www-form-urlencoded" if is_form else "multipart/form-data", Node(schema, ""))
        if "requestBody" not in operation.value:
            return None
        found = self.follow(operation.child("requestBody"))
        contents = found.value.get("content") if isinstance(found.value, dict) else None
        if not isinstance(contents, dict) or not contents:
            return None
        media_type = next((each for each in contents if "json" in each), next(iter(contents)))
        content = found.child("content", media_type)
        has_schema = isinstance(content.value, dict) and "schema" in content.value
        return Body(media_type, content.child("schema") if has_schema else None)

    def _read_answer(self, operation: Node) -> Answer:
        if not isinstance(operation.value.get("responses"), dict):
            return Answer(200, {}, frozenset())
        responses = {key: each for key, each in operation.child("responses").children() if is_sendable(key)}
        if not responses:
            return Answer(200, {}, frozenset())
        key = min(responses, key=precedence)
        response = self.follow(responses[key])
        status = int(key) if key.isdecimal() else int(key[0]) * 100 if key.upper().endswith("XX") else 200
        if not isinstance(response.value, dict):
            return Answer(status, {}, frozenset())
        if self.is_swagger:
            produced = operation.value.get("produces", self.root.value.get("produces")) or [DEFAULT_MEDIA_TYPE]
            examples = response.value.get("examples")
            suggested = frozenset(examples) if isinstance(examples, dict) else frozenset()
            schema = response.child("schema") if "schema" in response.value else None
            names = [each for each in produced if isinstance(each, str)] if isinstance(produced, list) else []
            return Answer(status, dict.fromkeys((*(names if schema else ()), *suggested), schema), suggested)
        schemas: dict[str, Node | None] = {}
        suggestions = set()
        contents = response.value.get("content")
        for name, content in response.child("content").children() if isinstance(contents, dict) else ():
            content = self.follow(content)
            if isinstance(content.value, dict):
                schemas[name] = content.child("schema") if "schema" in content.value else None
                if "example" in content.value or content.value.get("examples"):
                    suggestions.add(name)
        return Answer(status, schemas, frozenset(suggestions))

    def _read_credentials(self, operation: Node) -> list[dict[str, Any]]:
        """The security schemes of the first alternative; none if the operation is open."""
        ways = operation.value.get("security", self.root.value.get("security"))
        if not isinstance(ways, list) or not ways or not isinstance(ways[0], dict):
            return []
        holder = self.root.value if self.is_swagger else self.root.value.get("components", {})
        schemes = holder.get("securityDefinitions" if self.is_swagger else "securitySchemes", {})
        return [schemes[name] for name in ways[0] if isinstance(schemes, dict) and isinstance(schemes.get(name), dict)]

    def follow(self, node: Node) -> Node:
        """`node`, or the final target of its `$ref`; a node of None if there is none."""
        seen: set[str] = set()
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            if node.pointer in seen:
                return Node(None, node.pointer)
            seen.add(node.pointer)
            node = self.look_up(node.value["$ref"]) or Node(None, node.pointer)
        return node

    def look_up(self, reference: Any) -> Node | None:
        """The target of a reference within the document; None if there is none."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        node = self.root
        try:
            for token in unquote(reference[1:]).split("/")[1:]:
                token = token.replace("~1", "/").replace("~0", "~")
                node = node.child(int(token) if isinstance(node.value, list) else token)
        except (KeyError, IndexError, TypeError, ValueError):
            return None
        return node


PLACES = ("path", "query", "header", "cookie")


def is_sendable(key: str) -> bool:
    """Whether a response with this key has a status that can be sent."""
    return bool(STATUS.fullmatch(key) or RANGE.fullmatch(key) or key.lower() == "default")


def precedence(key: str) -> tuple[int, int]:
    """The lowest 2xx first, then 2XX, then default, then the lowest declared."""
    if key.lower() == "default":
        return 2, 0
    status, is_range = (int(key[0]) * 100, 1) if key.upper().endswith("XX") else (int(key), 0)
    return (is_range if status < 300 else 3), 2 * status + is_range
