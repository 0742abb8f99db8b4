"""Schemas of requests as plain JSON Schema: Draft 4 for OpenAPI 3.0 and Swagger 2.0, else 2020-12.

What validators do not know is rewritten: `nullable` becomes a type, `type: file` anything, `format: int32` its bounds,
a `discriminator` what each alternative asks of its property (OpenAPI 3.1 §4.8.25), and a readOnly property is not
required, since these are requests. Keywords that validate nothing are left out. Each schema behind a `$ref` becomes one
definition, `#/$defs/<number>`, which is the part of that number: written once for the whole document, with the numbers
of those that it needs.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.openapi.dialects import Dialect
from mockwave.openapi.parts import PartPool, Parts
from mockwave.openapi.references import Located, References
from mockwave.openapi.report import escape_token, pointer_below
from mockwave.openapi.request_patterns import spell_strictly

SCHEMA_KEYWORDS: Final = frozenset(
    (
        "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties",
    )
)  # fmt: skip
LIST_KEYWORDS: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
MAP_KEYWORDS: Final = frozenset(("properties", "patternProperties", "dependentSchemas"))
PLAIN_KEYWORDS: Final = frozenset(
    (
        "const", "dependentRequired", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains",
        "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties",
        "minimum", "multipleOf", "pattern", "required", "type", "uniqueItems",
    )
)  # fmt: skip
NAMING_PLACES: Final = ("schemas", "definitions", "$defs")  # schemas have names here, and positions elsewhere
INTEGER_BOUNDS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


class Definition(Struct, frozen=True, array_like=True):
    """The JSON text of a schema, and the definitions that it refers to."""

    schema: bytes
    needs: tuple[int, ...]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Definition)


class RequestSchemas:
    """Writes the schemas of one document's requests."""

    def __init__(self, references: References, dialect: Dialect, pool: PartPool) -> None:
        self._references = references
        self._is_modern = dialect.reads_reference_siblings
        self.draft = 2020 if self._is_modern else 4
        self._pool = pool
        self._numbers: dict[int, int] = {}  # by identity: nodes live as long as the document
        self._waiting: list[tuple[int, Located]] = []
        self._needed: set[int] = set()

    def write(self, schema: Located) -> Definition:
        """`schema` as JSON text, with the definitions it refers to, which `write_definitions` is to write yet."""
        self._needed = set()
        text = msgspec.json.encode(self._rewrite(schema.node, schema.pointer))
        return Definition(text, tuple(sorted(self._needed)))

    def write_definitions(self) -> None:
        """Write all definitions that were referred to, those in them too."""
        while self._waiting:
            number, node = self._waiting.pop()
            self._pool.fill(number, _encode(self.write(node)))

    def _rewrite(self, node: Any, pointer: str) -> Any:
        if not isinstance(node, dict):
            return node if isinstance(node, bool) and self._is_modern else {"not": {}} if node is False else {}
        written: dict[str, Any] = {}
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(node.get(keyword), str):
                target = self._references.look_up(node[keyword], pointer)
                written.update({} if target is None else self._refer(target))
                if not self._is_modern:
                    return written
        for keyword, value in node.items():
            if keyword in PLAIN_KEYWORDS:
                written[keyword] = value
            elif keyword in SCHEMA_KEYWORDS:
                written[keyword] = self._rewrite_schema(keyword, value, f"{pointer}/{keyword}")
            elif keyword in LIST_KEYWORDS and isinstance(value, list) and value:
                place = f"{pointer}/{keyword}"
                written[keyword] = [self._rewrite(each, f"{place}/{index}") for index, each in enumerate(value)]
            elif keyword in MAP_KEYWORDS and isinstance(value, dict):
                place = f"{pointer}/{keyword}"
                written[keyword] = {
                    name: self._rewrite(each, f"{place}/{escape_token(name)}") for name, each in value.items()
                }
        self._adapt(node, written, pointer)
        spell_patterns(written)
        return written

    def _rewrite_schema(self, keyword: str, value: Any, place: str) -> Any:
        if keyword == "items" and isinstance(value, list):
            return [self._rewrite(each, f"{place}/{index}") for index, each in enumerate(value)]
        if keyword.startswith("additional") and isinstance(value, bool):
            return value
        return self._rewrite(value, place)

    def _refer(self, target: Located) -> dict[str, Any]:
        number = self._numbers.get(id(target.node))
        if number is None:
            number = self._numbers[id(target.node)] = self._pool.reserve()
            self._waiting.append((number, target))
        self._needed.add(number)
        return {"$ref": f"#/$defs/{number}"}

    def _adapt(self, node: dict[str, Any], written: dict[str, Any], pointer: str) -> None:
        """Bring what OpenAPI writes in its own way into `written`."""
        kind = written.get("type")
        if kind == "file":
            del written["type"]
        if isinstance(kind, str) and kind != "file" and True in (node.get("nullable"), node.get("x-nullable")):
            written["type"] = [kind, "null"]
            if isinstance(written.get("enum"), list) and None not in written["enum"]:
                written["enum"] = [*written["enum"], None]
        bounds = INTEGER_BOUNDS.get(str(node.get("format"))) if kind == "integer" else None
        if bounds is not None:
            written["allOf"] = [*written.get("allOf", ()), {"minimum": bounds[0], "maximum": bounds[1]}]
        for keyword in ("oneOf", "anyOf"):
            if isinstance(written.get(keyword), list):
                written[keyword] = discriminate(node, node[keyword], written[keyword])
        required = written.get("required")
        if "required" in written:
            names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
            written["required"] = [name for name in dict.fromkeys(names) if not self._is_read_only(node, name, pointer)]
            if not written["required"]:  # Draft 4 takes no empty list
                del written["required"]

    def _is_read_only(self, node: dict[str, Any], name: str, pointer: str) -> bool:
        properties = node.get("properties")
        child = properties.get(name) if isinstance(properties, dict) else None
        located = self._references.follow(child, pointer_below(pointer, "properties", name)) if child else None
        return located is not None and isinstance(located.node, dict) and located.node.get("readOnly") is True


