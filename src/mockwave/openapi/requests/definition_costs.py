"""The cost of a request schema with all the definitions that it needs: its weight, and whether it branches.

The weight of each definition alone is known (`Written`). A sum counts each definition that a schema reaches once, and
stops when it exceeds the limit. `schema_costs.py` defines costs.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.answers.request_rules import Definition, decode_definition
from mockwave.openapi.requests.schema_costs import MAXIMUM_WEIGHT, Cost, branches

MAXIMUM_DECODED: Final = 200  # most definitions that stay decoded from one schema to the next


class Written(Struct, frozen=True):
    """The known facts about a written text."""

    needs: tuple[int, ...]
    weight: int
    is_hard: bool
    may_branch: bool


class DefinitionCosts:
    """The costs of one document's definitions. `written` has the definitions written so far, by number."""

    def __init__(self, pool: PartPool) -> None:
        self.written: dict[int, Written] = {}
        self._pool = pool
        self._heavy: dict[int, bool] = {}
        self._not_branching: dict[str, Cost] = {}
        self._decoded: dict[str, Any] = {}

    def weigh(self, written: Written, most: int) -> int:
        """The weight of a text with everything that it needs; some number above `most` if that is exceeded."""
        total, seen, waiting = written.weight, set[int](), list(written.needs)
        if written.is_hard:
            return most + 1
        while waiting and total <= most:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            if most == MAXIMUM_WEIGHT:
                is_heavy = self._heavy.get(number)
                if self._is_heavy(number, written) if is_heavy is None else is_heavy:
                    return most + 1
            below = self.written[number]
            total += below.weight
            waiting += below.needs
        return total

    def _is_heavy(self, number: int, user: Written) -> bool:
        """Whether a definition weighs too much with everything that it needs, or contains a hard pattern. It is decided
        for definitions that something other than a definition refers to."""
        known = self._heavy.get(number)
        if known is None:
            below = self.written[number]
            if below.is_hard:
                known = self._heavy[number] = True
            elif number not in user.needs:
                return False
            else:
                self._heavy[number] = False
                known = self._heavy[number] = self.weigh(below, MAXIMUM_WEIGHT) > MAXIMUM_WEIGHT
        return known

    def may_double(self, definition: Definition) -> bool:
        """Whether the work of checking a value may double with each of its levels (`schema_costs.branches`)."""
        if len(self._decoded) > MAXIMUM_DECODED:
            self._decoded.clear()
        schema = msgspec.json.decode(definition.schema)
        if isinstance(schema, dict) and len(schema) == 1 and schema.get("$ref") in self._not_branching:  # as many are
            return False
        return branches(schema, self._find_definition, self._not_branching)

    def _find_definition(self, reference: str) -> Any:
        """The definition written under `reference`."""
        known = self._decoded.get(reference)
        if known is None:
            part = self._pool.read(int(reference.rpartition("/")[2]))
            known = self._decoded[reference] = msgspec.json.decode(decode_definition(part).schema)
        return known
