"""Operations: every method and path of a document, with the default response of its route and the other responses.

Each path of `paths` becomes a path pattern (`mockwave.paths`): other notations are brought into its grammar
(`path_templates.py`), or reported. An operation that cannot become a route is reported, and never fails the document:
an invalid method, an invalid path, and a second operation for the method and path of an earlier one.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockwave.answers.imported import Operation
from mockwave.answers.parts import NO_PART, PartPool
from mockwave.answers.variants import DeclaredRange, Fault, PackedContent, PackedVariant, encode_variants, pack_variant
from mockwave.bodies.header_values import is_field_name
from mockwave.bodies.json_bodies import BodyError
from mockwave.bodies.media_ranges import Kind, covers_xml, find_kind
from mockwave.bodies.syntaxes import is_json, is_text, is_xml
from mockwave.bodies.written_bodies import has_text, with_boundary, write_body
from mockwave.bodies.xml_bodies import decode_shapes
from mockwave.openapi.document.dialects import METHODS, Dialect
from mockwave.openapi.document.equal_nodes import EqualNodes
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.operations.headers import HeaderReader
from mockwave.openapi.operations.path_templates import bring_into_grammar, explain_change, find_leads
from mockwave.openapi.operations.responses import Content, Example, Response, ResponseReader, choose_response
from mockwave.openapi.operations.server_urls import ServerReader
from mockwave.openapi.operations.xml_shapes import XmlShapeReader
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.requests.operation_requests import RequestReader
from mockwave.openapi.schemas.schema import Key
from mockwave.openapi.values.example_checks import ExampleChecks
from mockwave.openapi.values.suggestions import parse_json
from mockwave.openapi.values.values import StaticValues
from mockwave.paths import PathError, PathPattern, parse_path
from mockwave.pointers import pointer_below

MAXIMUM_KEPT_BODIES: Final = 2_000
MAXIMUM_EXAMPLES: Final = 10_000
"""The most examples of one media type: a worker decodes all of them in one step, in ten milliseconds."""

MAXIMUM_METHOD_CHARACTERS: Final = 64
MAXIMUM_METHODS: Final = 24
"""The most methods of `additionalOperations` in one reading. A Matcher takes 64, including those of another half and of
custom routes."""

DEPRECATION: Final = (("Deprecation", "true"),)


class _Item(NamedTuple):
    """A Path Item: its nodes, each the target of the previous one's `$ref`, and the base paths of its servers."""

    nodes: list[Located]
    base_paths: tuple[str, ...] | None


class _Answers(NamedTuple):
    """All answers of an operation: the default variant of its route, and the parts of all variants."""

    variant: PackedVariant
    parts: tuple[int, ...]


