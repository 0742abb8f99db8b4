from collections.abc import Callable, Container
from typing import Final, final

TEXT_NAMES: Final[tuple[str, ...]]

BUCKETS: Final[int]

class SegmentFault(Exception): ...

@final
class ChunkReader:
    def __init__(self, data: bytes) -> None: ...
    @property
    def entry_count(self) -> int: ...
    def select(
        self,
        filters: dict[str, Callable[[bytes], bool]],
        *,
        matched: bool | None = None,
        status_from: int = 0,
        status_to: int = 1000,
        since_us: int = 0,
        until_us: int = ...,
        faults: Container[int] | None = None,
        below_index: int = ...,
        from_index: int = 0,
        slower_than_us: int = 0,
        either: dict[str, Callable[[bytes], bool]] | None = None,
    ) -> list[int]: ...
    def tally(
        self, indexes: list[int] | None = None, since_us: int = 0, step_us: int = ...
    ) -> list[tuple[int, list[int], list[int]]]: ...
    def count_texts(self, name: str) -> dict[bytes, tuple[int, int]]: ...
    def entry(
        self, index: int
    ) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes, bytes | None, int, int, int, bytes, int]: ...

def read_header_block(block: bytes) -> list[tuple[bytes, bytes]]: ...
