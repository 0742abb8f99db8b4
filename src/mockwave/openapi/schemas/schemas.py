"""Schema Objects merged: the demands of a place in the document on a value, as one flat Schema.

Several schema nodes may govern a place at once: the members of `allOf`, the target of a `$ref`, a property declared in
two of them, the chosen alternative of a `oneOf`. `Schemas.merge` absorbs them all (`merging.py`) into one Schema, and
keeps it. Nothing here makes a value: the code that makes or checks values reads Schemas.

A Choice says which alternative of each `oneOf`, `anyOf` and `if` is absorbed, by default the first. A Schema knows how
many there were, so that others can be tried.
"""

from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems
from mockwave.openapi.schemas.discriminators import DiscriminatorValues
from mockwave.openapi.schemas.merging import Further, Merging
from mockwave.openapi.schemas.pattern_strings import matches
from mockwave.openapi.schemas.plain_scalars import PlainScalar, read_plain_scalar
from mockwave.openapi.schemas.schema import Choice, Key, Place, Schema
from mockwave.openapi.schemas.schema_keywords import COUNTED, RULES

MAXIMUM_MATCHED: Final = 50_000  # pairs of a name and a pattern tried in one document
UNMATCHED: Final = (
    "there are too many names and patterns in this document to try each with each; "
    "patternProperties and additionalProperties are not applied to the names declared here"
)


class Schemas:
    """The merged Schemas of one document, each made once."""

    def __init__(self, references: References, problems: Problems, dialect: Dialect) -> None:
        self.references = references
        self.problems = problems
        self.dialect = dialect
        self._merged: dict[tuple[Key, Choice], Schema] = {}
        self._by_node: dict[int, Schema] = {}  # the short way for a single node, as most places have
        self._referred: dict[str, Schema] = {}
        self._plain: dict[PlainScalar, Schema] = {}
        self._places: dict[Key, tuple[Key, Place, bool]] = {}
        self._matched = 0
        self._further = Further()
        self._discriminators = DiscriminatorValues()

    def merge(self, place: Place, choice: Choice = ()) -> Schema:
        """Returns all demands on `place` in one Schema, with the alternatives that `choice` names."""
        if len(place) != 1 or choice or not isinstance(place[0].node, dict):
            return self._merge(place, choice)
        node = place[0].node
        schema = self._by_node.get(id(node))
        if schema is None and "$ref" in node:
            schema = self._by_node[id(node)] = self._merge_referred(node["$ref"], place)
        elif schema is None:
            scalar = read_plain_scalar(node, COUNTED)
            schema = None if scalar is None else self._plain.get(scalar)
            if schema is None:
                schema = self._merge(place, choice)
                if scalar is not None:
                    schema.is_plain = True
                    self._plain[scalar] = schema
            self._by_node[id(node)] = schema
        return schema

    def _merge_referred(self, reference: Any, place: Place) -> Schema:
        """The Schema of the target of a reference. If nothing found in it depends on its place, all references share
        it."""
        is_alone = len(place[0].node) == 1 or not self.dialect.reads_reference_siblings
        known = self._referred.get(reference) if is_alone and isinstance(reference, str) else None
        if known is not None:
            return known
        findings = self.problems.findings
        schema = self._merge(place, ())
        if is_alone and isinstance(reference, str) and findings == self.problems.findings:
            self._referred[reference] = schema
        return schema

    def member(self, schema: Schema, name: str) -> Schema | None:
        """Returns all demands on the member `name` of `schema`; None if the member is forbidden."""
        try:
            return schema.members[name]
        except KeyError:
            place = self._place_of(schema, name)
            schema.members[name] = member = None if place is None else self.merge(place)
            return member

    def _place_of(self, schema: Schema, name: str) -> Place | None:
        """The nodes that govern the property `name`; None if it is forbidden."""
        declared = tuple(schema.properties.get(name, ()))
        if not schema.pattern_properties and not schema.closures:
            return declared
        place = [*declared, *(part for pattern, part in schema.pattern_properties if self._matches(name, pattern))]
        for closure in schema.closures:
            if name in closure.names or any(self._matches(name, pattern) for pattern in closure.patterns):
                continue
            self._matched += 1
            if self._matched > MAXIMUM_MATCHED:
                break
            if closure.additional.node is False:
                return None
            place.append(closure.additional)
        if self._matched > MAXIMUM_MATCHED:
            self.problems.add(schema.pointer, UNMATCHED)
            return declared
        return tuple(place)

    def _matches(self, name: str, pattern: str) -> bool | None:
        """Whether `pattern` is found in `name`; None if that cannot be decided, or too many were tried."""
        self._matched += 1
        return None if self._matched > MAXIMUM_MATCHED else matches(name, pattern)

    def item(self, schema: Schema) -> Schema:
        """Returns all demands on an item of `schema` after the first ones."""
        if schema.item is None:
            schema.item = self.merge(tuple(schema.items))
        return schema.item

    def _merge(self, place: Place, choice: Choice) -> Schema:
        key, place, is_reference = self._resolve(place)
        schema = self._merged.get((key, choice))
        if schema is None:
            schema = Schema(key=key, pointer=place[0].pointer if place else "", place=place, is_reference=is_reference)
            merging = Merging(
                schema, choice, RULES, self.references, self.problems, self.dialect, self._discriminators, self._further
            )
            merging.run()
            self._merged[key, choice] = schema
        schema.is_recurrent = schema.is_recurrent or is_reference
        return schema

    def _resolve(self, place: Place) -> tuple[Key, Place, bool]:
        """Returns `place` with its references followed, and its key. In dialects where siblings of a `$ref` count, a
        node with siblings stands for itself."""
        if len(place) == 1 and isinstance(place[0].node, dict) and "$ref" not in place[0].node:
            return (id(place[0].node),), place, False
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


def _identity(part: Located) -> int:
    # Nodes live as long as the document, so identities are stable; booleans are shared, so their place identifies them.
    return id(part.node) if isinstance(part.node, dict) else hash(part.pointer)
