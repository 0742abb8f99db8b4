"""Cases of operators on times; expected and sent times are far enough from now for the run not to matter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.operators.questions import Case, Value, put

FIXED: Final[Sequence[Value]] = (
    None,
    "",
    "2021-05-01T00:00:00Z",
    "2021-05-01T00:00:00",
    "2021-05-01T00:00:00.000Z",
    "2021-05-01T02:00:00+02:00",
    "2021-05-01T00:00:00+02:00",
    "2021-05-01T00:00Z",
    "2021-05-01T00:00",
    "2021-05-01",
    "2021-04-30T23:59:59Z",
    "2021-05-01T00:00:01Z",
    "Sat, 01 May 2021 00:00:00 GMT",
    "2021-06-14T15:15:15Z",
    "20210501",
    "2021",
    "2021-05",
    "2021-05-01T00:00:00.123456789Z",
    "2021-05-01T00:00:00Z[UTC]",
    "2021-05-01T00:00:00+0200",
    "1619827200",
    "1619827200000",
    "01/05/2021",
    "01/05/2021 00:00",
    "tomorrow",
    "2021-13-01T00:00:00Z",
    ["tomorrow", "2021-05-01T00:00:00Z"],
)
COMPARED: Final[Sequence[Mapping[str, Any]]] = (
    *({name: "2021-05-01T00:00:00Z"} for name in ("before", "after", "equalToDateTime")),
    *({name: "2021-05-01T00:00:00"} for name in ("before", "after", "equalToDateTime")),
    *({name: "2021-05-01T02:00:00+02:00"} for name in ("before", "after", "equalToDateTime")),
    {"equalToDateTime": "2021-05-01"},
    {"equalToDateTime": "Sat, 01 May 2021 00:00:00 GMT"},
    {"before": "2021-05-01T00:00:00Z", "actualFormat": "dd/MM/yyyy"},
    {"equalToDateTime": "2021-05-01T00:00:00Z", "actualFormat": "dd/MM/yyyy"},
    {"equalToDateTime": "2021-05-01T00:00:00", "actualFormat": "dd/MM/yyyy"},
    {"equalToDateTime": "2021-05-01T00:00:00", "actualFormat": "dd/MM/yyyy HH:mm"},
    {"equalToDateTime": "2021-05-01T00:00:00", "actualFormat": "yyyyMMdd"},
    {"equalToDateTime": "2021-05-01T00:00:00Z", "actualFormat": "unix"},
    {"equalToDateTime": "2021-05-01T00:00:00Z", "actualFormat": "epoch"},
    {"equalToDateTime": "2021-05-01T00:00:00Z", "actualFormat": "qq"},
    *(
        {"equalToDateTime": "2021-05-01T00:00:00Z", "truncateActual": each}
        for each in (
            "first second of minute",
            "first minute of hour",
            "first hour of day",
            "first day of month",
            "first day of next month",
            "last day of month",
            "first day of year",
            "first day of next year",
            "last day of year",
            "nonsense",
        )
    ),
    *(
        {"equalToDateTime": "2021-04-14T15:15:15Z", "truncateExpected": each}
        for each in ("first day of next month", "last day of month", "first hour of day", "first minute of hour")
    ),
    {"equalToDateTime": "2021-04-30T00:00:00Z", "expectedOffset": 1, "expectedOffsetUnit": "days"},
    {"equalToDateTime": "2021-04-01T00:00:00Z", "expectedOffset": 1, "expectedOffsetUnit": "months"},
    {"equalToDateTime": "2021-05-01T01:00:00Z", "expectedOffset": -1, "expectedOffsetUnit": "hours"},
    {
        "equalToDateTime": "2021-04-14T00:00:00Z",
        "expectedOffset": 17,
        "expectedOffsetUnit": "days",
        "truncateExpected": "first day of month",
    },
    {
        "equalToDateTime": "2021-04-14T00:00:00Z",
        "expectedOffset": 17,
        "expectedOffsetUnit": "days",
        "truncateExpected": "first day of month",
        "applyTruncationLast": True,
    },
    {"before": "nonsense"},
    {"before": "now +3 fortnights"},
    {"not": {"before": "2021-05-01T00:00:00Z"}},
    {"and": [{"after": "2021-04-30T00:00:00Z"}, {"before": "2021-05-02T00:00:00Z"}]},
)
FROM_NOW: Final[Sequence[Mapping[str, Any]]] = (
    {"before": "now"},
    {"after": "now"},
    {"before": "now +3 days"},
    {"after": "now -3 days"},
    {"before": "now -3 days"},
    {"after": "now +3 days"},
    {"before": "+3 days"},
    {"after": "-90 minutes"},
    {"after": "now +1 months"},
    {"before": "now +1 years"},
    {"before": "now + 3 days"},
    {"before": "NOW"},
    {"before": "now", "expectedOffset": 3, "expectedOffsetUnit": "days"},
    {"equalToDateTime": "now", "truncateExpected": "first day of year", "truncateActual": "first day of year"},
    {"after": "now", "truncateExpected": "first day of year"},
    {"before": "now", "truncateExpected": "first day of next year"},
    {"before": "now +3 day"},
    {"before": "now +3 Days"},
    {"before": "now 3 days"},
)


def time_cases() -> Iterator[Case]:
    for matcher in COMPARED:
        yield put("headers", matcher, FIXED)
    now = datetime.now(UTC)
    sent: list[Value] = []
    for days in (-400, -35, -4, -2, -0.08, 0.04, 2, 4, 40, 400):
        moment = now + timedelta(days=days)
        sent += [moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y-%m-%dT%H:%M:%S")]
    for matcher in FROM_NOW:
        yield put("query", matcher, sent)
