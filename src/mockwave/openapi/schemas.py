"""Schema Objects merged: what a place in the document demands of a value, as one flat Schema.

A place may be governed by several schema nodes at once: the members of `allOf`, what a `$ref` names, a property
declared in two of them, the chosen alternative of a `oneOf`. `Schemas.merge` absorbs them all, in the order in which
they stand, into one Schema whose fields are the intersection of their keywords (JSON Schema 2020-12 §10.2; OpenAPI 3.0
§4.7.24 for `nullable`, boolean `exclusiveMinimum` and ignored `$ref` siblings). Each node is absorbed once, so no
`allOf` expands exponentially. Nothing here makes a value: whoever makes or checks values reads Schemas.

Which alternative of each `oneOf`, `anyOf` and `if` is absorbed is a Choice, the first of each unless told otherwise;
a Schema knows how many there were, so that others can be tried.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from msgspec import Struct, field

from mockwave.openapi.dialects import Dialect
from mockwave.openapi.equality import is_among
from mockwave.openapi.pattern_strings import matches
from mockwave.openapi.plain_scalars import PlainScalar, read_plain_scalar
from mockwave.openapi.references import Located, References
from mockwave.openapi.report import Problems, describe, pointer_below

MAXIMUM_PARTS: Final = 2000  # nodes absorbed into one Schema
MAXIMUM_NESTING: Final = 80  # of allOf in allOf, oneOf in oneOf, and so on

Place = tuple[Located, ...]  # the nodes that govern one place in a value
Choice = tuple[int, ...]  # for each set of alternatives, in the order met, the index of the one absorbed
Key = tuple[int, ...]  # identities of the nodes at a place, `$ref`s followed


class Bound(NamedTuple):
    """One end of a range of numbers."""

    value: float
    is_exclusive: bool


class Hint(Struct):
    """A value that the document suggests: its `rank` by keyword, and whether it speaks for the whole Schema."""

    value: Any
    rank: int
    is_whole: bool


class Closure(Struct):
    """What a node with `additionalProperties` says of names it does not declare: a schema for them, or False."""

    names: frozenset[str]
    patterns: tuple[str, ...]
    additional: Located


class Schema(Struct, eq=False):
    """The demands on one place. `types` None is any type; `is_never` is a contradiction; `place` is where it came from.

    `needs_check`: some keywords bind in ways that the fields do not say; a value made from them must be checked.
    """

    key: Key
    pointer: str
    place: Place
    is_reference: bool = False
    is_recurrent: bool = False  # a reference leads to it or into it: it may stand inside itself
    is_plain: bool = False  # a scalar without anything of its place (`plain_scalars.py`)
    is_never: bool = False
    needs_check: bool = False
    write_only: bool = False
    types: tuple[str, ...] | None = None
    values: list[Any] | None = None
    hints: list[Hint] = field(default_factory=list)
    alternatives: list[int] = field(default_factory=list)

    format: str = ""
    patterns: list[str] = field(default_factory=list)
    min_length: int = 0
    max_length: int | None = None

    minimum: Bound | None = None
    maximum: Bound | None = None
    multiples: list[float] = field(default_factory=list)

    properties: dict[str, list[Located]] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)
    discriminators: dict[str, str] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    pattern_properties: list[tuple[str, Located]] = field(default_factory=list)
    property_names: list[Located] = field(default_factory=list)
    min_properties: int = 0
    max_properties: int | None = None

    prefix_items: list[list[Located]] = field(default_factory=list)
    items: list[Located] = field(default_factory=list)
    contains: list[Located] = field(default_factory=list)
    min_contains: int = 1
    min_items: int = 0
    max_items: int | None = None
    unique_items: bool = False

    contributors: int = 0  # nodes that say something of structure

    # Filled in when they are first asked for: the names of the declared members, and what governs each (`Schemas`).
    names: tuple[str, ...] | None = None
    members: dict[str, "Schema | None"] = field(default_factory=dict)

    @property
    def declared_names(self) -> tuple[str, ...]:
        """The names of the members that are declared or required, each once, in their order."""
        if self.names is None:
            self.names = tuple(dict.fromkeys((*self.properties, *self.required)))
        return self.names

    @property
    def allows_null(self) -> bool:
        return self.types is None or "null" in self.types


class Schemas:
    """The merged Schemas of one document, each made once."""

    def __init__(self, references: References, problems: Problems, dialect: Dialect) -> None:
        self.references = references
        self.problems = problems
        self.dialect = dialect
        self._merged: dict[tuple[Key, Choice], Schema] = {}
        self._by_node: dict[int, Schema] = {}  # the short way for one node: most places have one
        self._plain: dict[PlainScalar, Schema] = {}
        self._places: dict[Key, tuple[Key, Place, bool]] = {}
        self._targets: dict[int, dict[Any, tuple[int, str]]] = {}  # of discriminators, by identity

    def merge(self, place: Place, choice: Choice = ()) -> Schema:
        """All demands on `place` in one Schema, with the alternatives that `choice` names."""
        if len(place) != 1 or choice or not isinstance(place[0].node, dict):
            return self._merge(place, choice)
        node = place[0].node
        schema = self._by_node.get(id(node))
        if schema is None:
            scalar = read_plain_scalar(node, COUNTED)
            schema = None if scalar is None else self._plain.get(scalar)
            if schema is None:
                schema = self._merge(place, choice)
                if scalar is not None:
                    schema.is_plain = True
                    self._plain[scalar] = schema
            self._by_node[id(node)] = schema
        return schema

    def member(self, schema: Schema, name: str) -> Schema | None:
        """All demands on the member `name` of `schema`; None where it may not be."""
        try:
            return schema.members[name]
        except KeyError:
            place = _place_of(schema, name)
            schema.members[name] = member = None if place is None else self.merge(place)
            return member

    def discriminating_value(self, discriminator: dict[str, Any], reference: str) -> str:
        """What the discriminating property holds for the schema that `reference` names."""
        node = discriminator.get("mapping")  # unlike the discriminator itself always a part of the document
        targets = self._targets.get(id(node))
        if targets is None:
            targets = self._targets[id(node)] = read_mapping(discriminator)
        return discriminating_value(targets, reference)

    def _merge(self, place: Place, choice: Choice) -> Schema:
        key, place, is_reference = self._resolve(place)
        schema = self._merged.get((key, choice))
        if schema is None:
            schema = Schema(key=key, pointer=place[0].pointer if place else "", place=place, is_reference=is_reference)
            _Merging(schema, choice, self).run()
            self._merged[key, choice] = schema
        schema.is_recurrent = schema.is_recurrent or is_reference
        return schema

    def _resolve(self, place: Place) -> tuple[Key, Place, bool]:
        """`place` with its references followed, and its key. In dialects where siblings of a `$ref` count, a node
        that has some stands for itself."""
        raw_key = tuple(map(_identity, place))
        known = self._places.get(raw_key)
        if known is None:
            followed: dict[int, Located] = {}
            for part in place:
                target = self._follow_plain(part)
                if target is not None:
                    followed.setdefault(_identity(target), target)
            is_reference = any(isinstance(part.node, dict) and "$ref" in part.node for part in place)
            known = self._places[raw_key] = (tuple(followed), tuple(followed.values()), is_reference)
        return known

    def _follow_plain(self, part: Located) -> Located | None:
        seen: set[str] = set()
        while isinstance(part.node, dict) and isinstance(part.node.get("$ref"), str):
            if len(part.node) > 1 and self.dialect.reads_reference_siblings:
                break
            if part.pointer in seen:
                self.problems.add(part.pointer, f"$ref {part.node['$ref']!r} leads back to itself; any value is taken")
                return None
            seen.add(part.pointer)
            target = self.references.look_up(part.node["$ref"], part.pointer)
            if target is None:
                return None
            part = target
        return part


def _place_of(schema: Schema, name: str) -> Place | None:
    """All that governs the property `name`; None where it may not be."""
    if not schema.pattern_properties and not schema.closures:
        return tuple(schema.properties.get(name, ()))
    place = list(schema.properties.get(name, ()))
    place += [part for pattern, part in schema.pattern_properties if matches(name, pattern)]
    for closure in schema.closures:
        if name in closure.names or any(matches(name, pattern) for pattern in closure.patterns):
            continue
        if closure.additional.node is False:
            return None
        place.append(closure.additional)
    return tuple(place)


def _identity(part: Located) -> int:
    # Nodes live as long as the document, so identities are stable; booleans are shared, and told apart by place.
    return id(part.node) if isinstance(part.node, dict) else hash(part.pointer)


class _Malformed(Exception):
    """A keyword's value is not what the keyword takes; `args[0]` says what it takes."""


