"""Plans of hints: the faker that a schema names by `x-faker`, if its values conform to the schema.

A hint that cannot be followed is a Problem, reported once, and the schema is planned without it.
"""

from typing import Any, Final

import msgspec

from mockwave.dynamic.fakers import find_faker
from mockwave.dynamic.hints import read_hint
from mockwave.dynamic.stored_plans import Fake
from mockwave.openapi.document.report import Problems
from mockwave.openapi.plans.planned import Planned, find_longest
from mockwave.openapi.plans.shared_plans import SharedPlans
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schema import Schema

AMOUNTS: Final = frozenset(("commerce.price", "finance.amount"))
HINTS: Final = ("x-faker", "faker")


class HintPlanner:
    """Plans the hints of one document."""

    def __init__(self, shared: SharedPlans, conformance: Conformance, problems: Problems) -> None:
        self._shared = shared
        self._conformance = conformance
        self._problems = problems
        self._refused: set[str] = set()  # pointers of hints that are reported

    def plan(self, schema: Schema) -> Planned | None:
        """Plans the `x-faker` of the schema, if its values conform."""
        for part in schema.place:
            for keyword in HINTS:
                if isinstance(part.node, dict) and keyword in part.node:
                    return self._plan_hint(part.node[keyword], f"{part.pointer}/{keyword}", schema)
        return None

    def _plan_hint(self, hint: Any, pointer: str, schema: Schema) -> Planned | None:
        name, arguments = read_hint(hint)
        found = find_faker(name)
        reason = f"there is no faker {name[:80]!r}" if found is None else ""
        if found is not None:
            if found in AMOUNTS and schema.types is not None and "string" not in schema.types:
                # The schema wants a number, but these fakers make its text.
                bounds = dict(zip(("min", "max", "fractionDigits"), arguments, strict=False))
                options = arguments[0] if arguments and isinstance(arguments[0], dict) else bounds
                arguments = ({"min": 1, "max": 1000, "fractionDigits": 2, **options},)
                found = "number.float"
            plan = Fake(found, arguments, schema.min_length, find_longest(schema))
            try:
                msgspec.msgpack.encode(plan)  # numbers in it may be too large
                made = self._shared.sample(plan)
                if all(self._conformance.holds(msgspec.json.decode(each), schema.place) for each in made):
                    return Planned(plan, 1)
                reason = f"values of {name} do not conform to this schema"
            except (ValueError, TypeError, OverflowError) as error:
                reason = f"{name} cannot take these arguments: {error}"
        if pointer not in self._refused:
            self._refused.add(pointer)
            self._problems.add(pointer, f"{reason}; the hint is left out")
        return None
