"""Declared response headers: which are sent, and with what values.

A value comes from the header's `example`, else is made from its schema, written in the style "simple" (OpenAPI 3.1
§4.8.21; RFC 6570 §3.2.2). Left out, and reported: what the server itself decides (RFC 9110 §7.6.1, §8.6), what no
header may hold (RFC 9110 §5.5), and what is beyond the bounds of a header section: tens of thousands of headers end
the process that should send them.
"""

import re
from typing import Any, Final

from mockwave.openapi.bodies import write_text
from mockwave.openapi.references import Located, References
from mockwave.openapi.report import Problems, describe, pointer_below
from mockwave.openapi.responses import Response
from mockwave.openapi.values import StaticValues

MAXIMUM_HEADERS: Final = 100
MAXIMUM_HEADER_BYTES: Final = 64 * 1024  # of all of a response: names, values, and four for each

# RFC 9110 §7.6.1.
CONNECTION_HEADERS: Final = (
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
PROXY_HEADERS: Final = ("proxy-authenticate", "proxy-authorization")
HOP_BY_HOP: Final = frozenset((*CONNECTION_HEADERS, *PROXY_HEADERS))
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class HeaderReader:
    """Reads the headers of one document's responses."""

    def __init__(self, references: References, problems: Problems, values: StaticValues, *, use_examples: bool) -> None:
        self._references = references
        self._problems = problems
        self._values = values
        self._use_examples = use_examples

    def read(self, response: Response) -> tuple[tuple[str, str], ...]:
        """The headers of `response` as names and values, Content-Type left out."""
        headers: list[tuple[str, str]] = []
        left_bytes = MAXIMUM_HEADER_BYTES
        for name, node in response.headers.items():
            pointer = pointer_below(response.pointer, "headers", name)
            fault = self._find_fault(name)
            if fault:
                self._problems.add(pointer, fault)
                continue
            located = self._references.follow(node, pointer)
            if located is None:
                continue
            if not isinstance(located.node, dict):
                self._problems.add(pointer, f"expected a header, got {describe(node)}; it is left out")
                continue
            if len(headers) == MAXIMUM_HEADERS:
                message = f"a response has at most {MAXIMUM_HEADERS} headers; this one and those after it are left out"
                self._problems.add(pointer, message)
                break
            text = write_simple(self._value(located))
            fault = find_fault_of_value(text)
            size_bytes = len(name) + len(text) + 4
            if fault:
                self._problems.add(pointer, f"the value {fault}; the header is left out")
            elif size_bytes > left_bytes:
                message = f"the headers of a response have at most {MAXIMUM_HEADER_BYTES} bytes; this one is left out"
                self._problems.add(pointer, message)
            else:
                headers.append((name, text))
                left_bytes -= size_bytes
        return tuple(headers)

    def _find_fault(self, name: str) -> str:
        lowered = name.lower()
        if lowered in HOP_BY_HOP:
            return f"{name} belongs to one connection, so the server decides it; it is left out"
        if lowered in ("content-length", "content-type"):
            return f"{name} follows from the body that is sent; the declared one is left out"
        return "" if _NAME.fullmatch(name) else f"{name[:80]!r} is no name of a header; it is left out"

    def _value(self, header: Located) -> Any:
        node = header.node
        if self._use_examples:
            if "example" in node:
                return node["example"]
            if "x-example" in node:
                return node["x-example"]
            examples = node.get("examples")
            if isinstance(examples, dict) and examples:
                name, first = next(iter(examples.items()))
                located = self._references.follow(first, pointer_below(header.pointer, "examples", name))
                if located is not None and isinstance(located.node, dict) and "value" in located.node:
                    return located.node["value"]
        content = node.get("content")
        if isinstance(content, dict) and content:
            media_type, first = next(iter(content.items()))
            if isinstance(first, dict):
                place = pointer_below(header.pointer, "content", media_type)
                if self._use_examples and "example" in first:
                    return first["example"]
                return self._values.make(Located(first.get("schema", STRING), f"{place}/schema"))
        if "schema" in node:
            return self._values.make(Located(node["schema"], f"{header.pointer}/schema"))
        # Swagger 2.0 writes the schema's keywords into the header itself; elsewhere a bare header is a string.
        return self._values.make(header if "type" in node else Located(STRING, header.pointer))


STRING: Final[dict[str, Any]] = {"type": "string"}


def write_simple(value: Any) -> str:
    """`value` in the style "simple": items joined by commas, an object as names and values in turn."""
    if isinstance(value, dict):
        value = [part for pair in value.items() for part in pair]
    if isinstance(value, list):
        return ",".join(write_text(item) for item in value)
    return write_text(value).strip(" \t")


def find_fault_of_value(text: str) -> str:
    """Why no header may hold `text`; "" where one may."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        return f"holds U+{ord(forbidden[0]):04X} at character {forbidden.start()}"
    try:
        text.encode("latin-1")
    except UnicodeEncodeError as error:
        return f"holds {text[error.start]!r} at character {error.start}, which has no place in a header (Latin-1)"
    return ""