class _Merging:
    """One run of absorbing nodes into a Schema."""

    def __init__(self, schema: Schema, choice: Choice, schemas: Schemas) -> None:
        self.schema = schema
        self.choice = choice
        self.schemas = schemas
        self.references = schemas.references
        self.problems = schemas.problems
        self.dialect = schemas.dialect
        self.absorbed: set[int] = set()
        self.hints: list[tuple[Hint, int, int]] = []  # with the number of contributors before and after its node
        self.depth = 0
        # The component that is made, whichever others it is composed of; "" where the schema has no name.
        self.component = self.find_component(schema.place[0]) if schema.is_reference and schema.place else ""

    def find_component(self, part: Located) -> str:
        """The pointer of what `part` refers to, itself where it is no reference."""
        target = self.references.follow(*part)
        return part.pointer if target is None else target.pointer

    def run(self) -> None:
        for part in self.schema.place:
            self.absorb(part)
        total = self.schema.contributors
        for hint, before, after in self.hints:
            hint.is_whole = after - before == total
        self.schema.hints = [hint for hint, _, _ in sorted(self.hints, key=lambda each: each[0].rank)]

    def absorb(self, part: Located) -> None:
        """Take the demands of the node `part` into the Schema."""
        node, pointer = part
        if node is True or node is None:
            return
        if node is False:
            self.schema.is_never = True
            return
        if not isinstance(node, dict):
            self.problems.add(pointer, f"expected a schema, got {describe(node)}; any value is taken instead")
            return
        if id(node) in self.absorbed:
            return
        if len(self.absorbed) >= MAXIMUM_PARTS or self.depth >= MAXIMUM_NESTING:
            self.problems.add(pointer, "this schema is composed of too many others; the rest of them is left out")
            return
        self.absorbed.add(id(node))
        self.depth += 1
        before = self.schema.contributors
        self.schema.contributors += not STRUCTURE.isdisjoint(node)
        keywords = node
        if "$ref" in node and isinstance(node["$ref"], str) and not self.dialect.reads_reference_siblings:
            keywords = {"$ref": node["$ref"]}
        for keyword, value in keywords.items():
            rule = RULES.get(keyword)
            if rule is not None:
                try:
                    rule(self, value, part)
                except _Malformed as malformed:
                    message = f"{keyword} takes {malformed.args[0]}, got {describe(value)}; it is ignored"
                    self.problems.add(pointer_below(pointer, keyword), message)
        for hint in read_hints(node):
            self.hints.append((hint, before, self.schema.contributors))
        self.depth -= 1

    def absorb_one_of(self, members: list[Place]) -> int:
        """Absorb the chosen one of `members`; return its index."""
        index = len(self.schema.alternatives)
        chosen = self.choice[index] % len(members) if index < len(self.choice) else 0
        self.schema.alternatives.append(len(members))
        outer = self.component
        for member in members[chosen]:
            if isinstance(member.node, dict) and "$ref" in member.node:
                self.component = self.find_component(member)
            self.absorb(member)
            self.component = outer
        return chosen


