"""(rules) What rules cost: on a route without any, with one and with ten that do not hold; on a body of 1 KB; and on
ten and on many routes with a rule each, asked in turn.

And stubs beside WireMock's, its journal on: on one path, told apart by a header, and on as many paths.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS
from benchmarks.contestants.mockwave import RunningMockwave, describe_route, make_mock_server
from benchmarks.exchanges import Base
from benchmarks.results import Result
from benchmarks.sites import BARE_CLIENT, LITERAL, SMALL_BODY, SMALL_SITE, Ask, Route, Site
from benchmarks.turns import Seat, start_contestants, take_turns
from benchmarks.validation import BODY as ORDER_BODY

CONTESTANT_NAMES = ("mockwave", "mockwave_uvloop")
STUB_NAMES = (*CONTESTANT_NAMES, "wiremock_log")
FEW, MANY = 10, 20_000
STUBS_BY_HEADER = (100, 10_000)
STUBS_BY_PATH = (100, 10_000)

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
    measure_costs(bench, result)
    for count in STUBS_BY_HEADER:
        site = Site(tuple(Route(LITERAL.path, header=("X-Stub", str(number))) for number in range(count)))
        measure_stubs(bench, result, f"{count:,} stubs by header", site, ("X-Stub", str(count // 2)))
    for count in STUBS_BY_PATH:
        site = Site(tuple(Route(f"/v1/stubs/{number}") for number in range(count)))
        measure_stubs(bench, result, f"{count:,} stubs by path", site, ("X-Stub", "none"))


def measure_costs(bench: Bench, result: Result) -> None:
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


def measure_stubs(bench: Bench, result: Result, case: str, site: Site, header: tuple[str, str]) -> None:
    paths = tuple(dict.fromkeys(route.path for route in site.routes))[:: max(len(site.routes) // 1000, 1)]
    with start_contestants(bench.choose(STUB_NAMES), site, bench, result, case) as running:
        seats = [
            Seat(case, CONTESTANTS[name], one, site, Ask(paths, (*BARE_CLIENT, header)))
            for name, one in running.items()
        ]
        take_turns(seats, bench, result)
