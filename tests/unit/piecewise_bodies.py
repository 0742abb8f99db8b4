"""Request bodies for tests: what an engine would hand to the Application."""

import asyncio
from collections.abc import Sequence


class PiecewiseBody:
    """A RequestBody of these pieces; where one is an exception, that is raised instead."""

    def __init__(self, pieces: Sequence[bytes | Exception] = ()) -> None:
        self._pieces = list(pieces)
        self.is_there = bool(pieces)
        self.pieces_read = 0
        self.has_gone = asyncio.Event()

    async def read_piece(self) -> bytes:
        if self.pieces_read == len(self._pieces):
            return b""
        piece = self._pieces[self.pieces_read]
        self.pieces_read += 1
        if isinstance(piece, Exception):
            raise piece
        return piece

    async def wait_until_gone(self) -> None:
        await self.has_gone.wait()
