"""The demand of each keyword of a schema on a value: one function per keyword, and their table, for `conformance.py`.

A keyword with a malformed value demands nothing, and so does a keyword for values of another type.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, Protocol

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.equality import are_all_different, are_equal
from mockwave.openapi.schemas.keyword_values import TYPES, is_number
from mockwave.pointers import escape_token, pointer_below

Check = Callable[["Checking", Any, Any, Located], bool]
"""Whether a value conforms to a keyword: (checking, value, the keyword's value, its node)."""


class Checking(Protocol):
    """The check in progress, as the keywords use it."""

    has_nullable: bool

    def check(self, value: Any, part: Located) -> bool:
        """Whether a part of the value conforms to the node `part`."""

    def finds(self, pattern: str, text: str) -> bool | None:
        """Whether `pattern` is found in `text`; None if that cannot be decided."""

    def is_listed(self, value: Any, values: list[Any]) -> bool:
        """Whether `value` is among `values` of the document."""

    def look_up(self, reference: str, pointer: str) -> Located | None:
        """What `reference` names."""

    def members(self, properties: dict[str, Any], part: Located) -> dict[str, Located]:
        """The places in the `properties` of `part` that were needed so far."""

    def alternatives(self, nodes: list[Any], part: Located, keyword: str) -> list[Located]:
        """The places in the list of `part` under `keyword`."""

    @property
    def is_spent(self) -> bool:
        """Whether the limit is reached, so that everything that may conform counts as conforming."""


TYPE_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _check_known_type(holds: Callable[[Any], bool]) -> Check:
    return lambda run, value, operand, part: holds(value)


KNOWN_TYPE_CHECKS: Final = {name: _check_known_type(holds) for name, holds in TYPE_CHECKS.items()}
"""Checks for nodes with a single type that are not nullable."""


def is_of_type(value: Any, names: Any) -> bool:
    """Whether `value` is of one of the types `names`, a name or a list of names; unknown names accept anything."""
    if isinstance(names, str):
        check = TYPE_CHECKS.get(names)
        return check is None or check(value)
    listed = names if isinstance(names, list | tuple) else [names]
    return any(not isinstance(name, str) or name not in TYPES or TYPE_CHECKS[name](value) for name in listed)


def check_type(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if value is None and run.has_nullable and is_nullable(part.node):
        return True
    return is_of_type(value, operand)


def is_nullable(node: dict[str, Any]) -> bool:
    return node.get("nullable") is True or node.get("x-nullable") is True


def _check_enum(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or run.is_listed(value, operand)


def _check_const(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return are_equal(value, operand)


def _check_minimum(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand):
        return True
    return bool(value > operand if part.node.get("exclusiveMinimum") is True else value >= operand)


def _check_maximum(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand):
        return True
    return bool(value < operand if part.node.get("exclusiveMaximum") is True else value <= operand)


def _check_above(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not is_number(value) or not is_number(operand) or bool(value > operand)


def _check_below(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not is_number(value) or not is_number(operand) or bool(value < operand)


def _check_multiple(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand) or operand <= 0:
        return True
    return (Fraction(str(value)) / Fraction(str(operand))).denominator == 1


def _check_size(kind: type, is_minimum: bool) -> Check:
    def check(run: Checking, value: Any, operand: Any, part: Located) -> bool:
        if not isinstance(value, kind) or not is_number(operand):
            return True
        size = len(value)  # type: ignore[arg-type]
        return bool(size >= operand if is_minimum else size <= operand)

    return check


def _check_pattern(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(value, str) or not isinstance(operand, str) or run.finds(operand, value) is not False


def _check_required(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, list):
        return True
    absent = [name for name in operand if isinstance(name, str) and name not in value]
    if not absent:
        return True
    properties = part.node.get("properties")
    # A writeOnly property never stands in a response, required or not (OpenAPI 3.0 §4.7.24.2).
    return all(isinstance(properties, dict) and _is_write_only(properties.get(name)) for name in absent)


def _is_write_only(node: Any) -> bool:
    return isinstance(node, dict) and node.get("writeOnly") is True


def _check_properties(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, dict):
        return True
    places = run.members(operand, part)
    for name, member in value.items():
        place = places.get(name)
        if place is None:
            if name not in operand:
                continue
            if run.is_spent:
                return False not in operand.values() or all(operand.get(each) is not False for each in value)
            place = places[name] = Located(operand[name], f"{part.pointer}/properties/{escape_token(name)}")
        if not run.check(member, place):
            return False
    return True


def _check_additional(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, dict | bool):
        return True
    known = part.node.get("properties")
    patterns = part.node.get("patternProperties")
    for name, member in value.items():
        if isinstance(known, dict) and name in known:
            continue
        if isinstance(patterns, dict) and any(run.finds(pattern, name) is not False for pattern in patterns):
            continue
        if not run.check(member, Located(operand, f"{part.pointer}/additionalProperties")):
            return False
    return True


def _check_pattern_properties(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, dict):
        return True
    return all(
        run.check(member, Located(node, pointer_below(part.pointer, "patternProperties", pattern)))
        for pattern, node in operand.items()
        for name, member in value.items()
        if run.finds(pattern, name)
    )


def _check_property_names(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    place = Located(operand, f"{part.pointer}/propertyNames")
    return not isinstance(value, dict) or all(run.check(name, place) for name in value)


def _check_dependencies(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, dict):
        return True
    for name, dependent in operand.items():
        if name not in value:
            continue
        if isinstance(dependent, list):
            if any(isinstance(each, str) and each not in value for each in dependent):
                return False
        elif not run.check(value, Located(dependent, pointer_below(part.pointer, "dependencies", name))):
            return False
    return True


def _check_items(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list):
        return True
    if isinstance(operand, list):
        rest = part.node.get("additionalItems", True)
        pairs = [(item, operand[index] if index < len(operand) else rest) for index, item in enumerate(value)]
        return all(run.check(item, Located(node, f"{part.pointer}/items")) for item, node in pairs)
    prefix = part.node.get("prefixItems")
    start = len(prefix) if isinstance(prefix, list) else 0
    return all(run.check(item, Located(operand, f"{part.pointer}/items")) for item in value[start:])


def _check_prefix_items(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list) or not isinstance(operand, list):
        return True
    pairs = enumerate(zip(value, operand, strict=False))
    return all(
        run.check(item, Located(node, pointer_below(part.pointer, "prefixItems", index)))
        for index, (item, node) in pairs
    )


def _check_unique(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if operand is not True or not isinstance(value, list):
        return True
    return are_all_different(value)


def _check_contains(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list) or not isinstance(operand, dict | bool):
        return True
    count = sum(run.check(item, Located(operand, f"{part.pointer}/contains")) for item in value)
    least, most = part.node.get("minContains", 1), part.node.get("maxContains")
    return (not is_number(least) or count >= least) and (not is_number(most) or count <= most)


def check_reference(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    target = run.look_up(operand, part.pointer) if isinstance(operand, str) else None
    return target is None or run.check(value, target)


def _count_fitting(run: Checking, value: Any, operand: Any, part: Located, keyword: str, most: int) -> int:
    """How many of the alternatives `value` conforms to, counted up to `most`."""
    count = 0
    for place in run.alternatives(operand, part, keyword):
        count += run.check(value, place)
        if count >= most:
            break
    return count


def _check_all_of(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or all(
        run.check(value, place) for place in run.alternatives(operand, part, "allOf")
    )


def _check_any_of(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or not operand or _count_fitting(run, value, operand, part, "anyOf", 1) == 1


def _check_one_of(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or not operand or _count_fitting(run, value, operand, part, "oneOf", 2) == 1


def _check_not(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, dict | bool) or not run.check(value, Located(operand, f"{part.pointer}/not"))


def _check_if(run: Checking, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(operand, dict | bool):
        return True
    keyword = "then" if run.check(value, Located(operand, f"{part.pointer}/if")) else "else"
    return run.check(value, Located(part.node.get(keyword, True), f"{part.pointer}/{keyword}"))


CHECKS: Final[dict[str, Check]] = {
    "type": check_type,
    "enum": _check_enum,
    "const": _check_const,
    "minimum": _check_minimum,
    "maximum": _check_maximum,
    "exclusiveMinimum": _check_above,
    "exclusiveMaximum": _check_below,
    "multipleOf": _check_multiple,
    "minLength": _check_size(str, True),
    "maxLength": _check_size(str, False),
    "pattern": _check_pattern,
    "required": _check_required,
    "properties": _check_properties,
    "additionalProperties": _check_additional,
    "patternProperties": _check_pattern_properties,
    "propertyNames": _check_property_names,
    "minProperties": _check_size(dict, True),
    "maxProperties": _check_size(dict, False),
    "dependentRequired": _check_dependencies,
    "dependentSchemas": _check_dependencies,
    "dependencies": _check_dependencies,
    "items": _check_items,
    "prefixItems": _check_prefix_items,
    "uniqueItems": _check_unique,
    "contains": _check_contains,
    "minItems": _check_size(list, True),
    "maxItems": _check_size(list, False),
    "$ref": check_reference,
    "$dynamicRef": check_reference,
    "allOf": _check_all_of,
    "anyOf": _check_any_of,
    "oneOf": _check_one_of,
    "not": _check_not,
    "if": _check_if,
}
