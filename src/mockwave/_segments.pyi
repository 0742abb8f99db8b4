from mockwave._ring import Ring

def encode_rings(
    rings: list[Ring],
    positions: list[int],
    *,
    cut_ns: int,
    offset_us: int,
    max_entries: int = 65536,
    verify: bool = False,
    pause_us: int = 0,
) -> tuple[list[tuple[bytes, int, int, int, bytes]], list[int], int, bool, list[int]]: ...
def find_record(ring: Ring, position: int, end: int) -> int: ...
