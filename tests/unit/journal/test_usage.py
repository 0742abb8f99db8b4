"""Hits and last use of routes: kept per stretch of the log, and always equal to a count from scratch."""

from mockwave.journal.usage import MOST_STRETCHES, LogUsage, Stretch, UsageCounter
from tests.unit.journal.conftest import ROUTE, SERVER_ID, Parts


async def write(parts: Parts, count: int) -> None:
    for number in range(count):
        parts.append(f"/{number}", ring=number % 2, matched=number % 3 > 0)
    await parts.drainer.drain()


async def test_usage_that_is_kept_is_what_the_log_has(parts: Parts) -> None:
    kept = UsageCounter(parts.store)
    for turn in range(8):
        await write(parts, 300 + turn)
        if turn % 3 == 2:
            assert await parts.store.prune_log(500, None)
        if turn == 6:
            await parts.store.clear_log(SERVER_ID)
        usage = await kept.count(SERVER_ID)
        assert usage == await UsageCounter(parts.store).count(SERVER_ID)
        extent = await parts.store.read_log_extent(SERVER_ID)
        assert sum(hits for hits, _ in usage.values()) == extent.next - extent.first
        assert turn == 6 or set(usage) == {ROUTE, b""}


def test_a_log_that_is_counted_often_has_few_stretches() -> None:
    log = LogUsage()
    for number in range(500):
        ((first, end),) = [span for span in log.find_missing(0, number + 1) if span[0] < span[1]]
        log.take(Stretch(first, end, {ROUTE: (1, number)}))
    assert len(log.stretches) <= MOST_STRETCHES
    assert [each.next for each in log.stretches[:-1]] == [each.first for each in log.stretches[1:]]
    assert sum(stretch.usage[ROUTE][0] for stretch in log.stretches) == 500
    assert max(stretch.usage[ROUTE][1] for stretch in log.stretches) == 499
