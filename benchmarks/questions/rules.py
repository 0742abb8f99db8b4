"""(rules) What rules cost: on a route without any, with one and with ten that do not hold; on a body of 1 KB; and on
ten and on many routes with a rule each, asked in turn."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS
from benchmarks.contestants.mockwave import RunningMockwave, describe_route, make_mock_server
from benchmarks.exchanges import Base
from benchmarks.results import Result
from benchmarks.sites import BARE_CLIENT, LITERAL, SMALL_BODY, SMALL_SITE, Ask, Route
from benchmarks.turns import Seat, start_contestants, take_turns
from benchmarks.validation import BODY as ORDER_BODY

CONTESTANT_NAMES = ("mockwave", "mockwave_uvloop")
FEW, MANY = 10, 20_000

OTHER = {"statusCode": 404}


def other_plan(number: int) -> dict[str, Any]:
    return {"when": {"headers": {"X-Plan": {"equalTo": f"other-{number}"}}}, "then": OTHER}


CASES: Mapping[str, list[dict[str, Any]]] = {
    "no rules": [],
    "one header rule that does not hold": [other_plan(0)],
    "ten header rules that do not hold": [other_plan(number) for number in range(10)],
    "one regular expression that does not hold": [
        {"when": {"headers": {"X-Plan": {"matches": "other-[0-9]+"}}}, "then": OTHER}
    ],
    "one query rule that does not hold": [{"when": {"query": {"plan": {"equalTo": "other"}}}, "then": OTHER}],
}
BODY_CASES: Mapping[str, list[dict[str, Any]]] = {
    "a body of 1 KB, no rules": [],
    "a body of 1 KB, one JSON rule that does not hold": [
        {
            "when": {"body": [{"matchesJsonPath": {"expression": "$.total", "lessThanNumber": 100}}]},
            "then": OTHER,
        }
    ],
    "a body of 1 KB, one JSONPath filter that does not hold": [
        {"when": {"body": [{"matchesJsonPath": "$.lines[?@.quantity > 100]"}]}, "then": OTHER}
    ],
}
BODY_ASK = Ask((LITERAL.path,), (*BARE_CLIENT, ("Content-Type", "application/json")), ORDER_BODY)
ASK = Ask((LITERAL.path,), (*BARE_CLIENT, ("X-Plan", "free")))


def measure(bench: Bench, result: Result) -> None:
    with start_contestants(bench.choose(CONTESTANT_NAMES), SMALL_SITE, bench, result) as running:
        seats = []
        for name, one in running.items():
            assert isinstance(one, RunningMockwave)
            for case, rules in CASES.items():
                seats.append(Seat(case, CONTESTANTS[name], with_rules(one, [LITERAL.path], rules), SMALL_SITE, ASK))
            for case, rules in BODY_CASES.items():
                ruled = with_rules(one, [LITERAL.path], rules, method="POST")
                seats.append(Seat(case, CONTESTANTS[name], ruled, SMALL_SITE, BODY_ASK))
            for count in (FEW, MANY):
                paths = [f"/v1/ruled/{number}" for number in range(count)]
                asked = Ask(tuple(paths[:: max(count // 1000, 1)]), ASK.headers)
                ruled = with_rules(one, paths, CASES["one header rule that does not hold"])
                seats.append(Seat(f"{count:,} routes with a rule each", CONTESTANTS[name], ruled, SMALL_SITE, asked))
        take_turns(seats, bench, result)


def with_rules(
    running: RunningMockwave, paths: list[str], rules: list[dict[str, Any]], method: str = "GET"
) -> RunningMockwave:
    """The server, with a mock server of its own that has these routes, each with the rules."""
    client = running.management()
    mock_server_id = make_mock_server(client, ())
    for path in paths:
        route = describe_route(Route(path, SMALL_BODY)) | {"rules": rules, "method": method}
        client.call("POST", f"/mock-servers/{mock_server_id}/routes", route)
    client.close()
    return dataclasses.replace(
        running, base=Base(running.base.port, f"/bin/{mock_server_id}"), mock_server_id=mock_server_id
    )
