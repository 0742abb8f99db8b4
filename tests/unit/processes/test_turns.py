"""Turns at reading specifications: workspaces take them in turn, and every wait is bounded and has a reason.

Three slow documents of one client kept another one waiting for 168 s, without a bound, and those of clients who had
left were read all the same.
"""

import asyncio
from collections.abc import Callable

import pytest

from mockwave.problems import Refusal
from mockwave.processes.turns import Turns
from tests.waiting import wait_until


class Job:
    """Somebody who takes a turn, and keeps it until told to end."""

    def __init__(self, turns: Turns, workspace: str, size: int = 0) -> None:
        self.is_running = False
        self._end = asyncio.Event()
        self.task = asyncio.ensure_future(self._run(turns, workspace, size))

    async def _run(self, turns: Turns, workspace: str, size: int) -> None:
        async with turns.take(workspace, size):
            self.is_running = True
            await self._end.wait()
        self.is_running = False

    async def end(self) -> None:
        self._end.set()
        await self.task

    async def refusal(self) -> Refusal:
        with pytest.raises(Refusal) as caught:
            await self.task
        return caught.value


def running(jobs: list[Job]) -> list[int]:
    return [number for number, job in enumerate(jobs) if job.is_running]


def are(jobs: list[Job], numbers: list[int]) -> Callable[[], bool]:
    return lambda: running(jobs) == numbers


async def test_another_workspace_does_not_wait_for_the_many_of_one() -> None:
    turns = Turns(at_once=2)
    jobs = [Job(turns, workspace) for workspace in ("a", "a", "a", "b")]
    await wait_until(are(jobs, [0, 3]))
    await jobs[0].end()
    await wait_until(are(jobs, [1, 3]))
    await jobs[3].end()
    await asyncio.sleep(0)
    assert running(jobs) == [1]
    await jobs[1].end()
    await wait_until(are(jobs, [2]))
    await jobs[2].end()


async def test_workspaces_take_turns() -> None:
    turns = Turns(at_once=1)
    jobs = [Job(turns, workspace) for workspace in ("a", "a", "a", "b", "c", "b")]
    order = []
    for _ in jobs:
        await wait_until(lambda: len(running(jobs)) == 1)
        (number,) = running(jobs)
        order.append(number)
        await jobs[number].end()
    assert order == [0, 3, 4, 1, 5, 2]


async def test_one_workspace_holds_no_more_than_half_of_what_may_wait() -> None:
    turns = Turns(at_once=1, waiting_bytes=100)
    async with turns.take("a", 40), asyncio.TaskGroup() as group:

        async def wait(workspace: str, size: int) -> None:
            async with turns.take(workspace, size):
                pass

        first = group.create_task(wait("a", 40))
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refused:
            await wait("a", 40)
        second = group.create_task(wait("b", 40))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
    assert refused.value.status == 429


async def test_who_leaves_gives_the_place_back() -> None:
    turns = Turns(at_once=1, waiting_of_one=1)
    jobs = [Job(turns, "a"), Job(turns, "a")]
    await wait_until(are(jobs, [0]))
    jobs[1].task.cancel()
    await asyncio.gather(jobs[1].task, return_exceptions=True)
    jobs.append(Job(turns, "a"))
    await jobs[0].end()
    await wait_until(are(jobs, [2]))
    await jobs[2].end()


async def test_who_leaves_just_when_the_turn_comes_gives_it_on() -> None:
    turns = Turns(at_once=1)
    jobs = [Job(turns, workspace) for workspace in ("a", "b", "c")]
    await wait_until(are(jobs, [0]))
    jobs[0]._end.set()
    jobs[1].task.cancel()
    await asyncio.gather(jobs[0].task, jobs[1].task, return_exceptions=True)
    await wait_until(are(jobs, [2]))
    await jobs[2].end()


@pytest.mark.parametrize(
    ("bounds", "workspace", "status", "name"),
    [
        ({"waiting_of_one": 1}, "a", 429, "too-many-imports"),
        ({"waiting": 1}, "b", 503, "imports-busy"),
        ({"waiting_bytes": 15}, "b", 503, "imports-busy"),
    ],
)
async def test_beyond_a_bound_nobody_waits(bounds: dict[str, int], workspace: str, status: int, name: str) -> None:
    turns = Turns(at_once=1, **bounds)
    jobs = [Job(turns, "a", 10), Job(turns, "a", 10), Job(turns, workspace, 10)]
    refusal = await jobs[2].refusal()
    assert (refusal.status, refusal.name) == (status, name)
    assert [header for header, _ in refusal.headers] == [b"retry-after"]
    await jobs[0].end()
    await jobs[1].end()


async def test_no_wait_is_without_end() -> None:
    turns = Turns(at_once=1, wait_limit_s=0.01)
    jobs = [Job(turns, "a"), Job(turns, "b")]
    refusal = await jobs[1].refusal()
    assert (refusal.status, refusal.name) == (503, "imports-busy")
    assert "0.01 s" in refusal.detail
    await jobs[0].end()
    jobs.append(Job(turns, "b"))
    await wait_until(are(jobs, [2]))
    await jobs[2].end()
