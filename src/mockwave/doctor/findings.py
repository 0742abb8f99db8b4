"""One thing that was checked, and its state."""

from typing import Literal

from msgspec import Struct

Grade = Literal["ok", "note", "fault"]


class Finding(Struct, frozen=True):
    """A `note` is worth knowing but harmless; with a `fault` something is wrong, and `text` says what to do."""

    grade: Grade
    subject: str
    text: str