def read_hints(node: dict[str, Any]) -> Iterator[Hint]:
    """The values that `node` itself suggests, by its `example`, `examples` and `default`."""
    if "example" in node:
        yield Hint(node["example"], 0, True)
    examples = node.get("examples")
    if isinstance(examples, dict):  # not a form of the standards, yet seen: as in a Media Type Object
        examples = [each["value"] if isinstance(each, dict) and "value" in each else each for each in examples.values()]
    if isinstance(examples, list) and examples:
        yield Hint(examples[0], 1, True)
    if "default" in node:
        yield Hint(node["default"], 2, True)


Rule = Callable[[_Merging, Any, Located], None]

STRUCTURE: Final = frozenset(
    ("properties", "additionalProperties", "patternProperties", "required", "items", "prefixItems", "enum", "const")
)


# --- Types and values -------------------------------------------------------------------------------------------------

# Names of types that are none, yet plain in their meaning: name -> (type, format).
TYPE_ALIASES: Final[dict[str, tuple[str, str]]] = {
    "int": ("integer", ""),
    "int32": ("integer", ""),
    "int64": ("integer", ""),
    "long": ("integer", ""),
    "float": ("number", ""),
    "double": ("number", ""),
    "decimal": ("number", ""),
    "bool": ("boolean", ""),
    "str": ("string", ""),
    "text": ("string", ""),
    "uuid": ("string", "uuid"),
    "date": ("string", "date"),
    "datetime": ("string", "date-time"),
    "date-time": ("string", "date-time"),
    "timestamp": ("string", "date-time"),
    "file": ("string", "binary"),
    "list": ("array", ""),
    "dict": ("object", ""),
    "map": ("object", ""),
}
TYPES: Final = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))


