"""Parts: what the operations of one document share, each once, named by its number.

Bodies, encoded responses, parameters, definitions of schemas, plans: whatever two operations have in common is one
part, and operations hold numbers. Parts hold numbers of parts, too, and those of schemas may do so in a circle. Whoever
stores parts or passes them on knows nothing of what is in them.
"""

from collections.abc import Sequence

from msgspec import Struct

Parts = Sequence[bytes]

NO_PART = -1

MAXIMUM_PART_BYTES = 16 << 20
"""Of one part, which is copied in one go wherever it is passed on."""


class OutputTooLarge(Exception):
    """More is made of a document than may be; `is_one_part`: of one part alone."""

    def __init__(self, is_one_part: bool = False) -> None:
        super().__init__()
        self.is_one_part = is_one_part


class Numbered(Struct, frozen=True, array_like=True):
    """Some parts: their numbers go from `first` on in steps of `step`."""

    first: int
    step: int
    parts: list[bytes]

    def put_into(self, parts: list[bytes]) -> None:
        """Put them where their numbers say, b"" in place of those that are not there yet, or never will be."""
        end = self.first + self.step * len(self.parts)
        parts += [b""] * (end - len(parts))
        parts[self.first : end : self.step] = self.parts


class PartPool:
    """Gathers the parts of one document. Equal bytes are one part, whatever they stand for.

    Numbers go from `first` on in steps of `step`, so that several pools can number the parts of one document. Of
    all that is made of the document `limit_bytes` are allowed: a small one may ask for a large body hundreds of times.
    Whatever adds something raises OutputTooLarge beyond that.
    """

    def __init__(self, first: int = 0, step: int = 1, limit_bytes: int | None = None) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._first = first
        self._step = step
        self._next = first
        self._parts: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._taken = 0

    def add(self, data: bytes) -> int:
        """The number of the part `data`."""
        number = self._numbers.setdefault(data, self._next)
        if number == self._next:
            self.count(len(data))
            self._parts.append(data)
            self._next += self._step
        return number

    def reserve(self) -> int:
        """A number whose part is yet to be filled in, so that it can be named from within itself."""
        self._parts.append(b"")
        self._next += self._step
        return self._next - self._step

    def fill(self, number: int, data: bytes) -> None:
        """Fill in the part of a reserved number, before it is taken."""
        self.count(len(data))
        self._parts[self._index(number)] = data

    def count(self, size: int) -> None:
        """Count so many bytes that are made of the document."""
        self._bytes += size
        if self._limit_bytes is not None and self._bytes > self._limit_bytes:
            raise OutputTooLarge
        if size > MAXIMUM_PART_BYTES:
            raise OutputTooLarge(is_one_part=True)

    def read(self, number: int) -> bytes:
        """The part of this number."""
        return self._parts[self._index(number)]

    def _index(self, number: int) -> int:
        return (number - self._first) // self._step

    @property
    def parts(self) -> list[bytes]:
        """All parts that there are by now, in the order of their numbers."""
        return self._parts

    @property
    def has_more(self) -> bool:
        """Whether any parts came since the last call of `take`."""
        return len(self._parts) > self._taken

    def take(self) -> Numbered:
        """The parts that came since the last call."""
        taken = Numbered(self._first + self._step * self._taken, self._step, self._parts[self._taken :])
        self._taken = len(self._parts)
        return taken
