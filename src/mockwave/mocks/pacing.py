"""Pacing: how the bytes of a body are spread over time, by a rule's throttle or its SLOW_BODY.

bytesPerSecond    pieces of as much as is due in PIECE_S, at least one byte
chunks            that many pieces of equal size over the time, like WireMock's dribble: one after each share of it
SLOW_BODY         SLOW_CHUNKS over SLOW_MS, unless there is a throttle
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from mockwave.rules.outcomes.throttles import Throttle

PIECE_S: Final = 0.05
SLOW_CHUNKS: Final = 20
SLOW_MS: Final = 10_000


class Pacing(Struct, frozen=True):
    """Either `bytes_per_second`, or `chunks` over `duration_ms`."""

    bytes_per_second: int = 0
    chunks: int = 0
    duration_ms: int = 0

    def cut(self, body: bytes) -> Iterator[tuple[float, bytes]]:
        """Yields the pieces of the body, each with its time in seconds after the head. No piece is empty."""
        if self.bytes_per_second:
            size = max(int(self.bytes_per_second * PIECE_S), 1)
            for start in range(0, len(body), size):
                piece = body[start : start + size]
                yield (start + len(piece)) / self.bytes_per_second, piece
            return
        count = min(self.chunks, len(body))
        for index in range(count):
            piece = body[len(body) * index // count : len(body) * (index + 1) // count]
            yield (index + 1) * self.duration_ms / 1000 / count, piece


SLOWLY: Final = Pacing(chunks=SLOW_CHUNKS, duration_ms=SLOW_MS)


def pacing_of(throttle: Throttle | None, fault: str) -> Pacing | None:
    if throttle is not None:
        return Pacing(throttle.bytes_per_second, throttle.chunks, throttle.duration_ms)
    return SLOWLY if fault == "SLOW_BODY" else None
