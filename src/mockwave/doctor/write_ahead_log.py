"""The Store's write-ahead log, while no server runs: whether everything committed to it can still be read.

SQLite reads such a log up to the first frame that does not verify, and treats a log with a bad head as empty: the rest
is lost silently. A transaction that was being written when its process was killed looks the same, but was never
committed. The format: https://www.sqlite.org/fileformat2.html#walformat.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from mockwave.doctor.findings import Finding

HEAD = struct.Struct(">8I")
FRAME = struct.Struct(">6I")
MAGIC = 0x377F0682
"""The last bit gives the byte order of the summed words."""

READ_BYTES = 128 * 1024 * 1024
"""The most bytes of a log that are checked; a server restarts its log long before."""

WORD = 0xFFFFFFFF


def look_at_write_ahead_log(database: Path) -> Iterator[Finding]:
    """Yields a fault if something committed can no longer be read."""
    path = Path(f"{database}-wal")
    try:
        with path.open("rb") as file:
            content = file.read(READ_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        yield Finding("fault", "store", f"{path}: {error.strerror}")
        return
    if not content:
        return
    damage = find_damage(content)
    if damage:
        text = f"{path}: {damage}, so the last writes are lost; the store is as it was before them"
        yield Finding("fault", "store", text)


def find_damage(content: bytes) -> str:
    """Says what is wrong with a write-ahead log, if committed data is lost by it."""
    if len(content) < HEAD.size:
        return "its head is cut short"
    magic, _, page_bytes, _, salt_1, salt_2, *sums = HEAD.unpack_from(content)
    order = ">" if magic & 1 else "<"
    if magic & ~1 != MAGIC or page_bytes & (page_bytes - 1) or not 512 <= page_bytes <= 65_536:
        return "its head is damaged"
    running = add_up(order, content[: HEAD.size - 8], (0, 0))
    if list(running) != sums:
        return "its head is damaged"
    frame_bytes = FRAME.size + page_bytes
    first_bad = 0
    for number, start in enumerate(range(HEAD.size, len(content) - FRAME.size + 1, frame_bytes), 1):
        _, size_after_commit, *salts, sum_1, sum_2 = FRAME.unpack_from(content, start)
        if salts != [salt_1, salt_2]:
            break  # the frame is from an earlier round through the file
        if not first_bad:
            page = content[start + FRAME.size : start + frame_bytes]
            running = add_up(order, content[start : start + 8] + page, running)
            if len(page) != page_bytes or running != (sum_1, sum_2):
                first_bad = number
        if first_bad and size_after_commit:
            return f"it cannot be read from frame {first_bad} on"
    return ""


def add_up(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    """Continues the checksum of the format over whole pairs of words."""
    first, second = sums
    for one, other in struct.iter_unpack(f"{order}2I", data[: len(data) // 8 * 8]):
        first = (first + one + second) & WORD
        second = (second + other + first) & WORD
    return first, second
