"""Whether a made value conforms to a schema node: the check for `oneOf`, `not`, `if` and `contains`.

It serves the making of values, which must know that a value fits one alternative and no other. It is not a validator
for users: it answers yes or no, treats `format` as an annotation, and says yes if it cannot decide (a pattern beyond
`patterns`, a reference that leads nowhere, a circle of references). `keyword_checks.py` has the demand of each keyword;
this file finds the keywords of a node, keeps known results, and limits the work.
"""

from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.schemas.equality import FEW, ValueSet, is_among
from mockwave.openapi.schemas.keyword_checks import (
    CHECKS,
    KNOWN_TYPE_CHECKS,
    Check,
    check_reference,
    check_type,
    is_nullable,
)
from mockwave.openapi.schemas.pattern_strings import matches
from mockwave.openapi.schemas.schema import Place

MAXIMUM_NESTING: Final = 60
MAXIMUM_CHECKS: Final = 50_000  # checks of a node and a value, for one value
MAXIMUM_ALL_CHECKS: Final = 200_000  # these checks and pattern matches, for all values of a document
MAXIMUM_MATCHED_TEXT: Final = 100_000  # characters of a text matched by a pattern, which takes some 0.3 s


class Conformance:
    """Checks values against the schema nodes of one document."""

    def __init__(self, references: References, dialect: Dialect) -> None:
        self._references = references
        self.maximum_checks = MAXIMUM_CHECKS
        self.has_nullable = dialect.has_nullable
        self._reads_reference_siblings = dialect.reads_reference_siblings
        # Results of the check in progress, by node and value; True while it runs, since a circle adds no demand.
        self._known: dict[tuple[int, int], bool] = {}
        self._spent = 0
        self._depth = 0
        # Nodes are checked again and again, so their demands are kept by identity (the node is held, so that stays
        # unique), and the places below them by the identity of their holder and the place of the node.
        self._demands: dict[int, tuple[dict[str, Any], list[tuple[Check, Any]]]] = {}
        self._members: dict[tuple[int, str], dict[str, Located]] = {}
        self._listed: dict[int, ValueSet] = {}  # the nodes that hold the lists
        self._alternatives: dict[tuple[int, str], list[Located]] = {}

    def holds(self, value: Any, place: Place) -> bool:
        """Whether `value` conforms to every node of `place`."""
        self._known.clear()
        try:
            return all(self.check(value, part) for part in place)
        finally:
            self._spent += max(0, len(self._known) - len(place))  # a value without alternatives has none

    def holds_keyword(self, value: Any, keyword: str, part: Located) -> bool:
        """Whether `value` conforms to this keyword of the node `part`."""
        self._known.clear()
        check = CHECKS.get(keyword)
        return check is None or check(self, value, part.node[keyword], part)

    @property
    def is_exhausted(self) -> bool:
        """Whether so much was checked in this document that makers of values should stop asking: with many
        alternatives, each is checked against the values made for all of them."""
        return self._spent > MAXIMUM_ALL_CHECKS

    def finds(self, pattern: str, text: str) -> bool | None:
        """Whether `pattern` is found in `text`; None if that cannot be told, or would take too long."""
        if len(text) > MAXIMUM_MATCHED_TEXT:
            return None
        self._spent += max(1, len(text) // 4 - 50)
        return None if self.is_exhausted else matches(text, pattern)

    @property
    def checks(self) -> int:
        """How many checks of a node and a value `holds` has made; it makes at most `maximum_checks`."""
        return len(self._known)

    def check(self, value: Any, part: Located) -> bool:
        """Whether `value`, a part of the value given to `holds`, conforms to the node `part`."""
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

    def _read_demands(self, node: dict[str, Any]) -> list[tuple[Check, Any]]:
        if "$ref" in node and not self._reads_reference_siblings:
            return [(check_reference, node["$ref"])]
        demands = [(CHECKS[keyword], operand) for keyword, operand in node.items() if keyword in CHECKS]
        name = node.get("type")
        if isinstance(name, str) and name in KNOWN_TYPE_CHECKS and not (self.has_nullable and is_nullable(node)):
            demands[demands.index((check_type, name))] = KNOWN_TYPE_CHECKS[name], name  # most nodes have no others
        return demands

    def members(self, properties: dict[str, Any], part: Located) -> dict[str, Located]:
        """The places in the `properties` of `part` that were needed so far."""
        key = id(properties), part.pointer
        known = self._members.get(key)
        if known is None:
            known = self._members[key] = {}
        return known

    @property
    def is_spent(self) -> bool:
        """Whether the limit is reached, so that everything that may conform counts as conforming."""
        return len(self._known) > self.maximum_checks

    def alternatives(self, nodes: list[Any], part: Located, keyword: str) -> list[Located]:
        """The places in the list of `part` under `keyword`."""
        key = id(nodes), part.pointer
        known = self._alternatives.get(key)
        if known is None:
            known = [Located(node, f"{part.pointer}/{keyword}/{index}") for index, node in enumerate(nodes)]
            self._alternatives[key] = known
        return known

    def is_listed(self, value: Any, values: list[Any]) -> bool:
        """Whether `value` is among the document's `values`."""
        if len(values) <= FEW:
            return is_among(value, values)
        known = self._listed.get(id(values))
        if known is None:
            known = self._listed[id(values)] = ValueSet(values)
        return value in known

    def look_up(self, reference: str, pointer: str) -> Located | None:
        """Returns the target of `reference`."""
        return self._references.look_up(reference, pointer)
