"""(pages) What a literal hit costs with ten pages open on the live log, on the figures, on the routes, and with none.

At full load and at a steady rate, both in turns on the same running server. "None, afterwards" is measured right after
pages were closed: what they leave running would show there.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from benchmarks.arrivals import Plan, start_arrivals
from benchmarks.bench import Bench
from benchmarks.contestants.mockwave import RunningMockwave
from benchmarks.load import run_load, warm_up
from benchmarks.pages import open_pages
from benchmarks.processes import pause_all
from benchmarks.results import CPU, ERRORS, P50, P99, RATE, Result
from benchmarks.sites import ASK_LITERAL, LITERAL, SMALL_BODY, SMALL_SITE
from benchmarks.turns import start_contestants

CONTESTANT_NAMES = ("mockwave", "mockwave_uvloop")
PAGES = 10
CASES = {
    "none open": "",
    "ten on the live log": "log",
    "ten on the figures": "figures",
    "ten on the routes": "routes",
    "none open, afterwards": "",
}
CONNECTIONS = 64
STEADY_RATE = 2_000
SETTLE_S = 0.5


def measure(bench: Bench, result: Result) -> None:
    with start_contestants(bench.choose(CONTESTANT_NAMES), SMALL_SITE, bench, result) as all_running:
        servers = {name: one for name, one in all_running.items() if isinstance(one, RunningMockwave)}
        with pause_all([one.family for one in servers.values()]):
            for number in range(bench.pairs):
                for name, running in servers.items():
                    with running.family.resumed():
                        warm_up(
                            running.base, ASK_LITERAL, CONNECTIONS, 0 if number else bench.warm_up_s, bench.load_cores
                        )
                        for case, panel in CASES.items():
                            with opened(running, panel):
                                measure_full(running, bench, result, f"{case}, full load", name)
                                measure_steady(running, bench, result, f"{case}, {STEADY_RATE:,} requests/s", name)


@contextmanager
def opened(running: RunningMockwave, panel: str) -> Iterator[None]:
    with open_pages(running, panel, PAGES) if panel else nullcontext():
        time.sleep(SETTLE_S)
        yield


def measure_full(running: RunningMockwave, bench: Bench, result: Result, case: str, name: str) -> None:
    warm_up(running.base, ASK_LITERAL, CONNECTIONS, bench.turn_warm_up_s, bench.load_cores)
    before_s = running.family.cpu_s()
    load = run_load(running.base, ASK_LITERAL, CONNECTIONS, bench.duration_s, bench.load_cores)
    cpu_s = running.family.cpu_s() - before_s
    figures = {
        RATE: load.requests_per_s,
        P50: load.p50_us / 1000,
        P99: load.p99_us / 1000,
        CPU: cpu_s * 1e6 / max(load.requests, 1),
        ERRORS: load.errors,
    }
    for figure, value in figures.items():
        result.add(case, name, figure, value)


def measure_steady(running: RunningMockwave, bench: Bench, result: Result, case: str, name: str) -> None:
    plan = Plan(
        base=running.base,
        path=LITERAL.path,
        rate=STEADY_RATE,
        count=round(STEADY_RATE * bench.duration_s),
        connections=CONNECTIONS,
        body=SMALL_BODY.decode(),
    )
    with start_arrivals(plan, bench.load_cores) as arrivals:
        arrivals.wait_until_sending()
        before_s = running.family.cpu_s()
        found = arrivals.finish()
        cpu_s = running.family.cpu_s() - before_s
    figures = {
        P50: found.latency_p50_us / 1000,
        P99: found.latency_p99_us / 1000,
        CPU: cpu_s * 1e6 / max(found.completed, 1),
        ERRORS: found.wrong + found.failed_connections + found.sent - found.completed,
    }
    for figure, value in figures.items():
        result.add(case, name, figure, value)
