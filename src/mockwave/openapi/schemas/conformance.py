"""Whether a made value conforms to a schema node: the check for `oneOf`, `not`, `if` and `contains`.

It serves the making of values, which must know that a value fits one alternative and no other. It is not a validator
for users: it answers yes or no, takes `format` as an annotation, and says yes where it cannot tell (a pattern beyond
`patterns`, a reference that leads nowhere, a circle of references).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.schemas.equality import FEW, ValueSet, are_all_different, are_equal, is_among
from mockwave.openapi.schemas.keyword_values import TYPES, is_number
from mockwave.openapi.schemas.pattern_strings import matches
from mockwave.openapi.schemas.schema import Place
from mockwave.pointers import escape_token, pointer_below

MAXIMUM_NESTING: Final = 60
MAXIMUM_CHECKS: Final = 50_000  # of a node and a value, for one value
MAXIMUM_ALL_CHECKS: Final = 200_000  # of those and of texts by patterns, for all values of a document
MAXIMUM_MATCHED_TEXT: Final = 100_000  # characters of a text that is matched by a pattern, which takes some 0.3 s


class Conformance:
    """Checks values against the schema nodes of one document."""

    def __init__(self, references: References, dialect: Dialect) -> None:
        self._references = references
        self.maximum_checks = MAXIMUM_CHECKS
        self.has_nullable = dialect.has_nullable
        self._reads_reference_siblings = dialect.reads_reference_siblings
        # Answers of the check in progress by node and value, True from when it begins: a circle adds no demand.
        self._known: dict[tuple[int, int], bool] = {}
        self._spent = 0
        self._depth = 0
        # Nodes are checked again and again: what they demand, by identity (the node is held, so it stays taken), and
        # the places below them, by identity of what holds those and by the place of the node.
        self._demands: dict[int, tuple[dict[str, Any], list[tuple[Check, Any]]]] = {}
        self._members: dict[tuple[int, str], dict[str, Located]] = {}
        self._listed: dict[int, ValueSet] = {}  # which hold the lists
        self._alternatives: dict[tuple[int, str], list[Located]] = {}

    def holds(self, value: Any, place: Place) -> bool:
        """Whether `value` conforms to every node of `place`."""
        self._known.clear()
        try:
            return all(self.check(value, part) for part in place)
        finally:
            self._spent += max(0, len(self._known) - len(place))  # of a value without alternatives: none

    def holds_keyword(self, value: Any, keyword: str, part: Located) -> bool:
        """Whether `value` conforms to that keyword of the node `part`."""
        self._known.clear()
        check = CHECKS.get(keyword)
        return check is None or check(self, value, part.node[keyword], part)

    @property
    def is_exhausted(self) -> bool:
        """Whether so much was checked in this document that whoever makes values should ask no more: each of many
        alternatives is checked with each of the values that are made for all of them."""
        return self._spent > MAXIMUM_ALL_CHECKS

    def finds(self, pattern: str, text: str) -> bool | None:
        """Whether `pattern` is found in `text`; None if that cannot be told, or would take too long."""
        if len(text) > MAXIMUM_MATCHED_TEXT:
            return None
        self._spent += max(1, len(text) // 4 - 50)
        return None if self.is_exhausted else matches(text, pattern)

    @property
    def checks(self) -> int:
        """How many checks `holds` has made, of a node and a value each; beyond `maximum_checks`, none was made."""
        return len(self._known)

    def check(self, value: Any, part: Located) -> bool:
        """Whether `value`, a part of the one that `holds` was asked about, conforms to the node `part`."""
        node = part.node
        if node is False:
            return False
        if not isinstance(node, dict) or self._depth > MAXIMUM_NESTING or len(self._known) > self.maximum_checks:
            return True
        checked = self._known
        pair = (id(node), id(value))
        known = checked.get(pair)
        if known is not None:
            return known
        demands = self._demands.get(pair[0])
        if demands is None:
            demands = self._demands[pair[0]] = node, self._read_demands(node)
        checked[pair] = conforms = True
        self._depth += 1
        for check, operand in demands[1]:
            if not check(self, value, operand, part):
                checked[pair] = conforms = False
                break
        self._depth -= 1
        return conforms

    def _read_demands(self, node: dict[str, Any]) -> "list[tuple[Check, Any]]":
        if "$ref" in node and not self._reads_reference_siblings:
            return [(_check_reference, node["$ref"])]
        demands = [(CHECKS[keyword], operand) for keyword, operand in node.items() if keyword in CHECKS]
        name = node.get("type")
        if isinstance(name, str) and name in KNOWN_TYPE_CHECKS and not (self.has_nullable and _is_nullable(node)):
            demands[demands.index((_check_type, name))] = KNOWN_TYPE_CHECKS[name], name  # most nodes have no other
        return demands

    def members(self, properties: dict[str, Any], part: Located) -> dict[str, Located]:
        """The places in the `properties` of `part` that were asked for so far."""
        key = id(properties), part.pointer
        known = self._members.get(key)
        if known is None:
            known = self._members[key] = {}
        return known

    @property
    def is_spent(self) -> bool:
        """Whether no more is looked at, and all conforms that may."""
        return len(self._known) > self.maximum_checks

    def alternatives(self, nodes: list[Any], part: Located, keyword: str) -> list[Located]:
        """The places in the list that `part` has under `keyword`."""
        key = id(nodes), part.pointer
        known = self._alternatives.get(key)
        if known is None:
            known = [Located(node, f"{part.pointer}/{keyword}/{index}") for index, node in enumerate(nodes)]
            self._alternatives[key] = known
        return known

    def is_listed(self, value: Any, values: list[Any]) -> bool:
        """Whether `value` is among `values` of the document."""
        if len(values) <= FEW:
            return is_among(value, values)
        known = self._listed.get(id(values))
        if known is None:
            known = self._listed[id(values)] = ValueSet(values)
        return value in known

    def look_up(self, reference: str, pointer: str) -> Located | None:
        """What `reference` names."""
        return self._references.look_up(reference, pointer)


Check = Callable[[Conformance, Any, Any, Located], bool]

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
"""Of nodes that are not nullable, with one type."""


def is_of_type(value: Any, names: Any) -> bool:
    """Whether `value` is of one of the types `names`, a name or a list of them; unknown names take anything."""
    if isinstance(names, str):
        check = TYPE_CHECKS.get(names)
        return check is None or check(value)
    listed = names if isinstance(names, list | tuple) else [names]
    return any(not isinstance(name, str) or name not in TYPES or TYPE_CHECKS[name](value) for name in listed)


def _check_type(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if value is None and run.has_nullable and _is_nullable(part.node):
        return True
    return is_of_type(value, operand)


def _is_nullable(node: dict[str, Any]) -> bool:
    return node.get("nullable") is True or node.get("x-nullable") is True


def _check_enum(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or run.is_listed(value, operand)


def _check_const(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return are_equal(value, operand)


def _check_minimum(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand):
        return True
    return bool(value > operand if part.node.get("exclusiveMinimum") is True else value >= operand)


def _check_maximum(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand):
        return True
    return bool(value < operand if part.node.get("exclusiveMaximum") is True else value <= operand)


def _check_above(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not is_number(value) or not is_number(operand) or bool(value > operand)


def _check_below(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not is_number(value) or not is_number(operand) or bool(value < operand)


def _check_multiple(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not is_number(value) or not is_number(operand) or operand <= 0:
        return True
    return (Fraction(str(value)) / Fraction(str(operand))).denominator == 1


def _check_size(kind: type, is_minimum: bool) -> Check:
    def check(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
        if not isinstance(value, kind) or not is_number(operand):
            return True
        size = len(value)  # type: ignore[arg-type]
        return bool(size >= operand if is_minimum else size <= operand)

    return check


def _check_pattern(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(value, str) or not isinstance(operand, str) or run.finds(operand, value) is not False


def _check_required(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, list):
        return True
    absent = [name for name in operand if isinstance(name, str) and name not in value]
    if not absent:
        return True
    properties = part.node.get("properties")
    # A writeOnly property has no place in a response, required or not (OpenAPI 3.0 §4.7.24.2).
    return all(isinstance(properties, dict) and _is_write_only(properties.get(name)) for name in absent)


def _is_write_only(node: Any) -> bool:
    return isinstance(node, dict) and node.get("writeOnly") is True


def _check_properties(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
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


def _check_additional(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
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


def _check_pattern_properties(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, dict) or not isinstance(operand, dict):
        return True
    return all(
        run.check(member, Located(node, pointer_below(part.pointer, "patternProperties", pattern)))
        for pattern, node in operand.items()
        for name, member in value.items()
        if run.finds(pattern, name)
    )


def _check_property_names(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    place = Located(operand, f"{part.pointer}/propertyNames")
    return not isinstance(value, dict) or all(run.check(name, place) for name in value)


def _check_dependencies(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
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


def _check_items(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list):
        return True
    if isinstance(operand, list):
        rest = part.node.get("additionalItems", True)
        pairs = [(item, operand[index] if index < len(operand) else rest) for index, item in enumerate(value)]
        return all(run.check(item, Located(node, f"{part.pointer}/items")) for item, node in pairs)
    prefix = part.node.get("prefixItems")
    start = len(prefix) if isinstance(prefix, list) else 0
    return all(run.check(item, Located(operand, f"{part.pointer}/items")) for item in value[start:])


def _check_prefix_items(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list) or not isinstance(operand, list):
        return True
    pairs = enumerate(zip(value, operand, strict=False))
    return all(
        run.check(item, Located(node, pointer_below(part.pointer, "prefixItems", index)))
        for index, (item, node) in pairs
    )


def _check_unique(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if operand is not True or not isinstance(value, list):
        return True
    return are_all_different(value)


def _check_contains(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(value, list) or not isinstance(operand, dict | bool):
        return True
    count = sum(run.check(item, Located(operand, f"{part.pointer}/contains")) for item in value)
    least, most = part.node.get("minContains", 1), part.node.get("maxContains")
    return (not is_number(least) or count >= least) and (not is_number(most) or count <= most)


def _check_reference(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    target = run.look_up(operand, part.pointer) if isinstance(operand, str) else None
    return target is None or run.check(value, target)


def _count_fitting(run: Conformance, value: Any, operand: Any, part: Located, keyword: str, most: int) -> int:
    """How many of the alternatives `value` conforms to, counted up to `most`."""
    count = 0
    for place in run.alternatives(operand, part, keyword):
        count += run.check(value, place)
        if count >= most:
            break
    return count


def _check_all_of(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or all(
        run.check(value, place) for place in run.alternatives(operand, part, "allOf")
    )


def _check_any_of(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or not operand or _count_fitting(run, value, operand, part, "anyOf", 1) == 1


def _check_one_of(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, list) or not operand or _count_fitting(run, value, operand, part, "oneOf", 2) == 1


def _check_not(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    return not isinstance(operand, dict | bool) or not run.check(value, Located(operand, f"{part.pointer}/not"))


def _check_if(run: Conformance, value: Any, operand: Any, part: Located) -> bool:
    if not isinstance(operand, dict | bool):
        return True
    keyword = "then" if run.check(value, Located(operand, f"{part.pointer}/if")) else "else"
    return run.check(value, Located(part.node.get(keyword, True), f"{part.pointer}/{keyword}"))


CHECKS: Final[dict[str, Check]] = {
    "type": _check_type,
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
    "$ref": _check_reference,
    "$dynamicRef": _check_reference,
    "allOf": _check_all_of,
    "anyOf": _check_any_of,
    "oneOf": _check_one_of,
    "not": _check_not,
    "if": _check_if,
}
