"""(stubs_by_header, stubs_by_path) Stubs beside WireMock's and MockServer's, all logs on: on one path, told apart by a
header, and on as many paths. What is asked for is in the middle of them, or all in turn."""

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS
from benchmarks.results import Result
from benchmarks.sites import BARE_CLIENT, LITERAL, Ask, Route, Site
from benchmarks.turns import Seat, start_contestants, take_turns

CONTESTANT_NAMES = ("mockwave", "mockwave_uvloop", "wiremock_log", "mockserver_log")
BY_HEADER = (100, 1_000)
"""A list has at most 1,000 rules."""
BY_PATH = (100, 10_000)
PATHS_ASKED = 1_000


def measure_by_header(bench: Bench, result: Result) -> None:
    for count in BY_HEADER:
        site = Site(tuple(Route(LITERAL.path, header=("X-Stub", str(number))) for number in range(count)))
        measure(bench, result, f"{count:,} stubs by header", site, ("X-Stub", str(count // 2)))


def measure_by_path(bench: Bench, result: Result) -> None:
    for count in BY_PATH:
        site = Site(tuple(Route(f"/v1/stubs/{number}") for number in range(count)))
        measure(bench, result, f"{count:,} stubs by path", site, ("X-Stub", "none"))


def measure(bench: Bench, result: Result, case: str, site: Site, header: tuple[str, str]) -> None:
    paths = tuple(dict.fromkeys(route.path for route in site.routes))[:: max(len(site.routes) // PATHS_ASKED, 1)]
    with start_contestants(bench.choose(CONTESTANT_NAMES), site, bench, result, case) as running:
        seats = [
            Seat(case, CONTESTANTS[name], one, site, Ask(paths, (*BARE_CLIENT, header)))
            for name, one in running.items()
        ]
        take_turns(seats, bench, result)
