"""Declared response headers: which ones are sent, and with which values.

A value comes from the header's `example`, or the first of its `examples`, from which a request can choose another by
name; else it is made from its schema. If the schema allows any text, the header's name decides (`header_names`). A made
value also has a plan, so that dynamic answers can vary. Like the plans of bodies, the plan ignores suggestions of the
schema (`example`, `default`), uses every value of an `enum`, and follows `x-faker` and the header's name. Headers that
the server itself decides (RFC 9110 §7.6.1, §8.6) and values that no header section can contain (`header_values`) are
left out, and reported.

A negotiated response says so: Vary names Accept (RFC 9110 §12.5.5) in addition to the document's names, and is never
generated.

A header behind a `$ref` is read once for each name, however many responses have it, and so are inline headers with the
same schema.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockwave.answers.variants import GeneratedHeader, HeaderExamples
from mockwave.bodies.header_values import (
    MAXIMUM_HEADER_BYTES,
    MAXIMUM_HEADERS,
    Style,
    count_bytes,
    find_fault_of_value,
    is_field_name,
    name_in_vary,
    write_header,
)
from mockwave.bodies.syntaxes import is_json
from mockwave.dynamic.header_names import find_header
from mockwave.openapi.document.equal_nodes import EqualNodes
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.operations.responses import Example, Response
from mockwave.openapi.plans.hinted_plans import HINTS
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.referring_examples import resolve_example
from mockwave.openapi.values.example_checks import ExampleChecks
from mockwave.openapi.values.scalars import ANY_TEXT
from mockwave.openapi.values.suggestions import fit_to_types
from mockwave.openapi.values.values import StaticValues
from mockwave.pointers import pointer_below

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

EXAMPLE_VALUES: Final = ("value", "dataValue", "serializedValue")
STRING: Final[dict[str, Any]] = {"type": "string"}
COLLECTION_FORMATS: Final[dict[str, Style]] = {
    "ssv": "ssv",
    "tsv": "tsv",
    "pipes": "pipes",
}  # other lists are separated by a comma


class Headers(NamedTuple):
    """The headers of a response as names and values, the plans of those that can be generated, and the values of named
    examples."""

    sent: tuple[tuple[str, str], ...]
    generated: tuple[GeneratedHeader, ...]
    examples: tuple[HeaderExamples, ...] = ()


class _Header(NamedTuple):
    """The values of one header, its style, the part of its plan (None if its values are given), and the values of each
    named example."""

    texts: list[str]
    style: Style
    plan: int | None
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()


class HeaderReader:
    """Reads the headers of one document's responses."""

    def __init__(
        self,
        references: References,
        problems: Problems,
        values: StaticValues,
        planner: Planner,
        conformance: Conformance,
        checks: ExampleChecks,
        *,
        use_examples: bool,
    ) -> None:
        self._references = references
        self._problems = problems
        self._values = values
        self._planner = planner
        self._conformance = conformance
        self._checks = checks
        self._use_examples = use_examples
        self._referred: dict[
            tuple[int, str], _Header
        ] = {}  # by the identity of the node, which lives as long as this object
        self._generated: EqualNodes[_Header] = EqualNodes(problems)  # by name, style and schema

    def read(self, response: Response) -> Headers:
        """Returns the headers of `response`, without Content-Type."""
        headers = self._read_declared(response)
        return _vary_by_accept(headers) if is_negotiated(response) else headers

    def _read_declared(self, response: Response) -> Headers:
        sent: list[tuple[str, str]] = []
        generated: list[GeneratedHeader] = []
        examples: list[HeaderExamples] = []
        left_bytes = MAXIMUM_HEADER_BYTES
        for name, node in response.headers.items():
            pointer = pointer_below(response.pointer, "headers", name)
            header = self._read_header(name, node, pointer)
            if header is None:
                continue
            first = len(sent)
            for text in header.texts:
                fault = find_fault_of_value(text)
                size_bytes = count_bytes(((name, text),))
                if fault:
                    self._problems.add(pointer, f"the value {fault}; the header is left out")
                elif len(sent) == MAXIMUM_HEADERS:
                    message = f"a response has at most {MAXIMUM_HEADERS} headers; this one is left out"
                    self._problems.add(pointer, message)
                elif size_bytes > left_bytes:
                    message = f"a response's headers have at most {MAXIMUM_HEADER_BYTES} bytes; this one is left out"
                    self._problems.add(pointer, message)
                else:
                    sent.append((name, text))
                    left_bytes -= size_bytes
            if header.plan is not None and len(sent) > first:
                generated.append(GeneratedHeader(first, header.plan, header.style, len(sent) - first))
            if header.examples and len(sent) > first:
                sendable = self._sendable_examples(header, pointer)
                examples.append(HeaderExamples(first, len(sent) - first, sendable))
        return Headers(tuple(sent), tuple(generated), tuple(examples))

    def _sendable_examples(self, header: _Header, pointer: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The named examples that a header can contain."""
        sendable = []
        for name, texts in header.examples:
            fault = next(filter(None, map(find_fault_of_value, texts)), "")
            if fault:
                place = pointer_below(pointer, "examples", name)
                self._problems.add(place, f"the value {fault}; this example is left out")
            else:
                sendable.append((name, texts))
        return tuple(sendable)

    def _read_header(self, name: str, node: Any, pointer: str) -> _Header | None:
        """Reads the header `name`; None if it is left out."""
        fault = _find_fault(name)
        if fault:
            self._problems.add(pointer, fault)
            return None
        located = self._references.follow(node, pointer)
        if located is None:
            return None
        if not isinstance(located.node, dict):
            self._problems.add(pointer, f"expected a header, got {describe(node)}; it is left out")
            return None
        if located.pointer == pointer:
            return self._make_header(name, located)
        key = id(located.node), name
        known = self._referred.get(key)
        if known is None:
            known = self._referred[key] = self._make_header(name, located)
        return known

    def _make_header(self, name: str, header: Located) -> _Header:
        content = _content_of(header)
        style = _style_of(name, header, content)
        holders = [header] if content is None or not isinstance(content.node, dict) else [header, content]
        for holder in holders if self._use_examples else ():
            found = list(self._examples(holder))
            if found:
                self._check_examples(found, _schema_of(holder))
                named = tuple((each.name, tuple(write_header(each.value, style))) for each in found if each.name)
                return _Header(write_header(found[0].value, style), style, None, named)
        schema = _schema_of(holders[-1])
        return self._generated.read_once((name, style, schema.node), lambda: self._generate_header(name, style, schema))

    def _generate_header(self, name: str, style: Style, schema: Located) -> _Header:
        value = self._values.make(schema)
        known = find_header(name) if value == ANY_TEXT else None
        if known is None or not self._conformance.holds(known.sample, (schema,)):
            return _Header(write_header(value, style), style, self._planner.plan(schema, f"{name}:"))
        is_hinted = isinstance(schema.node, dict) and not schema.node.keys().isdisjoint(HINTS)
        plan = self._planner.plan(schema, f"{name}:") if known.faker or is_hinted else None
        return _Header(write_header(known.sample, style), style, plan)

    def _check_examples(self, examples: list[Example], schema: Located) -> None:
        """Reports the examples that do not fit. A value may also be given as its text, since headers are text."""
        for example in examples:
            value, _ = fit_to_types(example.value, self._values.types_of(schema))
            self._checks.check(value, schema, example.pointer)

    def _examples(self, holder: Located) -> Iterator[Example]:
        """The examples of a header, or of its content; an example without a name has the name ""."""
        for keyword in ("example", "x-example"):
            if keyword in holder.node:
                yield self._example("", holder.node[keyword], f"{holder.pointer}/{keyword}")
        examples = holder.node.get("examples")
        for name, node in examples.items() if isinstance(examples, dict) else ():
            located = self._references.follow(node, pointer_below(holder.pointer, "examples", name))
            if located is None or not isinstance(located.node, dict):
                continue
            for keyword in EXAMPLE_VALUES:
                if keyword in located.node:
                    yield self._example(name, located.node[keyword], f"{located.pointer}/{keyword}")

    def _example(self, name: str, value: Any, pointer: str) -> Example:
        return Example(name, resolve_example(value, pointer, self._references, self._problems), pointer)


def is_negotiated(response: Response) -> bool:
    """Whether the media type depends on what the request accepts."""
    return len(response.contents) > 1 or any(content.media_range for content in response.contents)


def _vary_by_accept(headers: Headers) -> Headers:
    position = next((index for index, (name, _) in enumerate(headers.sent) if name.lower() == "vary"), None)
    if position is None:
        return Headers((*headers.sent, ("Vary", "Accept")), headers.generated, headers.examples)
    name, value = headers.sent[position]
    vary = name_in_vary(value, "Accept")
    generated = tuple(each for each in headers.generated if each.first != position)
    examples = tuple(each for each in headers.examples if each.first != position)
    return Headers((*headers.sent[:position], (name, vary), *headers.sent[position + 1 :]), generated, examples)


def _find_fault(name: str) -> str:
    lowered = name.lower()
    if lowered in HOP_BY_HOP:
        return f"{name} belongs to the connection, so the server decides it; it is left out"
    if lowered in ("content-length", "content-type"):
        return f"{name} follows from the body that is sent; the declared one is left out"
    return "" if is_field_name(name) else f"{name[:80]!r} is not a valid header name; it is left out"


def _content_of(header: Located) -> Located | None:
    """The first media type of the header's `content`, with a pointer that ends in its name."""
    content = header.node.get("content")
    if not isinstance(content, dict) or not content:
        return None
    media_type, described = next(iter(content.items()))
    return Located(described, pointer_below(header.pointer, "content", media_type))


def _style_of(name: str, header: Located, content: Located | None) -> Style:
    if content is not None:
        return "json" if is_json(next(iter(header.node["content"]))) else "text"
    if name.lower() == "set-cookie":
        return "cookies"
    style = COLLECTION_FORMATS.get(str(header.node.get("collectionFormat")), "")
    return style or ("explode" if header.node.get("explode") is True else "")


def _schema_of(holder: Located) -> Located:
    if "schema" in holder.node:
        return Located(holder.node["schema"], f"{holder.pointer}/schema")
    # Swagger 2.0 writes the schema's keywords into the header itself; elsewhere a bare header is a string.
    return holder if "type" in holder.node else Located(STRING, holder.pointer)
