"""Steps are noted while they run, and only then; a refused one says so."""

import asyncio
from pathlib import Path

import pytest

from mockwave._control import ControlBlock, ControlFile, create_control_block
from mockwave.liveness.steps import Step, Steps, ends_of
from mockwave.problems import Refusal

SLOT = 2


@pytest.fixture
def control(tmp_path: Path) -> ControlBlock:
    create_control_block(str(tmp_path / "control"))
    control = ControlBlock(str(tmp_path / "control"))
    control.claim_slot(SLOT, 77)
    return control


def noted(control: ControlBlock) -> int:
    """The key of the step that runs, 0 for none."""
    (worker,) = ControlFile(control.path).workers()
    return worker.key


def test_a_step_is_noted_while_it_runs(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    assert steps.run(5, b"what", noted, control) == 5
    assert noted(control) == 0
    with pytest.raises(ZeroDivisionError):
        steps.run(5, b"what", lambda: 1 / 0)
    assert noted(control) == 0


async def test_a_coroutine_is_noted_between_its_waits_and_not_in_them(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    going_on = asyncio.Event()
    seen = []

    async def work() -> str:
        seen.append(noted(control))
        await going_on.wait()
        seen.append(noted(control))
        with pytest.raises(ValueError, match="of a wait"):
            await fail()
        return "done"

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("of a wait")

    task = asyncio.ensure_future(steps.drive(Step(6, b"what"), work()))
    await asyncio.sleep(0)
    assert (seen, noted(control)) == ([6], 0)
    going_on.set()
    assert await task == "done"
    assert (seen, noted(control)) == ([6, 6], 0)


async def test_a_coroutine_that_is_cancelled_ends_as_it_would_by_itself(control: ControlBlock) -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(noted(control))

    task = asyncio.ensure_future(Steps(control, SLOT).drive(Step(6, b"what"), work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ended, noted(control)) == ([6], 0)


def test_a_refused_step_is_a_503_that_says_for_how_long(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    key = steps.key_of_request("mock_1", "POST", b"/x", b"", [], [b"body"])
    steps.refuse_known(key, "this request")
    ControlFile(control.path).refuse(key, 300)
    with pytest.raises(Refusal, match=f"this request .*{key:016x}.* refused for 300 s") as refused:
        steps.refuse_known(key, "this request")
    assert refused.value.status == 503
    assert refused.value.headers == [(b"retry-after", b"300")]
    assert control.refused_requests == 1


def test_a_body_is_known_by_itself_and_a_request_without_one_by_all_of_it(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    headers, others = [(b"accept", b"*/*")], [(b"accept", b"a/b")]
    with_body = steps.key_of_request("mock_1", "POST", b"/x", b"", headers, [b"body"])
    assert with_body == steps.key_of_request("mock_1", "PUT", b"/y", b"q", others, [b"bo", b"", b"dy"])
    assert with_body != steps.key_of_request("mock_2", "POST", b"/x", b"", headers, [b"body"])
    without = steps.key_of_request("mock_1", "GET", b"/x", b"", headers, [b""])
    assert without == steps.key_of_request("mock_1", "GET", b"/x", b"", headers, [])
    assert without != steps.key_of_request("mock_1", "GET", b"/x", b"", others, [])


@pytest.mark.parametrize("size", [1, 16_383, 16_384, 16_385, 50_000])
@pytest.mark.parametrize("piece", [1, 1000, 16_384, 40_000])
def test_how_a_body_was_cut_into_pieces_makes_no_difference(size: int, piece: int) -> None:
    body = (b"0123456789abcdef" * 4000)[:size]
    pieces = [body[start : start + piece] for start in range(0, size, piece)]
    assert ends_of(pieces) == ends_of([body]) == (body[:16_384], body[-16_384:])


@pytest.mark.parametrize("size", [1, 16_384, 16_385, 50_000])
def test_the_key_of_a_body_is_the_same_in_one_piece_and_in_many(control: ControlBlock, size: int) -> None:
    steps = Steps(control, SLOT)
    body = (b"0123456789abcdef" * 4000)[:size]
    pieces = [body[start : start + 700] for start in range(0, size, 700)]
    key = steps.key_of_request("mock_1", "POST", b"/x", b"", [], [body])
    assert steps.key_of_request("mock_1", "POST", b"/x", b"", [], [*pieces, b""]) == key
    assert steps.key_of_request("mock_1", "POST", b"/x", b"", [], [body, b"more"]) != key


def test_a_request_is_noted_while_it_is_answered_and_by_its_key(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    request = "mock_1", "POST", b"/" + b"x" * 200, b"", [(b"accept", b"*/*")], b"body"
    assert steps.run_request(*request, b"/shown", noted, control) == control.key_of_request(*request)
    text = steps.run_request(*request, request[2], lambda: ControlFile(control.path).workers()[0].text)
    assert text == b"POST /" + b"x" * 114
    assert noted(control) == 0


def test_a_request_that_is_refused_is_not_answered(control: ControlBlock) -> None:
    steps = Steps(control, SLOT)
    request = "mock_1", "GET", b"/x", b"q=1", [(b"accept", b"*/*")], b""
    ControlFile(control.path).refuse(control.key_of_request(*request), 300)
    with pytest.raises(Refusal, match=r"this request .* refused for 300 s"):
        steps.run_request(*request, b"/x", lambda: 1 / 0)
    assert noted(control) == 0
