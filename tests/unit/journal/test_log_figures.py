"""Figures of a log: counted once and kept, and always equal to a count from scratch."""

from itertools import pairwise

from mockwave._chunk_counts import BUCKETS
from mockwave.journal.log_figures import FigureCounter, end_of_bucket, find_quantile
from mockwave.model import Figures
from tests.unit.journal.conftest import SERVER_ID, Parts

HOUR_US = 3_600_000_000


async def write(parts: Parts, count: int, status: int = 200) -> None:
    for number in range(count):
        parts.append(f"/{number}", ring=number % 2, status=status)
    await parts.drainer.drain()


def requests(figures: Figures) -> int:
    return sum(step.requests for step in figures.steps)


async def test_what_came_since_is_added_to_what_was_counted(parts: Parts) -> None:
    kept = FigureCounter(parts.store)
    for turn in range(6):
        await write(parts, 30 * turn, 200 + 100 * turn % 400)
        figures = await kept.read(SERVER_ID, 0, HOUR_US)
        assert figures == await FigureCounter(parts.store).read(SERVER_ID, 0, HOUR_US)
        assert requests(figures) == sum(30 * each for each in range(turn + 1))


async def test_what_a_log_no_longer_has_is_not_counted(parts: Parts) -> None:
    kept = FigureCounter(parts.store)
    for _ in range(4):
        await write(parts, 500)
    assert requests(await kept.read(SERVER_ID, 0, HOUR_US)) == 2000
    removed = await parts.store.prune_log(700, None)
    assert removed
    assert requests(await kept.read(SERVER_ID, 0, HOUR_US)) == 2000 - removed
    await parts.store.clear_log(SERVER_ID)
    assert requests(await kept.read(SERVER_ID, 0, HOUR_US)) == 0
    await write(parts, 3, 500)
    (step,) = (await kept.read(SERVER_ID, 0, HOUR_US)).steps
    assert step.classes == {"5xx": 3}


async def test_a_longer_time_than_was_counted_is_counted_anew(parts: Parts) -> None:
    kept = FigureCounter(parts.store)
    await write(parts, 20)
    far = 4_000_000_000_000_000 // HOUR_US * HOUR_US
    assert requests(await kept.read(SERVER_ID, far, HOUR_US)) == 0
    assert requests(await kept.read(SERVER_ID, 0, HOUR_US)) == 20
    assert requests(await kept.read(SERVER_ID, far, HOUR_US)) == 0


def test_buckets_of_durations_are_exact_to_an_eighth() -> None:
    ends = [end_of_bucket(bucket) for bucket in range(BUCKETS)]
    assert ends == sorted(set(ends))
    for low, high in pairwise(ends[8:]):
        assert high - low <= low / 8


def test_a_quantile_is_the_end_of_its_bucket() -> None:
    durations = {3: 98, 100: 2}
    assert find_quantile(durations, 0.5) == 0.004
    assert find_quantile(durations, 0.99) == end_of_bucket(100) / 1000
    assert find_quantile({}, 0.5) == 0.0
