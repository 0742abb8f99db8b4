"""Requests of an Operation: the document's requirements, in one form for all dialects, as they travel to the mocks.

Parameters with their style (OpenAPI 3.1 §4.8.12.2; Swagger 2.0 `collectionFormat`), bodies by media type, and security
requirements. Schemas are JSON Schema (`request_schemas.py`); Swagger's `body` and `formData` parameters become bodies.
`answers/request_rules.py` defines the written form of the rules.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from mockwave.answers.parts import NO_PART, PartPool
from mockwave.answers.request_rules import (
    ApiKeys,
    BodyRule,
    Encoding,
    PackedBody,
    PackedParameter,
    PackedRules,
    ParameterRule,
    decode_parameter,
)
from mockwave.bodies.media_types import essence_of
from mockwave.bodies.syntaxes import FORM_TYPE, is_json
from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.equal_nodes import EqualNodes
from mockwave.openapi.document.named_types import read_name, read_names
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.requests.request_schemas import NO_SCHEMA, RequestSchema, RequestSchemas
from mockwave.openapi.requests.schema_costs import MAXIMUM_WEIGHT
from mockwave.openapi.requests.security import SecurityReader
from mockwave.openapi.schemas.keyword_values import Malformed, read_flag, report_malformed
from mockwave.pointers import pointer_below

LOCATIONS: Final = ("path", "query", "header", "cookie")
DEFAULT_STYLES: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}

LED_STYLES: Final = {"matrix": ";", "label": "."}  # the beginnings of their texts

# Swagger 2.0: collectionFormat → style, and whether each item is a separate parameter.
COLLECTION_FORMATS: Final = {
    "csv": ("", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}

MAXIMUM_NESTED_ARRAYS: Final = 8  # into which one text can be split

# Header parameters of these names are ignored: other keywords describe them (OpenAPI 3.1 §4.8.12.1).
DESCRIBED_ELSEWHERE: Final = frozenset(("accept", "content-type", "authorization"))


_encode = msgspec.msgpack.Encoder().encode


class _Parameter(NamedTuple):
    """A declared parameter: its location and name, its node, and its part; NO_PART if it has none."""

    key: tuple[str, str]
    located: Located
    part: int


class RequestReader:
    """Reads the requirements of one document's operations on requests."""

    def __init__(
        self,
        document: dict[str, Any],
        dialect: Dialect,
        references: References,
        problems: Problems,
        pool: PartPool,
    ) -> None:
        self._document = document
        self._dialect = dialect
        self._references = references
        self._problems = problems
        self._pool = pool
        self._schemas = RequestSchemas(references, dialect, problems, pool)
        self._security = SecurityReader(document, references, problems)
        # Parts by the identity of their node, which lives as long as the document, and by its text (`equal_nodes.py`).
        self._known_parameters: dict[int, _Parameter] = {}
        self._equal_parameters: EqualNodes[_Parameter] = EqualNodes(problems)
        self._equal_lists: EqualNodes[list[_Parameter]] = EqualNodes(problems)
        self._weights: dict[int, int] = {}  # of the schemas of parts; a costly one exceeds MAXIMUM_WEIGHT
        self._made_nodes: list[dict[str, Any]] = []  # held, so that identities stay unique
        self._path: tuple[Any, list[_Parameter]] = None, []  # the list of the last path, and its parameters
        self._known_bodies: dict[int, tuple[tuple[int, ...], bool]] = {}
        self._equal_bodies: EqualNodes[tuple[tuple[int, ...], bool]] = EqualNodes(problems)

    @property
    def keys(self) -> ApiKeys:
        """The API keys that the document declares."""
        return self._security.keys

    def read(self, operation: Located, shared: Located, in_path: Collection[str], leads: Mapping[str, str]) -> int:
        """Returns the part with the rules of `operation`, NO_PART if it requires nothing. `shared` are the parameters
        of its path; `in_path` are the names in its route's path, which contains the `leads` of some."""
        declared = self._parameters(operation, shared)
        parameters: list[int] = []
        weight = 0
        for each in declared:
            part = each.part
            if part == NO_PART:
                continue
            location, name = each.key
            if location == "path" and name not in in_path:  # for example because it stands in a query (`/a?x={x}`)
                message = f"the path has no {{{name[:80]}}}; that parameter is not required"
                self._problems.add(operation.pointer, message)
                continue
            if leads:
                part = self._lead_in(each, leads)
            parameters.append(part)
            weight += self._weights[part]
        bodies, body_required = self._bodies(operation, declared)
        security = self._security.read(operation)
        if not (parameters or bodies or security):
            return NO_PART
        for part in bodies:
            weight += self._weights[part]
        rules = PackedRules(tuple(parameters), bodies, body_required, security, weight > MAXIMUM_WEIGHT)
        return self._pool.add(_encode(rules))

    def _parameters(self, operation: Located, shared: Located) -> list[_Parameter]:
        """Returns the parameters of an operation: its own, then those of its path that it does not override."""
        parameters = self._read_list(Located(operation.node.get("parameters"), f"{operation.pointer}/parameters"))
        found: dict[tuple[str, str], _Parameter] = {}
        if shared.node is not self._path[0]:  # the operations of a path come one after another
            self._path = shared.node, self._read_list(shared)
        for parameter in (*parameters, *self._path[1]):
            found.setdefault(parameter.key, parameter)
        return list(found.values())

    def _lead_in(self, parameter: _Parameter, leads: Mapping[str, str]) -> int:
        """The part of a parameter, with its lead if the path has one and its style reads it."""
        location, name = parameter.key
        lead = leads.get(name, "") if location == "path" else ""
        packed = decode_parameter(self._pool.read(parameter.part))
        if LED_STYLES.get(packed.rule.style) != lead[:1]:
            return parameter.part
        rule = msgspec.structs.replace(packed.rule, lead=lead)
        part = self._pool.add(_encode(PackedParameter(rule, packed.needs)))
        self._weights[part] = self._weights[parameter.part]
        return part

    def _read_list(self, declared: Located) -> list[_Parameter]:
        """Returns the parameters in a list of the document; equal lists are read once."""
        # Swagger 2.0 writes schemas into them, which are read later, and whose problems name their own place.
        if not declared.node or not self._dialect.has_content:
            return self._read_parameters(declared)
        return self._equal_lists.read_once(declared.node, lambda: self._read_parameters(declared))

    def _read_parameters(self, declared: Located) -> list[_Parameter]:
        """Reads the parameters in a list of the document; entries that are not parameters are left out."""
        nodes, pointer = declared.node, declared.pointer
        if nodes is not None and not isinstance(nodes, list):
            self._problems.add(pointer, f"expected an array of parameters, got {describe(nodes)}; none is required")
        parameters = []
        for index, node in enumerate(nodes if isinstance(nodes, list) else ()):
            parameter = self._known_parameters.get(id(node)) or self._read_parameter(node, f"{pointer}/{index}")
            if parameter is not None:
                parameters.append(parameter)
        return parameters

    def _read_parameter(self, node: Any, pointer: str) -> _Parameter | None:
        """Reads the parameter in `node`, whose identity is unknown; None if it is not a parameter."""
        located = self._references.follow(node, pointer)
        if located is None:
            return None
        known = self._known_parameters.get(id(located.node))
        if known is not None:
            return known
        if not isinstance(located.node, dict) or not isinstance(located.node.get("name"), str):
            message = f"expected a parameter with a name, got {describe(located.node)}; it is left out"
            self._problems.add(pointer, message)
            return None
        if not isinstance(located.node.get("in"), str):
            message = f'expected a parameter with the place that it is "in", got {describe(located.node.get("in"))}'
            self._problems.add(located.pointer, f"{message}; it is left out")
            return None
        parameter = self._known_parameters[id(located.node)] = self._pack_parameter(located)
        return parameter

    def _pack_parameter(self, located: Located) -> _Parameter:
        location, name = located.node["in"], located.node["name"]
        if location not in LOCATIONS and (self._dialect.has_content or location not in ("body", "formData")):
            message = f"a parameter is not in {describe(location)}; it is left out"
            self._problems.add(located.pointer, message)
        if location not in LOCATIONS or (location == "header" and name.lower() in DESCRIBED_ELSEWHERE):
            return _Parameter((location, name), located, NO_PART)
        return self._equal_parameters.read_once(
            located.node, lambda: _Parameter((location, name), located, self._pack_rule(located))
        )

    def _pack(self, packed: PackedParameter | PackedBody, schema: RequestSchema) -> int:
        part = self._pool.add(_encode(packed))
        self._weights[part] = MAXIMUM_WEIGHT + 1 if schema.is_costly else schema.weight
        return part

    def _pack_body(self, media_type: str, schema: RequestSchema, encodings: tuple[Encoding, ...] = ()) -> int:
        rule = BodyRule(media_type, schema.text, encodings, schema.is_costly)
        return self._pack(PackedBody(rule, schema.needs), schema)

    def _pack_rule(self, parameter: Located) -> int:
        node = parameter.node
        location = node["in"]
        required = self._read_flag(parameter, "required") or location == "path"
        # 1. Written in a media type: `content` has one (OpenAPI 3.1 §4.8.12.3).
        content = node.get("content")
        if isinstance(content, dict) and content:
            media_type, described = next(iter(content.items()))
            place = pointer_below(parameter.pointer, "content", media_type)
            schema = self._schema_of(Located(described, place))
            name = read_name(media_type, place, self._problems) or media_type
            rule = ParameterRule(
                node["name"],
                location,
                "content",
                False,
                required,
                schema.text,
                is_json(name),
                is_costly=schema.is_costly,
            )
            return self._pack(PackedParameter(rule, schema.needs), schema)
        # 2. Written in a style: by `collectionFormat` in Swagger 2.0, by `style` and `explode` in OpenAPI 3.
        if not self._dialect.has_content:
            style, explode = _collection_style(node, DEFAULT_STYLES[location])
            item_styles = _item_styles(node)
            schema = self._own_schema(parameter)
        else:
            named = node.get("style")
            style = named if isinstance(named, str) else DEFAULT_STYLES[location]
            item_styles = ()
            explode = self._read_flag(parameter, "explode", style in ("form", "deepObject", "cookie"))
            schema = self._schema_of(parameter)
            if "schema" not in node:
                self._problems.add(parameter.pointer, "the parameter has no schema; any value is taken")
        rule = ParameterRule(
            node["name"],
            location,
            style,
            explode,
            required,
            schema.text,
            is_costly=schema.is_costly,
            item_styles=item_styles,
        )
        return self._pack(PackedParameter(rule, schema.needs), schema)

    def _read_flag(self, holder: Located, keyword: str, usual: bool = False) -> bool:
        """The value of a boolean beside a schema; `usual` if it is not a boolean."""
        value = holder.node.get(keyword)
        try:
            return usual if value is None else read_flag(value)
        except Malformed as malformed:
            report_malformed(self._problems, holder.pointer, keyword, value, malformed)
            return usual

    def _schema_of(self, holder: Located) -> RequestSchema:
        located = self._references.follow(holder.node, holder.pointer)
        if located is not None and not isinstance(located.node, dict):
            message = f"expected an object with a schema, got {describe(located.node)}; any value is taken instead"
            self._problems.add(located.pointer, message)
        if located is None or not isinstance(located.node, dict) or "schema" not in located.node:
            return NO_SCHEMA
        return self._schemas.write(Located(located.node["schema"], f"{located.pointer}/schema"))

    def _own_schema(self, parameter: Located) -> RequestSchema:
        """The schema in a parameter of Swagger 2.0, which has its keywords."""
        node = {key: value for key, value in parameter.node.items() if key not in ("required", "name", "in")}
        if node.get("allowEmptyValue") is False and node.get("type") == "string":
            node["minLength"] = max(1, node["minLength"]) if isinstance(node.get("minLength"), int) else 1
        self._made_nodes.append(node)
        return self._schemas.write(Located(node, parameter.pointer))

    def _bodies(self, operation: Located, declared: list[_Parameter]) -> tuple[tuple[int, ...], bool]:
        """The parts of the bodies, and whether one is required."""
        if self._dialect.has_content:
            return self._contents(operation)
        body = next((each.located for each in declared if each.key[0] == "body"), None)
        fields = [each.located for each in declared if each.key[0] == "formData"]
        holder = operation if "consumes" in operation.node else Located(self._document, "")
        names = read_names(Located(holder.node.get("consumes"), f"{holder.pointer}/consumes"), self._problems)
        if body is not None:
            schema = self._schema_of(body)
            bodies = tuple(self._pack_body(name, schema) for name in names or ["application/json"])
            return bodies, self._read_flag(body, "required")
        if not fields:
            return (), False
        schemas = [self._own_schema(each) for each in fields]
        properties = b",".join(
            msgspec.json.encode(each.node["name"]) + b":" + (schema.text or b"true")
            for each, schema in zip(fields, schemas, strict=True)
        )
        required = [each.node["name"] for each in fields if each.node.get("required") is True]
        demand = b',"required":' + msgspec.json.encode(required) if required else b""
        weight = sum(each.weight for each in schemas)
        schema = RequestSchema(
            b'{"type":"object","properties":{%b}%b}' % (properties, demand),
            tuple(sorted({number for each in schemas for number in each.needs})),
            weight,
            weight > MAXIMUM_WEIGHT or any(each.is_costly for each in schemas),
        )
        encodings = tuple(
            Encoding(each.node["name"], *_collection_style(each.node, "form"), item_styles=_item_styles(each.node))
            for each in fields
        )
        has_file = any(each.node.get("type") == "file" for each in fields)
        usual = "multipart/form-data" if has_file else FORM_TYPE
        forms = [name for name in names if essence_of(name) in FORMS] or [usual]
        return tuple(self._pack_body(name, schema, encodings) for name in forms), bool(required)

    def _contents(self, operation: Located) -> tuple[tuple[int, ...], bool]:
        declared = operation.node.get("requestBody")
        if declared is None:
            return (), False
        located = self._references.follow(declared, f"{operation.pointer}/requestBody")
        content = located.node.get("content") if located is not None and isinstance(located.node, dict) else None
        if located is None or not isinstance(content, dict):
            if located is not None:
                expected = "expected a request body whose content is an object of media types"
                self._problems.add(located.pointer, f"{expected}; no body is required")
            return (), False
        known = self._known_bodies.get(id(located.node))
        if known is None:
            known = self._equal_bodies.read_once(located.node, lambda: self._pack_contents(located, content))
            self._known_bodies[id(located.node)] = known
        return known

    def _pack_contents(self, body: Located, content: dict[str, Any]) -> tuple[tuple[int, ...], bool]:
        bodies = []
        for key, node in content.items():
            place = Located(node, pointer_below(body.pointer, "content", key))
            name = read_name(key, place.pointer, self._problems)
            if name is None:
                continue
            followed = self._references.follow(place.node, place.pointer)
            declared = followed.node.get("encoding") if followed and isinstance(followed.node, dict) else None
            if declared is not None and not isinstance(declared, dict):
                message = f"expected an object of encodings, got {describe(declared)}; it is ignored"
                self._problems.add(f"{place.pointer}/encoding", message)
            encodings = []
            for field, each in declared.items() if isinstance(declared, dict) else ():
                if isinstance(each, dict):
                    encodings.append(_read_encoding(field, each))
                else:
                    message = f"expected an encoding, got {describe(each)}; it is ignored"
                    self._problems.add(pointer_below(place.pointer, "encoding", field), message)
            bodies.append(self._pack_body(name, self._schema_of(place), tuple(encodings)))
        if content and not bodies:
            # The parts left out may allow any body.
            bodies.append(self._pack_body("*/*", RequestSchema(b"", (), 0, False)))
        return tuple(bodies), self._read_flag(body, "required")


FORMS: Final = (FORM_TYPE, "multipart/form-data")


def _collection_style(node: dict[str, Any], usual: str) -> tuple[str, bool]:
    style, explode = COLLECTION_FORMATS.get(str(node.get("collectionFormat", "csv")), ("", False))
    return style or usual, explode


def _item_styles(node: dict[str, Any]) -> tuple[str, ...]:
    """The styles of nested arrays of Swagger 2.0, from the outer to the inner."""
    styles: list[str] = []
    while isinstance(items := node.get("items"), dict) and items.get("type") == "array":
        if len(styles) == MAXIMUM_NESTED_ARRAYS:
            break
        styles.append(_collection_style(items, "simple")[0])
        node = items
    return tuple(styles)


def _read_encoding(name: str, node: dict[str, Any]) -> Encoding:
    style = str(node.get("style", "form"))
    explode = node.get("explode", style == "form") is True
    media_type = node.get("contentType")
    refuses_reserved = node.get("allowReserved") is False
    return Encoding(name, style, explode, media_type if isinstance(media_type, str) else "", refuses_reserved)
