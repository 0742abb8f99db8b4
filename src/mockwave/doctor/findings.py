"""One thing that was looked at, and how it is."""

from typing import Literal

from msgspec import Struct

Grade = Literal["ok", "note", "fault"]


class Finding(Struct, frozen=True):
    """`note`: worth knowing, and no reason to worry; `fault`: something is wrong, and `text` says the way out."""

    grade: Grade
    subject: str
    text: str
