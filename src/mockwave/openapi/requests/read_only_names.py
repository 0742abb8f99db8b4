"""Which properties of a value are readOnly, whichever of the schemas that govern the value says so.

OpenAPI 3.0 §4.7.24.2: a required readOnly property is required only in responses. `required` may stand in one member of
an `allOf` and `readOnly` in another, after a `$ref`, in an `allOf` of the property itself, or in the schema of all
properties whose names match a pattern.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.requests.request_patterns import spell_strictly
from mockwave.patterns.bounded import compile_pattern
from mockwave.pointers import pointer_below

LISTS: Final = ("allOf", "anyOf", "oneOf")  # levels of schemas that govern the same value
SINGLES: Final = ("then", "else")
COMPOSING: Final = frozenset(("$ref", "$dynamicRef", "dependentSchemas", *LISTS, *SINGLES))
SAYING: Final = COMPOSING | {"readOnly"}
MAXIMUM_PARTS: Final = 2000  # schemas that govern one value; any others are ignored
DECLARING: Final = frozenset(("properties", "patternProperties"))
MAXIMUM_MATCHED: Final = 2000  # names of a schema that are compared with its patterns, times these

Names = frozenset[str]
NO_NAMES: Final[Names] = frozenset()


class ReadOnlyNames:
    """The readOnly and the required properties of a document's schemas, each found once."""

    def __init__(self, references: References, dialect: Dialect) -> None:
        self._references = references
        self._reads_siblings = dialect.reads_reference_siblings
        # By identity: nodes live as long as the document.
        self._holders: dict[int, list[Located]] = {}  # of the schemas that govern the same value, those with properties
        self._parts: dict[int, list[Located]] = {}  # all schemas that govern the same value
        self._required: dict[int, Names] = {}
        self._said: dict[int, bool] = {}  # whether a node is readOnly

    def read_only(self, part: Located, names: Collection[str]) -> Names:
        """The `names` that some schema declares as readOnly properties."""
        if not names:
            return NO_NAMES
        holders = self._holders.get(id(part.node))
        if holders is None:
            composed = self._composed(part)
            holders = self._holders[id(part.node)] = [each for each in composed if not DECLARING.isdisjoint(each.node)]
        found = {name for name in names if any(self._says_read_only(holder, name) for holder in holders)}
        for holder in holders:
            if "patternProperties" in holder.node:
                found.update(self._find_matching(holder, [name for name in names if name not in found]))
        return frozenset(found) if found else NO_NAMES

    def required(self, part: Located) -> Names:
        """The names of all properties that some schema requires."""
        known = self._required.get(id(part.node))
        if known is None:
            names: set[str] = set()
            for each in self._composed(part):
                listed = each.node.get("required")
                names.update(name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str))
            known = self._required[id(part.node)] = frozenset(names) if names else NO_NAMES
        return known

    def adds_names(self, root: dict[str, Any], reference: dict[str, Any]) -> bool:
        """Whether any schema that governs the value of `root`, beside the target of `reference` in a list of it, may
        have properties. Usually none has: an `anyOf` of a reference and null."""
        composing = COMPOSING.intersection(root)
        if len(composing) != 1 or len(reference) != 1 or not DECLARING.isdisjoint(root):
            return True
        members = root[next(iter(composing))]
        return not isinstance(members, list) or not all(
            each is reference
            or not isinstance(each, dict)
            or (DECLARING.isdisjoint(each) and COMPOSING.isdisjoint(each))
            for each in members
        )

    def _says_read_only(self, part: Located, name: str) -> bool:
        """Whether the node's property of this name is readOnly."""
        properties = part.node.get("properties")
        child = properties.get(name) if isinstance(properties, dict) else None
        if not isinstance(child, dict) or SAYING.isdisjoint(child):
            return False
        return self._is_read_only(child, part, "properties", name)

    def _find_matching(self, part: Located, names: Collection[str]) -> Iterator[str]:
        """The `names` that match a pattern of the node whose schema is readOnly."""
        declared = part.node["patternProperties"]
        patterns = [
            pattern
            for pattern, child in (declared.items() if isinstance(declared, dict) else ())
            if isinstance(child, dict)
            and not SAYING.isdisjoint(child)
            and self._is_read_only(child, part, "patternProperties", pattern)
        ]
        if len(patterns) * len(names) > MAXIMUM_MATCHED:
            return
        for pattern in patterns:
            compiled = compile_pattern(spell_strictly(pattern))
            if compiled is not None:
                yield from (name for name in names if compiled.is_found_in(name))

    def _is_read_only(self, child: dict[str, Any], parent: Located, keyword: str, name: str) -> bool:
        if child.get("readOnly") is True and (self._reads_siblings or "$ref" not in child):
            return True
        if COMPOSING.isdisjoint(child):
            return False
        pointer = pointer_below(parent.pointer, keyword, name)
        place: Located | None = Located(child, pointer)
        reference = child.get("$ref")
        if isinstance(reference, str) and COMPOSING.intersection(child) == {"$ref"}:
            # Then its target decides, which many properties may share.
            place = self._references.look_up(reference, pointer)
        return place is not None and isinstance(place.node, dict) and self._is_said(place)

    def _is_said(self, part: Located) -> bool:
        """Whether some schema that governs the same value as `part` declares it readOnly."""
        known = self._said.get(id(part.node))
        if known is None:
            known = self._said[id(part.node)] = any(
                each.node.get("readOnly") is True and (self._reads_siblings or "$ref" not in each.node)
                for each in self._composed(part)
            )
        return known

    def _composed(self, part: Located) -> list[Located]:
        """All schemas that govern the same value as `part`, including itself."""
        asked = id(part.node)
        if isinstance(part.node, dict) and COMPOSING.isdisjoint(part.node):
            return [part]
        known = self._parts.get(asked)
        if known is not None:
            return known
        found: dict[int, Located] = {}
        waiting = [part]
        while waiting and len(found) < MAXIMUM_PARTS:
            part = waiting.pop()
            node = part.node
            if not isinstance(node, dict) or id(node) in found:
                continue
            known = self._parts.get(id(node))
            if known is not None:
                found.update((id(each.node), each) for each in known)
                continue
            found[id(node)] = part
            if COMPOSING.isdisjoint(node):
                continue
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(node.get(keyword), str):
                    target = self._references.look_up(node[keyword], part.pointer)
                    waiting += [] if target is None else [target]
            if "$ref" in node and not self._reads_siblings:
                continue
            waiting += self._members(part)
        parts = list(found.values())
        if len(parts) < MAXIMUM_PARTS:
            self._parts[asked] = parts
        return parts

    def _members(self, part: Located) -> list[Located]:
        node, members = part.node, []
        for keyword in LISTS:
            nodes = node.get(keyword)
            for index, each in enumerate(nodes if isinstance(nodes, list) else ()):
                members.append(Located(each, f"{part.pointer}/{keyword}/{index}"))
        for keyword in SINGLES:
            if keyword in node:
                members.append(Located(node[keyword], f"{part.pointer}/{keyword}"))
        dependent = node.get("dependentSchemas")
        for name, each in dependent.items() if isinstance(dependent, dict) else ():
            members.append(Located(each, pointer_below(part.pointer, "dependentSchemas", name)))
        return members
