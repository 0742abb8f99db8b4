"""Keys, by which clients are told apart."""

from typing import Any

import pytest

from mockwave.model import Violation
from mockwave.rules.client_keys import Key, compile_key
from mockwave.rules.request_view import RequestView
from tests.unit.rules.asked_conditions import view


def key_of(given: Any) -> Key:
    faults: list[Violation] = []
    key = compile_key(given, at="/key", path_parameters=("id",), faults=faults)
    assert faults == []
    return key


SAME = [
    ({"header": "X-Session"}, view(headers=[("x-session", "a")]), view(headers=[("X-SESSION", "a"), ("X-B", "1")])),
    ({"cookie": "s"}, view(headers=[("Cookie", "s=1")]), view(headers=[("Cookie", "t=2; s=1")])),
    ({"query": "q"}, view(query="q=a+b"), view(query="x=1&q=a%20b")),
    ({"pathParameter": "id"}, view(path_parameters={"id": "1"}), view(path="/x", path_parameters={"id": "1"})),
    ({"jsonPath": "$.id"}, view(body='{"id": 1}'), view(body='{"x": 2, "id": 1}')),
    ("client", view(client="10.0.0.1"), view(client="10.0.0.1", path="/x")),
]
OTHER = [
    view(headers=[("X-Session", "b"), ("Cookie", "s=2")]),
    view(query="q=b", path_parameters={"id": "2"}, body='{"id": "b"}', client="10.0.0.2"),
]


@pytest.mark.parametrize(("given", "one", "other"), SAME)
def test_requests_of_one_client_have_one_key(given: Any, one: RequestView, other: RequestView) -> None:
    key = key_of(given)

    assert key.of(one) == key.of(other)
    assert key.of(one)
    assert all(key.of(one) != key.of(each) for each in OTHER)


@pytest.mark.parametrize(("given", "one", "other"), SAME)
def test_a_key_that_is_not_there_is_empty(given: Any, one: RequestView, other: RequestView) -> None:
    assert key_of(given).of(view(client="", body=None)) == b""


def test_only_a_key_in_the_body_needs_it() -> None:
    assert key_of({"jsonPath": "$.id"}).needs_body
    assert not key_of({"header": "X"}).needs_body


@pytest.mark.parametrize(
    ("given", "pointer", "rule"),
    [
        ("host", "/key", "type"),
        (None, "/key", "type"),
        ({}, "/key", "oneOf"),
        ({"header": "X", "cookie": "Y"}, "/key", "oneOf"),
        ({"headers": "X"}, "/key/headers", "unknown"),
        ({"header": ""}, "/key/header", "type"),
        ({"header": 1}, "/key/header", "type"),
        ({"header": "X Y"}, "/key/header", "never"),
        ({"pathParameter": "name"}, "/key/pathParameter", "unknown"),
        ({"jsonPath": "id"}, "/key/jsonPath", "jsonPath"),
    ],
)
def test_a_key_that_names_nothing_is_refused(given: Any, pointer: str, rule: str) -> None:
    faults: list[Violation] = []

    compile_key(given, at="/key", path_parameters=("id",), faults=faults)

    assert [(fault.pointer, fault.rule) for fault in faults] == [(pointer, rule)]
