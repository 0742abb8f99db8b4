"""The definitions that referred schemas become: the numbers of one document's definitions.

A node is one definition wherever it is used, except that names that are readOnly only at its place of use make another
definition of it.
"""

from typing import Final

from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.openapi.document.references import Located
from mockwave.openapi.document.report import Problems
from mockwave.openapi.requests.read_only_names import NO_NAMES, Names

MAXIMUM_VARIANTS: Final = 32  # versions of a definition, for names that are readOnly where it is used


class Target(Struct, frozen=True):
    """A schema to write, and names that are readOnly besides those that it declares."""

    located: Located
    hidden: Names


class ReferredSchemas:
    """Numbers the referred schemas. `waiting` has those that are numbered but not yet written."""

    def __init__(self, pool: PartPool, problems: Problems) -> None:
        self._pool = pool
        self._problems = problems
        # Nodes are identified by their identity, since they live as long as the document.
        self._numbers: dict[tuple[int, Names], int] = {}
        self._variants: dict[int, int] = {}  # the number of a node's definitions
        self.waiting: list[tuple[int, Target]] = []

    def number(self, target: Located, hidden: Names) -> int:
        """The number of the definition of `target` with these readOnly names."""
        key = (id(target.node), hidden)
        number = self._numbers.get(key)
        if number is None and hidden:
            self._variants[key[0]] = self._variants.get(key[0], 0) + 1
            if self._variants[key[0]] > MAXIMUM_VARIANTS:
                message = "it is used beside too many readOnly properties; here it requires them in requests too"
                self._problems.add(target.pointer, message)
                hidden, key = NO_NAMES, (key[0], NO_NAMES)
                number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._pool.reserve()
            self.waiting.append((number, Target(target, hidden)))
        return number
