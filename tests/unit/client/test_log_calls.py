"""Iterating over a log and following it, against a log that grows and shrinks between the calls."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from mockwave.client import log_calls
from mockwave.client.call_plans import Call, Give, Pause, Plan
from mockwave.client.log_calls import LogFilter, follow, iterate_logs, write_conditions
from mockwave.client.pages import Page
from mockwave.management.queries import LOG_PARAMETERS, PAGE_PARAMETERS
from mockwave.model import LogEntry


class GrowingLog:
    """A log as the server shows it; `before_page` is called before each page is answered."""

    def __init__(self, count: int = 0) -> None:
        self.numbers = list(range(count))
        self.next = count
        self.damaged: set[int] = set()
        self.pages = 0
        self.before_page: Callable[[], None] = lambda: None

    def grow(self, count: int) -> None:
        self.numbers += range(self.next, self.next + count)
        self.next += count

    def answer(self, call: Call[Any]) -> Page[LogEntry]:
        self.before_page()
        self.pages += 1
        query = parse_qs(call.query)
        limit, offset = int(query["limit"][0]), int(query.get("offset", ["0"])[0])
        newest_first = self.numbers[::-1]
        shown = [entry(number) for number in newest_first[offset : offset + limit] if number not in self.damaged]
        following = offset + limit
        return Page(shown, following if following < len(newest_first) else None)


def entry(number: int) -> LogEntry:
    return LogEntry(
        id=f"log_{number:08}",
        mock_server_id="mock_1",
        request_method="GET",
        request_path="/",
        request_headers={},
        response_status_code=200,
        matched=True,
        timestamp="2026-01-01T00:00:00.000000Z",
    )


def take(plan: Plan[None], log: GrowingLog, pauses: int = 0) -> list[int]:
    """The numbers of the entries given, up to the end or to so many pauses."""
    given: list[int] = []
    outcome = None
    while True:
        try:
            step = plan.send(outcome)
        except StopIteration:
            return given
        outcome = None
        if isinstance(step, Give):
            given += [int(each.id.removeprefix("log_")) for each in step.items]
        elif isinstance(step, Pause):
            if pauses == 0:
                return given
            pauses -= 1
        elif isinstance(step, Call):
            outcome = log.answer(step)


@pytest.mark.parametrize("arrivals", [0, 1, 2, 3, 4, 10, 25])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 23])
def test_a_log_that_grows_is_iterated_over_as_it_was(count: int, arrivals: int) -> None:
    log = GrowingLog(count)
    log.before_page = lambda: log.grow(arrivals if 0 < log.pages < 20 else 0)
    assert take(iterate_logs.describe("mock_1", page_entries=5), log) == list(range(count))[::-1]


def test_entries_that_cannot_be_read_move_nothing() -> None:
    log = GrowingLog(40)
    log.damaged = {1, 5, 19, 20, 21, 34, 35, 39}
    log.before_page = lambda: log.grow(2 if 0 < log.pages < 20 else 0)
    expected = [number for number in range(40)[::-1] if number not in log.damaged]
    assert take(iterate_logs.describe("mock_1", page_entries=10), log) == expected


def test_following_begins_with_what_comes() -> None:
    log = GrowingLog(7)
    plan = follow.describe("mock_1")
    assert take(plan, log) == []
    log.grow(3)
    assert take(plan, log) == [7, 8, 9]


def test_following_an_empty_log_misses_nothing() -> None:
    log = GrowingLog()
    plan = follow.describe("mock_1")
    assert take(plan, log) == []
    log.grow(2)
    assert take(plan, log) == [0, 1]


def test_following_goes_on_after_an_entry() -> None:
    assert take(follow.describe("mock_1", after="log_00000004"), GrowingLog(7)) == [5, 6]


def test_following_can_begin_at_the_beginning() -> None:
    assert take(follow.describe("mock_1", after=""), GrowingLog(2500)) == list(range(2500))


def test_each_entry_comes_once_in_order_while_the_log_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_calls, "PAGE_ENTRIES", 5)
    monkeypatch.setattr(log_calls, "KEPT_ENTRIES", 12)
    numbers = random.Random(16)
    log = GrowingLog(30)
    log.before_page = lambda: log.grow(numbers.choice([0, 0, 1, 3, 40]) if log.pages < 200 else 0)
    given = take(follow.describe("mock_1"), log, pauses=300)
    assert given == list(range(30, log.next))[-len(given) :]
    assert given[-1] == log.next - 1
    assert len(given) >= log.next - 71  # what came with the first page may stand before it


def test_few_entries_are_held_however_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_calls, "KEPT_ENTRIES", 2000)
    log = GrowingLog(7500)
    plan = follow.describe("mock_1", after="")
    sizes = []
    outcome: Any = None
    while not isinstance(step := plan.send(outcome), Pause):
        outcome = None
        if isinstance(step, Give):
            sizes.append(len(step.items))
        elif isinstance(step, Call):
            outcome = log.answer(step)
    assert sizes == [2000, 2000, 2000, 1500]


def test_a_log_that_is_emptied_is_followed_on() -> None:
    log = GrowingLog(7)
    plan = follow.describe("mock_1")
    take(plan, log)
    log.numbers.clear()
    assert take(plan, log) == []
    log.grow(2)
    assert take(plan, log) == [7, 8]


def test_every_filter_of_the_log_can_be_asked_for() -> None:
    """A new filter of the log needs a field in LogFilter, and a row in PARAMETERS if the field has another name."""
    conditions = LogFilter(**dict.fromkeys(LogFilter.__annotations__))  # type: ignore[typeddict-item]
    assert write_conditions(conditions).keys() == LOG_PARAMETERS.keys() - PAGE_PARAMETERS.keys()
