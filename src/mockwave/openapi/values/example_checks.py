"""Whether the examples of a document fit their schemas. An example that does not fit is served as it is, and reported.

Huge examples are sampled: in each, MAXIMUM_CHECKS pairs of a value and a schema are checked, in the order in which they
are met. In a document with so many that this takes long, FEW_CHECKS are made for each further example, which is its
outermost level. The rest is assumed to fit, so everything reported is really wrong.
"""

from typing import Any, Final

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.pointers import pointer_below

MAXIMUM_CHECKS: Final = 200
FEW_CHECKS: Final = 2
MANY_CHECKS: Final = 500
"""For the whole document. They take some 2 ms; a document with more takes at least a tenth of a second to read."""
MAXIMUM_STEPS: Final = 30  # steps to the part that does not fit


class ExampleChecks:
    """Checks the examples of one document."""

    def __init__(self, references: References, dialect: Dialect, problems: Problems) -> None:
        self._problems = problems
        self._conformance = Conformance(references, dialect)
        self._checks = 0

    def check(self, value: Any, schema: Located, pointer: str, what: str = "example") -> None:
        """Reports the example (or default, …) `value` at `pointer`, unless it fits."""
        maximum = MAXIMUM_CHECKS if self._checks < MANY_CHECKS else FEW_CHECKS
        self._conformance.maximum_checks = maximum
        fits = self._conformance.holds(value, (schema,))
        self._checks += self._conformance.checks
        # If checks ran out, the unchecked rest may have seemed to fit one alternative too many.
        if fits or self._conformance.checks > maximum:
            return
        place, keyword = self._find_fault(value, schema)
        fault = f"{place or 'its value'} breaks {keyword}"
        self._problems.add(pointer, f"the {what} does not fit its schema: {fault}; it is served as it is")

    def _find_fault(self, value: Any, schema: Located) -> tuple[str, str]:
        """The pointer, within the example, of the part that does not fit, and the keyword that it breaks."""
        place = ""
        for _ in range(MAXIMUM_STEPS):
            keyword = self._find_broken_keyword(value, schema)
            below = self._step_into(value, schema, keyword)
            if below is None:
                return place, pointer_below(schema.pointer, keyword) if keyword else schema.pointer
            token, value, schema = below
            place += token
        return place, schema.pointer

    def _find_broken_keyword(self, value: Any, schema: Located) -> str:
        node: dict[str, Any] = schema.node if isinstance(schema.node, dict) else {}
        keywords = sorted(node, key="$ref".__ne__)  # that keyword first, as it may cover all others
        return next((each for each in keywords if not self._conformance.holds_keyword(value, each, schema)), "")

    def _step_into(self, value: Any, schema: Located, keyword: str) -> tuple[str, Any, Located] | None:
        """A part of the value, with its token, and the schema that it does not fit, if the keyword has one."""
        node = schema.node.get(keyword) if isinstance(schema.node, dict) else None
        parts: list[tuple[str, Any, Located]] = []
        if keyword == "$ref" and isinstance(node, str):
            target = self._conformance.look_up(node, schema.pointer)
            parts = [] if target is None else [("", value, target)]
        elif keyword == "allOf" and isinstance(node, list):
            parts = [("", value, Located(each, f"{schema.pointer}/allOf/{index}")) for index, each in enumerate(node)]
        elif keyword == "properties" and isinstance(node, dict) and isinstance(value, dict):
            parts = [
                (pointer_below("", name), value[name], Located(each, pointer_below(schema.pointer, keyword, name)))
                for name, each in node.items()
                if name in value
            ]
        elif keyword == "items" and isinstance(node, dict) and isinstance(value, list):
            place = Located(node, f"{schema.pointer}/items")
            parts = [(f"/{index}", each, place) for index, each in enumerate(value[:MAXIMUM_CHECKS])]
        return next((part for part in parts if not self._conformance.holds(part[1], (part[2],))), None)