def _absorb_type(merging: _Merging, value: Any, part: Located) -> None:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise _Malformed("the name of a type or an array of them")
    schema = merging.schema
    types: list[str] = []
    for name in names:
        if name in TYPES:
            types.append(name)
        elif name.lower() in TYPES:
            types.append(name.lower())
        elif name.lower() in TYPE_ALIASES:
            alias, alias_format = TYPE_ALIASES[name.lower()]
            types.append(alias)
            schema.format = schema.format or alias_format
        else:
            if name != "any":
                raise _Malformed("string, number, integer, boolean, array, object or null")
            return
    if merging.dialect.has_nullable and (part.node.get("nullable") is True or part.node.get("x-nullable") is True):
        types.append("null")
    if schema.types is None:
        schema.types = tuple(dict.fromkeys(types))
    else:
        schema.types = tuple(_intersect_types(schema.types, types))
        schema.is_never = schema.is_never or not schema.types


def _intersect_types(first: tuple[str, ...], second: list[str]) -> Iterator[str]:
    for name in first:
        if name in second:
            yield name
        elif (name == "number" and "integer" in second) or (name == "integer" and "number" in second):
            yield "integer"


def _absorb_enum(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, list) or not value:
        raise _Malformed("an array of values")
    known = merging.schema.values
    merging.schema.values = list(value) if known is None else [each for each in known if is_among(each, value)]


def _absorb_const(merging: _Merging, value: Any, part: Located) -> None:
    _absorb_enum(merging, [value], part)


# --- Numbers and lengths ----------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _count(value: Any) -> int:
    if not is_number(value) or value < 0 or value != int(value):
        raise _Malformed("a non-negative integer")
    return int(value)


def _raise_field(name: str) -> Rule:
    def rule(merging: _Merging, value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), _count(value)))

    return rule


def _lower_field(name: str) -> Rule:
    def rule(merging: _Merging, value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, _count(value) if known is None else min(known, _count(value)))

    return rule


