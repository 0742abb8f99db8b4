"""Reads the Specifications of all workspaces: they take turns (`turns.py`), and each turn has a reading process.

A second process is started only while two workspaces have something to read at the same time.
"""

import asyncio
from collections.abc import Sequence

from mockwave.answers.exported_servers import WrittenFile
from mockwave.answers.imported_servers import ImportOptions
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.pauses import Pauses
from mockwave.processes.turns import AT_ONCE, Turns
from mockwave.reading.readers import ReadMocks, ReadText
from mockwave.reading.source_texts import SourceText
from mockwave.reading.specification_reader import SpecificationReader


class FairReader:
    """As many readers as there are simultaneous turns; all jobs have the same limits."""

    def __init__(self, max_output_bytes: int, *, turns: Turns | None = None) -> None:
        self._turns = Turns() if turns is None else turns
        self._readers = [SpecificationReader(least_output_bytes=max_output_bytes) for _ in range(AT_ONCE)]
        self._idle = list(self._readers)  # the last one was used last, so its process is warm

    async def prepare(self) -> None:
        """Starts the process for the next job, if nobody has to wait."""
        if self._idle:
            await self._idle[-1].prepare()

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        """Like `SpecificationReader.read`, in the workspace's turn. Raises Refusal if it gets no turn."""
        async with self._turns.take(workspace, sum(map(len, source.pieces))):
            reader = self._idle.pop()
            try:
                return await reader.read(source, use_examples=use_examples, pauses=pauses)
            finally:
                self._idle.append(reader)

    async def read_mocks(
        self,
        source: SourceText,
        workspace: str,
        options: ImportOptions,
        engine_faults: Sequence[str],
        *,
        pauses: Pauses | None = None,
    ) -> ReadMocks:
        """Like `SpecificationReader.read_mocks`, in the workspace's turn. Raises Refusal if it gets no turn."""
        async with self._turns.take(workspace, sum(map(len, source.pieces))):
            reader = self._idle.pop()
            try:
                return await reader.read_mocks(source, options, engine_faults, pauses=pauses)
            finally:
                self._idle.append(reader)

    async def write_file(self, lines: Sequence[bytes], workspace: str, *, pauses: Pauses | None = None) -> WrittenFile:
        """Like `SpecificationReader.write_file`, in the workspace's turn."""
        async with self._turns.take(workspace, sum(map(len, lines))):
            reader = self._idle.pop()
            try:
                return await reader.write_file(lines, pauses=pauses)
            finally:
                self._idle.append(reader)

    async def sample_request(self, wish: SampleWish, workspace: str) -> SampledRequest:
        """As `SpecificationReader.sample_request`, in the workspace's turn."""
        async with self._turns.take(workspace, len(wish.request_rules)):
            reader = self._idle.pop()
            try:
                return await reader.sample_request(wish)
            finally:
                self._idle.append(reader)

    async def close(self) -> None:
        await asyncio.gather(*(reader.close() for reader in self._readers))
