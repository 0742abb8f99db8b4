"""What each keyword of a Schema Object adds to the demands on a place: one rule a keyword, in RULES.

JSON Schema 2020-12, and where OpenAPI 3.0 and Swagger 2.0 differ, their way (OpenAPI 3.0 §4.7.24 for `nullable` and the
boolean `exclusiveMinimum`). A rule gets the merging in progress, the keyword's value, and the node that has it.
"""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from mockwave.openapi.demands import Bound, Closure, Schema
from mockwave.openapi.equality import is_among
from mockwave.openapi.references import Located
from mockwave.openapi.report import escape_token, pointer_below

if TYPE_CHECKING:
    from mockwave.openapi.schemas import Merging


class Malformed(Exception):
    """A keyword's value is not what the keyword takes; `args[0]` says what it takes."""


Rule = Callable[["Merging", Any, Located], None]

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


def _absorb_type(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, str) and value in TYPES and merging.schema.types is None:
        merging.schema.types = (value, "null") if value != "null" and _is_nullable(merging, part) else (value,)
        return
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise Malformed("the name of a type or an array of them")
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
                raise Malformed("string, number, integer, boolean, array, object or null")
            return
    if _is_nullable(merging, part):
        types.append("null")
    if schema.types is None:
        schema.types = tuple(dict.fromkeys(types))
    else:
        schema.types = tuple(_intersect_types(schema.types, types))
        schema.is_never = schema.is_never or not schema.types


def _is_nullable(merging: "Merging", part: Located) -> bool:
    return merging.dialect.has_nullable and (part.node.get("nullable") is True or part.node.get("x-nullable") is True)


def _intersect_types(first: tuple[str, ...], second: list[str]) -> Iterator[str]:
    for name in first:
        if name in second:
            yield name
        elif (name == "number" and "integer" in second) or (name == "integer" and "number" in second):
            yield "integer"


def _absorb_enum(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, list) or not value:
        raise Malformed("an array of values")
    known = merging.schema.values
    merging.schema.values = list(value) if known is None else [each for each in known if is_among(each, value)]


def _absorb_const(merging: "Merging", value: Any, part: Located) -> None:
    _absorb_enum(merging, [value], part)


# --- Numbers and lengths ----------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _count(value: Any) -> int:
    if not is_number(value) or value < 0 or value != int(value):
        raise Malformed("a non-negative integer")
    return int(value)


def _raise_field(name: str) -> Rule:
    def rule(merging: "Merging", value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), _count(value)))

    return rule


def _lower_field(name: str) -> Rule:
    def rule(merging: "Merging", value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, _count(value) if known is None else min(known, _count(value)))

    return rule


def _absorb_minimum(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value):
        raise Malformed("a number")
    _raise_minimum(merging.schema, Bound(value, part.node.get("exclusiveMinimum") is True))


