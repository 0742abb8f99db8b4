"""Counting a chunk without reading it has the same result as reading it; damaged bytes end in an exception."""

import random
from collections import Counter

import pytest

from mockwave._chunk_counts import count_entries, count_routes
from mockwave._chunks import EQUAL, HOLDING, ChunkReader, SegmentFault
from tests.unit.journal.conftest import ROUTE, SERVER_ID, Parts


async def write_chunk(parts: Parts, drains: int) -> bytes:
    """A chunk of as many segments as there are drains; paths that repeat and paths that do not, some deflated."""
    for drain in range(drains):
        for number in range(20 + drain):
            path = f"/{number % 5}" if drain % 2 else f"/{number}{'x' * 90}"
            parts.append(path, ring=number % 2, status=(200, 404, 503)[number % 3], matched=number % 4 > 0)
        await parts.drainer.drain()
    ((chunk,),) = [await parts.store.read_log_range(SERVER_ID, 0, 9)]
    return chunk.data


async def test_counts_are_those_of_the_entries(parts: Parts) -> None:
    data = await write_chunk(parts, 6)
    reader = ChunkReader(data)
    for low, high in ((0, 10_000), (3, 7), (0, 0), (25, 61), (reader.entry_count, 10_000)):
        entries = [reader.entry(index) for index in range(low, min(high, reader.entry_count))]
        since_us = entries[len(entries) // 2][0] if entries else 0
        counted = count_entries(data, low, high, since_us, 700)
        late = [entry for entry in entries if entry[0] >= since_us]
        by_step = Counter()  # type: ignore[var-annotated]
        for step, classes, durations, faults in counted:
            assert sum(classes) == sum(durations.values())
            assert faults == 0
            by_step.update({(step, digit): count for digit, count in enumerate(classes) if count})
        assert by_step == Counter(((entry[0] - since_us) // 700, entry[8] // 100) for entry in late)
        assert {route: hits for route, (hits, _) in count_routes(data, low, high).items()} == Counter(
            entry[6] for entry in entries
        )
        latest = {route: max(entry[0] for entry in entries if entry[6] == route) for route in {e[6] for e in entries}}
        assert {route: us for route, (_, us) in count_routes(data, low, high).items()} == latest
    assert set(count_routes(data)) == {ROUTE, b""}


async def test_damaged_bytes_end_in_an_exception_or_in_counts(parts: Parts) -> None:
    data = await write_chunk(parts, 4)
    numbers = random.Random(17)
    faults = 0
    for _ in range(3000):
        damaged = bytearray(data[: numbers.choice((len(data), numbers.randrange(len(data))))])
        for _ in range(numbers.randrange(3)):
            if damaged:
                damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
        for count in (count_entries, count_routes, ChunkReader):
            try:
                count(bytes(damaged))
            except SegmentFault:
                faults += 1
    assert faults


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (b"/a", True), (b"/A", True), (b"B/\xc3\x89", True), (b"b/\xc3\xa9", False),
        (b"aAaB", True), (b"/ac", False), (b"", True),
    ],
)  # fmt: skip
async def test_a_text_is_found_in_letters_of_either_case(parts: Parts, text: bytes, holds: bool) -> None:
    """A letter beyond ASCII was never found: the text looked for was put in lower case, the log's was not."""
    parts.append("/aAaB/É")
    await parts.drainer.drain()
    (chunk,) = await parts.store.read_log_range(SERVER_ID, 0, 1)
    reader = ChunkReader(chunk.data)
    assert bool(reader.select({}, either={"path": (HOLDING, text.lower()), "body": (HOLDING, b"z")})) is holds
    assert list(reader.select({"path": (EQUAL, "/aAaB/É".encode())})) == [0]
    assert list(await parts.page(text="É"))
