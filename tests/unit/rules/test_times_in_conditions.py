"""Operators on times: before, after, equalToDateTime."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockwave.rules.date_formats import compile_format, parse_time
from tests.unit.rules.asked_conditions import compile_when, find_faults, view


def holds(matcher: dict[str, Any], text: str) -> bool:
    return compile_when({"headers": {"X-Time": matcher}}).holds(view(headers=[("X-Time", text)]))


@pytest.mark.parametrize(
    ("matcher", "text", "expected"),
    [
        ({"before": "2021-05-01T00:00:00Z"}, "2021-04-30T23:59:59Z", True),
        ({"before": "2021-05-01T00:00:00Z"}, "2021-05-01T00:00:00Z", False),
        ({"after": "2021-05-01T00:00:00Z"}, "2021-05-01T00:00:01Z", True),
        ({"after": "2021-05-01T00:00:00Z"}, "2021-05-01T01:00:00+02:00", False),
        ({"equalToDateTime": "2021-06-14T12:13:14Z"}, "2021-06-14T14:13:14+02:00", True),
        ({"equalToDateTime": "2021-06-14T12:13:14Z"}, "2021-06-14T12:13:14.000Z", True),
        ({"equalToDateTime": "2021-06-14T12:13:14Z"}, "Mon, 14 Jun 2021 12:13:14 GMT", True),
        ({"equalToDateTime": "2021-06-14T12:13:14Z"}, "Monday, 14-Jun-21 12:13:14 GMT", True),
        ({"equalToDateTime": "2021-06-14T12:13:14Z"}, "Mon Jun 14 12:13:14 2021", True),
        ({"equalToDateTime": "2021-06-04T12:13:14Z"}, "Fri Jun  4 12:13:14 2021", True),
        ({"equalToDateTime": "2021-06-14T12:13:14"}, "2021-06-14T12:13:14", True),
        ({"equalToDateTime": "2021-06-14T12:13:14"}, "2021-06-14T12:13:14+05:00", True),
        ({"before": "2021-06-15T00:00:00"}, "2021-06-14", True),
        ({"equalToDateTime": "2021-06-14"}, "2021-06-14T00:00:00", True),
        ({"before": "2021-05-01T00:00:00Z"}, "yesterday", False),
        ({"not": {"before": "2021-05-01T00:00:00Z"}}, "yesterday", True),
        (
            {"equalToDateTime": "2021-06-23T11:12:13Z", "actualFormat": "dd/MM/yyyy HH:mm:ss Z"},
            "23/06/2021 11:12:13 +0000",
            True,
        ),
        (
            {"equalToDateTime": "2021-06-23T11:12:13", "actualFormat": "dd/MM/yyyy HH:mm:ss"},
            "23/06/2021 11:12:13",
            True,
        ),
        ({"equalToDateTime": "2021-06-23", "actualFormat": "dd/MM/yyyy"}, "23/06/2021", True),
        ({"equalToDateTime": "2021-06-23T11:22:33Z", "actualFormat": "unix"}, "1624447353", True),
        ({"equalToDateTime": "2021-06-23T11:22:33Z", "actualFormat": "epoch"}, "1624447353000", True),
        (
            {"equalToDateTime": "2021-06-23T23:00", "actualFormat": "d MMM yyyy, h 'o''clock' a"},
            "23 Jun 2021, 11 o'clock PM",
            True,
        ),
        ({"equalToDateTime": "2021-06-23T23:00", "actualFormat": "d MMM yyyy, h a"}, "23 Jun 2021, 11 PM", True),
        ({"before": "2021-06-23T00:00:00Z", "actualFormat": "yyyy-MM-dd"}, "2021-02-30", False),
        (
            {"equalToDateTime": "2021-06-01T00:00:00Z", "truncateActual": "first day of month"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-07-01T00:00:00Z", "truncateActual": "first day of next month"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-06-30T00:00:00Z", "truncateActual": "LAST_DAY_OF_MONTH"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-12-31T00:00:00Z", "truncateActual": "last day of year"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2022-01-01T00:00:00Z", "truncateActual": "first day of next year"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-06-18T10:11:00Z", "truncateActual": "first second of minute"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-06-18T10:00:00Z", "truncateActual": "first minute of hour"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-06-18T00:00:00Z", "truncateActual": "first hour of day"},
            "2021-06-18T10:11:12Z",
            True,
        ),
        (
            {"equalToDateTime": "2021-05-31T00:00:00Z", "expectedOffset": 1, "expectedOffsetUnit": "months"},
            "2021-06-30T00:00:00Z",
            True,
        ),
        (
            {
                "equalToDateTime": "2021-05-31T10:00:00Z",
                "expectedOffset": -1,
                "expectedOffsetUnit": "DAYS",
                "truncateExpected": "first hour of day",
            },
            "2021-05-30T00:00:00Z",
            True,
        ),
        (
            {
                "equalToDateTime": "2021-05-31T10:00:00Z",
                "expectedOffset": 1,
                "expectedOffsetUnit": "days",
                "truncateExpected": "first day of month",
                "applyTruncationLast": True,
            },
            "2021-06-01T00:00:00Z",
            True,
        ),
        (
            {
                "equalToDateTime": "2021-05-31T10:00:00Z",
                "expectedOffset": 1,
                "expectedOffsetUnit": "days",
                "truncateExpected": "first day of month",
            },
            "2021-05-02T00:00:00Z",
            True,
        ),
    ],
)
def test_times_are_compared_as_wiremock_does(matcher: dict[str, Any], text: str, expected: bool) -> None:
    assert holds(matcher, text) is expected


@pytest.mark.parametrize(
    ("matcher", "from_now", "expected"),
    [
        ({"before": "now"}, timedelta(hours=-1), True),
        ({"after": "now"}, timedelta(hours=-1), False),
        ({"before": "now +3 days"}, timedelta(days=2), True),
        ({"before": "now +3 days"}, timedelta(days=4), False),
        ({"after": "now -15 minutes"}, timedelta(minutes=-10), True),
        ({"after": "-15 minutes"}, timedelta(minutes=-20), False),
        ({"before": "now", "expectedOffset": 1, "expectedOffsetUnit": "hours"}, timedelta(minutes=30), True),
    ],
)
def test_now_is_the_time_of_the_request(matcher: dict[str, Any], from_now: timedelta, expected: bool) -> None:
    assert holds(matcher, (datetime.now(UTC) + from_now).isoformat()) is expected


@pytest.mark.parametrize("name", ["before", "after", "equalToDateTime"])
def test_what_is_not_there_is_no_time(name: str) -> None:
    assert not compile_when({"query": {"q": {name: "now"}}}).holds(view())


@pytest.mark.parametrize(
    ("matcher", "faults"),
    [
        ({"before": "soon"}, {"/before": "format"}),
        ({"before": 5}, {"/before": "type"}),
        ({"before": "now +3 fortnights"}, {"/before": "unknown"}),
        ({"before": "now +999999999 years"}, {"/before": "never"}),
        ({"before": "now +1 days", "expectedOffset": 1}, {"/before": "oneOf"}),
        ({"before": "now", "expectedOffset": "1"}, {"/expectedOffset": "type"}),
        ({"before": "now", "expectedOffset": 1, "expectedOffsetUnit": "eons"}, {"/expectedOffsetUnit": "enum"}),
        ({"before": "now", "expectedOffsetUnit": "days"}, {"/expectedOffsetUnit": "unknown"}),
        ({"before": "now", "truncateActual": "sometime"}, {"/truncateActual": "enum"}),
        ({"before": "now", "actualFormat": "yyyy-QQ"}, {"/actualFormat": "format"}),
        ({"before": "now", "actualFormat": "yyyy 'x"}, {"/actualFormat": "format"}),
        ({"before": "now", "actualFormat": "HH:mm"}, {"/actualFormat": "format"}),
        ({"before": "now", "actualFormat": "yyyy yyyy"}, {"/actualFormat": "format"}),
    ],
)
def test_what_is_no_time_is_refused(matcher: dict[str, Any], faults: dict[str, str]) -> None:
    found = find_faults({"query": {"q": matcher}})

    assert {at.removeprefix("/query/q"): rule for at, (rule, _) in found.items()} == faults


@pytest.mark.parametrize(
    "text", ["", "2021-13-01T00:00:00Z", "2021-06-14T25:00:00Z", "9" * 5000, "2021-06-14T12:13:14+99:00"]
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert parse_time(text) is None
    assert compile_format("unix")("x" + text) is None
