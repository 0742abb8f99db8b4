"""(f) Ten thousand requests in flight on one worker: a route with a delay, asked for at a steady rate.

The delay's error is what a client measures from just before it sends to the whole answer, minus the delay: it includes
the network's and the client's own time, and must never be negative.
"""

import time

from benchmarks.arrivals import Plan, start_arrivals
from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import make_mock_server, start_mockwave
from benchmarks.results import Result
from benchmarks.sites import LITERAL, SMALL_BODY, Route

TURNOVERS = 3
"""How often the requests in flight are replaced by new ones."""
HEADROOM = 1.2
SAMPLE_INTERVAL_S = 0.25
CASE = "delayed requests"
CONTESTANT = "mockwave"


def measure(bench: Bench, result: Result) -> None:
    rate = bench.in_flight * 1000 / bench.delay_ms
    connections = int(bench.in_flight * HEADROOM)
    with make_folder() as folder:
        options = ("--max-connections", str(connections + 100))
        with start_mockwave(folder, bench.server_cores, *options) as running:
            client = running.management()
            running.use(make_mock_server(client, (Route(LITERAL.path, SMALL_BODY, bench.delay_ms),)))
            client.close()
            idle = running.family.memory()
            plan = Plan(
                base=running.base,
                path=LITERAL.path,
                rate=rate,
                count=bench.in_flight * TURNOVERS,
                connections=connections,
                delay_ms=bench.delay_ms,
                body=SMALL_BODY.decode(),
            )
            cpu_before_s = running.family.cpu_s()
            peak_bytes = 0
            with start_arrivals(plan, bench.load_cores) as arrivals:
                while arrivals.is_running():
                    peak_bytes = max(peak_bytes, running.family.memory().resident_bytes)
                    time.sleep(SAMPLE_INTERVAL_S)
                found = arrivals.finish()
            cpu_s = running.family.cpu_s() - cpu_before_s
    figures: dict[str, float] = {
        "delay ms": bench.delay_ms,
        "arrivals/s": rate,
        "requests sent": found.sent,
        "completed": found.completed,
        "lost": found.sent - found.completed,
        "wrong": found.wrong,
        "failed connections": found.failed_connections,
        "early": found.early,
        "peak in flight": found.peak_in_flight,
        "delay error min ms": found.error_min_us / 1000,
        "delay error p50 ms": found.error_p50_us / 1000,
        "delay error p99 ms": found.error_p99_us / 1000,
        "delay error max ms": found.error_max_us / 1000,
        "CPU µs a request": cpu_s * 1e6 / max(found.sent, 1),
        "resident MB before": idle.resident_bytes / 1e6,
        "resident MB at most": peak_bytes / 1e6,
    }
    for name, value in figures.items():
        result.add(CASE, CONTESTANT, name, value)
