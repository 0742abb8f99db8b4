"""(h) Management writes: route creates a second, by one client and by eight; and the latency that a client with a
steady rate sees on mocks while another one creates and deletes routes all the time, against the same without it: on
another server, on the same one, and on the same one of very many routes.
"""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.arrivals import Arrivals, Plan, start_arrivals
from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import RunningMockwave, describe_route, make_mock_server, start_mockwave
from benchmarks.exchanges import ManagementClient, fetch
from benchmarks.results import Result
from benchmarks.sites import LITERAL, SMALL_BODY, SMALL_SITE, Route, build_large_site

CONTESTANT = "mockwave"
ARRIVALS_A_SECOND = 1_000
CONNECTIONS = 64
CLIENTS = (1, 8)
LONGEST_S = 3600
MANY_ROUTES = 10_000


def measure(bench: Bench, result: Result) -> None:
    with make_folder() as folder, start_mockwave(folder, bench.server_cores) as running:
        client = running.management()
        changed = make_mock_server(client, ())
        asked = make_mock_server(client, SMALL_SITE.routes)
        large_site, _ = build_large_site(min(MANY_ROUTES, bench.memory_routes))
        large = make_mock_server(client, (*SMALL_SITE.routes, *large_site.routes))
        numbers = itertools.count()
        for count in CLIENTS:
            case = "1 client" if count == 1 else f"{count} clients"
            for _ in range(bench.pairs):
                result.add(case, CONTESTANT, "creates/s", _count_creates(running, changed, count, bench, numbers))
        cases = {
            "quiet": (asked, None),
            "routes change, another server": (asked, changed),
            "routes change, same server": (asked, asked),
            "routes change, same server of many": (large, large),
        }
        # Each server is asked for once before: loading ten thousand routes is not what is measured.
        for mock_server_id in (asked, large):
            running.use(mock_server_id)
            fetch(running.base, LITERAL.path)
        for _ in range(bench.pairs):
            for case, (asked_server_id, changed_server_id) in cases.items():
                running.use(asked_server_id)
                with watch_latency(running, bench, result, case):
                    writes = change_routes(client, changed_server_id, bench.duration_s)
                if changed_server_id:
                    result.add(case, CONTESTANT, "route changes/s", writes / bench.duration_s)
        client.close()


def change_routes(client: ManagementClient, mock_server_id: str | None, duration_s: float) -> int:
    """Creates a route and deletes it, again and again; returns the number of changes. Without a server, only waits."""
    end_s = time.monotonic() + duration_s
    if mock_server_id is None:
        time.sleep(duration_s)
        return 0
    changes = 0
    path = f"/mock-servers/{mock_server_id}/routes"
    while time.monotonic() < end_s:
        route = client.call("POST", path, describe_route(Route(f"/changing/{changes}")))
        client.call("DELETE", f"{path}/{route['_id']}")
        changes += 2
    return changes


def plan_arrivals(running: RunningMockwave) -> Plan:
    return Plan(
        base=running.base,
        path=LITERAL.path,
        rate=ARRIVALS_A_SECOND,
        count=ARRIVALS_A_SECOND * LONGEST_S,
        connections=CONNECTIONS,
        body=SMALL_BODY.decode(),
    )


@contextmanager
def watch_latency(running: RunningMockwave, bench: Bench, result: Result, case: str) -> Iterator[None]:
    """Asks for a mock at a steady rate while the block runs, and adds what it saw."""
    with start_arrivals(plan_arrivals(running), bench.load_cores) as arrivals:
        arrivals.wait_until_sending()
        yield
        add_latency(arrivals.stop(), result, case)


def add_latency(found: Arrivals, result: Result, case: str) -> None:
    figures = {
        "p50 ms": found.latency_p50_us / 1000,
        "p99 ms": found.latency_p99_us / 1000,
        "p99.9 ms": found.latency_p999_us / 1000,
        "requests": found.sent,
        "errors": found.wrong + found.failed_connections + found.sent - found.completed,
    }
    for name, value in figures.items():
        result.add(case, CONTESTANT, name, value)


def _count_creates(
    running: RunningMockwave, mock_server_id: str, clients: int, bench: Bench, numbers: Iterator[int]
) -> float:
    """Creates a second on the server, by so many clients, each on a connection of its own."""

    def create(_: int) -> int:
        client = running.management()
        created = 0
        end_s = time.monotonic() + bench.duration_s
        while time.monotonic() < end_s:
            path = f"/mock-servers/{mock_server_id}/routes"
            client.call("POST", path, describe_route(Route(f"/created/{next(numbers)}")))
            created += 1
        client.close()
        return created

    with ThreadPoolExecutor(clients) as threads:
        return sum(threads.map(create, range(clients))) / bench.duration_s
