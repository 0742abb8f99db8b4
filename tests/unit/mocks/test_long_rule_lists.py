"""Long lists of rules: read in steps, once for all requests that wait for them; the number of lists that are kept is
limited.
"""

import asyncio
import json
from typing import Any

import pytest

from mockwave.mocks.kept_lists import KeptLists
from mockwave.mocks.listed_rules import SHORT_BYTES, ListedRules
from mockwave.pauses import Pauses
from mockwave.rules.rule_reading import RuleFaults


def list_of(count: int, **more: Any) -> ListedRules:
    rules = [
        {"when": {"headers": {"X-A": {"equalTo": str(n)}}}, "then": {"statusCode": 201}, **more} for n in range(count)
    ]
    return ListedRules(json.dumps(rules).encode(), b"r" * 16, of_server=False)


async def read(listed: ListedRules) -> None:
    await listed.read(Pauses(lambda: 0))


async def test_a_long_list_is_read_once_whoever_waits_for_it() -> None:
    listed = list_of(300)
    assert listed.is_long and listed.read_here() is None and listed.tests is None
    pauses = Pauses(lambda: 0)
    one, other = await asyncio.gather(listed.read(pauses), listed.read(pauses))
    assert one is other is listed.read_here()
    assert listed.tests is not None
    assert listed.tests.find("GET", b"", [(b"x-a", b"299")]) == (299, True)


async def test_where_the_client_that_reads_a_list_goes_away_the_next_one_reads_it() -> None:
    listed = list_of(3_000)
    first = asyncio.create_task(read(listed))
    second = asyncio.create_task(read(listed))
    while listed._turn is None or not listed._turn.locked():
        await asyncio.sleep(0)
    first.cancel()
    await second
    rules = listed.read_here()
    assert rules is not None
    assert len(rules.rules) == 3_000


async def test_a_list_that_was_read_for_a_client_who_left_can_be_forgotten_and_read_again() -> None:
    """The last step of its reading stood for the next reading too, which then had neither rules nor a fault."""
    listed = list_of(3_000)
    first = asyncio.create_task(read(listed))
    while listed.read_here() is None:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    listed.forget()
    await read(listed)
    assert listed.read_here() is not None


async def test_a_long_list_that_cannot_be_read_says_so_each_time() -> None:
    listed = list_of(300, probability=2)
    for _ in range(2):
        with pytest.raises(RuleFaults):
            await read(listed)


async def test_the_list_read_longest_ago_is_forgotten_and_read_again_when_it_is_asked() -> None:
    kept = KeptLists(most=700)
    lists = [list_of(300) for _ in range(3)]
    for listed in lists:
        await read(listed)
        kept.keep(listed)
        kept.keep(listed)
    assert [listed.read_here() is not None for listed in lists] == [False, True, True]
    assert lists[0].tests is not None
    await read(lists[0])
    kept.keep(lists[0])
    assert [listed.read_here() is not None for listed in lists] == [True, False, True]


async def test_lists_that_are_gone_or_short_do_not_count() -> None:
    kept = KeptLists(most=700)
    for _ in range(10):
        listed = list_of(300)
        await read(listed)
        kept.keep(listed)
    assert listed.read_here() is not None
    short = ListedRules(b'[{"then": {"statusCode": 201}}]', b"r" * 16, of_server=False)
    assert len(short._stored) < SHORT_BYTES
    kept.keep(short)
    assert kept._total == 300


async def test_one_list_is_kept_however_long_it_is() -> None:
    kept = KeptLists(most=10)
    listed = list_of(300)
    await read(listed)
    kept.keep(listed)
    assert listed.read_here() is not None
