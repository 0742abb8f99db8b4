"""Which definition a schema that is referred to becomes: the numbers of one document's definitions.

A node is one definition wherever it is used, but for names that are readOnly only where it is used: with other such
names it is another definition.
"""

from typing import Final

from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.openapi.document.references import Located
from mockwave.openapi.document.report import Problems
from mockwave.openapi.requests.read_only_names import NO_NAMES, Names

MAXIMUM_VARIANTS: Final = 32  # of a definition, for the names that are readOnly where it is used


class Target(Struct, frozen=True):
    """A schema that is to be written, and names that are readOnly beyond those that it says are."""

    located: Located
    hidden: Names


class ReferredSchemas:
    """Numbers the schemas that are referred to. `waiting` are those that are numbered and not yet written."""

    def __init__(self, pool: PartPool, problems: Problems) -> None:
        self._pool = pool
        self._problems = problems
        # Nodes are known by their identity: they live as long as the document.
        self._numbers: dict[tuple[int, Names], int] = {}
        self._variants: dict[int, int] = {}  # how many definitions a node has
        self.waiting: list[tuple[int, Target]] = []

    def number(self, target: Located, hidden: Names) -> int:
        """The number of the definition that `target` is where these names are readOnly."""
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
