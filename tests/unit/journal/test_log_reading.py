"""From rings through drains and a real SQLite file to the page of the log that a client asks for."""

import random
import sqlite3
from contextlib import closing
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from mockwave._ring import monotonic_now_ns
from mockwave.journal import stored_chunks
from mockwave.journal.drain import Drainer
from mockwave.journal.recovery import empty_old_rings
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.journal.conftest import ROUTE, SERVER, SERVER_ID, Parts, append


async def test_an_entry_shows_the_request_as_it_was_with_its_secrets_redacted(parts: Parts) -> None:
    parts.append("/pets/%20", status=201)
    await parts.drainer.drain()
    (entry,) = await parts.page()
    assert (entry.request_method, entry.request_path, entry.request_query) == ("GET", "/pets/%20", "q=1")
    assert entry.request_headers == {"host": "localhost", "authorization": "[redacted]", "accept": "a, b"}
    assert (entry.route_id, entry.response_status_code, entry.matched) == (f"mock-route_{ROUTE.hex()}", 201, True)


async def test_entries_of_several_workers_come_newest_first_and_each_once(parts: Parts) -> None:
    for number in range(300):
        parts.append(f"/{number}", ring=number % 2)
        if number % 50 == 0:
            await parts.drainer.drain()
    await parts.drainer.drain()
    entries = await parts.page(limit=1000)
    assert [entry.request_path for entry in entries] == [f"/{number}" for number in reversed(range(300))]
    assert len({entry.id for entry in entries}) == 300
    assert [entry.id for entry in entries] == sorted((entry.id for entry in entries), reverse=True)


async def test_any_offset_gives_the_page_it_names(parts: Parts) -> None:
    for number in range(10_000):
        if not append(parts.slots[0].ring, f"/{number}"):
            await parts.drainer.drain()
            parts.append(f"/{number}")
    await parts.drainer.drain()
    for offset in (0, 1, 511, 4095, 4096, 9_990, 9_999, 10_000, 20_000):
        entries = await parts.page(limit=20, offset=offset)
        expected = [f"/{number}" for number in reversed(range(10_000))][offset : offset + 20]
        assert [entry.request_path for entry in entries] == expected


async def test_filters_pick_and_page_over_what_they_picked(parts: Parts) -> None:
    for number in range(1_000):
        matched = number % 10 != 0
        parts.append(f"/{number}", method="POST" if number % 2 else "GET", matched=matched, status=200 + number % 300)
        if number % 100 == 0:
            await parts.drainer.drain()
    await parts.drainer.drain()
    unmatched = await parts.page(matched=False, limit=3, offset=2)
    assert [entry.request_path for entry in unmatched] == ["/970", "/960", "/950"]
    posts = await parts.page(method="POST", limit=2)
    assert [entry.request_path for entry in posts] == ["/999", "/997"]
    assert [entry.request_path for entry in await parts.page(path="/12")] == ["/12"]
    assert len(await parts.page(path="/12*", limit=1000)) == 11
    assert len(await parts.page(status_from=300, status_to=400, limit=1000)) == 300
    assert len(await parts.page(route_id=f"mock-route_{ROUTE.hex()}", limit=1000)) == 900
    assert await parts.page(route_id="nonsense") == []


async def test_times_pick_entries_inclusively(parts: Parts) -> None:
    for number in range(20):
        parts.append(f"/{number}")
        await parts.drainer.drain()
    entries = await parts.page()
    times = {entry.request_path: int(entry.id[4:20], 16) for entry in entries}
    picked = await parts.page(since_us=times["/5"], until_us=times["/9"])
    wanted = [entry.request_path for entry in entries if times["/5"] <= times[entry.request_path] <= times["/9"]]
    assert [entry.request_path for entry in picked] == wanted
    assert {"/5", "/9"} <= {entry.request_path for entry in picked}


class DiesAfterCommit(SqliteStore):
    """Commits and then ends as a killed process would: nothing that comes after the commit is done."""

    async def append_log(self, *arguments: Any) -> None:
        await super().append_log(*arguments)
        raise KilledError


class KilledError(Exception):
    pass


async def test_what_a_drain_stored_but_did_not_release_is_not_stored_again(parts: Parts) -> None:
    parts.append("/once")
    dying = DiesAfterCommit(parts.folder.database)
    await dying.open()
    with pytest.raises(KilledError):
        await Drainer(parts.folder, parts.settings, dying).drain()
    await dying.close()
    assert parts.slots[0].ring.tail < parts.slots[0].ring.head
    await parts.drainer.drain()
    assert [entry.request_path for entry in await parts.page()] == ["/once"]
    assert parts.slots[0].ring.tail == parts.slots[0].ring.head


async def test_rings_left_by_killed_workers_are_emptied_once_at_the_next_start(parts: Parts) -> None:
    parts.append("/stored")
    await parts.drainer.drain()
    parts.append("/left")
    for _ in range(2):
        await empty_old_rings(parts.folder, parts.settings, parts.store)
    assert [entry.request_path for entry in await parts.page()] == ["/left", "/stored"]
    assert parts.folder.ring_files() == {}


