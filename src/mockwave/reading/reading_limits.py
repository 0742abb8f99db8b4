"""The ways in which reading a Specification may end, other than with an Import or a fault of the document."""

from typing import Literal

from mockwave.answers.imported import Problem, SpecificationError

Limit = Literal["time", "memory", "size", "output", "part"]


class ReadingLimitExceeded(SpecificationError):
    """Reading the text exceeds a limit, which `limit` names."""

    def __init__(self, limit: Limit, message: str) -> None:
        super().__init__([Problem("", message)])
        self.limit = limit


class ReadingInterrupted(SpecificationError):
    """Reading was interrupted for a reason that does not lie in the text: it may be sent again."""

    def __init__(self, message: str) -> None:
        super().__init__([Problem("", message)])
