"""The journal by itself, in this process: nanoseconds to append a 300-byte request to the ring, and entries a second
from the ring into SQLite, one transaction a drain, as a worker does it.
"""

import asyncio
import os
import time
from pathlib import Path

from benchmarks.bench import Bench, make_folder
from benchmarks.results import Result
from mockwave._ring import Ring, monotonic_now_ns
from mockwave.data_folder import DataFolder
from mockwave.journal.drain import Drainer
from mockwave.journal.recovery import prepare_data_dir
from mockwave.journal.slot_files import Slot, claim_slot
from mockwave.settings import Settings
from mockwave.store.records import ServerRecord
from mockwave.store.sqlite.store import SqliteStore

APPENDED_A_ROUND = 50_000
ROUNDS_A_PAIR = 8
RING_BYTES = 64 * 1024 * 1024
CONTESTANT = "mockwave"
CASE = "300-byte request"

PATH = b"/v1/users/user-7919/orders/42"
HEADERS = [
    (b"host", b"127.0.0.1:4010"),
    (b"user-agent", b"benchmark-client/1.0 (load generator; http/1.1; keep-alive)"),
    (b"accept", b"application/json, text/plain, */*"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"content-type", b"application/json"),
    (b"x-request-id", b"6f1c2f0e-2d0b-4b38-9d2b-1f6f1c2f0e2d"),
]
"""As text, `GET path HTTP/1.1` and these: 300 bytes, give or take a few."""


def measure(bench: Bench, result: Result) -> None:
    result.add(CASE, CONTESTANT, "bytes of the request", count_request_bytes())
    with make_folder() as folder:
        asyncio.run(_measure(folder, bench, result))


async def _measure(folder: Path, bench: Bench, result: Result) -> None:
    settings = Settings(data_dir=str(folder / "data"), ring_bytes=RING_BYTES)
    data_folder = DataFolder(settings.data_dir)
    data_folder.create()
    await prepare_data_dir(settings)
    slot: Slot = claim_slot(data_folder, settings)
    store = SqliteStore(data_folder.database, durable=True)
    await store.open()
    server_id = os.urandom(16)
    await store.create_server(_describe_server(server_id), None, [])
    drainer = Drainer(data_folder, settings, store)
    try:
        for _ in range(bench.pairs):
            append_ns = drain_s = 0.0
            for _ in range(ROUNDS_A_PAIR):
                append_ns += append_requests(slot.ring, server_id)
                start_s = time.perf_counter()
                stored = await drainer.drain()
                drain_s += time.perf_counter() - start_s
                assert stored == APPENDED_A_ROUND, f"expected {APPENDED_A_ROUND} entries, {stored} were stored"
            entries = ROUNDS_A_PAIR * APPENDED_A_ROUND
            result.add(CASE, CONTESTANT, "append ns", append_ns / entries)
            result.add(CASE, CONTESTANT, "drained entries/s", entries / drain_s)
    finally:
        await store.close()
        slot.release()


def append_requests(ring: Ring, server_id: bytes) -> int:
    """Nanoseconds for a round of appends, the loop around them included."""
    route_id, append = os.urandom(16), ring.append_request
    started_ns = monotonic_now_ns()
    repeats = range(APPENDED_A_ROUND)
    start_ns = time.perf_counter_ns()
    for _ in repeats:
        append(server_id, route_id, 200, 0, started_ns, "GET", PATH, b"", HEADERS, "127.0.0.1")
    return time.perf_counter_ns() - start_ns


def count_request_bytes() -> int:
    return len(b"GET " + PATH + b" HTTP/1.1\r\n\r\n") + sum(len(name) + len(value) + 4 for name, value in HEADERS)


def _describe_server(server_id: bytes) -> ServerRecord:
    now_us = time.time_ns() // 1000
    return ServerRecord(
        id=f"mock_{server_id.hex()}",
        name="journal",
        workspace_id="wrk_benchmark",
        created_us=now_us,
        modified_us=now_us,
    )
