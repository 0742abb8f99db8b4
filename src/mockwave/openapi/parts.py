"""Parts: what the operations of one document share, each once, named by its number.

Bodies, encoded responses, parameters, definitions of schemas, plans: whatever two operations have in common is one
part, and operations hold numbers. Parts hold numbers of parts, too, and those of schemas may do so in a circle. Whoever
stores parts or passes them on knows nothing of what is in them.
"""

from collections.abc import Sequence

Parts = Sequence[bytes]

NO_PART = -1


class PartPool:
    """Gathers the parts of one document. Equal bytes are one part, whatever they stand for."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._taken = 0

    def add(self, data: bytes) -> int:
        """The number of the part `data`."""
        number = self._numbers.setdefault(data, len(self._parts))
        if number == len(self._parts):
            self._parts.append(data)
        return number

    def reserve(self) -> int:
        """A number whose part is yet to be filled in, so that it can be named from within itself."""
        self._parts.append(b"")
        return len(self._parts) - 1

    def fill(self, number: int, data: bytes) -> None:
        """Fill in the part of a reserved number, before it is taken."""
        self._parts[number] = data

    @property
    def parts(self) -> list[bytes]:
        """All parts that there are by now, in the order of their numbers."""
        return self._parts

    def take(self) -> list[bytes]:
        """The parts that came since the last call."""
        taken = self._parts[self._taken :]
        self._taken = len(self._parts)
        return taken
