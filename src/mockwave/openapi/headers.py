"""Declared response headers: which are sent, and with what values.

A value comes from the header's `example`, else is made from its schema, written in the style "simple" (OpenAPI 3.1
§4.8.21; RFC 6570 §3.2.2), or where the header has a `content`, in its media type; Swagger 2.0 joins by
`collectionFormat`. Left out, and reported: what the server itself decides (RFC 9110 §7.6.1, §8.6), what no header may
hold (RFC 9110 §5.5), and what is beyond the bounds of a header section: tens of thousands of headers end the process
that should send them.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockwave.openapi.json_bodies import write_json, write_text
from mockwave.openapi.media_types import is_json
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
            for text in self._texts(name, located):
                fault = find_fault_of_value(text)
                size_bytes = len(name) + len(text) + 4
                if fault:
                    self._problems.add(pointer, f"the value {fault}; the header is left out")
                elif len(headers) == MAXIMUM_HEADERS:
                    message = f"a response has at most {MAXIMUM_HEADERS} headers; this one is left out"
                    self._problems.add(pointer, message)
                elif size_bytes > left_bytes:
                    message = f"a response's headers have at most {MAXIMUM_HEADER_BYTES} bytes; this one is left out"
                    self._problems.add(pointer, message)
                else:
                    headers.append((name, text))
                    left_bytes -= size_bytes
        return tuple(headers)

    def _texts(self, name: str, header: Located) -> list[str]:
        """The values to send under `name`: one, but for Set-Cookie, of which there is one for each cookie."""
        node = header.node
        content = node.get("content")
        value = self._value(header)
        if isinstance(content, dict) and content:
            media_type = next(iter(content))
            return [write_json(value).decode() if is_json(media_type) else write_text(value)]
        if name.lower() == "set-cookie" and isinstance(value, list):
            return [write_text(each) for each in value]
        separator = SEPARATORS.get(str(node.get("collectionFormat")), ",")
        return [write_simple(value, separator, explodes=node.get("explode") is True)]

    def _find_fault(self, name: str) -> str:
        lowered = name.lower()
        if lowered in HOP_BY_HOP:
            return f"{name} belongs to one connection, so the server decides it; it is left out"
        if lowered in ("content-length", "content-type"):
            return f"{name} follows from the body that is sent; the declared one is left out"
        return "" if _NAME.fullmatch(name) else f"{name[:80]!r} is no name of a header; it is left out"

    def _value(self, header: Located) -> Any:
        content = header.node.get("content")
        if isinstance(content, dict) and content:
            media_type, described = next(iter(content.items()))
            place = Located(described, pointer_below(header.pointer, "content", media_type))
            holders = [header, place] if isinstance(described, dict) else [header]
        else:
            holders = [header]
        for holder in holders if self._use_examples else ():
            for value in self._examples(holder):
                return value
        holder = holders[-1]
        if "schema" in holder.node:
            return self._values.make(Located(holder.node["schema"], f"{holder.pointer}/schema"))
        # Swagger 2.0 writes the schema's keywords into the header itself; elsewhere a bare header is a string.
        return self._values.make(holder if "type" in holder.node else Located(STRING, holder.pointer))

    def _examples(self, holder: Located) -> Iterator[Any]:
        """The values that a header, or its content, gives as its examples."""
        yield from (holder.node[keyword] for keyword in ("example", "x-example") if keyword in holder.node)
        examples = holder.node.get("examples")
        for name, node in examples.items() if isinstance(examples, dict) else ():
            located = self._references.follow(node, pointer_below(holder.pointer, "examples", name))
            if located is not None and isinstance(located.node, dict):
                yield from (located.node[keyword] for keyword in EXAMPLE_VALUES if keyword in located.node)


EXAMPLE_VALUES: Final = ("value", "dataValue", "serializedValue")
STRING: Final[dict[str, Any]] = {"type": "string"}


SEPARATORS: Final = {"ssv": " ", "tsv": "\t", "pipes": "|"}  # of Swagger 2.0; else it is a comma


def write_simple(value: Any, separator: str = ",", *, explodes: bool = False) -> str:
    """`value` in the style "simple": items joined, an object as names and values in turn, or where it `explodes`, as
    pairs."""
    if isinstance(value, dict):
        pairs = [(name, write_text(member)) for name, member in value.items()]
        value = [f"{name}={text}" for name, text in pairs] if explodes else [part for pair in pairs for part in pair]
    if isinstance(value, list):
        return separator.join(write_text(item) for item in value)
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
