from collections.abc import Container
from typing import Final, final

TEXT_NAMES: Final[tuple[str, ...]]

EQUAL: Final[int]
BEGINNING: Final[int]
HOLDING: Final[int]

class SegmentFault(Exception): ...

@final
class ChunkReader:
    def __init__(self, data: bytes) -> None: ...
    @property
    def entry_count(self) -> int: ...
    def select(
        self,
        filters: dict[str, tuple[int, bytes]],
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
        either: dict[str, tuple[int, bytes]] | None = None,
    ) -> memoryview[int]: ...
    def count_classes(self, indexes: memoryview[int]) -> tuple[int, ...]: ...
    def entry(
        self, index: int
    ) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes, bytes | None, int, int, int, bytes, int]: ...

def read_header_block(block: bytes) -> list[tuple[bytes, bytes]]: ...
