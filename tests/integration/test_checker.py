"""Requests checked in a separate process: whatever happens there, a Verdict says so, and the next one is checked."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from mockwave.answers.request_rules import BodyRule, RequestRules, encode_rules
from mockwave.checking import checker as checker_module
from mockwave.checking.checker import Checker, CheckerLimits
from mockwave.validation.check_limits import Limits
from mockwave.validation.verdicts import CheckNeeded, Measures, RequestParts, Verdict
from tests.waiting import wait_until

JSON = [(b"content-type", b"application/json")]
INTEGERS = b'{"type": "array", "items": {"type": "integer"}}'
# Each item is compared with five hundred alternatives.
SLOW = b'{"items": {"anyOf": [%b, {"type": "integer"}]}}' % b",".join(
    b'{"multipleOf": %d}' % (1_000_003 + number) for number in range(500)
)
# Each pattern takes a tenth of a second to compile.
SLOW_TO_COMPILE = b'{"anyOf": [%b]}' % b",".join(
    b'{"pattern": "^\\\\p{L}{1,%d}x\\\\p{L}{1,300}$"}' % number for number in range(300, 400)
)
MILLION = b"[" + b"1," * 1_000_000 + b"1]"


def need(
    schema: bytes = INTEGERS, body: bytes = b"[1]", number: int = 1, learn: Callable[[Measures], None] = lambda _: None
) -> CheckNeeded:
    rules = RequestRules((), (BodyRule("application/json", schema),), True, (), ())
    return CheckNeeded(RequestParts({}, b"", JSON, body), number, "POST /a", lambda: encode_rules(rules), learn)


def shown(verdict: Verdict) -> str:
    """Describes the result of the check in a word."""
    if verdict.unchecked is not None:
        return verdict.unchecked.reason
    return "valid" if verdict.faults is None else verdict.faults.violations[0].rule


async def test_requests_are_found_valid_or_not_and_rules_are_measured_once() -> None:
    measured: list[Measures] = []
    checker = Checker(CheckerLimits())
    try:
        verdicts = [
            await checker.check("mock", need(body=body, learn=measured.append)) for body in (b"[1]", b"[{}]", b"[2]")
        ]
    finally:
        await checker.close()

    assert [shown(verdict) for verdict in verdicts] == ["valid", "type", "valid"]
    assert [measures.weights[0].most for measures in measured] == [1]


async def test_a_check_that_takes_too_long_ends_and_is_not_tried_again() -> None:
    checker = Checker(CheckerLimits(cpu_s=0.3))
    try:
        first = await checker.check("mock", need(SLOW, MILLION))
        assert checker.process_id is None
        second = await checker.check("mock", need(SLOW, MILLION))
        assert checker.process_id is None, "it was tried again"
        third = await checker.check("mock", need(SLOW, b"[1]"))
    finally:
        await checker.close()

    assert [shown(verdict) for verdict in (first, second, third)] == ["too-costly", "too-costly", "valid"]
    assert first.unchecked is not None
    assert "0.3 s of CPU time" in first.unchecked.detail


async def test_a_check_that_takes_too_much_memory_ends() -> None:
    checker = Checker(CheckerLimits(memory_bytes=300 << 20))
    try:
        verdict = await checker.check("mock", need(b'{"type": "array"}', b"[" + b"{}," * 5_000_000 + b"1]"))
        after = await checker.check("mock", need())
    finally:
        await checker.close()

    assert [shown(verdict), shown(after)] == ["too-costly", "valid"]
    assert verdict.unchecked is not None
    assert "300 MiB of memory" in verdict.unchecked.detail


async def test_rules_that_take_too_long_to_compile_are_told_apart_whatever_is_asked() -> None:
    checker = Checker(CheckerLimits(cpu_s=0.2))
    try:
        first = await checker.check("mock", need(SLOW_TO_COMPILE, b'"a"'))
        second = await checker.check("mock", need(SLOW_TO_COMPILE, b'"b"'))
        assert checker.process_id is None, "they were tried again"
        other = await checker.check("mock", need(number=2))
    finally:
        await checker.close()

    assert [shown(verdict) for verdict in (first, second, other)] == ["rules", "rules", "valid"]


async def test_more_than_may_wait_are_told_to_come_again() -> None:
    checker = Checker(CheckerLimits(waiting_of_one=2))
    try:
        verdicts = await asyncio.gather(*(checker.check("mock", need(body=b"[%d]" % number)) for number in range(5)))
    finally:
        await checker.close()

    assert sorted(map(shown, verdicts)) == ["busy", "busy", "valid", "valid", "valid"]


async def test_bodies_that_wait_have_a_limit_in_bytes() -> None:
    checker = Checker(CheckerLimits(waiting_bytes=100))
    try:
        bodies = (b"[1]", b"[%38d]" % 1, b"[%38d]" % 2)
        verdicts = await asyncio.gather(*(checker.check("mock", need(body=body)) for body in bodies))
    finally:
        await checker.close()

    assert list(map(shown, verdicts)) == ["valid", "valid", "busy"]


async def test_nobody_waits_for_a_neighbour_without_end() -> None:
    checker = Checker(CheckerLimits(cpu_s=1, waiting_s=0.05))
    try:
        first, second = await asyncio.gather(checker.check("mock", need(SLOW, MILLION)), checker.check("mock", need()))
        third = await checker.check("mock", need())
    finally:
        await checker.close()

    assert [shown(first), shown(second), shown(third)] == ["too-costly", "busy", "valid"]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
async def test_a_process_that_dies_in_a_check_is_replaced(number: signal.Signals) -> None:
    checker = Checker(CheckerLimits())
    try:
        assert shown(await checker.check("mock", need(SLOW, number=2))) == "valid"
        checking = asyncio.create_task(checker.check("mock", need(SLOW, MILLION, number=2)))
        process = checker.process_id
        assert process is not None
        await wait_until(lambda: runs(process))
        os.kill(process, number)
        died = await checking
        after = await checker.check("mock", need())
    finally:
        await checker.close()

    assert [shown(died), shown(after)] == ["too-costly", "valid"]


async def test_what_was_forgotten_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker_module, "MAXIMUM_KNOWN_RULES", 2)
    checker = Checker(CheckerLimits())
    try:
        verdicts = [await checker.check("mock", need(number=number)) for number in (1, 2, 3, 1, 3, 2, 2)]
    finally:
        await checker.close()

    assert set(map(shown, verdicts)) == {"valid"}


async def test_the_process_ends_when_idle() -> None:
    checker = Checker(CheckerLimits(), idle_s=0.05)
    try:
        await checker.check("mock", need())
        await wait_until(lambda: checker.process_id is None)
        assert shown(await checker.check("mock", need())) == "valid"
    finally:
        await checker.close()


async def test_the_limits_of_requests_hold_there_too() -> None:
    checker = Checker(CheckerLimits(), Limits(query_parameters=10, form_fields=10, cookies=10))
    rules = RequestRules((), (BodyRule("application/x-www-form-urlencoded", b"{}"),), True, (), ())
    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = RequestParts({}, b"", form, b"a=1&" * 20)
    needed = CheckNeeded(request, 1, "POST /a", lambda: encode_rules(rules), lambda _: None)
    try:
        verdict = await checker.check("mock", needed)
    finally:
        await checker.close()

    assert verdict.unchecked is not None
    assert "21 fields in its form, and 10 are checked" in verdict.unchecked.detail


def runs(process_id: int) -> bool:
    """Whether the process is working, not waiting for it."""
    with open(f"/proc/{process_id}/stat", "rb") as stat:
        return stat.read().rpartition(b")")[2].split()[0] == b"R"


async def test_who_sends_much_that_is_costly_leaves_others_their_turn() -> None:
    """All shared one queue: 64 costly requests to one mock server made the checks of all others a 503."""
    checker = Checker(CheckerLimits(cpu_s=0.2, waiting_of_one=8, waiting_s=120))
    order: list[str] = []

    async def ask(owner: str, needed: CheckNeeded) -> Verdict:
        verdict = await checker.check(owner, needed)
        order.append(owner)
        return verdict

    try:
        assert shown(await checker.check("quiet", need())) == "valid"
        slow = [b"[" + b"1," * (1_000_000 + number) + b"1]" for number in range(12)]
        costly = [asyncio.create_task(ask("loud", need(SLOW, body))) for body in slow]
        await asyncio.sleep(0)
        verdict = await ask("quiet", need())
        await asyncio.gather(*costly)
    finally:
        await checker.close()

    assert shown(verdict) == "valid"
    assert [shown(task.result()) for task in costly].count("busy") == 3
    assert order.index("quiet") <= 4, "it waited for those that came before"
