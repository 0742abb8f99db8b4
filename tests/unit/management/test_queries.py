"""Query strings of the management API."""

import pytest

from mockwave.management.queries import LOG_PARAMETERS, read_log_query, read_query
from mockwave.model import LogQuery
from mockwave.problems import Refusal
from mockwave.timestamps import read_instant


def pointers_of(query: str) -> list[str]:
    with pytest.raises(Refusal) as refused:
        read_log_query(query.encode())
    assert refused.value.status == 400
    assert {fault.location for fault in refused.value.violations} == {"query"}
    return [fault.pointer for fault in refused.value.violations]


def test_without_parameters_the_newest_fifty_are_asked_for() -> None:
    assert read_log_query(b"") == LogQuery(limit=50, offset=0)


def test_every_filter_is_read() -> None:
    query = (
        b"limit=1000&offset=7&method=get&path=%2Fa%2520b*&routeId=mock-route_1&matched=false&status=4XX"
        b"&since=1970-01-01T00:00:01Z&until=2.5"
    )
    assert read_log_query(query) == LogQuery(
        limit=1000,
        offset=7,
        method="GET",
        path="/a%20b*",
        route_id="mock-route_1",
        matched=False,
        status_from=400,
        status_to=500,
        since_us=1_000_000,
        until_us=2_500_000,
    )


def test_one_status_is_a_range_of_one() -> None:
    query = read_log_query(b"status=404")
    assert (query.status_from, query.status_to) == (404, 405)


@pytest.mark.parametrize(
    "query",
    [
        "limit=abc",
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=",
        "limit",
        "limit=%2B5",
        "limit=5.0",
        "limit=%D9%A5",
        f"limit={'9' * 10000}",
        "offset=-1",
        "offset=9223372036854775808",
        "matched=1",
        "matched=TRUE",
        "status=99",
        "status=4x",
        "status=4040",
        "method=",
        "method=A%20B",
        "path=a",
        "since=yesterday",
        "since=2026-01-01",
        "since=2026-01-01T00:00:00",
        "since=2026-13-01T00:00:00Z",
        "since=2026-02-30T00:00:00Z",
        "since=2026-01-01T24:00:00Z",
        "until=-1",
        "until=1e3",
        "until=2026-01-01T00:00:00%2B24:00",
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(query: str) -> None:
    assert pointers_of(query) == [f"/{query.partition('=')[0]}"]


def test_every_fault_is_reported_at_once() -> None:
    assert pointers_of("limit=x&offset=x&status=x") == ["/limit", "/offset", "/status"]


def test_a_repeated_parameter_is_refused() -> None:
    assert pointers_of("limit=1&offset=2&limit=1") == ["/limit"]


def test_a_value_that_is_not_utf8_is_refused() -> None:
    assert pointers_of("routeId=%ff") == ["/routeId"]


def test_parameters_that_nobody_knows_are_ignored() -> None:
    assert read_log_query(b"page=2&page=3&%ff=1&&=&limit=2") == LogQuery(limit=2)


def test_names_and_values_are_decoded() -> None:
    assert read_query(b"work%73paceId=a+b%2B%C3%A9", ("workspaceId",)) == {"workspaceId": "a b+é"}


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("0", 0),
        ("1.000001", 1_000_001),
        ("1.0000019", 1_000_001),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00.25z", 250_000),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T22:00:00-02:00", 0),
        ("1970-01-01T02:00:00 02:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000),
    ],
)
def test_instants_are_read_to_the_microsecond(text: str, time_us: int) -> None:
    assert read_instant(text) == time_us


@pytest.mark.parametrize("text", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:60Z"])
def test_instants_beyond_the_calendar_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an RFC 3339 date-time"):
        read_instant(text)


@pytest.mark.parametrize(("text", "microseconds"), [("250", 250_000), ("1e3", 1_000_000), ("1.4e-157", 0)])
def test_milliseconds_are_any_number_of_json(text: str, microseconds: int) -> None:
    """An exponent of three digits, which `openapi.yaml` allows, was refused."""
    assert LOG_PARAMETERS["slowerThan"](text) == {"slower_than_us": microseconds}
