"""What reading a specification may not exceed, as its caller is told."""

from typing import Literal

from mockwave.openapi.report import Problem, SpecificationError

Limit = Literal["time", "memory", "size"]


class ReadingLimitExceeded(SpecificationError):
    """Reading the text takes more than a specification may: `limit` names what."""

    def __init__(self, limit: Limit, message: str) -> None:
        super().__init__([Problem("", message)])
        self.limit = limit