async def test_a_file_that_is_no_ring_is_moved_aside_and_stops_nothing(parts: Parts) -> None:
    parts.folder.ring_file(9).write_bytes(b"nonsense" * 1_000_000)
    parts.append("/left")
    await empty_old_rings(parts.folder, parts.settings, parts.store)
    assert [entry.request_path for entry in await parts.page()] == ["/left"]
    assert any(path.name.startswith("damaged-ring-9") for path in parts.folder.journal.iterdir())


async def test_entries_of_a_deleted_server_are_passed_over(parts: Parts) -> None:
    parts.append("/gone")
    await parts.store.delete_server(SERVER_ID)
    await parts.drainer.drain()
    assert parts.slots[0].ring.tail == parts.slots[0].ring.head


@pytest.mark.parametrize("seed", range(8))
async def test_a_damaged_chunk_hides_no_other(
    parts: Parts, seed: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that could not be read, also where its table would no longer inflate, made every page a 500."""
    monkeypatch.setattr(stored_chunks, "_reported", set())
    chance = random.Random(seed)
    for kind in range(3):
        for number in range(600):
            parts.append(f"/{kind}/{'x' * 60}{number % 40}")
        await parts.drainer.drain()
    with closing(sqlite3.connect(parts.folder.database)) as connection:
        chunks = connection.execute("SELECT id, data, entry_count FROM log_chunks ORDER BY first_sequence").fetchall()
        damaged_id, data, damaged_count = chunks[1]
        damaged = bytearray(data)
        for _ in range(40):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        connection.execute("UPDATE log_chunks SET data = ? WHERE id = ?", (bytes(damaged), damaged_id))
        connection.commit()
    found = [*await parts.page(limit=1000), *await parts.page(limit=1000, offset=1000)]
    assert 1800 - damaged_count <= len(found) <= 1800
    assert len({entry.id for entry in found}) == len(found)
    assert len(found) == 1800 or f"the log of {SERVER_ID}: among entries" in caplog.text


async def test_entries_do_not_join_a_damaged_chunk(parts: Parts) -> None:
    """Those that joined it could not be read either, until it was full."""
    parts.append("/before")
    await parts.drainer.drain()
    with closing(sqlite3.connect(parts.folder.database)) as connection:
        connection.execute("UPDATE log_chunks SET data = substr(data, 1, length(data) - 3)")
        connection.commit()
    for path in ("/after", "/later"):
        parts.append(path)
        await parts.drainer.drain()
    assert [entry.request_path for entry in await parts.page()] == ["/later", "/after"]
    with closing(sqlite3.connect(parts.folder.database)) as connection:
        assert connection.execute("SELECT count(*) FROM log_chunks").fetchone() == (2,)


@pytest.mark.parametrize("cut", [1, 3, 10, 100])
async def test_a_chunk_cut_short_is_reported_and_left_out(
    parts: Parts, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    parts.append("/lost")
    await parts.drainer.drain()
    with closing(sqlite3.connect(parts.folder.database)) as connection:
        connection.execute("UPDATE log_chunks SET data = substr(data, 1, length(data) - ?), id = 9000 + ?", (cut, cut))
        connection.commit()
    assert await parts.page() == []
    assert await parts.page(method="GET") == []
    assert f"the log of {SERVER_ID}: among entries 0 to 0" in caplog.text


HEADERS = [(b"host", b"localhost"), (b"x-late", b"here")]


@pytest.mark.parametrize(
    "cut",
    [
        {"path": b"/" + b"p" * 70_000},
        {"query": b"q=" + b"q" * 70_000},
        {"body": b"b" * 70_000},
        {"headers": [(b"x-long", b"h" * 70_000), *HEADERS]},
        {"headers": [*HEADERS, *((b"x-many", b"1") for _ in range(300))]},
        {"method": "M" * 300},
    ],
)
async def test_an_entry_that_was_cut_short_says_so(parts: Parts, cut: dict[str, Any]) -> None:
    """FLAG_TRUNCATED was stored and then dropped (F21)."""
    request: dict[str, Any] = {"method": "GET", "path": b"/", "query": b"", "headers": HEADERS, "body": b"", **cut}
    parts.slots[0].ring.append_request(SERVER, b"", 200, 0, monotonic_now_ns(), client="", **request)
    parts.append("/whole")
    await parts.drainer.drain()
    whole, entry = await parts.page()
    assert (entry.truncated, whole.truncated) == (True, UNSET)
    assert b"truncated" not in msgspec.json.encode(whole)


async def test_a_header_too_long_to_be_kept_hides_none_after_it(parts: Parts) -> None:
    """One header over 64 KB hid all headers after it (F21)."""
    headers = [(b"x-long", b"h" * 70_000), (b"authorization", b"Bearer x"), *HEADERS]
    parts.slots[0].ring.append_request(SERVER, b"", 200, 0, monotonic_now_ns(), "GET", b"/", b"", headers, "")
    await parts.drainer.drain()
    (entry,) = await parts.page()
    assert entry.request_headers == {
        "x-long": "h" * 1024,
        "authorization": "[redacted]",
        "host": "localhost",
        "x-late": "here",
    }
