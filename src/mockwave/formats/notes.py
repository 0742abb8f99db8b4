"""What an import has to say of a file: what was made, what was changed on the way, what was left out and why.

Each note has its place: a JSON Pointer below `base`, which names the file where there are several. What makes the whole
file unusable is raised as SpecificationError (`refuse`), and nothing is made then.
"""

from collections.abc import Mapping
from typing import NoReturn

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.openapi.document.report import Problems


class Notes:
    """The notes of one import, in the order found; each list is bounded as those of a document are. `excluded` are
    entries that cannot be made, and why, by their places: it was tried."""

    def __init__(self, excluded: Mapping[str, str] | None = None) -> None:
        self.excluded = excluded or {}
        self.made = Problems()
        self.changed = Problems()
        self.left_out = Problems()

    def add_made(self, pointer: str, message: str) -> None:
        self.made.add(pointer, message)

    def change(self, pointer: str, message: str) -> None:
        """Something was made, and is not quite what stands in the file."""
        self.changed.add(pointer, message)

    def leave_out(self, pointer: str, message: str) -> None:
        """Something of the file was not made."""
        self.left_out.add(pointer, message)


def refuse(pointer: str, message: str, cause: BaseException | None = None) -> NoReturn:
    """Raises the SpecificationError that ends the import."""
    raise SpecificationError([Problem(pointer, message)]) from cause
