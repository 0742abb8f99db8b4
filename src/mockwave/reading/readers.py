"""What reading offers: a Reader, which makes of a text what it says, and the text as it is stored."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from mockwave.answers.exported_servers import WrittenFile
from mockwave.answers.imported import Import
from mockwave.answers.imported_servers import ImportedServer, ImportNotes, ImportOptions
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.pauses import Pauses
from mockwave.reading.source_texts import SourceText


class ReadText(Struct, frozen=True):
    """What a text was read as, and the text as it is stored."""

    imported: Import
    compressed_text: bytes


class ReadMocks(Struct, frozen=True):
    """The servers of a file of mocks; of each the text of its Specification as it is stored, empty where it has none;
    and what is to be said of the file."""

    servers: list[ImportedServer]
    specifications: list[bytes]
    notes: ImportNotes


class Reader(Protocol):
    def prepare(self) -> None:
        """Begin with what does not need the text, of which the rest is on its way."""

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        """The Specification that the text is, read in a turn of the workspace. Raises SpecificationError; NotAString;
        Refusal where there is no turn to be had."""

    async def read_mocks(
        self,
        source: SourceText,
        workspace: str,
        options: ImportOptions,
        engine_faults: Sequence[str],
        *,
        pauses: Pauses | None = None,
    ) -> ReadMocks:
        """The mock servers that a file of any format describes. Raises as `read`, but for NotAString."""

    async def write_file(self, lines: Sequence[bytes], workspace: str, *, pauses: Pauses | None = None) -> WrittenFile:
        """The file that the lines of a mock server stand for (`answers/exported_servers.py`). Raises as `read`."""

    async def sample_request(self, wish: SampleWish, workspace: str) -> SampledRequest:
        """A valid request for a route. Raises SpecificationError, and Refusal where there is no turn to be had."""
