"""A long transaction pauses after so many items while mocks are asked, and not at all where nobody asks."""

import pytest

from mockwave.pauses import Pauses
from mockwave.store.sqlite.write_pauses import with_pauses

COUNT = 10


def find_pauses(monkeypatch: pytest.MonkeyPatch, pauses: Pauses | None) -> list[int]:
    """Before which of 21 items there is a pause: how long each takes is up to the machine."""
    before: list[int] = []
    passed: list[int] = []
    monkeypatch.setattr("mockwave.store.sqlite.write_pauses.time.sleep", lambda _: before.append(len(passed)))
    for item in with_pauses(range(2 * COUNT + 1), COUNT, pauses):
        passed.append(item)
    assert passed == list(range(2 * COUNT + 1))
    return before


def test_where_nobody_asks_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_pauses(monkeypatch, None) == []
    assert find_pauses(monkeypatch, Pauses(lambda: 7)) == []


def test_while_mocks_are_asked_there_is_one_after_each_count(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = iter(range(1000))
    assert find_pauses(monkeypatch, Pauses(lambda: next(answered))) == [COUNT, 2 * COUNT]
