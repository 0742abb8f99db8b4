"""Route ids and their numbers, both ways, whatever comes and goes."""

import os
import random
import sys

import pytest

from mockwave._route_numbers import RouteNumbers, read_route_id


def test_an_id_is_found_until_it_is_taken_out() -> None:
    numbers = RouteNumbers()
    numbers.put(b"a" * 16, 7)
    assert (b"a" * 16 in numbers, b"b" * 16 in numbers, numbers.id_of(7), len(numbers)) == (True, False, b"a" * 16, 1)
    assert numbers.pop(b"a" * 16) == 7
    assert (b"a" * 16 in numbers, len(numbers)) == (False, 0)


def test_thousands_of_ids_come_and_go_in_any_order() -> None:
    order = random.Random(5)
    ids = [os.urandom(16) for _ in range(3000)]
    numbers, expected = RouteNumbers(), dict[bytes, int]()
    free = list(range(3000))
    for _ in range(20_000):
        route_id = order.choice(ids)
        if route_id in expected:
            assert numbers.pop(route_id) == expected[route_id]
            free.append(expected.pop(route_id))
        else:
            expected[route_id] = free.pop()
            numbers.put(route_id, expected[route_id])
    assert {route_id for route_id in ids if route_id in numbers} == set(expected)
    assert [numbers.id_of(number) for number in expected.values()] == list(expected)


@pytest.mark.parametrize("route_id", [b"", b"a" * 15, b"a" * 17])
def test_what_is_no_id_is_refused(route_id: bytes) -> None:
    with pytest.raises(ValueError, match="expected 16 bytes"):
        RouteNumbers().put(route_id, 0)


def test_an_id_that_is_not_there_cannot_be_taken_out_and_one_that_is_not_put_again() -> None:
    numbers = RouteNumbers()
    with pytest.raises(KeyError):
        numbers.pop(b"a" * 16)
    with pytest.raises(KeyError):
        numbers.id_of(0)
    numbers.put(b"a" * 16, 0)
    with pytest.raises(ValueError, match="has a number already"):
        numbers.put(b"a" * 16, 1)
    with pytest.raises(OverflowError):
        numbers.put(b"b" * 16, 2**31)


def test_an_id_takes_less_than_fifty_bytes() -> None:
    numbers = RouteNumbers()
    for number in range(100_000):
        numbers.put(os.urandom(16), number)
    assert sys.getsizeof(numbers) / 100_000 < 50


def test_an_id_is_read_from_its_text() -> None:
    assert read_route_id("mock-route_" + "0123456789abcdefABCDEF" + "f0" * 5) == bytes.fromhex(
        "0123456789abcdefabcdef" + "f0" * 5
    )


ZEROS = "0" * 31


@pytest.mark.parametrize("digits", ["", ZEROS, ZEROS + "00", ZEROS + "g", "é" * 16])
def test_digits_that_are_no_id_are_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="route id: expected"):
        read_route_id(f"mock-route_{digits}")


def test_an_id_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="route id: expected mock-route_"):
        read_route_id(f"mock_route_{ZEROS}0")
