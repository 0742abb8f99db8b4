"""What answered by a rule says so on record: from the ring through a segment to the LogEntry, and to the filters."""

from pathlib import Path

import pytest
from msgspec import UNSET

from mockwave._chunks import ChunkReader
from mockwave._ring import Ring, create_ring_file, monotonic_now_ns
from mockwave._segments import encode_rings
from mockwave.journal.log_reading import log_entry, select
from mockwave.model import FAULT_NAMES, LogEntry, LogQuery
from mockwave.store.records import LogChunk

SERVER, ROUTE = b"s" * 16, b"r" * 16
MOCKED_BY_ROUTE, MOCKED_BY_NONE, MOCKED_BY_RULE = 0, 2, 3
RESET = FAULT_NAMES.index("CONNECTION_RESET_BY_PEER") + 1

ENTRIES: list[tuple[bytes, int, bytes | None, int]] = [
    (ROUTE, MOCKED_BY_ROUTE, None, 0),
    (ROUTE, MOCKED_BY_ROUTE, b"flaky", RESET),
    (b"", MOCKED_BY_RULE, b"server:maintenance", 0),
    (b"", MOCKED_BY_NONE, None, 0),
]


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    create_ring_file(str(tmp_path / "ring"), 1 << 20, b"i" * 16)
    return Ring(str(tmp_path / "ring"))


def store(ring: Ring, entries: list[tuple[bytes, int, bytes | None, int]]) -> bytes:
    for route, flags, rule, fault in entries:
        assert ring.append_request(
            SERVER,
            route,
            200,
            flags,
            monotonic_now_ns(),
            "GET",
            b"/",
            b"",
            [],
            "",
            rule=rule,
            fault=fault,
        )
    segments, *_ = encode_rings([ring], [ring.tail], cut_ns=monotonic_now_ns(), offset_us=0)
    return bytes(segments[0][4])


def read(data: bytes, **query: object) -> list[LogEntry]:
    reader = ChunkReader(data)
    chunk = LogChunk(
        id=1,
        mock_server_id="mock_1",
        first_sequence=0,
        entry_count=reader.entry_count,
        oldest_us=0,
        newest_us=0,
        data=data,
    )
    indexes = select(reader, LogQuery(**query), reader.entry_count)  # type: ignore[arg-type]
    return [log_entry(chunk, index, *reader.entry(index)) for index in indexes]


def test_an_entry_says_which_rule_answered_and_what_it_did_to_the_answer(ring: Ring) -> None:
    shown = [(entry.rule, entry.fault, entry.mocked_by, entry.matched) for entry in read(store(ring, ENTRIES))]
    assert shown == [
        (UNSET, UNSET, "route", True),
        ("flaky", "CONNECTION_RESET_BY_PEER", "route", True),
        ("server:maintenance", UNSET, "rule", True),
        (UNSET, UNSET, "none", False),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"rule": "flaky"}, [1]),
        ({"rule": "other"}, []),
        ({"fault": "CONNECTION_RESET_BY_PEER"}, [1]),
        ({"fault": "HOLD"}, []),
        ({"fault": "*"}, [1]),
        ({"matched": True}, [0, 1, 2]),
        ({"matched": False}, [3]),
    ],
)
def test_entries_are_found_by_rule_and_fault(ring: Ring, query: dict[str, object], found: list[int]) -> None:
    data = store(ring, ENTRIES)
    every = [entry.id for entry in read(data)]
    assert [entry.id for entry in read(data, **query)] == [every[index] for index in found]


def test_a_segment_without_rules_is_of_the_version_that_was_there_before_them(ring: Ring) -> None:
    """What an older mockwave stored can be read, and it could read what is stored without rules."""
    plain = store(ring, [ENTRIES[0], ENTRIES[3]])
    assert plain[4] == 1
    assert len(read(plain)) == 2


def test_segments_with_and_without_rules_lie_in_one_chunk(tmp_path: Path, ring: Ring) -> None:
    create_ring_file(str(tmp_path / "other"), 1 << 20, b"j" * 16)
    data = store(ring, [ENTRIES[0]]) + store(Ring(str(tmp_path / "other")), ENTRIES)
    assert [entry.rule for entry in read(data)] == [UNSET, UNSET, "flaky", "server:maintenance", UNSET]


def test_a_ring_of_before_there_were_rules_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    create_ring_file(str(path), 1 << 20, b"i" * 16)
    made = path.read_bytes()
    path.write_bytes(b"MWRING02" + made[8:2048] + bytes(2048) + made[4096:])  # it had no copy of its identity either
    assert len(read(store(Ring(str(path)), [ENTRIES[0]]))) == 1