def join_definitions(needed: Iterable[int], parts: Parts) -> bytes:
    """The definitions `needed`, and those that they need, as the JSON text of one object."""
    done: set[int] = set()
    waiting = list(needed)
    texts = []
    while waiting:
        number = waiting.pop()
        if number not in done:
            done.add(number)
            definition = _decoder.decode(parts[number])
            waiting.extend(definition.needs)
            texts.append(b'"%d":%b' % (number, definition.schema))
    return b"{%b}" % b",".join(texts)


def spell_patterns(written: dict[str, Any]) -> None:
    """Write the patterns of one schema, not those below it, as validators take them."""
    if isinstance(written.get("pattern"), str):
        written["pattern"] = spell_strictly(written["pattern"])
    if "patternProperties" in written:
        by_pattern = written["patternProperties"].items()
        written["patternProperties"] = {spell_strictly(pattern): schema for pattern, schema in by_pattern}


def discriminate(node: dict[str, Any], alternatives: list[Any], written: list[Any]) -> list[Any]:
    """`written` with the values that the discriminator of `node` has for each alternative, which make it the only one.

    An alternative has the name of its schema and those that `mapping` gives it; one that has none, since it is written
    out in place or refers to such a place, is left as it is.
    """
    discriminator = node.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    if not isinstance(name, str) or not isinstance(discriminator, dict):
        return written
    mapping = discriminator.get("mapping")
    mapped = [
        (value, target)
        for value, target in (mapping.items() if isinstance(mapping, dict) else ())
        if isinstance(target, str)
    ]
    narrowed: dict[str, Any] = {}
    for index, (alternative, schema) in enumerate(zip(alternatives, written, strict=True)):
        reference = alternative.get("$ref") if isinstance(alternative, dict) else None
        values = names_of(reference, mapped) if isinstance(reference, str) else []
        if not values:
            narrowed[str(index)] = schema
            continue
        # Named twice it would never be the only one.
        narrowed[str(reference)] = {"allOf": [schema, {"required": [name], "properties": {name: {"enum": values}}}]}
    return list(narrowed.values())


def names_of(reference: str, mapped: list[tuple[str, str]]) -> list[str]:
    """What the discriminating property may hold for the schema that `reference` names."""
    place, _, own_name = reference.rpartition("/")
    if place.rpartition("/")[2] not in NAMING_PLACES:
        return [value for value, target in mapped if target == reference]
    return list(
        dict.fromkeys([own_name, *(value for value, target in mapped if target.rpartition("/")[2] == own_name)])
    )
