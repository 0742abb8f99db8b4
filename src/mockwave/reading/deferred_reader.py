"""The FairReader, loaded when the first text comes: a worker that only serves mocks starts without it."""

import asyncio
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mockwave.answers.exported_servers import WrittenFile
from mockwave.answers.imported_servers import ImportOptions
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.pauses import Pauses
from mockwave.reading.readers import ReadMocks, ReadText
from mockwave.reading.source_texts import SourceText

if TYPE_CHECKING:  # imported here for start-up time
    from mockwave.reading.fair_reader import FairReader


class DeferredReader:
    """A FairReader with its usual limits. At least this many bytes may be made from a document (--max-import-bytes)."""

    def __init__(self, max_import_bytes: int) -> None:
        self._max_import_bytes = max_import_bytes
        self._reader: FairReader | None = None
        self._preparing: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepare())

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        reader = await self._load()
        return await reader.read(source, workspace, use_examples=use_examples, pauses=pauses)

    async def read_mocks(
        self,
        source: SourceText,
        workspace: str,
        options: ImportOptions,
        engine_faults: Sequence[str],
        *,
        pauses: Pauses | None = None,
    ) -> ReadMocks:
        reader = await self._load()
        return await reader.read_mocks(source, workspace, options, engine_faults, pauses=pauses)

    async def write_file(self, lines: Sequence[bytes], workspace: str, *, pauses: Pauses | None = None) -> WrittenFile:
        reader = await self._load()
        return await reader.write_file(lines, workspace, pauses=pauses)

    async def sample_request(self, wish: SampleWish, workspace: str) -> SampledRequest:
        reader = await self._load()
        return await reader.sample_request(wish, workspace)

    async def close(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)
        if self._reader is not None:
            await self._reader.close()

    async def _prepare(self) -> None:
        reader = await self._load()
        await reader.prepare()

    async def _load(self) -> "FairReader":
        if self._reader is None:
            # In a thread, so that mocks are answered meanwhile.
            module = await asyncio.to_thread(importlib.import_module, "mockwave.reading.fair_reader")
            self._reader = self._reader or module.FairReader(self._max_import_bytes)
        return self._reader
