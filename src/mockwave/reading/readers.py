"""The interface of reading: a Reader, which returns the content of a text, and the text as it is stored."""

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
    """The content of a text, and the text as it is stored."""

    imported: Import
    compressed_text: bytes


class ReadMocks(Struct, frozen=True):
    """The servers of a file of mocks; for each, the text of its Specification as stored, empty if it has none; and the
    notes on the file."""

    servers: list[ImportedServer]
    specifications: list[bytes]
    notes: ImportNotes


class Reader(Protocol):
    def prepare(self) -> None:
        """Begins the work that does not need the text, the rest of which is still on its way."""

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        """Reads the text as a Specification, in a turn of the workspace. Raises SpecificationError; NotAString; Refusal
        if it gets no turn."""

    async def read_mocks(
        self,
        source: SourceText,
        workspace: str,
        options: ImportOptions,
        engine_faults: Sequence[str],
        *,
        pauses: Pauses | None = None,
    ) -> ReadMocks:
        """Reads the mock servers that a file of any format describes. Raises the same as `read`, except NotAString."""

    async def write_file(self, lines: Sequence[bytes], workspace: str, *, pauses: Pauses | None = None) -> WrittenFile:
        """Writes the lines of a mock server (`answers/exported_servers.py`) as a file. Raises the same as `read`."""

    async def sample_request(self, wish: SampleWish, workspace: str) -> SampledRequest:
        """Makes a valid request for a route. Raises SpecificationError, and Refusal if it is not its turn in time."""
