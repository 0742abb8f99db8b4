"""(k) Memory a route, a worker: what a worker holds after a start with 100,000 stored routes and a first answer, less
what it holds with ten, over the difference in routes. Bodies are taken out: their bytes, and the object around each.
"""

import sys

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import make_mock_server, start_mockwave
from benchmarks.exchanges import WrongAnswer, fetch
from benchmarks.processes import read_memory
from benchmarks.results import Result
from benchmarks.sites import SMALL_BODY, build_large_site

FEW_ROUTES = 10
CONTESTANT = "mockwave"


def measure(bench: Bench, result: Result) -> None:
    few_bytes = _measure_worker(bench, FEW_ROUTES)
    many_bytes = _measure_worker(bench, bench.memory_routes)
    a_route = (many_bytes - few_bytes) / (bench.memory_routes - FEW_ROUTES)
    case = f"{bench.memory_routes:,} routes"
    result.add(case, CONTESTANT, "worker MB with few routes", few_bytes / 1e6)
    result.add(case, CONTESTANT, "worker MB", many_bytes / 1e6)
    result.add(case, CONTESTANT, "bytes a route, with body", a_route)
    result.add(case, CONTESTANT, "bytes a route", a_route - sys.getsizeof(SMALL_BODY))


def _measure_worker(bench: Bench, count: int) -> int:
    """Resident bytes of a worker that was started with so many routes stored and has answered one."""
    site, ask = build_large_site(count)
    with make_folder() as folder:
        with start_mockwave(folder, "") as importing:
            client = importing.management()
            mock_server_id = make_mock_server(client, site.routes)
            client.close()
        with make_folder() as restarted, start_mockwave(restarted, "", data_dir=folder / "data") as running:
            running.use(mock_server_id)
            answer = fetch(running.base, ask.paths[0])
            if answer.body != SMALL_BODY:
                raise WrongAnswer(f"expected the body set up, got {answer.status} {answer.body[:80]!r}")
            return sum(read_memory(pid).get("Rss:", 0) for pid in running.worker_pids())
