"""Schema Objects merged: what a place in the document demands of a value, as one flat Schema.

A place may be governed by several schema nodes at once: the members of `allOf`, what a `$ref` names, a property
declared in two of them, the chosen alternative of a `oneOf`. `Schemas.merge` absorbs them all, in the order in which
they stand, into one Schema whose fields are the intersection of their keywords (JSON Schema 2020-12 §10.2; OpenAPI 3.0
§4.7.24 for `nullable`, boolean `exclusiveMinimum` and ignored `$ref` siblings). Each node is absorbed once, so no
`allOf` expands exponentially. Nothing here makes a value: whoever makes or checks values reads Schemas.

Which alternative of each `oneOf`, `anyOf` and `if` is absorbed is a Choice, the first of each unless told otherwise;
a Schema knows how many there were, so that others can be tried.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.schemas.discriminators import discriminating_value, read_mapping
from mockwave.openapi.schemas.keyword_values import NOTHING, Malformed, report_malformed
from mockwave.openapi.schemas.pattern_strings import matches
from mockwave.openapi.schemas.plain_scalars import PlainScalar, read_plain_scalar
from mockwave.openapi.schemas.referring_examples import is_reference_alone, resolve_example
from mockwave.openapi.schemas.schema import Choice, Hint, Key, Place, Schema
from mockwave.openapi.schemas.schema_keywords import COUNTED, RULES

MAXIMUM_PARTS: Final = 2000  # nodes absorbed into one Schema
MAXIMUM_NESTING: Final = 80  # of allOf in allOf, oneOf in oneOf, and so on

SUGGESTIONS: Final = frozenset(("example", "examples", "default"))  # keywords that suggest a value
STRUCTURE: Final = frozenset(
    ("properties", "additionalProperties", "patternProperties", "required", "items", "prefixItems", "enum", "const")
)


class Schemas:
    """The merged Schemas of one document, each made once."""

    def __init__(self, references: References, problems: Problems, dialect: Dialect) -> None:
        self.references = references
        self.problems = problems
        self.dialect = dialect
        self._merged: dict[tuple[Key, Choice], Schema] = {}
        self._by_node: dict[int, Schema] = {}  # the short way for one node: most places have one
        self._referred: dict[str, Schema] = {}
        self._plain: dict[PlainScalar, Schema] = {}
        self._places: dict[Key, tuple[Key, Place, bool]] = {}
        self._targets: dict[int, dict[Any, tuple[int, str]]] = {}  # of discriminators, by identity

    def merge(self, place: Place, choice: Choice = ()) -> Schema:
        """All demands on `place` in one Schema, with the alternatives that `choice` names."""
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
        """The Schema of what a node refers to: where nothing is found that is so at its place alone, the same for all
        that refer to it."""
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
        """All demands on the member `name` of `schema`; None if it may not be."""
        try:
            return schema.members[name]
        except KeyError:
            place = _place_of(schema, name)
            schema.members[name] = member = None if place is None else self.merge(place)
            return member

    def item(self, schema: Schema) -> Schema:
        """All demands on an item of `schema` after its first ones."""
        if schema.item is None:
            schema.item = self.merge(tuple(schema.items))
        return schema.item

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
            Merging(schema, choice, self).run()
            self._merged[key, choice] = schema
        schema.is_recurrent = schema.is_recurrent or is_reference
        return schema

    def _resolve(self, place: Place) -> tuple[Key, Place, bool]:
        """`place` with its references followed, and its key. In dialects where siblings of a `$ref` count, a node
        that has some stands for itself."""
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


def _place_of(schema: Schema, name: str) -> Place | None:
    """All that governs the property `name`; None if it may not be."""
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


class Merging:
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
        """The pointer of what `part` refers to, itself where it is not a reference."""
        target = self.references.follow(part.node, part.pointer)
        return part.pointer if target is None else target.pointer

    def run(self) -> None:
        for part in self.schema.place:
            self.absorb(part)
        total = self.schema.contributors
        for hint, before, after in self.hints:
            hint.is_whole = after - before == total
        if self.hints:
            self.schema.hints = [hint for hint, _, _ in sorted(self.hints, key=lambda each: each[0].rank)]

    def absorb(self, part: Located) -> None:
        """Take the demands of the node `part` into the Schema."""
        node, pointer = part.node, part.pointer
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
        # Each node counts once, however many ways lead to it, so that circles of `allOf` and `$ref` end.
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
                except Malformed as malformed:
                    report_malformed(self.problems, pointer, keyword, value, malformed)
                    if malformed.rest is not NOTHING:
                        rule(self, malformed.rest, part)
        if not SUGGESTIONS.isdisjoint(node):
            for hint in read_hints(node):
                if is_reference_alone(hint.value):
                    hint.value = resolve_example(hint.value, pointer, self.references, self.problems)
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