def _absorb_minimum(merging: _Merging, value: Any, part: Located) -> None:
    if not is_number(value):
        raise _Malformed("a number")
    _raise_minimum(merging.schema, Bound(value, part.node.get("exclusiveMinimum") is True))


def _absorb_exclusive_minimum(merging: _Merging, value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return  # OpenAPI 3.0: qualifies `minimum`
    if not is_number(value):
        raise _Malformed("a number or a boolean")
    _raise_minimum(merging.schema, Bound(value, True))


def _raise_minimum(schema: Schema, bound: Bound) -> None:
    schema.minimum = bound if schema.minimum is None else max(schema.minimum, bound)


def _absorb_maximum(merging: _Merging, value: Any, part: Located) -> None:
    if not is_number(value):
        raise _Malformed("a number")
    _lower_maximum(merging.schema, Bound(value, part.node.get("exclusiveMaximum") is True))


def _absorb_exclusive_maximum(merging: _Merging, value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return
    if not is_number(value):
        raise _Malformed("a number or a boolean")
    _lower_maximum(merging.schema, Bound(value, True))


def _lower_maximum(schema: Schema, bound: Bound) -> None:
    if schema.maximum is None or (bound.value, not bound.is_exclusive) < (
        schema.maximum.value,
        not schema.maximum.is_exclusive,
    ):
        schema.maximum = bound


def _absorb_multiple(merging: _Merging, value: Any, part: Located) -> None:
    if not is_number(value) or value <= 0:
        raise _Malformed("a number above 0")
    merging.schema.multiples.append(value)


# --- Strings ----------------------------------------------------------------------------------------------------------


def _absorb_format(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise _Malformed("a string")
    merging.schema.format = merging.schema.format or value


def _absorb_encoding(merging: _Merging, value: Any, part: Located) -> None:
    if value in ("base64", "base64url"):  # what `format: byte` was before OpenAPI 3.1
        merging.schema.format = merging.schema.format or "byte"


def _absorb_pattern(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise _Malformed("a regular expression")
    if value not in merging.schema.patterns:
        merging.schema.patterns.append(value)


# --- Objects ----------------------------------------------------------------------------------------------------------


def _mapping(value: Any, of: str = "an object of schemas") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Malformed(of)
    return value


def _absorb_properties(merging: _Merging, value: Any, part: Located) -> None:
    properties = merging.schema.properties
    pointer = f"{part.pointer}/properties"
    for name, node in _mapping(value).items():
        properties.setdefault(name, []).append(Located(node, pointer_below(pointer, name)))


def _absorb_required(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _Malformed("an array of names")
    merging.schema.required.update(dict.fromkeys(value))


def _absorb_additional(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, dict | bool):
        raise _Malformed("a schema or a boolean")
    if value is True:
        return
    names = part.node.get("properties")
    patterns = part.node.get("patternProperties")
    merging.schema.closures.append(
        Closure(
            names=frozenset(names if isinstance(names, dict) else ()),
            patterns=tuple(patterns if isinstance(patterns, dict) else ()),
            additional=Located(value, f"{part.pointer}/additionalProperties"),
        )
    )


def _absorb_pattern_properties(merging: _Merging, value: Any, part: Located) -> None:
    for pattern, node in _mapping(value).items():
        place = Located(node, pointer_below(part.pointer, "patternProperties", pattern))
        merging.schema.pattern_properties.append((pattern, place))


def _absorb_property_names(merging: _Merging, value: Any, part: Located) -> None:
    merging.schema.property_names.append(Located(value, f"{part.pointer}/propertyNames"))
    merging.schema.needs_check = True


def _absorb_dependent_required(merging: _Merging, value: Any, part: Located) -> None:
    schema = merging.schema
    for name, dependents in _mapping(value, "an object of arrays of names").items():
        # Optional properties are made too, so what they bring along is as good as required.
        if isinstance(dependents, list) and (name in schema.properties or name in schema.required):
            schema.required.update(dict.fromkeys(each for each in dependents if isinstance(each, str)))
    schema.needs_check = True


def _absorb_dependent_schemas(merging: _Merging, value: Any, part: Located) -> None:
    keyword = "dependencies" if part.node.get("dependencies") is value else "dependentSchemas"
    for name, node in _mapping(value).items():
        if isinstance(node, list):
            _absorb_dependent_required(merging, {name: node}, part)
        elif name in merging.schema.properties or name in merging.schema.required:
            merging.absorb(Located(node, pointer_below(part.pointer, keyword, name)))
    merging.schema.needs_check = True


# --- Arrays -----------------------------------------------------------------------------------------------------------


def _absorb_items(merging: _Merging, value: Any, part: Located) -> None:
    if isinstance(value, list):  # a tuple, before 2020-12
        _absorb_prefix_items(merging, value, part)
        if isinstance(part.node.get("additionalItems"), dict | bool):
            merging.schema.items.append(Located(part.node["additionalItems"], f"{part.pointer}/additionalItems"))
        return
    if not isinstance(value, dict | bool):
        raise _Malformed("a schema")
    merging.schema.items.append(Located(value, f"{part.pointer}/items"))


def _absorb_prefix_items(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, list):
        raise _Malformed("an array of schemas")
    keyword = "prefixItems" if part.node.get("prefixItems") is value else "items"
    known = merging.schema.prefix_items
    for index, node in enumerate(value):
        if index == len(known):
            known.append([])
        known[index].append(Located(node, pointer_below(part.pointer, keyword, index)))


def _absorb_unique(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, bool):
        raise _Malformed("a boolean")
    merging.schema.unique_items = merging.schema.unique_items or value


def _absorb_contains(merging: _Merging, value: Any, part: Located) -> None:
    merging.schema.contains.append(Located(value, f"{part.pointer}/contains"))
    merging.schema.needs_check = True


# --- Schemas of schemas -----------------------------------------------------------------------------------------------


def _absorb_reference(merging: _Merging, value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise _Malformed("a string")
    merging.schema.is_recurrent = True
    target = merging.references.look_up(value, part.pointer)
    if target is not None:
        merging.absorb(target)


def _members(value: Any, part: Located, keyword: str) -> list[Located]:
    if not isinstance(value, list) or not value:
        raise _Malformed("a non-empty array of schemas")
    return [Located(node, pointer_below(part.pointer, keyword, index)) for index, node in enumerate(value)]


def _absorb_all_of(merging: _Merging, value: Any, part: Located) -> None:
    for member in _members(value, part, "allOf"):
        merging.absorb(member)


def _absorb_any_of(merging: _Merging, value: Any, part: Located) -> None:
    _absorb_alternatives(merging, _members(value, part, "anyOf"), part)


def _absorb_one_of(merging: _Merging, value: Any, part: Located) -> None:
    members = _members(value, part, "oneOf")
    merging.schema.needs_check = merging.schema.needs_check or len(members) > 1
    _absorb_alternatives(merging, members, part)


def _absorb_alternatives(merging: _Merging, members: list[Located], part: Located) -> None:
    discriminator = part.node.get("discriminator")
    if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
        index = len(merging.schema.alternatives)
        chosen = members[merging.choice[index] % len(members) if index < len(merging.choice) else 0].node
        if isinstance(chosen, dict) and isinstance(chosen.get("$ref"), str):
            name = merging.schemas.discriminating_value(discriminator, chosen["$ref"])
            merging.schema.discriminators.setdefault(discriminator["propertyName"], name)
    merging.absorb_one_of([(member,) for member in members])


def read_mapping(discriminator: dict[str, Any]) -> dict[Any, tuple[int, str]]:
    """For each target of a discriminator's `mapping` the first value that leads to it, and how many come before."""
    mapping = discriminator.get("mapping")
    targets: dict[Any, tuple[int, str]] = {}
    for position, (value, target) in enumerate(mapping.items() if isinstance(mapping, dict) else ()):
        if isinstance(target, str):
            targets.setdefault(target, (position, str(value)))
    return targets


def discriminating_value(targets: dict[Any, tuple[int, str]], reference: str) -> str:
    """What the discriminating property holds for the schema that `reference` names, of all that the mapping leads to
    (OpenAPI 3.1 §4.8.25)."""
    name = reference.rsplit("/", 1)[-1]
    found = [targets[each] for each in (reference, name) if each in targets]
    return min(found)[1] if found else name


def _absorb_discriminator(merging: _Merging, value: Any, part: Located) -> None:
    """A discriminator of a base schema: its value names the component that is made."""
    if "oneOf" in part.node or "anyOf" in part.node or not merging.component:
        return
    if isinstance(value, str):  # Swagger 2.0
        value = {"propertyName": value}
    if isinstance(value, dict) and isinstance(value.get("propertyName"), str):
        name = merging.schemas.discriminating_value(value, f"#{merging.component}")
        merging.schema.discriminators.setdefault(value["propertyName"], name)


def _absorb_not(merging: _Merging, value: Any, part: Located) -> None:
    merging.schema.needs_check = True
    if isinstance(value, dict) and set(value) == {"required"} and isinstance(value["required"], list):
        merging.schema.excluded.update(name for name in value["required"][:1] if isinstance(name, str))


def _absorb_if(merging: _Merging, value: Any, part: Located) -> None:
    condition = Located(value, f"{part.pointer}/if")
    then = Located(part.node.get("then", True), f"{part.pointer}/then")
    otherwise = Located(part.node.get("else", True), f"{part.pointer}/else")
    merging.schema.needs_check = True
    merging.absorb_one_of([(condition, then), (otherwise,)])


def _absorb_write_only(merging: _Merging, value: Any, part: Located) -> None:
    merging.schema.write_only = merging.schema.write_only or value is True


RULES: Final[dict[str, Rule]] = {
    "type": _absorb_type,
    "enum": _absorb_enum,
    "const": _absorb_const,
    "minimum": _absorb_minimum,
    "exclusiveMinimum": _absorb_exclusive_minimum,
    "maximum": _absorb_maximum,
    "exclusiveMaximum": _absorb_exclusive_maximum,
    "multipleOf": _absorb_multiple,
    "format": _absorb_format,
    "contentEncoding": _absorb_encoding,
    "pattern": _absorb_pattern,
    "minLength": _raise_field("min_length"),
    "maxLength": _lower_field("max_length"),
    "properties": _absorb_properties,
    "required": _absorb_required,
    "additionalProperties": _absorb_additional,
    "patternProperties": _absorb_pattern_properties,
    "propertyNames": _absorb_property_names,
    "minProperties": _raise_field("min_properties"),
    "maxProperties": _lower_field("max_properties"),
    "dependentRequired": _absorb_dependent_required,
    "dependentSchemas": _absorb_dependent_schemas,
    "dependencies": _absorb_dependent_schemas,
    "items": _absorb_items,
    "prefixItems": _absorb_prefix_items,
    "contains": _absorb_contains,
    "minContains": _raise_field("min_contains"),
    "minItems": _raise_field("min_items"),
    "maxItems": _lower_field("max_items"),
    "uniqueItems": _absorb_unique,
    "$ref": _absorb_reference,
    "$dynamicRef": _absorb_reference,
    "allOf": _absorb_all_of,
    "anyOf": _absorb_any_of,
    "oneOf": _absorb_one_of,
    "not": _absorb_not,
    "if": _absorb_if,
    "discriminator": _absorb_discriminator,
    "writeOnly": _absorb_write_only,
}

# What makes two schemas different: keywords, what suggests values, and what hints at fakers.
COUNTED: Final = frozenset((*RULES, "nullable", "x-nullable", "example", "examples", "default", "x-faker", "faker"))
