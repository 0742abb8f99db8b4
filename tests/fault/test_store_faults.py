"""The store after faults: killed writers, a full disk, a stuck lock, a process that ends without close.

Killed writers are separate processes. They print what they were told is stored, so the tests know the least that must
be there; what they were writing when they died must be there whole or not at all.
"""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mockwave.store.protocol import StoreError
from mockwave.store.records import LogExtent, LogSegment, RingPosition, RouteRecord, ServerRecord
from mockwave.store.sqlite import connections
from mockwave.store.sqlite.store import SqliteStore
from mockwave.store.sqlite.write_lock import WriteLock
from tests.fault.small_disks import mounted_disk

ROUTES = 30
DEADLINE_S = 30.0

# Makes servers numbered from argv[2] on, each with ROUTES routes, gives each a second specification with as many other
# routes, deletes one of them, and logs an entry of 4 bytes a step on a server "log", ring position = entries.
# Prints the number of each server when all of its steps are stored.
WRITER = """
import asyncio, sys
from pathlib import Path
from mockwave.store.records import LogSegment, RingPosition, RouteRecord, ServerRecord
from mockwave.store.sqlite.store import SqliteStore

def make_server(name):
    return ServerRecord(id=f"mock_{name}", name=str(name), workspace_id="w", created_us=0, modified_us=0)

def make_routes(number, text):
    return [
        RouteRecord(id=f"route_{number}_{text}_{n}", mock_server_id=f"mock_{number}", generated=True, method="GET",
                    path=f"/{text}/{n}", path_key=f"/{text}/{n}", status_code=200, body=b"x" * 500)
        for n in range(ROUTES)
    ]

async def write():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    if await store.read_server("mock_log") is None:
        await store.create_server(make_server("log"), None, [])
    logged = (await store.read_log_extent("mock_log")).next
    print("open", flush=True)
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        server = make_server(number)
        await store.create_server(server, b"first", make_routes(number, "first"))
        await store.update_server(server.id, lambda _: server, b"second", make_routes(number, "second"))
        await store.delete_route(server.id, f"route_{number}_second_0")
        logged += 1
        segment = LogSegment(mock_server_id="mock_log", entry_count=1, oldest_us=0, newest_us=0,
                             data=logged.to_bytes(4, "big"))
        await store.append_log([segment], [RingPosition(ring_id=f"ring", node="n", position=logged)])
        print(number, flush=True)
    await store.close()

asyncio.run(write())
""".replace("ROUTES", str(ROUTES))


def start_writer(database: Path, first: int, end: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(database), str(first), str(end)], stdout=subprocess.PIPE, text=True
    )


def read_until(writer: subprocess.Popen[str], line_count: int) -> list[str]:
    """Returns the writer's first lines; fewer if it ended before."""
    assert writer.stdout is not None
    return [line.strip() for _, line in zip(range(line_count), writer.stdout, strict=False)]


def kill(writer: subprocess.Popen[str]) -> list[str]:
    """Sends SIGKILL; returns the lines still printed."""
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=DEADLINE_S)
    return rest.split()


