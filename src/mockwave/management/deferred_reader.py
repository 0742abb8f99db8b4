"""The SpecificationReader, loaded when the first text comes: a worker that only serves mocks starts without it."""

import asyncio
import importlib
from typing import TYPE_CHECKING

from mockwave.management.calls import ReadText
from mockwave.pauses import Pauses
from mockwave.source_texts import SourceText

if TYPE_CHECKING:
    from mockwave.management.specification_reader import SpecificationReader


class DeferredReader:
    """A SpecificationReader with its usual limits."""

    def __init__(self) -> None:
        self._reader: SpecificationReader | None = None
        self._preparing: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepare())

    async def read(self, source: SourceText, *, use_examples: bool, pauses: Pauses | None = None) -> ReadText:
        reader = await self._load()
        return await reader.read(source, use_examples=use_examples, pauses=pauses)

    async def close(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)
        if self._reader is not None:
            await self._reader.close()

    async def _prepare(self) -> None:
        reader = await self._load()
        await reader.prepare()

    async def _load(self) -> "SpecificationReader":
        if self._reader is None:
            # In a thread, so that mocks are answered meanwhile.
            module = await asyncio.to_thread(importlib.import_module, "mockwave.management.specification_reader")
            self._reader = self._reader or module.SpecificationReader()
        return self._reader