class OperationReader:
    """Reads the operations of one document; `count` is the number of all of them."""

    def __init__(
        self,
        dialect: Dialect,
        references: References,
        problems: Problems,
        servers: ServerReader,
        responses: ResponseReader,
        headers: HeaderReader,
        requests: RequestReader,
        values: StaticValues,
        planner: Planner,
        checks: ExampleChecks,
        pool: PartPool,
        *,
        use_examples: bool,
    ) -> None:
        self.count = 0
        self._dialect = dialect
        self._references = references
        self._problems = problems
        self._servers = servers
        self._responses = responses
        self._headers = headers
        self._requests = requests
        self._values = values
        self._planner = planner
        self._checks = checks
        self._pool = pool
        self._use_examples = use_examples
        self._routes: dict[tuple[str, str], str] = {}
        self._additional_methods: set[str] = set()
        self._prefixed_routes: dict[tuple[str, str], str] = {}  # routes with base paths of their own, by each base path
        self._bodies: dict[tuple[int, str, bytes], tuple[Any, int]] = {}
        self._made_bodies: dict[tuple[Key, str, bytes], tuple[int, Fault]] = {}
        self._variants: dict[int, tuple[PackedVariant, int]] = {}
        self._answers: EqualNodes[_Answers] = EqualNodes(problems)
        self._xml = XmlShapeReader(references, infers_root=dialect.infers_xml_root)

    def read(self, paths: dict[str, Any]) -> Iterator[Operation]:
        """Returns the operations below `paths` that can become routes, in the order declared."""
        for path, node in paths.items():
            if path.startswith("x-"):
                continue
            pointer = pointer_below("/paths", path)
            item = self._follow_item(node, pointer)
            for method, operation, shared in self._read_item(item):
                self.count += 1
                route = self._read_path(path, pointer, method, operation)
                if route is None:
                    continue
                read = self._read_operation(method, path, route, operation, shared)
                read.base_paths = item.base_paths
                if "servers" in operation.node:
                    read.base_paths = self._own_base_paths(operation, item.base_paths)
                if read.base_paths:
                    self._report_twins(read)
                yield read

    def _follow_item(self, node: Any, pointer: str) -> _Item:
        """The Path Item at `pointer`, with the target of its `$ref`."""
        if isinstance(node, dict) and "$ref" not in node and "servers" not in node:  # most have no `$ref`
            return _Item([Located(node, pointer)], None)
        nodes: list[Located] = []
        followed: set[int] = set()
        while True:
            if not isinstance(node, dict):
                self._problems.add(pointer, f"expected a path item, got {describe(node)}; it is left out")
                break
            followed.add(id(node))
            nodes.append(Located(node, pointer))
            if not isinstance(node.get("$ref"), str):
                break
            target = self._references.look_up(node["$ref"], pointer)
            if target is None:
                break
            if id(target.node) in followed:
                self._problems.add(pointer, f"$ref {node['$ref']!r} leads back to itself, so it means nothing")
                break
            node, pointer = target.node, target.pointer
        holder = next((each for each in nodes if "servers" in each.node), None)
        return _Item(nodes, None if holder is None else self._own_base_paths(holder, None))

    def _own_base_paths(self, holder: Located, inherited: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The base paths of a path item or an operation with `servers`."""
        if not self._dialect.has_content:  # Swagger 2.0 has none
            return None
        return self._servers.read_own(Located(holder.node["servers"], f"{holder.pointer}/servers"), inherited)

    def _report_twins(self, operation: Operation) -> None:
        """Reports base paths below which the operation is the same route as another one."""
        for base_path in operation.base_paths or ():
            key = operation.method, base_path + operation.path_key
            first = self._prefixed_routes.setdefault(key, operation.pointer)
            if first != operation.pointer:
                message = f"below {base_path} it is the same route as {first}, which serves there; this one does not"
                self._problems.add(operation.pointer, message)

    def _read_item(self, item: _Item) -> Iterator[tuple[str, Located, Located]]:
        """Methods and operations of a Path Item, its own before those of its `$ref`, with the parameters they share."""
        methods: set[str] = set()
        for part in item.nodes:
            node, pointer = part.node, part.pointer
            shared = Located(node.get("parameters"), f"{pointer}/parameters")
            for method, operation in self._methods_of(node, pointer):
                if method not in methods:
                    methods.add(method)
                    yield method, operation, shared

    def _methods_of(self, node: dict[str, Any], pointer: str) -> Iterator[tuple[str, Located]]:
        listed: list[tuple[str, Any, str]] = []
        for key, child in node.items():
            method = METHODS.get(key) or METHODS.get(key.lower())
            if method is not None:
                listed.append((method, child, f"{pointer}/{key}"))
        additional = node.get("additionalOperations")  # OpenAPI 3.2
        if isinstance(additional, dict):
            listed += [
                (METHODS.get(key.lower(), str(key)), child, pointer_below(pointer, "additionalOperations", key))
                for key, child in additional.items()
            ]
        for method, operation, place in listed:
            if isinstance(operation, dict):
                yield method, Located(operation, place)
            else:
                self._problems.add(place, f"expected an operation, got {describe(operation)}; it is left out")

    def _find_fault_of_method(self, method: str) -> str:
        """The reason why `method` of `additionalOperations` cannot have a route; empty if it can."""
        if not is_field_name(method) or len(method) > MAXIMUM_METHOD_CHARACTERS:
            return f"{method[:80]!r} is not a method of HTTP; it is left out"
        if method == "CONNECT":
            return "CONNECT asks a proxy for a tunnel; it is not mocked"
        if len(self._additional_methods) == MAXIMUM_METHODS and method not in self._additional_methods:
            return f"there are more than {MAXIMUM_METHODS} further methods; {method} is left out"
        self._additional_methods.add(method)
        return ""

    def _read_path(self, path: str, item_pointer: str, method: str, operation: Located) -> PathPattern | None:
        """Returns the path pattern of a route for `method` and `path`; None if there cannot be one."""
        fault = "" if method.lower() in METHODS else self._find_fault_of_method(method)
        if fault:
            self._problems.add(operation.pointer, fault)
            return None
        pattern = _bring_into_grammar_once(path)
        if pattern != path:
            self._problems.add(item_pointer, explain_change(path, pattern))
        try:
            parsed = _parse_path_once(pattern)
        except PathError as error:
            self._problems.add(item_pointer, f"{error}; its operations are left out")
            return None
        first = self._routes.setdefault((method, parsed.key), operation.pointer)
        if first != operation.pointer:
            self._problems.add(
                operation.pointer,
                f"{method} {pattern} is the same route as {first}, which serves; this one does not",
            )
            return None
        return parsed

    def _read_operation(
        self, method: str, template: str, path: PathPattern, operation: Located, shared: Located
    ) -> Operation:
        callbacks = operation.node.get("callbacks")
        for name in callbacks if isinstance(callbacks, dict) else ():
            place = pointer_below(operation.pointer, "callbacks", name)
            self._problems.add(place, "callbacks are requests to the client; none are sent")
        # Contents of Swagger 2.0 depend on what the operation produces.
        answers = (
            self._answers.read_once(operation.node.get("responses"), lambda: self._read_answers(operation))
            if self._dialect.has_content
            else self._read_answers(operation)
        )
        lasting = DEPRECATION if operation.node.get("deprecated") is True else ()
        variant = answers.variant
        content = variant.contents[0] if variant.contents else None
        body = NO_PART if content is None else content.bodies[0][1]
        leads = {} if path.text == template else find_leads(template, path.text)
        rules = self._requests.read(operation, shared, path.parameter_names, leads)
        return Operation(
            method,
            path.text,
            path.key,
            operation.pointer,
            variant.status_code,
            variant.headers + lasting,
            "" if content is None else content.media_type,
            b"" if content is None else self._pool.read(body),
            body,
            encode_variants(answers.parts, rules, lasting),
        )

    def _read_answers(self, operation: Located) -> _Answers:
        responses = self._responses.read(operation)
        response = choose_response(responses)
        if response is None:  # its requirements on requests still hold
            responses = [Response("200", 200, operation.pointer, {}, [])]
            response = responses[0]
        variants = [self._read_variant(declared) for declared in responses]
        return _Answers(variants[responses.index(response)][0], tuple(number for _, number in variants))

    def _read_variant(self, response: Response) -> tuple[PackedVariant, int]:
        """The variant of `response`, and its part."""
        known = self._variants.get(id(response)) if response.is_shared else None
        if known is None:
            headers = self._headers.read(response)
            contents = tuple(self._read_content(content) for content in response.contents)
            variant = PackedVariant(
                response.key, response.status_code, headers.sent, contents, headers.generated, headers.examples
            )
            known = variant, pack_variant(variant, self._pool)
            if response.is_shared:  # so it lives on, and its identity stays unique
                self._variants[id(response)] = known
        return known

    def _read_content(self, content: Content) -> PackedContent:
        """The media type with a body for each example, or with a body made from the schema."""
        shapes = self._xml.read(content.schema) if is_xml(content.media_type) else b""
        examples = content.examples if self._use_examples else []
        if len(examples) > MAXIMUM_EXAMPLES:
            message = f"this media type has {len(examples)} examples; from here on they are left out"
            self._problems.add(examples[MAXIMUM_EXAMPLES].pointer, message)
            examples = examples[:MAXIMUM_EXAMPLES]
        values = [self._example_value(example, content) for example in examples]
        for example, (value, is_serialized) in zip(examples, values, strict=True):
            is_text = is_serialized or (isinstance(value, str) and not is_json(content.media_type))
            if content.schema is not None and not is_text:
                self._checks.check(value, content.schema, example.pointer)
        bodies = [
            (example.name, self._write_body(content, *value, shapes))
            for example, value in zip(examples, values, strict=True)
        ]
        fault: Fault = ""
        if not bodies:
            number, fault = self._made_body(content, shapes)
            bodies = [("", number)]
        schema = content.schema if has_text(content.media_type) and fault != "too-large" else None
        plan = None if schema is None else self._planner.plan(schema)
        media_type = with_boundary(content.media_type, self._pool.read(bodies[0][1]))
        declared = self._read_range(content, values, fault) if content.media_range else None
        return PackedContent(media_type, tuple(bodies), plan, b"" if plan is None else shapes, fault, declared)

    def _read_range(self, content: Content, examples: list[tuple[Any, bool]], fault: Fault) -> DeclaredRange:
        """The range of `content`, with bodies for these examples or, if there are none, for a made value."""
        kinds: list[Kind] = [
            find_kind(value, content.media_type, is_serialized=is_serialized) for value, is_serialized in examples
        ]
        if fault == "too-large":
            kinds = [""]
        elif not kinds:
            is_binary = self._is_binary(content.schema)
            kinds = [find_kind(self._made_value(content), content.media_type, is_made=True, is_binary=is_binary)]
        shapes = self._xml.read(content.schema) if covers_xml(content.media_range) else b""
        return DeclaredRange(content.media_range, tuple(kinds), self._pool.add(shapes) if shapes else NO_PART)

    def _is_binary(self, schema: Located | None) -> bool:
        """Whether the schema's strings are bytes: the format "binary", or Swagger's files."""
        located = None if schema is None else self._references.follow(schema.node, schema.pointer)
        node = located.node if located is not None and isinstance(located.node, dict) else {}
        return node.get("format") == "binary" or node.get("type") == "file"

    def _made_value(self, content: Content) -> Any:
        if content.schema is None:
            return {} if is_json(content.media_type) else ""
        return self._values.make(content.schema)

    def _made_body(self, content: Content, shapes: bytes) -> tuple[int, Fault]:
        """The part of the body made from the schema, and what is wrong with it."""
        if content.schema is None:
            return self._write_made(content, self._made_value(content), shapes)
        key = self._values.identify(content.schema), content.media_type, shapes
        known = self._made_bodies.get(key)
        if known is not None:
            return known
        value = self._made_value(content)
        if self._values.is_too_large(content.schema):
            made: tuple[int, Fault] = self._pool.add(b""), "too-large"
        else:
            made = self._write_made(content, value, shapes)
        self._made_bodies[key] = made
        return made

    def _write_made(self, content: Content, value: Any, shapes: bytes) -> tuple[int, Fault]:
        fault: Fault = "no-text" if isinstance(value, dict | list) and is_text(content.media_type) else ""
        return self._write_body(content, value, False, shapes, is_made=True), fault

    def _write_body(
        self, content: Content, value: Any, is_serialized: bool, shapes: bytes, *, is_made: bool = False
    ) -> int:
        """The part of the body for `value`."""
        key = id(value), content.media_type, shapes
        known = self._bodies.get(key)
        if known is not None:
            return known[1]
        try:
            if is_serialized:
                body = str(value).encode()
            else:
                body = write_body(value, content.media_type, decode_shapes(shapes), is_made=is_made)
        except BodyError as error:
            self._problems.add(content.pointer, f"the body cannot be written: {error}; it is left empty")
            return self._pool.add(b"")
        number = self._pool.add(body)
        if isinstance(value, dict | list) and len(self._bodies) < MAXIMUM_KEPT_BODIES:
            self._bodies[key] = value, number  # holding the value keeps its id unique
        return number

    def _example_value(self, example: Example, content: Content) -> tuple[Any, bool]:
        """The value of the body, and whether it is the body's text itself."""
        if isinstance(example.value, str) and is_json(content.media_type) and not example.is_serialized:
            return self._unwrap(example.value, content), False
        return example.value, example.is_serialized

    def _unwrap(self, text: str, content: Content) -> Any:
        """Decodes a JSON example that is written as a string, unless its schema takes strings."""
        parsed = parse_json(text)
        if (
            isinstance(parsed, dict | list)
            and content.schema is not None
            and not self._values.takes_strings(content.schema)
        ):
            return parsed
        return text


# The operations of a path come one after another.
_bring_into_grammar_once = lru_cache(maxsize=1)(bring_into_grammar)
_parse_path_once = lru_cache(maxsize=1)(parse_path)
