from typing import Final, Literal

TARGET_LIMIT_BYTES: Final[int]

def read_head(
    data: bytes,
) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], int, int] | Literal["incomplete", "left"]: ...
