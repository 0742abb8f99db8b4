"""What reading offers: a Reader, which makes of a text what it says, and the text as it is stored."""

from typing import Protocol

from msgspec import Struct

from mockwave.answers.imported import Import
from mockwave.pauses import Pauses
from mockwave.reading.source_texts import SourceText


class ReadText(Struct, frozen=True):
    """What a text was read as, and the text as it is stored."""

    imported: Import
    compressed_text: bytes


class Reader(Protocol):
    def prepare(self) -> None:
        """Begin with what does not need the text, of which the rest is on its way."""

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        """The Specification that the text is, read in a turn of the workspace. Raises SpecificationError; NotAString;
        Refusal where there is no turn to be had."""
