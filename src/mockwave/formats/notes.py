"""The notes of an import: what was made, what was changed on the way, and what was left out and why.

Each note has a place: a JSON Pointer below `base`, which names the file if there are several. A fault that makes the
whole file unusable raises SpecificationError (`refuse`), and nothing is made.
"""

from collections.abc import Mapping
from typing import NoReturn

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.openapi.document.report import Problems


class Notes:
    """The notes of one import, in the order found; each list is bounded like a document's. `excluded` maps the places
    of entries that could not be made to the reasons."""

    def __init__(self, excluded: Mapping[str, str] | None = None) -> None:
        self.excluded = excluded or {}
        self.made = Problems()
        self.changed = Problems()
        self.left_out = Problems()

    def add_made(self, pointer: str, message: str) -> None:
        self.made.add(pointer, message)

    def change(self, pointer: str, message: str) -> None:
        """Notes that something was made, but differs from the file."""
        self.changed.add(pointer, message)

    def leave_out(self, pointer: str, message: str) -> None:
        """Notes that a part of the file was not made."""
        self.left_out.add(pointer, message)


def refuse(pointer: str, message: str, cause: BaseException | None = None) -> NoReturn:
    """Raises the SpecificationError that ends the import."""
    raise SpecificationError([Problem(pointer, message)]) from cause
