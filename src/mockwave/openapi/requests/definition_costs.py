"""What a schema of requests costs with all the definitions that it needs: its weight, and whether it branches.

Of each definition is known what it weighs alone (`Written`). A sum counts each definition that one schema reaches once,
and stops where it exceeds what is asked. `schema_costs.py` says what costs are.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.answers.request_rules import Definition, decode_definition
from mockwave.openapi.requests.schema_costs import MAXIMUM_WEIGHT, Cost, branches

MAXIMUM_DECODED: Final = 200  # definitions kept decoded from one schema to the next


class Written(Struct, frozen=True):
    """What is known of a text that was written."""

    needs: tuple[int, ...]
    weight: int
    is_hard: bool
    may_branch: bool


class DefinitionCosts:
    """The costs of one document's definitions. `written` are those that were written, by number."""

    def __init__(self, pool: PartPool) -> None:
        self.written: dict[int, Written] = {}
        self._pool = pool
        self._heavy: dict[int, bool] = {}
        self._not_branching: dict[str, Cost] = {}
        self._decoded: dict[str, Any] = {}

    def weigh(self, written: Written, most: int) -> int:
        """What a text weighs with all that it needs; more than `most` where that is exceeded."""
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
        """Whether a definition alone weighs too much with all that it needs, or holds a pattern that is hard; told of
        those that something other than a definition refers to."""
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
        """Whether checking a value may take more with each level of it (`schema_costs.branches`)."""
        if len(self._decoded) > MAXIMUM_DECODED:
            self._decoded.clear()
        schema = msgspec.json.decode(definition.schema)
        if isinstance(schema, dict) and len(schema) == 1 and schema.get("$ref") in self._not_branching:  # as many are
            return False
        return branches(schema, self._find_definition, self._not_branching)

    def _find_definition(self, reference: str) -> Any:
        """The definition that was written under `reference`."""
        known = self._decoded.get(reference)
        if known is None:
            part = self._pool.read(int(reference.rpartition("/")[2]))
            known = self._decoded[reference] = msgspec.json.decode(decode_definition(part).schema)
        return known
