"""Long work waits for others where mocks are asked, and only there."""

import asyncio
import time

import pytest

from mockwave.pauses import ASKED_LATELY_S, PAUSE_S, Pauses


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause was to be, in seconds: on a busy machine they take as long as they like."""
    lengths: list[float] = []
    sleep = asyncio.sleep

    async def note(length_s: float) -> None:
        lengths.append(length_s)
        await sleep(length_s)

    monkeypatch.setattr("mockwave.pauses.asyncio.sleep", note)
    return lengths


async def test_where_nobody_asks_the_work_goes_on_at_once(slept: list[float]) -> None:
    pauses = Pauses(lambda: 7)
    await pauses.let_others_run()
    await pauses.let_others_run()
    assert slept == [0, 0]


async def test_one_request_makes_the_work_pause_for_a_while_and_no_longer(slept: list[float]) -> None:
    answered = 0
    pauses = Pauses(lambda: answered)
    answered += 1
    await pauses.let_others_run()
    await pauses.let_others_run()
    time.sleep(ASKED_LATELY_S)
    await pauses.let_others_run()
    assert slept == [PAUSE_S, PAUSE_S, 0]


async def test_however_much_long_work_there_is_it_pauses_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece of work paused for the same millisecond, after which a request waited for a step of all of them."""
    sleep, under_way, most = asyncio.sleep, 0, 0

    async def note(length_s: float) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await sleep(length_s)
        under_way -= 1

    monkeypatch.setattr("mockwave.pauses.asyncio.sleep", note)
    answered = 0
    works = [Pauses(lambda: answered) for _ in range(10)]
    answered += 1
    await asyncio.gather(*(pauses.let_others_run() for pauses in works))
    assert most == 1
