"""Parts: things that operations of one document share, each stored once and named by its number.

Bodies, encoded responses, parameters, definitions of schemas, plans: anything that two operations have in common is one
part, and operations contain its number. Parts contain numbers of parts, too; those of schemas may do so in a circle.
Code that stores parts or passes them on knows nothing of their content.
"""

from collections.abc import Sequence

from msgspec import Struct

Parts = Sequence[bytes]

NO_PART = -1

MAXIMUM_PART_BYTES = 16 << 20
"""The most bytes of one part, which is copied in one go wherever it is passed on."""


class OutputTooLarge(Exception):
    """More is made from a document than is allowed; `is_one_part` if a single part is too large."""

    def __init__(self, is_one_part: bool = False) -> None:
        super().__init__()
        self.is_one_part = is_one_part


class Numbered(Struct, frozen=True, array_like=True):
    """Some parts, numbered from `first` in steps of `step`."""

    first: int
    step: int
    parts: list[bytes]

    def put_into(self, parts: list[bytes]) -> None:
        """Puts the parts at their numbers, with b"" for parts that are missing, for now or for ever."""
        end = self.first + self.step * len(self.parts)
        parts += [b""] * (end - len(parts))
        parts[self.first : end : self.step] = self.parts


class PartPool:
    """Collects the parts of one document. Equal bytes are one part, whatever they mean.

    Numbers go from `first` in steps of `step`, so that several pools can number the parts of one document. At most
    `limit_bytes` may be made from the document: a small one may require a large body hundreds of times. Every method
    that adds bytes raises OutputTooLarge beyond that.
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
        """Adds the part `data` and returns its number."""
        number = self._numbers.setdefault(data, self._next)
        if number == self._next:
            self.count(len(data))
            self._parts.append(data)
            self._next += self._step
        return number

    def reserve(self) -> int:
        """Reserves a number whose part is filled in later, so that the part can name itself."""
        self._parts.append(b"")
        self._next += self._step
        return self._next - self._step

    def fill(self, number: int, data: bytes) -> None:
        """Fills in the part of a reserved number, before it is taken."""
        self.count(len(data))
        self._parts[self._index(number)] = data

    def count(self, size: int) -> None:
        """Counts bytes that are made from the document."""
        self._bytes += size
        if self._limit_bytes is not None and self._bytes > self._limit_bytes:
            raise OutputTooLarge
        if size > MAXIMUM_PART_BYTES:
            raise OutputTooLarge(is_one_part=True)

    def read(self, number: int) -> bytes:
        """Returns the part of this number."""
        return self._parts[self._index(number)]

    def _index(self, number: int) -> int:
        return (number - self._first) // self._step

    @property
    def parts(self) -> list[bytes]:
        """All parts so far, in the order of their numbers."""
        return self._parts

    @property
    def has_more(self) -> bool:
        """Whether any parts came since the last call of `take`."""
        return len(self._parts) > self._taken

    def take(self) -> Numbered:
        """Returns the parts added since the last call."""
        taken = Numbered(self._first + self._step * self._taken, self._step, self._parts[self._taken :])
        self._taken = len(self._parts)
        return taken
