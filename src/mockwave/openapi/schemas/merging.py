"""Merging: nodes of a document are absorbed into one Schema, in the order in which they stand.

The fields of the Schema are the intersection of the keywords of all nodes (JSON Schema 2020-12 §10.2; OpenAPI 3.0
§4.7.24 for `nullable`, boolean `exclusiveMinimum` and ignored `$ref` siblings). Each node is absorbed once, so no
`allOf` expands exponentially. The meaning of keywords is not known here: the table of rules is handed in
(`schema_keywords.py`), and rules call the merging back for nodes to which they lead.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.schemas.discriminators import DiscriminatorValues
from mockwave.openapi.schemas.keyword_values import NOTHING, Malformed, report_malformed
from mockwave.openapi.schemas.referring_examples import is_reference_alone, resolve_example
from mockwave.openapi.schemas.schema import Choice, Hint, Place, Schema

MAXIMUM_PARTS: Final = 2000  # nodes absorbed into one Schema
MAXIMUM_FURTHER: Final = 200_000  # nodes absorbed into the Schemas of one document, not counting the first of each
MAXIMUM_NESTING: Final = 80  # levels of allOf in allOf, oneOf in oneOf, and so on

SUGGESTIONS: Final = frozenset(("example", "examples", "default"))  # keywords that suggest a value
STRUCTURE: Final = frozenset(
    ("properties", "additionalProperties", "patternProperties", "required", "items", "prefixItems", "enum", "const")
)


class Further(Struct):
    """Counts the nodes absorbed into the Schemas of one document, beyond the first of each, since many nodes may be
    composed again at many places."""

    count: int = 0


class Merging:
    """One run that absorbs nodes into a Schema, by the rules of their keywords."""

    def __init__(
        self,
        schema: Schema,
        choice: Choice,
        rules: "Mapping[str, Rule]",
        references: References,
        problems: Problems,
        dialect: Dialect,
        discriminators: DiscriminatorValues,
        further: Further,
    ) -> None:
        self.schema = schema
        self.choice = choice
        self.rules = rules
        self.references = references
        self.problems = problems
        self.dialect = dialect
        self.discriminators = discriminators
        self.further = further
        self.absorbed: set[int] = set()
        self.hints: list[tuple[Hint, int, int]] = []  # with the number of contributors before and after its node
        self.depth = 0
        # The component being made, whatever it is composed of; "" if the schema has no name.
        self.component = self.find_component(schema.place[0]) if schema.is_reference and schema.place else ""

    def find_component(self, part: Located) -> str:
        """The pointer of the node that `part` refers to; its own pointer if it is not a reference."""
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
        """Adds the demands of the node `part` to the Schema."""
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
        if self.absorbed:
            self.further.count += 1
        is_too_much = len(self.absorbed) >= MAXIMUM_PARTS or (self.absorbed and self.further.count > MAXIMUM_FURTHER)
        if is_too_much or self.depth >= MAXIMUM_NESTING:
            self.problems.add(pointer, "this schema is composed of too many others; the rest are left out")
            return
        # Each node counts once, however many ways lead to it, so circles of `allOf` and `$ref` end.
        self.absorbed.add(id(node))
        self.depth += 1
        before = self.schema.contributors
        self.schema.contributors += not STRUCTURE.isdisjoint(node)
        keywords = node
        if "$ref" in node and isinstance(node["$ref"], str) and not self.dialect.reads_reference_siblings:
            keywords = {"$ref": node["$ref"]}
        for keyword, value in keywords.items():
            rule = self.rules.get(keyword)
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
        """Absorbs the chosen one of `members` and returns its index."""
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


Rule = Callable[[Merging, Any, Located], None]
"""The rule of a keyword. It takes the merging in progress, the keyword's value, and its node. It adds the demands of
the value to the merging's Schema, or raises Malformed (from the readers of `keyword_values.py`)."""


def read_hints(node: dict[str, Any]) -> Iterator[Hint]:
    """Returns the values that `node` itself suggests by `example`, `examples` and `default`."""
    if "example" in node:
        yield Hint(node["example"], 0, True)
    examples = node.get("examples")
    if isinstance(examples, dict):  # not in the standards, but seen: an object as in a Media Type Object
        examples = [each["value"] if isinstance(each, dict) and "value" in each else each for each in examples.values()]
    if isinstance(examples, list) and examples:
        yield Hint(examples[0], 1, True)
    if "default" in node:
        yield Hint(node["default"], 2, True)