def _absorb_exclusive_minimum(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return  # OpenAPI 3.0: qualifies `minimum`
    if not is_number(value):
        raise Malformed("a number or a boolean")
    _raise_minimum(merging.schema, Bound(value, True))


def _raise_minimum(schema: Schema, bound: Bound) -> None:
    schema.minimum = bound if schema.minimum is None else max(schema.minimum, bound)


def _absorb_maximum(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value):
        raise Malformed("a number")
    _lower_maximum(merging.schema, Bound(value, part.node.get("exclusiveMaximum") is True))


def _absorb_exclusive_maximum(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return
    if not is_number(value):
        raise Malformed("a number or a boolean")
    _lower_maximum(merging.schema, Bound(value, True))


def _lower_maximum(schema: Schema, bound: Bound) -> None:
    if schema.maximum is None or (bound.value, not bound.is_exclusive) < (
        schema.maximum.value,
        not schema.maximum.is_exclusive,
    ):
        schema.maximum = bound


def _absorb_multiple(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value) or value <= 0:
        raise Malformed("a number above 0")
    merging.schema.multiples.append(value)


# --- Strings ----------------------------------------------------------------------------------------------------------


def _absorb_format(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise Malformed("a string")
    merging.schema.format = merging.schema.format or value


def _absorb_encoding(merging: "Merging", value: Any, part: Located) -> None:
    if value in ("base64", "base64url"):  # what `format: byte` was before OpenAPI 3.1
        merging.schema.format = merging.schema.format or "byte"


def _absorb_pattern(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise Malformed("a regular expression")
    if value not in merging.schema.patterns:
        merging.schema.patterns.append(value)


# --- Objects ----------------------------------------------------------------------------------------------------------


def _mapping(value: Any, of: str = "an object of schemas") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(of)
    return value


def _absorb_properties(merging: "Merging", value: Any, part: Located) -> None:
    properties = merging.schema.properties
    pointer = f"{part.pointer}/properties"
    for name, node in _mapping(value).items():
        place = Located(node, f"{pointer}/{escape_token(name)}")
        if name in properties:
            properties[name].append(place)
        else:
            properties[name] = [place]


def _absorb_required(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Malformed("an array of names")
    merging.schema.required.update(dict.fromkeys(value))


def _absorb_additional(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, dict | bool):
        raise Malformed("a schema or a boolean")
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


def _absorb_pattern_properties(merging: "Merging", value: Any, part: Located) -> None:
    for pattern, node in _mapping(value).items():
        place = Located(node, pointer_below(part.pointer, "patternProperties", pattern))
        merging.schema.pattern_properties.append((pattern, place))


def _absorb_property_names(merging: "Merging", value: Any, part: Located) -> None:
    merging.schema.property_names.append(Located(value, f"{part.pointer}/propertyNames"))
    merging.schema.needs_check = True


def _absorb_dependent_required(merging: "Merging", value: Any, part: Located) -> None:
    schema = merging.schema
    for name, dependents in _mapping(value, "an object of arrays of names").items():
        # Optional properties are made too, so what they bring along is as good as required.
        if isinstance(dependents, list) and (name in schema.properties or name in schema.required):
            schema.required.update(dict.fromkeys(each for each in dependents if isinstance(each, str)))
    schema.needs_check = True


def _absorb_dependent_schemas(merging: "Merging", value: Any, part: Located) -> None:
    keyword = "dependencies" if part.node.get("dependencies") is value else "dependentSchemas"
    for name, node in _mapping(value).items():
        if isinstance(node, list):
            _absorb_dependent_required(merging, {name: node}, part)
        elif name in merging.schema.properties or name in merging.schema.required:
            merging.absorb(Located(node, pointer_below(part.pointer, keyword, name)))
    merging.schema.needs_check = True


# --- Arrays -----------------------------------------------------------------------------------------------------------


def _absorb_items(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, list):  # a tuple, before 2020-12
        _absorb_prefix_items(merging, value, part)
        if isinstance(part.node.get("additionalItems"), dict | bool):
            merging.schema.items.append(Located(part.node["additionalItems"], f"{part.pointer}/additionalItems"))
        return
    if not isinstance(value, dict | bool):
        raise Malformed("a schema")
    merging.schema.items.append(Located(value, f"{part.pointer}/items"))


def _absorb_prefix_items(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, list):
        raise Malformed("an array of schemas")
    keyword = "prefixItems" if part.node.get("prefixItems") is value else "items"
    known = merging.schema.prefix_items
    for index, node in enumerate(value):
        if index == len(known):
            known.append([])
        known[index].append(Located(node, pointer_below(part.pointer, keyword, index)))


def _absorb_unique(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, bool):
        raise Malformed("a boolean")
    merging.schema.unique_items = merging.schema.unique_items or value


def _absorb_contains(merging: "Merging", value: Any, part: Located) -> None:
    merging.schema.contains.append(Located(value, f"{part.pointer}/contains"))
    merging.schema.needs_check = True


# --- Schemas of schemas -----------------------------------------------------------------------------------------------


def _absorb_reference(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise Malformed("a string")
    merging.schema.is_recurrent = True
    target = merging.references.look_up(value, part.pointer)
    if target is not None:
        merging.absorb(target)


def _members(value: Any, part: Located, keyword: str) -> list[Located]:
    if not isinstance(value, list) or not value:
        raise Malformed("a non-empty array of schemas")
    return [Located(node, pointer_below(part.pointer, keyword, index)) for index, node in enumerate(value)]


def _absorb_all_of(merging: "Merging", value: Any, part: Located) -> None:
    for member in _members(value, part, "allOf"):
        merging.absorb(member)


def _absorb_any_of(merging: "Merging", value: Any, part: Located) -> None:
    _absorb_alternatives(merging, _members(value, part, "anyOf"), part)


def _absorb_one_of(merging: "Merging", value: Any, part: Located) -> None:
    members = _members(value, part, "oneOf")
    merging.schema.needs_check = merging.schema.needs_check or len(members) > 1
    _absorb_alternatives(merging, members, part)


def _absorb_alternatives(merging: "Merging", members: list[Located], part: Located) -> None:
    discriminator = part.node.get("discriminator")
    if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
        index = len(merging.schema.alternatives)
        chosen = members[merging.choice[index] % len(members) if index < len(merging.choice) else 0].node
        if isinstance(chosen, dict) and isinstance(chosen.get("$ref"), str):
            name = merging.schemas.discriminating_value(discriminator, chosen["$ref"])
            merging.schema.discriminators.setdefault(discriminator["propertyName"], name)
    merging.absorb_one_of([(member,) for member in members])


def _absorb_discriminator(merging: "Merging", value: Any, part: Located) -> None:
    """A discriminator of a base schema: its value names the component that is made."""
    if "oneOf" in part.node or "anyOf" in part.node or not merging.component:
        return
    if isinstance(value, str):  # Swagger 2.0
        value = {"propertyName": value}
    if isinstance(value, dict) and isinstance(value.get("propertyName"), str):
        name = merging.schemas.discriminating_value(value, f"#{merging.component}")
        merging.schema.discriminators.setdefault(value["propertyName"], name)


def _absorb_not(merging: "Merging", value: Any, part: Located) -> None:
    merging.schema.needs_check = True
    if isinstance(value, dict) and set(value) == {"required"} and isinstance(value["required"], list):
        merging.schema.excluded.update(name for name in value["required"][:1] if isinstance(name, str))


def _absorb_if(merging: "Merging", value: Any, part: Located) -> None:
    condition = Located(value, f"{part.pointer}/if")
    then = Located(part.node.get("then", True), f"{part.pointer}/then")
    otherwise = Located(part.node.get("else", True), f"{part.pointer}/else")
    merging.schema.needs_check = True
    merging.absorb_one_of([(condition, then), (otherwise,)])


def _absorb_write_only(merging: "Merging", value: Any, part: Located) -> None:
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