def check_integrity(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def check_nothing_is_half_stored(store: SqliteStore) -> set[str]:
    """Returns the names of the servers that are there."""
    names = set()
    for server in await store.list_servers(None):
        names.add(server.name)
        loaded = await store.load_server(server.id)
        text = (await store.read_specification(server.id) or b"").decode()
        assert loaded is not None and len(loaded.routes) == server.route_count
        if server.name != "log":
            assert server.route_count in {"first": (ROUTES,), "second": (ROUTES, ROUTES - 1)}[text]
            assert all(route.path.startswith(f"/{text}/") for route in loaded.routes)
    extent = await store.read_log_extent("mock_log")
    chunks = await store.read_log_chunks("mock_log", below_sequence=1 << 60, count=1000)
    data = b"".join(chunk.data for chunk in reversed(chunks))
    assert data == b"".join(number.to_bytes(4, "big") for number in range(1, extent.next + 1))
    assert (await store.read_ring_positions()).get("ring", 0) == extent.next
    return names


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "mockwave.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(database)
    await store.open()
    yield store
    await store.close()


def make_server(number: int) -> ServerRecord:
    return ServerRecord(id=f"mock_{number}", name="", workspace_id="w", created_us=0, modified_us=0)


def large_route(number: int) -> RouteRecord:
    return RouteRecord(
        id=f"route_{number}",
        mock_server_id="mock_1",
        generated=False,
        method="GET",
        path=f"/{number}",
        path_key=f"/{number}",
        status_code=200,
        body=os.urandom(200_000),
    )


@contextmanager
def file_size_limit(limit_bytes: int) -> Iterator[None]:
    """Lets no file of this process grow beyond the limit; in Python, writes then fail instead of causing SIGXFSZ."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    with mounted_disk(tmp_path / "small-disk", "4m") as folder:
        yield folder


async def test_a_writer_killed_at_any_time_leaves_nothing_half_stored(database: Path) -> None:
    moments = random.Random(4010)
    acknowledged: set[str] = set()
    for round_number in range(12):
        first = round_number * 1000
        writer = start_writer(database, first, first + 1000)
        acknowledged.update(read_until(writer, moments.randrange(1, 15)))
        acknowledged.update(kill(writer))
        store = SqliteStore(database)
        await store.open()
        assert await check_nothing_is_half_stored(store) >= acknowledged - {"open"}
        await store.close()
    check_integrity(database)


async def test_a_killed_writer_does_not_disturb_the_one_beside_it(database: Path) -> None:
    store = SqliteStore(database)
    await store.open()
    writer = start_writer(database, 0, 1000)
    acknowledged = set(read_until(writer, 6))
    await store.create_server(make_server(5001), None, [])
    acknowledged |= set(kill(writer))
    await store.create_server(make_server(5002), None, [])
    listed = {server.id for server in await store.list_servers(None)}
    assert {"mock_5001", "mock_5002"} <= listed
    assert {f"mock_{number}" for number in acknowledged - {"open"}} <= listed
    await store.close()


async def test_processes_that_write_at_the_same_time_lose_nothing(database: Path) -> None:
    process_count, log_count = 3, 40
    code = """
import asyncio, sys
from pathlib import Path
from mockwave.store.records import LogSegment, RingPosition, ServerRecord
from mockwave.store.sqlite.store import SqliteStore

async def write(name):
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    for n in range(int(sys.argv[2])):
        await store.create_server(
            ServerRecord(id=f"mock_{name}_{n}", name="", workspace_id="w", created_us=0, modified_us=0), None, []
        )
        segment = LogSegment(mock_server_id="mock_1", entry_count=2, oldest_us=0, newest_us=0, data=b"xy")
        await store.append_log([segment], [RingPosition(ring_id=name, node="n", position=n)])
    await store.close()

asyncio.run(write(sys.argv[3]))
"""
    store = SqliteStore(database)
    await store.open()
    await store.create_server(make_server(1), None, [])
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(database), str(log_count), f"process{number}"])
        for number in range(process_count)
    ]
    assert [writer.wait(timeout=DEADLINE_S) for writer in writers] == [0] * process_count
    changes = await store.read_changes(0, [])
    assert len({server.revision for server in changes.servers}) == process_count * log_count + 1 == changes.revision
    assert await store.read_log_extent("mock_1") == LogExtent(0, 2 * process_count * log_count)
    chunks = await store.read_log_chunks("mock_1", below_sequence=1 << 60, count=1000)
    assert sum(chunk.data.count(b"xy") for chunk in chunks) == process_count * log_count
    assert set((await store.read_ring_positions()).values()) == {log_count - 1}
    await store.close()


async def test_processes_that_open_a_new_file_at_the_same_time_all_succeed(database: Path) -> None:
    for round_number in range(3):
        path = database.with_name(f"round{round_number}.db")
        writers = [start_writer(path, number, number + 1) for number in (10, 20, 30)]
        outputs = [writer.communicate(timeout=DEADLINE_S)[0].split() for writer in writers]
        # Each makes the server "log" if it finds none: one may lose that race, with a clear error, not the file.
        assert any(output[-1:] == [str(number)] for output, number in zip(outputs, (10, 20, 30), strict=True))
        check_integrity(path)


async def test_a_full_disk_refuses_the_write_and_keeps_the_store_working(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(1_000_000))
    store = SqliteStore(small_disk / "mockwave.db")
    await store.open()
    await store.create_server(make_server(1), None, [])
    stored = 0
    with pytest.raises(StoreError, match=r"mockwave\.db: cannot grow, since the disk is full: free some space"):
        while stored < 100:
            await store.create_route(large_route(stored))
            stored += 1
    assert [route.path for route in await store.list_routes("mock_1")] == [f"/{number}" for number in range(stored)]
    filler.unlink()
    assert await store.create_route(large_route(1000)) is not None
    read = await store.read_server("mock_1")
    assert read is not None and read.route_count == stored + 1
    await store.close()


async def test_a_new_store_on_a_full_disk_is_refused_with_its_reason(small_disk: Path) -> None:
    with (small_disk / "filler").open("wb") as filler, pytest.raises(OSError, match="No space left"):
        filler.write(bytes(5_000_000))
    store = SqliteStore(small_disk / "mockwave.db")
    with pytest.raises(StoreError, match=r"mockwave\.db: cannot "):
        await store.open()
    (small_disk / "filler").unlink()
    await store.open()
    await store.close()


async def test_a_log_that_cannot_be_stored_leaves_its_positions_too(store: SqliteStore, database: Path) -> None:
    await store.create_server(make_server(1), None, [])
    segment = LogSegment(mock_server_id="mock_1", entry_count=1, oldest_us=0, newest_us=0, data=bytes(8_000_000))
    position = RingPosition(ring_id="ring", node="n", position=7)
    with file_size_limit(2_000_000), pytest.raises(StoreError, match="nothing of this write was stored"):
        await store.append_log([segment], [position])
    assert await store.read_log_extent("mock_1") == LogExtent(0, 0)
    assert await store.read_ring_positions() == {}
    await store.append_log([segment], [position])
    assert await store.read_log_extent("mock_1") == LogExtent(0, 1)
    assert await store.read_ring_positions() == {"ring": 7}
    check_integrity(database)


async def test_a_lock_that_is_never_released_is_reported(
    database: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.1)
    impatient = SqliteStore(database)
    await impatient.open()
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="stayed locked by another process"):
            await impatient.create_server(make_server(1), None, [])
        assert await impatient.list_servers(None) == []
    assert (await impatient.create_server(make_server(1), None, [])).id == "mock_1"
    await impatient.close()


async def test_a_writer_that_stops_with_the_lock_is_reported(
    database: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.1)
    with WriteLock(database).held(0), pytest.raises(StoreError, match=r"mockwave\.db-lock: stayed locked"):
        await store.create_server(make_server(1), None, [])
    assert (await store.create_server(make_server(1), None, [])).id == "mock_1"


def test_a_process_that_ends_without_close_ends_at_once(database: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from mockwave.store.sqlite.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
asyncio.run(store.open())
"""
    ended = subprocess.run([sys.executable, "-c", code, str(database)], timeout=DEADLINE_S, check=False)
    assert ended.returncode == 0
