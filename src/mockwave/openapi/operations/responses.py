"""Responses of an Operation: the declarations of all dialects in one form, and the choice of a route's response.

The form is OpenAPI 3's: a response has headers and contents; a content has a media type, a schema and examples. Swagger
2.0 expresses the same with `schema`, `examples` by media type, and `produces` on the operation or the document.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.bodies.media_types import choose_range, covers, is_shadowed, range_of, sendable_media_type
from mockwave.openapi.document.named_types import read_name, read_names
from mockwave.openapi.document.references import Located, References, as_reference
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.schemas.referring_examples import resolve_example
from mockwave.pointers import pointer_below

BODILESS: Final = frozenset((204, 205, 304))


class Example(Struct):
    """A named value for a body, given at `pointer`. If `is_serialized`, it is the body's text itself (OpenAPI 3.2
    `serializedValue`)."""

    name: str
    value: Any
    pointer: str
    is_serialized: bool = False


class Content(Struct):
    """One media type of a response, its schema if it has one, and its examples, of which the first is sent.

    `media_range` is the range under which it was declared; "" if it is a type.
    """

    media_type: str
    pointer: str
    schema: Located | None
    examples: list[Example]
    media_range: str = ""


class Response(Struct):
    """A declared response. `status_code` is the status to send if `key` is a range or `default`.

    If `is_shared`, operations that declare it under the same key share this object.
    """

    key: str
    status_code: int
    pointer: str
    headers: dict[str, Any]
    contents: list[Content]
    is_shared: bool = False


class ResponseReader:
    """Reads the responses of one document's operations."""

    def __init__(self, document: dict[str, Any], references: References, problems: Problems, has_content: bool) -> None:
        self._document = document
        self._references = references
        self._problems = problems
        self._has_content = has_content
        self._read_contents = self._contents if has_content else self._produced_contents
        # By the identity of the node, which lives as long as the document; and, as a shortcut, by `$ref`.
        self._shared: dict[tuple[int, str], Response] = {}
        self._referred: dict[tuple[str, str], Response] = {}

    def read(self, operation: Located) -> list[Response]:
        """Returns all responses of `operation` that can be sent, in the order declared."""
        declared = operation.node.get("responses")
        pointer = f"{operation.pointer}/responses"
        if not isinstance(declared, dict):
            got = "none" if declared is None else describe(declared)
            self._problems.add(operation.pointer, f"expected an object of responses, got {got}; an empty 200 is sent")
            return []
        responses = []
        for key, node in declared.items():
            # 1. Most responses are known by their `$ref`.
            if isinstance(node, dict) and "$ref" in node:
                known = self._referred.get((str(node["$ref"]), key))
                if known is not None:
                    responses.append(known)
                    continue
            if key.startswith("x-"):
                continue
            place = pointer_below(pointer, key)
            status_code = read_status(key)
            if status_code is None:
                self._problems.add(
                    place, f"status {key!r} cannot be sent; a status is 200 to 999, 2XX to 5XX, or default"
                )
                continue
            # 2. The target may be known by its identity; otherwise it is read now.
            located = self._references.follow(node, place)
            if located is None or not isinstance(located.node, dict):
                if located is not None:
                    self._problems.add(place, f"expected a response, got {describe(node)}; it is taken as empty")
                located = Located({}, place)
            response = self._shared.get((id(located.node), key))
            if response is None:
                response = self._read_response(key, status_code, located, operation)
                # Contents of Swagger 2.0 depend on the operation's `produces`.
                if self._has_content and located.pointer != place:
                    response.is_shared = True
                    self._shared[id(located.node), key] = response
            # 3. The rest depends on the status under which it is declared here.
            if status_code in BODILESS and response.contents:
                self._problems.add(place, f"a response with status {status_code} has no body; its content is left out")
                response = msgspec.structs.replace(response, contents=[], is_shared=False)
            elif response.is_shared and "$ref" in node:
                self._referred[str(node["$ref"]), key] = response
            responses.append(response)
        return responses

    def _read_response(self, key: str, status_code: int, located: Located, operation: Located) -> Response:
        headers = located.node.get("headers")
        if headers is not None and not isinstance(headers, dict):
            self._problems.add(f"{located.pointer}/headers", f"expected an object, got {describe(headers)}; left out")
        links = located.node.get("links")
        for name in links if isinstance(links, dict) else ():
            message = "links are for clients to follow; nothing is sent for them"
            self._problems.add(pointer_below(located.pointer, "links", name), message)
        contents = put_last_what_is_shadowed(list(self._read_contents(located, operation)))
        return Response(key, status_code, located.pointer, headers if isinstance(headers, dict) else {}, contents)

    def _contents(self, response: Located, operation: Located) -> Iterator[Content]:
        declared = response.node.get("content")
        pointer = f"{response.pointer}/content"
        if declared is None:
            return
        if not isinstance(declared, dict):
            self._problems.add(pointer, f"expected an object of media types, got {describe(declared)}; it is left out")
            return
        for key, node in declared.items():
            place = pointer_below(pointer, key)
            name = read_name(key, place, self._problems)
            media_type = None if name is None else sendable_media_type(name)
            located = self._references.follow(node, place)
            if name is None or media_type is None or located is None:
                continue
            if not isinstance(located.node, dict):
                self._problems.add(place, f"expected a media type object, got {describe(node)}; it is taken as empty")
                located = Located({}, place)
            examples = list(self._examples(located))
            yield Content(media_type, located.pointer, read_schema(located), examples, range_of(name))

    def _examples(self, content: Located) -> Iterator[Example]:
        if "example" in content.node:
            yield self._example("", content.node["example"], f"{content.pointer}/example")
        examples = content.node.get("examples")
        if isinstance(examples, list):  # not in the standards, but seen
            for index, value in enumerate(examples):
                yield self._example(str(index), value, f"{content.pointer}/examples/{index}")
        if not isinstance(examples, dict):
            return
        for name, node in examples.items():
            place = pointer_below(content.pointer, "examples", name)
            located = self._references.follow(node, place)
            if located is not None:
                yield from self._named_example(name, located)

    def _named_example(self, name: str, example: Located) -> Iterator[Example]:
        node = example.node
        if not isinstance(node, dict) or EXAMPLE_FIELDS.isdisjoint(node):
            yield self._example(name, node, example.pointer)  # a value in place of an Example Object
            return
        for field, is_serialized in (("value", False), ("dataValue", False), ("serializedValue", True)):
            if field in node:
                place = f"{example.pointer}/{field}"
                if is_serialized:
                    yield Example(name, node[field], place, is_serialized=True)
                else:
                    yield self._example(name, node[field], place)
                return
        if "externalValue" in node:
            self._problems.add(example.pointer, "externalValue lies outside of this document and is not fetched")

    def _example(self, name: str, value: Any, pointer: str) -> Example:
        return Example(name, resolve_example(value, pointer, self._references, self._problems), pointer)

    def _produced_contents(self, response: Located, operation: Located) -> Iterator[Content]:
        """Swagger 2.0: the response's schema, for each media type that the operation produces."""
        node = response.node
        schema = Located(node["schema"], f"{response.pointer}/schema") if "schema" in node else None
        examples = self._produced_examples(response)
        holder = operation if "produces" in operation.node else Located(self._document, "")
        names = read_names(Located(holder.node.get("produces"), f"{holder.pointer}/produces"), self._problems)
        for name in examples:
            if not any(covers(name, each) for each in names):
                names.append(name)
        if schema is None and not examples:
            return
        for name in dict.fromkeys(names or ["application/json"]):
            # An example may stand under a range of the produced media types.
            nearest = choose_range(list(examples), name)
            place = response.pointer if nearest is None else f"{response.pointer}/examples"
            media_type = sendable_media_type(name)
            if media_type is not None and (schema is not None or nearest is not None):
                named = []
                if nearest is not None:
                    key = list(examples)[nearest]
                    named = [self._example("", examples[key], pointer_below(response.pointer, "examples", key))]
                yield Content(media_type, place, schema, named, range_of(name))

    def _produced_examples(self, response: Located) -> dict[str, Any]:
        """Swagger 2.0: the examples of a response, by media type."""
        declared = response.node.get("examples")
        examples: dict[str, Any] = {}
        for key, value in declared.items() if isinstance(declared, dict) else ():
            name = read_name(key, pointer_below(response.pointer, "examples", key), self._problems)
            if name is not None:
                examples.setdefault(name, value)
        return examples


