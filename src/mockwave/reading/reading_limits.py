"""How reading a specification may end, other than with an Import or a fault of the document."""

from typing import Literal

from mockwave.answers.imported import Problem, SpecificationError

Limit = Literal["time", "memory", "size", "output", "part"]


class ReadingLimitExceeded(SpecificationError):
    """Reading the text takes more than a specification may: `limit` names what."""

    def __init__(self, limit: Limit, message: str) -> None:
        super().__init__([Problem("", message)])
        self.limit = limit


class ReadingInterrupted(SpecificationError):
    """The text was not read to its end for a reason that does not lie in it: it may be sent again."""

    def __init__(self, message: str) -> None:
        super().__init__([Problem("", message)])
