"""Throttles: how slowly a body goes out, in bytes per second, or in a number of chunks over a time."""

from typing import Final

from msgspec import Struct

from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.delays import LONGEST_MS

FASTEST_BYTES_PER_SECOND: Final = 10_000_000_000
MOST_CHUNKS: Final = 1_000


class Throttle(Struct, frozen=True, kw_only=True):
    """Either `bytes_per_second`, or `chunks` of equal size over `duration_ms`; the others are 0."""

    bytes_per_second: int = 0
    chunks: int = 0
    duration_ms: int = 0


def read_throttle(given: GivenObject, name: str = "throttle") -> Throttle | None:
    throttle = given.child(name)
    if throttle is None:
        return None
    throttle.refuse_unknown(("bytesPerSecond", "chunks", "durationMs"))
    if "bytesPerSecond" in throttle:
        throttle.refuse_together(("bytesPerSecond", "chunks"))
        throttle.refuse_together(("bytesPerSecond", "durationMs"))
        rate = throttle.integer("bytesPerSecond", 1, FASTEST_BYTES_PER_SECOND)
        return None if rate is None else Throttle(bytes_per_second=rate)
    if "chunks" not in throttle:
        throttle.refuse((), "required", "expected bytesPerSecond, or chunks and durationMs")
        return None
    chunks = throttle.integer("chunks", 1, MOST_CHUNKS)
    duration_ms = throttle.integer("durationMs", 1, LONGEST_MS, is_required=True)
    if chunks is None or duration_ms is None:
        return None
    return Throttle(chunks=chunks, duration_ms=duration_ms)