def read_schema(content: Located) -> Located | None:
    """Returns the schema of a Media Type Object, for the whole body or for each item of a sequence (OpenAPI 3.2
    §4.14.4)."""
    if "schema" in content.node:
        return Located(content.node["schema"], f"{content.pointer}/schema")
    if "itemSchema" in content.node:
        # Reached by reference, so that messages about it name its own place.
        return Located(
            {"type": "array", "items": {"$ref": as_reference(f"{content.pointer}/itemSchema")}}, content.pointer
        )
    return None


def put_last_what_is_shadowed(contents: list[Content]) -> list[Content]:
    """Returns `contents`, with ranges last whose fixed type has a more specific key (OpenAPI 3.1 §4.8.17): a request
    that names no media type gets the content declared for that key."""
    names = [content.media_range or content.media_type for content in contents]
    return sorted(contents, key=lambda content: is_shadowed(content.media_range, content.media_type, names))


# A dict without any of these, in place of an Example Object, is itself a value.
EXAMPLE_FIELDS: Final = frozenset(
    ("value", "dataValue", "serializedValue", "externalValue", "summary", "description", "$ref")
)

_EXACT: Final = {str(status): status for status in range(200, 1000)}
_RANGE = re.compile(r"[2-5]XX", re.IGNORECASE)


def read_status(key: str) -> int | None:
    """Returns the status code to send for the key of a response; None if none can be sent."""
    if key in _EXACT:
        return _EXACT[key]
    if _RANGE.fullmatch(key):
        return int(key[0]) * 100
    return 200 if key.lower() == "default" else None


def choose_response(responses: list[Response]) -> Response | None:
    """Chooses the response of a route: the lowest 2xx, then `2XX`, then `default`, then the lowest declared."""
    return min(responses, key=_precedence, default=None)


def _precedence(response: Response) -> tuple[int, int]:
    if response.key.lower() == "default":
        return 2, 0
    is_success = response.status_code < 300
    is_range = not response.key.isdecimal()
    return (0 + is_range if is_success else 3), response.status_code * 2 + is_range
