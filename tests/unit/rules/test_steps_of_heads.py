"""Conditions on the head of a request cost steps too: neither a long header nor many values hold up a worker."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from mockwave.mocks.rulings import is_long_head
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_reading import read_rules
from mockwave.validation.check_limits import TooLongForLoop
from tests.sanitized import SLOWNESS
from tests.unit.rules.asked_conditions import compile_when

LONG = "a" * 60_000
JSON = '{"a":[' + "1," * 29_000 + "1]}"
NO_STATES: Any = None
XML = "<a>" + "<b/>" * 14_000 + "</a>"


def a_view(*, query: str = "", header: str = "", is_on_loop: bool = True) -> RequestView:
    headers = [(b"x", header.encode())] if header else []
    return RequestView(method="GET", path=b"/", query=query.encode(), headers=headers, body=b"", is_on_loop=is_on_loop)


HEADS: dict[str, tuple[Callable[[int], Any], RequestView]] = {
    "contains": (lambda n: {"headers": {"X": {"contains": f"{'a' * 1000}b{n}"}}}, a_view(header=LONG)),
    "equalTo in any case": (
        lambda n: {"headers": {"X": {"equalTo": f"{n}", "caseInsensitive": True}}},
        a_view(header=LONG),
    ),
    "matches": (lambda n: {"headers": {"X": {"matches": f".*b{n}"}}}, a_view(header=LONG)),
    "equalToJson": (lambda n: {"headers": {"X": {"equalToJson": {"a": n}}}}, a_view(header=JSON)),
    "matchesJsonPath": (lambda n: {"headers": {"X": {"matchesJsonPath": f"$..a{n}"}}}, a_view(header=JSON)),
    "equalToXml": (lambda n: {"headers": {"X": {"equalToXml": f"<a>{n}</a>"}}}, a_view(header=XML)),
    "many values": (
        lambda n: {"query": {"q": {"equalTo": f"{n}", "caseInsensitive": True}}},
        a_view(query="&".join(["q=a"] * 16_000)),
    ),
    "includes": (
        lambda n: {"query": {"q": {"includes": [{"contains": f"{n}"}]}}},
        a_view(query="&".join(["q=a"] * 16_000)),
    ),
    "hasExactly": (
        lambda n: {"query": {"q": {"hasExactly": [*[{"matches": "a|b"}] * 99, {"equalTo": f"{n}"}]}}},
        a_view(query="&".join(["q=a"] * 100)),
    ),
    "not": (lambda n: {"query": {"q": {"or": [{"contains": f"{n}"}, {"contains": "b"}]}}}, a_view(query="q=" + LONG)),
}


@pytest.mark.parametrize("case", HEADS)
def test_a_hundred_rules_on_a_long_head_are_asked_elsewhere(case: str) -> None:
    """Only bodies counted: a JSONPath of a thousand rules on one long header held the event loop up for eight seconds,
    an XML for sixteen."""
    when, view = HEADS[case]
    count = 90 if case == "hasExactly" else 1000
    rules = [{"when": when(number), "then": {"statusCode": 404}} for number in range(count)]
    listed = read_rules(rules, at="/rules", of_server=True, route=None, engine_faults=())
    started = time.thread_time()
    with pytest.raises(TooLongForLoop):
        listed.decide(view, NO_STATES, bytes(16), bytes(16))
    assert time.thread_time() - started < 0.4 * SLOWNESS


def test_of_many_values_rules_are_looked_up_that_ask_for_one() -> None:
    """So a thousand of them take no more steps than one, and are asked at once."""
    view = a_view(query="&".join(f"q={number}" for number in range(8_000, 0, -1)))
    whens: list[Any] = [{"query": {"q": {"equalTo": f"{number}"}}} for number in range(7_990, 9_000)]
    rules = [{"when": when, "then": {"statusCode": 404}} for when in whens]
    listed = read_rules(rules, at="/rules", of_server=True, route=None, engine_faults=())
    started = time.thread_time()
    decision = listed.decide(view, NO_STATES, bytes(16), bytes(16))
    assert decision is not None
    assert decision.rule == "server:#0"
    assert time.thread_time() - started < 0.4 * SLOWNESS


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"headers": {"X": {"contains": "ab"}}}, False),
        ({"headers": {"X": {"matches": "a+"}}}, True),
        ({"headers": {"X": {"not": {"matches": "b+"}}}}, True),
        ({"headers": {"X": {"and": [{"contains": "aa"}, {"doesNotContain": "b"}]}}}, True),
        ({"headers": {"X": {"includes": [{"matches": "a*"}]}}}, True),
        ({"headers": {"X": {"hasExactly": [{"equalTo": LONG}]}}}, True),
    ],
)
def test_a_long_value_is_told_as_a_short_one(when: dict[str, Any], holds: bool) -> None:
    for is_on_loop in (True, False):
        assert compile_when(when).holds(a_view(header=LONG, is_on_loop=is_on_loop)) is holds


def test_a_body_of_many_megabytes_is_told_within_the_steps() -> None:
    view = RequestView(method="POST", path=b"/", query=b"", headers=[], body=b"a" * (100 << 20) + b"b")
    assert compile_when({"body": [{"contains": "ab"}, {"doesNotContain": "ba"}]}).holds(view)


@pytest.mark.parametrize(
    ("path", "query", "headers", "is_long"),
    [
        (b"/a", b"a=1&b=2", [(b"x", b"1")], False),
        (b"/" + b"a" * 1001, b"", [], True),
        (b"/a", b"q&" * 60, [], True),
        (b"/a", b"", [(b"x", b"a" * 1001)], True),
        (b"/a", b"", [(b"x", b"1")] * 60, True),
    ],
)
def test_rules_that_change_state_are_asked_at_once_only_for_what_takes_no_steps(
    path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], is_long: bool
) -> None:
    """To be asked again after a step was taken would take it twice."""
    assert is_long_head(path, query, headers) is is_long


COOKIES = ("", "a", "A", "a ", " a", "a=b", "é", "x.y", "x+y", ";", "b")


@pytest.mark.parametrize(
    "header",
    [
        'a=1; b="2" ; xa=3;x.y=4',
        " a = 1 ;=5;é=6; x+y=7=8",
        "a;b=;a=2",
        "b=1;;;  ;\ta=\t9\t",
        "aa=1; a=1; a=2",
    ],
)
def test_a_cookie_is_the_same_in_a_short_header_and_in_a_long_one(header: str) -> None:
    short = RequestView(method="GET", path=b"/", query=b"", headers=[(b"cookie", header.encode())], body=b"")
    long = RequestView(
        method="GET", path=b"/", query=b"", headers=[(b"cookie", f"{header}; {'z;' * 1_000}".encode())], body=b""
    )
    assert [long.find_cookie(name) for name in COOKIES] == [short.find_cookie(name) for name in COOKIES]
    assert long._cookies is None


@pytest.mark.parametrize("header", ["xa=1;" * 12_000, "; " * 30_000, ";" + " " * 60_000, "a" * 60_000, "=" * 60_000])
def test_a_cookie_is_found_in_a_long_header_in_no_time(header: str) -> None:
    """To read 60 KB of cookies took 20 ms on the event loop."""
    condition = compile_when({"cookies": {"a": {"equalTo": "1"}}})
    taken_s = []
    for _ in range(3):
        headers = [(b"cookie", header.encode())]
        view = RequestView(method="GET", path=b"/", query=b"", headers=headers, body=b"", is_on_loop=True)
        started = time.thread_time()
        assert not condition.holds(view)
        taken_s.append(time.thread_time() - started)
    assert min(taken_s) < 0.005 * SLOWNESS


def test_of_many_conditions_on_a_long_cookie_header_the_last_are_asked_elsewhere() -> None:
    headers = [(b"cookie", b"xa=1;" * 12_000)]
    view = RequestView(method="GET", path=b"/", query=b"", headers=headers, body=b"", is_on_loop=True)
    conditions = [compile_when({"cookies": {f"a{number}": {"contains": "1"}}}) for number in range(100)]
    with pytest.raises(TooLongForLoop):
        [condition.holds(view) for condition in conditions]
