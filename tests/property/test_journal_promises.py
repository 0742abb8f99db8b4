"""The ring and its segments against a plain list: every request appended is read once, in order, as it was."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockwave._chunks import ChunkReader, read_header_block
from mockwave._ring import MINIMUM_CAPACITY_BYTES, Ring, create_ring_file, monotonic_now_ns
from mockwave._segments import encode_rings

SERVERS = [bytes([number]) * 16 for number in range(1, 4)]

texts = st.binary(max_size=40) | st.sampled_from([b"", b"/pets", b"x" * 127, b"x" * 128, b"y" * 70_000])
headers = st.lists(
    st.tuples(st.sampled_from([b"host", b"x-a", b"cookie", b"authorization"]) | st.binary(max_size=9), texts),
    max_size=4,
)
requests = st.fixed_dictionaries(
    {
        "server": st.sampled_from(SERVERS),
        "route": st.sampled_from([b"", b"r" * 16]),
        "status": st.integers(200, 999),
        "method": st.sampled_from(["GET", "POST", "M" * 300]),
        "path": texts,
        "query": texts,
        "headers": headers,
        "client": st.sampled_from(["", "127.0.0.1", "::1"]),
        "body": st.none() | texts,
        "rule": st.sampled_from([None, None, b"#0", b"server:chaos", b"n" * 1100]),
        "fault": st.sampled_from([0, 0, 0, 3, 200]),
    }
)
steps = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1]), requests) | st.just("drain"), max_size=80)

MAX_PART_BYTES = 65_536
MAX_CUT_VALUE_BYTES = 1024
FLAG_TRUNCATED = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rings")


def open_rings(folder: Path, count: int) -> list[Ring]:
    rings = []
    for number in range(count):
        path = str(folder / f"ring-{number}")
        create_ring_file(path, MINIMUM_CAPACITY_BYTES, os.urandom(16))
        rings.append(Ring(path))
    return rings


def as_stored(request: dict[str, Any]) -> tuple[Any, ...]:
    """What a reader should find of the request."""
    kept_headers, size, is_cut = [], 0, False
    for name, sent in request["headers"]:
        value = b"[redacted]" if name in (b"cookie", b"authorization") else sent
        if size + stored_size(name, value) > MAX_PART_BYTES:
            value, is_cut = value[:MAX_CUT_VALUE_BYTES], True
        if size + stored_size(name, value) <= MAX_PART_BYTES:
            size += stored_size(name, value)
            kept_headers.append((name, value))
    body = request["body"]
    return (
        request["method"].encode()[:255],
        request["path"][:MAX_PART_BYTES],
        request["query"][:MAX_PART_BYTES],
        kept_headers,
        request["client"].encode(),
        request["route"],
        None if body is None else body[:65_536],
        (request.get("rule") or b"")[:1024],
        request.get("fault", 0),
        request["status"],
        is_cut
        or len(request["method"]) > 255
        or any(map(is_too_long, (request["path"], request["query"], body or b""))),
    )


def is_too_long(*parts: bytes) -> bool:
    return any(len(part) > MAX_PART_BYTES for part in parts)


def stored_size(name: bytes, value: bytes) -> int:
    return len(name) + len(value) + varint_size(len(name)) + varint_size(len(value))


def varint_size(value: int) -> int:
    return max(1, -(-value.bit_length() // 7))


def append(ring: Ring, request: dict[str, Any]) -> bool:
    return ring.append_request(
        request["server"],
        request["route"],
        request["status"],
        0,
        monotonic_now_ns(),
        request["method"],
        request["path"],
        request["query"],
        request["headers"],
        request["client"],
        request["body"],
        rule=request.get("rule"),
        fault=request.get("fault", 0),
    )


class Reading:
    """Drains rings into per-server lists of what was read."""

    def __init__(self, rings: list[Ring]) -> None:
        self.rings = rings
        self.positions = [0] * len(rings)
        self.read: dict[bytes, list[tuple[Any, ...]]] = {server: [] for server in SERVERS}
        self.times: dict[bytes, list[int]] = {server: [] for server in SERVERS}

    def drain(self, max_entries: int = 7) -> None:
        more = True
        while more:
            segments, self.positions, _, more, broken = encode_rings(
                self.rings, self.positions, cut_ns=monotonic_now_ns(), offset_us=0, max_entries=max_entries
            )
            assert broken == []
            for server, count, _oldest, _newest, data in segments:
                reader = ChunkReader(data)
                assert reader.entry_count == count
                for index in reader.select({}):
                    entry = reader.entry(index)
                    time_us, method, path, query, block, client, route, body, status, _, flags, rule, fault = entry
                    self.times[server].append(time_us)
                    self.read[server].append(
                        (
                            method,
                            path,
                            query,
                            read_header_block(block),
                            client,
                            route,
                            body,
                            rule,
                            fault,
                            status,
                            bool(flags & FLAG_TRUNCATED),
                        )
                    )
            for ring, position in zip(self.rings, self.positions, strict=True):
                ring.release(position)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_every_request_of_two_rings_is_read_once_in_order_as_it_was_appended(folder: Path, steps: list[Any]) -> None:
    reading = Reading(open_rings(folder, 2))
    expected: dict[bytes, list[tuple[Any, ...]]] = {server: [] for server in SERVERS}
    for step in steps:
        if step == "drain":
            reading.drain()
            continue
        ring, request = step
        while not append(reading.rings[ring], request):
            reading.drain()
        expected[request["server"]].append(as_stored(request))
    reading.drain()
    assert reading.read == expected
    assert all(times == sorted(times) for times in reading.times.values())


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(0, 60_000), min_size=40, max_size=160))
def test_a_ring_that_wraps_many_times_keeps_every_byte(folder: Path, sizes: list[int]) -> None:
    (ring,) = open_rings(folder, 1)
    reading = Reading([ring])
    expected = []
    for number, size in enumerate(sizes):
        request = {
            "server": SERVERS[0],
            "route": b"",
            "status": 200,
            "method": "GET",
            "path": b"/%d" % number,
            "query": bytes([number % 256]) * size,
            "headers": [],
            "client": "",
            "body": None,
        }
        while not append(ring, request):
            reading.drain(max_entries=5)
        expected.append(as_stored(request))
    reading.drain()
    assert reading.read[SERVERS[0]] == expected


@settings(max_examples=40)
@given(count=st.integers(1, 30), lost=st.integers(0, 29), offset=st.integers(0, 200))
def test_a_ring_whose_pages_were_lost_is_read_up_to_the_first_damage(
    folder: Path, count: int, lost: int, offset: int
) -> None:
    (ring,) = open_rings(folder, 1)
    starts = []
    for number in range(count):
        starts.append(ring.head)
        assert ring.append_request(
            SERVERS[0], b"", 200, 0, monotonic_now_ns(), "GET", b"/%d" % number, b"q" * 200, [], "", None
        )
    lost = lost % count
    length = ring.head - starts[-1]
    damage_at = 4096 + starts[lost] + 8 + offset % (length - 8)
    with open(ring.path, "r+b") as file:
        file.seek(damage_at)
        byte = file.read(1)[0]
        file.seek(damage_at)
        file.write(bytes([byte ^ 0x5A]))
    segments, positions, entries, _, _ = encode_rings([ring], [0], cut_ns=2**64 - 1, offset_us=0, verify=True)
    padding = damage_at >= 4096 + starts[lost] + length
    assert entries == (count if padding else lost)
    assert positions == [ring.head if padding else starts[lost]]
    assert sum(segment[1] for segment in segments) == entries
