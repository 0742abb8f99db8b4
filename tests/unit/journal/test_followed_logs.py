"""Logs that are followed: whoever follows gets each entry once, and the log is read once for all of them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
import pytest

from mockwave._chunks import ChunkReader
from mockwave.journal import log_surveys, tail
from mockwave.journal.stored_chunks import open_chunk
from mockwave.journal.tail import Batch, Tails
from mockwave.model import LogQuery
from mockwave.store.records import LogChunk
from tests.unit.journal.conftest import SERVER_ID, Parts

ALL = LogQuery()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "POLL_S", 0.01)


async def take(batches: AsyncGenerator[Batch | None], entries: int) -> list[Batch]:
    """Batches until so many entries were counted."""
    taken: list[Batch] = []
    async with asyncio.timeout(20):
        while sum(batch.matching for batch in taken) < entries:
            batch = await anext(batches)
            if batch is not None:
                taken.append(batch)
    return taken


def paths(batches: list[Batch]) -> list[str]:
    return [msgspec.json.decode(line)["requestPath"] for batch in batches for _, line in batch.shown]


async def write(parts: Parts, first: int, end: int, status: int = 200) -> None:
    for number in range(first, end):
        parts.append(f"/{number}", ring=number % 2, status=status)
    await parts.drainer.drain()


async def test_ten_who_follow_the_same_are_handed_the_same_batches(parts: Parts) -> None:
    tails = Tails(parts.store)
    followers = [tails.follow(SERVER_ID, ALL, None, 1) for _ in range(10)]
    for follower in followers:
        await anext(follower)
    await write(parts, 0, 100)
    taken = [await take(follower, 100) for follower in followers]
    assert paths(taken[0]) == [f"/{number}" for number in range(100)]
    for other in taken[1:]:
        assert all(one is another for one, another in zip(taken[0], other, strict=True))
    for follower in followers:
        await follower.aclose()
    assert tails._looking is None


async def test_each_set_of_filters_has_its_own_counts_and_entries(parts: Parts) -> None:
    tails = Tails(parts.store)
    queries = [ALL, LogQuery(status_from=400, status_to=500), LogQuery(path="/1*"), LogQuery(text="99")]
    followers = [tails.follow(SERVER_ID, query, None, 1) for query in queries]
    for follower in followers:
        await anext(follower)
    await write(parts, 0, 60)
    await write(parts, 60, 120, status=404)
    everything, failures, ones, nines = [
        await take(follower, count) for follower, count in zip(followers, (120, 60, 31, 1), strict=True)
    ]
    assert paths(everything) == [f"/{number}" for number in range(120)]
    assert paths(failures) == [f"/{number}" for number in range(60, 120)]
    assert paths(ones) == [f"/{number}" for number in range(120) if str(number).startswith("1")]
    assert paths(nines) == ["/99"]
    assert sum(batch.classes[4] for batch in everything) == 60 == sum(batch.classes[4] for batch in failures)
    for follower in followers:
        await follower.aclose()


async def test_one_who_joins_while_the_log_is_looked_at_misses_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "RATE", 10_000)
    tails = Tails(parts.store)
    async with aclosing(tails.follow(SERVER_ID, ALL, None, 1)) as first:
        await anext(first)
        for turn in range(30):
            await write(parts, 10 * turn, 10 * turn + 5)
            query = LogQuery(path="/*") if turn % 2 else ALL
            extent = await parts.store.read_log_extent(SERVER_ID)
            async with aclosing(tails.follow(SERVER_ID, query, extent.next - 1, 1)) as late:
                reader = asyncio.create_task(take(late, 5))
                await asyncio.sleep(0.001 * (turn % 7))
                await write(parts, 10 * turn + 5, 10 * turn + 10)
                assert paths(await reader) == [f"/{number}" for number in range(10 * turn + 5, 10 * turn + 10)]


async def test_what_is_not_shown_is_counted_though_no_chunk_is_opened_for_it(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every new chunk was opened and its entries gone through one by one, so that ten streams cost a third of a hit."""
    opened: list[int] = []

    def note_and_open(chunk: LogChunk) -> ChunkReader | None:
        opened.append(chunk.id)
        return open_chunk(chunk)

    monkeypatch.setattr(log_surveys, "open_chunk", note_and_open)
    monkeypatch.setattr(tail, "RATE", 20)
    tails = Tails(parts.store)
    async with aclosing(tails.follow(SERVER_ID, ALL, None, 1)) as follower:
        await anext(follower)
        for turn in range(6):
            await write(parts, turn * 600, turn * 600 + 600)
        batches = await take(follower, 3600)
    shown = paths(batches)
    assert 0 < len(shown) < 200
    assert [int(path[1:]) for path in shown] == sorted({int(path[1:]) for path in shown})
    assert sum(batch.classes[2] for batch in batches) == 3600
    assert len(opened) <= len([batch for batch in batches if batch.shown]) + 1


async def test_one_who_comes_back_is_shown_the_newest_of_what_it_missed(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "BACKLOG_ENTRIES", 50)
    for turn in range(5):
        await write(parts, turn * 400, turn * 400 + 400)
    tails = Tails(parts.store)
    for query, missed in ((ALL, 1990), (LogQuery(status_from=200, status_to=300), 1990)):
        async with aclosing(tails.follow(SERVER_ID, query, 9, 1)) as follower:
            (batch,) = await take(follower, missed)
        assert (batch.first, batch.next, batch.matching, batch.classes[2]) == (10, 2000, 1990, 1990)
        assert paths([batch]) == [f"/{number}" for number in range(1950, 2000)]


async def test_a_log_that_is_cleared_goes_on_and_one_whose_server_is_gone_ends(parts: Parts) -> None:
    tails = Tails(parts.store)
    async with aclosing(tails.follow(SERVER_ID, ALL, None, 0.05)) as follower:
        await anext(follower)
        await write(parts, 0, 10)
        await take(follower, 10)
        await parts.store.clear_log(SERVER_ID)
        await write(parts, 10, 12)
        assert paths(await take(follower, 2)) == ["/10", "/11"]
        await parts.store.delete_server(SERVER_ID)
        async with asyncio.timeout(20):
            async for batch in follower:
                assert batch is None
