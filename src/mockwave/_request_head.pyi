from typing import Literal

def read_head(
    data: bytes,
) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], int, int] | Literal["incomplete", "left"]: ...
