"""Requests of an Operation: what a document asks of them, in one form for all dialects, as it travels to the mocks.

Parameters with their style (OpenAPI 3.1 §4.8.12.2; Swagger 2.0 `collectionFormat`), bodies by media type, and security
requirements. Schemas are JSON Schema (`request_schemas.py`); Swagger's `body` and `formData` parameters become bodies.
Encoded as MessagePack, the rules are opaque to whoever passes them on.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.openapi.dialects import Dialect
from mockwave.openapi.media_types import essence_of, is_json
from mockwave.openapi.references import Located, References
from mockwave.openapi.report import Problems, describe, pointer_below
from mockwave.openapi.request_schemas import RequestSchemas
from mockwave.openapi.security import Scheme, SecurityReader

LOCATIONS: Final = ("path", "query", "header", "cookie")
DEFAULT_STYLES: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}

# Swagger 2.0: collectionFormat → style, and whether each item is a parameter of its own.
COLLECTION_FORMATS: Final = {
    "csv": ("", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}

# Header parameters of these names are ignored: other keywords describe them (OpenAPI 3.1 §4.8.12.1).
DESCRIBED_ELSEWHERE: Final = frozenset(("accept", "content-type", "authorization"))


class ParameterRule(Struct, frozen=True, array_like=True):
    """A parameter: `schema` is the JSON text of its schema, b"" without one; `is_json`: its text is JSON."""

    name: str
    location: str
    style: str
    explode: bool
    required: bool
    schema: bytes
    is_json: bool = False


class Encoding(Struct, frozen=True, array_like=True):
    """How one field of a form is written. `refuses_reserved`: RFC 3986's reserved characters must be escaped."""

    name: str
    style: str
    explode: bool
    media_type: str = ""
    refuses_reserved: bool = False


class BodyRule(Struct, frozen=True, array_like=True):
    """A body of one media type or range of them."""

    media_type: str
    schema: bytes
    encodings: tuple[Encoding, ...] = ()


class RequestRules(Struct, frozen=True, array_like=True):
    """All that an operation asks. `definitions`: JSON text of the object that `#/$defs/…` in the schemas names.

    `security`: alternatives, each of schemes that all must hold; none: everyone may in.
    """

    draft: int
    parameters: tuple[ParameterRule, ...]
    bodies: tuple[BodyRule, ...]
    body_required: bool
    security: tuple[tuple[Scheme, ...], ...]
    definitions: bytes


encode_rules = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(RequestRules)


def decode_rules(data: bytes) -> RequestRules:
    return _decoder.decode(data)


