"""Jobs in a separate process: whatever happens to it, the owner of the job gets an answer."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mockwave.processes.job_runner import JobFailed, JobRunner, ProcessUnavailable
from mockwave.processes.warm_process import receive_answer
from tests.waiting import wait_until


@asynccontextmanager
async def running(module: str, wall_s: float = 20, large_bytes: int = 1 << 30) -> AsyncIterator[JobRunner]:
    limits = {"memory_bytes": 1 << 30, "wall_s": wall_s, "idle_s": 60.0, "start_s": 0.0, "large_bytes": large_bytes}
    runner = JobRunner(module, "the process of this test", **limits)  # type: ignore[arg-type]
    try:
        yield runner
    finally:
        await runner.close()


async def wait_for_answer(process: Process, is_new: bool) -> tuple[bytes, int]:
    return await receive_answer(process), 0


def answer(held_bytes: int | None) -> Callable[[Process, bool], "asyncio.Future[tuple[bool, int | None]]"]:
    """An exchange that is told whether the process is new, and after which it holds so much."""

    def exchange(process: Process, is_new: bool) -> "asyncio.Future[tuple[bool, int | None]]":
        done: asyncio.Future[tuple[bool, int | None]] = asyncio.get_running_loop().create_future()
        done.set_result((is_new, held_bytes))
        return done

    return exchange


async def test_a_process_that_ends_without_an_answer_is_told_by_its_status() -> None:
    async with running("mockwave.there_is_no_such_module") as runner:
        with pytest.raises(JobFailed) as failed:
            await runner.run(wait_for_answer)

        assert (failed.value.status, failed.value.limit, failed.value.how) == (1, None, "with status 1")
        assert runner.process_id is None


async def test_a_job_that_takes_too_long_is_told_by_its_time() -> None:
    async with running("mockwave.judging.judging_process", wall_s=0.01) as runner:
        with pytest.raises(JobFailed) as failed:
            await runner.run(wait_for_answer)

        assert (failed.value.status, failed.value.limit) == (None, "time")
        assert runner.process_id is None


async def test_a_process_that_cannot_be_started_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with running("mockwave.judging.judging_process") as runner:
        with pytest.raises(ProcessUnavailable) as unavailable:
            await runner.run(wait_for_answer)

        assert isinstance(unavailable.value.reason, FileNotFoundError)


async def test_nothing_is_begun_after_the_end() -> None:
    async with running("mockwave.judging.judging_process") as runner:
        await runner.close()

        with pytest.raises(ProcessUnavailable) as unavailable:
            await runner.run(wait_for_answer)

        assert unavailable.value.reason is None


async def test_the_end_of_the_server_is_not_taken_for_a_limit() -> None:
    """It kills the process, as the kernel does where memory runs out."""
    async with running("mockwave.judging.judging_process") as runner:
        job = asyncio.ensure_future(runner.run(wait_for_answer))
        await wait_until(lambda: runner.process_id is not None)
        await runner.close()

        with pytest.raises(ProcessUnavailable):
            await job


@pytest.mark.parametrize(("held_bytes", "is_kept"), [(100, True), (101, False), (None, False)])
async def test_a_process_is_kept_unless_it_is_large_or_a_job_went_wrong(held_bytes: int | None, is_kept: bool) -> None:
    async with running("mockwave.judging.judging_process", large_bytes=100) as runner:
        assert await runner.run(answer(held_bytes)) is True

        assert (runner.process_id is not None) == is_kept
        assert await runner.run(answer(0)) is not is_kept
