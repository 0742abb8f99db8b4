"""Fakers: texts that are marked as free of escapes are, and every table names fakers that exist."""

import json
from random import Random

import pytest

from mockwave.dynamic.faker_names import OLD_NAMES
from mockwave.dynamic.fakers import FAKERS, TAKES_TEXT, find_faker, is_plain
from mockwave.dynamic.header_names import HEADERS, find_header
from mockwave.dynamic.property_names import TEXTS, find_range, find_text

NEED_ARGUMENTS = {"date.between", "helpers.arrayElement", "helpers.arrayElements", "helpers.fake"}
PLAIN_WITHOUT_ARGUMENTS = sorted(name for name in FAKERS.keys() - NEED_ARGUMENTS if is_plain(name, ()))


def test_only_what_has_quotes_of_its_own_is_not_plain() -> None:
    assert FAKERS.keys() - NEED_ARGUMENTS - set(PLAIN_WITHOUT_ARGUMENTS) == {"_.entityTag", "_.nextLink"}


@pytest.mark.parametrize("name", PLAIN_WITHOUT_ARGUMENTS)
def test_a_made_text_stands_in_json_as_it_is(name: str) -> None:
    make = FAKERS[name](Random(1))

    values = [make() for _ in range(100)]

    assert [json.dumps(value) for value in values if isinstance(value, str)] == [
        f'"{value}"' for value in values if isinstance(value, str)
    ]


def test_every_faker_that_is_named_exists() -> None:
    in_headers = {header.faker for header in HEADERS.values()} - {""}
    assert {*OLD_NAMES.values(), *TEXTS.values(), *TAKES_TEXT, *in_headers} - FAKERS.keys() == set()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("ETag", "etag"),
        ("E-Tag:", "etag"),
        ("Operation-Location", "location"),
        ("X-RateLimit-Limit", "ratelimit limit"),
        ("X-Rate-Limit-Reset", "ratelimit reset"),
        ("x-amzn-RequestId", "requestid"),
        ("X-Allocation", None),
        ("X-User-Id", None),
        ("---", None),
    ],
)
def test_a_header_is_known_by_how_its_name_ends(name: str, known: str | None) -> None:
    assert find_header(name) == (None if known is None else HEADERS[known])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name.firstName", "person.firstName"),
        ("address.city", "location.city"),
        ("random.uuid", "string.uuid"),
        ("phone.phoneNumber", "phone.number"),
        ("commerce.price", "commerce.price"),
    ],
)
def test_an_old_spelling_leads_to_the_present_name(old: str, new: str) -> None:
    assert find_faker(old) == new


@pytest.mark.parametrize("name", ["", "no.such", "_.date", "person"])
def test_an_unknown_faker_is_none(name: str) -> None:
    assert find_faker(name) is None


@pytest.mark.parametrize("name", ["firstName", "first_name", "First-Name", "customerFirstName"])
def test_a_property_name_counts_by_its_words(name: str) -> None:
    assert find_text(name) == "person.firstName"


def test_a_number_is_in_the_range_its_name_suggests() -> None:
    assert find_range("userAge") == (18, 90, 0)
    assert find_range("x") is None