class RequestReader:
    """Reads what the operations of one document ask of requests."""

    def __init__(self, document: dict[str, Any], dialect: Dialect, references: References, problems: Problems) -> None:
        self._document = document
        self._dialect = dialect
        self._references = references
        self._problems = problems
        self._schemas = RequestSchemas(references, dialect)
        self._security = SecurityReader(document, references)

    def read(self, operation: Located, shared: list[Located]) -> bytes:
        """The encoded RequestRules of `operation`, b"" where it asks nothing; `shared`: its path's parameters."""
        declared = self._parameters(operation, shared)
        self._schemas.begin()
        parameters = tuple(self._parameter(each) for each in declared if self._is_parameter(each))
        bodies, body_required = self._bodies(operation, declared)
        security = self._security.read(operation)
        if not (parameters or bodies or security):
            return b""
        return encode_rules(
            RequestRules(
                self._schemas.draft,
                parameters,
                bodies,
                body_required,
                security,
                self._schemas.definitions(),
            )
        )

    def _parameters(self, operation: Located, shared: list[Located]) -> list[Located]:
        """The parameters of an operation: its own, then those of its path that it does not override."""
        own = located_items(operation.node.get("parameters"), f"{operation.pointer}/parameters")
        found: dict[tuple[Any, Any], Located] = {}
        for item in (*own, *shared):
            located = self._references.follow(*item)
            if located is None:
                continue
            if not isinstance(located.node, dict) or not isinstance(located.node.get("name"), str):
                message = f"expected a parameter with a name, got {describe(located.node)}; it is left out"
                self._problems.add(item.pointer, message)
                continue
            if not isinstance(located.node.get("in"), str):
                message = f'expected a parameter with the place it is "in", got {describe(located.node.get("in"))}'
                self._problems.add(located.pointer, f"{message}; it is left out")
                continue
            found.setdefault((located.node["in"], located.node["name"]), located)
        return list(found.values())

    def _is_parameter(self, parameter: Located) -> bool:
        location, name = parameter.node.get("in"), parameter.node["name"]
        return location in LOCATIONS and not (location == "header" and name.lower() in DESCRIBED_ELSEWHERE)

    def _parameter(self, parameter: Located) -> ParameterRule:
        node = parameter.node
        location = node["in"]
        required = node.get("required") is True or location == "path"
        content = node.get("content")
        if isinstance(content, dict) and content:
            media_type, described = next(iter(content.items()))
            place = pointer_below(parameter.pointer, "content", media_type)
            schema = self._schema_of(Located(described, place))
            return ParameterRule(node["name"], location, "content", False, required, schema, is_json(media_type))
        if not self._dialect.has_content:
            style, explode = _collection_style(node, DEFAULT_STYLES[location])
            return ParameterRule(node["name"], location, style, explode, required, self._own_schema(parameter))
        named = node.get("style")
        style = named if isinstance(named, str) else DEFAULT_STYLES[location]
        explode = node.get("explode", style in ("form", "deepObject", "cookie")) is True
        return ParameterRule(node["name"], location, style, explode, required, self._schema_of(parameter))

    def _schema_of(self, holder: Located) -> bytes:
        located = self._references.follow(*holder)
        if located is None or not isinstance(located.node, dict) or "schema" not in located.node:
            return b""
        return self._schemas.write(Located(located.node["schema"], f"{located.pointer}/schema"))

    def _own_schema(self, parameter: Located) -> bytes:
        """Swagger 2.0 writes the schema's keywords into the parameter itself."""
        node = {key: value for key, value in parameter.node.items() if key not in ("required", "name", "in")}
        if node.get("allowEmptyValue") is False and node.get("type") == "string":
            node["minLength"] = max(1, node["minLength"]) if isinstance(node.get("minLength"), int) else 1
        return self._schemas.write(Located(node, parameter.pointer))

    def _bodies(self, operation: Located, declared: list[Located]) -> tuple[tuple[BodyRule, ...], bool]:
        if self._dialect.has_content:
            return self._contents(operation)
        body = next((each for each in declared if each.node.get("in") == "body"), None)
        fields = [each for each in declared if each.node.get("in") == "formData"]
        consumed = operation.node.get("consumes", self._document.get("consumes"))
        names = [name for name in consumed if isinstance(name, str)] if isinstance(consumed, list) else []
        if body is not None:
            schema = self._schema_of(body)
            bodies = tuple(BodyRule(name, schema) for name in names or ["application/json"])
            return bodies, body.node.get("required") is True
        if not fields:
            return (), False
        properties = b",".join(
            msgspec.json.encode(each.node["name"]) + b":" + self._own_schema(each) for each in fields
        )
        required = [each.node["name"] for each in fields if each.node.get("required") is True]
        demand = b',"required":' + msgspec.json.encode(required) if required else b""
        schema = b'{"type":"object","properties":{%b}%b}' % (properties, demand)
        encodings = tuple(Encoding(each.node["name"], *_collection_style(each.node, "form")) for each in fields)
        has_file = any(each.node.get("type") == "file" for each in fields)
        usual = "multipart/form-data" if has_file else "application/x-www-form-urlencoded"
        forms = [name for name in names if essence_of(name) in FORMS] or [usual]
        return tuple(BodyRule(name, schema, encodings) for name in forms), bool(required)

    def _contents(self, operation: Located) -> tuple[tuple[BodyRule, ...], bool]:
        located = self._references.follow(operation.node.get("requestBody"), f"{operation.pointer}/requestBody")
        content = located.node.get("content") if located is not None and isinstance(located.node, dict) else None
        if located is None or not isinstance(content, dict):
            return (), False
        bodies = []
        for name, node in content.items():
            place = Located(node, pointer_below(located.pointer, "content", name))
            followed = self._references.follow(*place)
            declared = followed.node.get("encoding") if followed and isinstance(followed.node, dict) else None
            encodings = [
                _read_encoding(field, each)
                for field, each in (declared.items() if isinstance(declared, dict) else ())
                if isinstance(each, dict)
            ]
            bodies.append(BodyRule(name, self._schema_of(place), tuple(encodings)))
        return tuple(bodies), located.node.get("required") is True


FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


def located_items(nodes: Any, pointer: str) -> list[Located]:
    """The items of a list in the document, each with its place; none where there is no list."""
    return [Located(node, f"{pointer}/{index}") for index, node in enumerate(nodes if isinstance(nodes, list) else ())]


def _collection_style(node: dict[str, Any], usual: str) -> tuple[str, bool]:
    style, explode = COLLECTION_FORMATS.get(str(node.get("collectionFormat", "csv")), ("", False))
    return style or usual, explode


def _read_encoding(name: str, node: dict[str, Any]) -> Encoding:
    style = str(node.get("style", "form"))
    explode = node.get("explode", style == "form") is True
    media_type = node.get("contentType")
    refuses_reserved = node.get("allowReserved") is False
    return Encoding(name, style, explode, media_type if isinstance(media_type, str) else "", refuses_reserved)
