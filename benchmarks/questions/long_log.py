"""(g) Millions of requests with the log on: is throughput flat, is memory, is every request on record, what does one
take on disk, and how long does a page of the log take.

Lost are those that a client got an answer to, or the worker counted, and that are not in the log. They are counted
twice: by the metrics, and by finding the last entry through the API. The client sends no header but Host.
"""

import itertools
import statistics
import time
from pathlib import Path

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import RunningMockwave, make_mock_server, start_mockwave
from benchmarks.exchanges import Base, ManagementClient, read_metrics
from benchmarks.load import Load, start_load
from benchmarks.results import CPU, RATE, Result
from benchmarks.sites import ASK_PARAMETRIC, SMALL_SITE
from mockwave.data_folder import DataFolder

CASE = "bare client, 64 connections"
CONTESTANT = "mockwave"
CONNECTIONS = 64
SAMPLE_INTERVAL_S = 1.0
SLOWEST_RATE = 500
"""Requests a second below which the question gives up."""
EARLY_SHARE = 0.1
"""Of ten million: the first million, against which growth and decay are measured."""
PAGE_ENTRIES = 50
FAR_PAGE = 10_000
PAGES_ASKED = 20
STORED = "mockwave_log_entries_stored_total"
COUNTED = "mockwave_mock_requests_total"

Sample = tuple[float, float, float]
"""Seconds, requests so far, resident megabytes."""


def measure(bench: Bench, result: Result) -> None:
    with make_folder() as folder, start_mockwave(folder, bench.server_cores) as running:
        client = running.management()
        running.use(make_mock_server(client, SMALL_SITE.routes))
        cpu_before_s = running.family.cpu_s()
        load, samples = _load(bench, running)
        # The first page shows every request answered before, so all is stored once it is there.
        ask_page(client, running.mock_server_id, 0)
        cpu_s = running.family.cpu_s() - cpu_before_s
        metrics = read_metrics(running.base.port)
        entries = count_entries(client, running.mock_server_id)
        result.add(CASE, CONTESTANT, "requests answered to wrk", load.requests)
        result.add(CASE, CONTESTANT, "requests counted", metrics[COUNTED])
        result.add(CASE, CONTESTANT, "entries stored (metrics)", metrics[STORED])
        result.add(CASE, CONTESTANT, "entries stored (API)", entries)
        result.add(CASE, CONTESTANT, "lost", max(load.requests, metrics[COUNTED]) - min(entries, metrics[STORED]))
        result.add(CASE, CONTESTANT, "errors", load.errors)
        result.add(CASE, CONTESTANT, RATE, load.requests_per_s)
        result.add(CASE, CONTESTANT, CPU, cpu_s * 1e6 / max(load.requests, 1))
        _add_flatness(samples, result)
        stored_bytes = measure_disk(running.data_dir)
        result.add(CASE, CONTESTANT, "disk bytes an entry", stored_bytes / max(entries, 1))
        far = (FAR_PAGE - 1) * PAGE_ENTRIES
        pages = {"first page": 0, f"page {FAR_PAGE:,}": far, "last page": max(entries - PAGE_ENTRIES, 0)}
        for name, offset in pages.items():
            if offset < entries:
                times_ms = [ask_page(client, running.mock_server_id, offset) for _ in range(PAGES_ASKED)]
                result.add(CASE, CONTESTANT, f"{name}: median ms", statistics.median(times_ms))
                result.add(CASE, CONTESTANT, f"{name}: max ms", max(times_ms))
        client.close()


def _load(bench: Bench, running: RunningMockwave) -> tuple[Load, list[Sample]]:
    """Loads until so many requests are counted; samples once a second."""
    samples: list[Sample] = []
    base = Base(running.base.port)
    longest_s = bench.entries / SLOWEST_RATE
    with start_load(running.base, ASK_PARAMETRIC, CONNECTIONS, longest_s, bench.load_cores) as running_load:
        start_s = time.monotonic()
        while running_load.is_running():
            counted = read_metrics(base.port)[COUNTED]
            resident_mb = running.family.memory().resident_bytes / 1e6
            samples.append((time.monotonic() - start_s, counted, resident_mb))
            if counted >= bench.entries:
                break
            time.sleep(SAMPLE_INTERVAL_S)
        return running_load.stop(), samples


def _add_flatness(samples: list[Sample], result: Result) -> None:
    rates = [
        ((later[0] + earlier[0]) / 2, (later[1] - earlier[1]) / (later[0] - earlier[0]))
        for earlier, later in itertools.pairwise(samples)
    ]
    result.add_series(CASE, CONTESTANT, RATE, "seconds", rates)
    result.add_series(CASE, CONTESTANT, "resident MB", "million requests", [(one[1] / 1e6, one[2]) for one in samples])
    last = samples[-1][1]
    after = [index for index, sample in enumerate(samples) if sample[1] >= last * EARLY_SHARE]
    late_rates = [rates[index][1] for index in after if index < len(rates)]
    if len(late_rates) < 3:
        result.notes.append("Too short to tell whether throughput and memory are flat.")
        return
    third = max(len(late_rates) // 3, 1)
    first_rate, last_rate = statistics.median(late_rates[:third]), statistics.median(late_rates[-third:])
    reference_mb = samples[after[0]][2]
    result.add(CASE, CONTESTANT, "throughput, last third over first", last_rate / first_rate)
    result.add(CASE, CONTESTANT, "resident MB after the first tenth", reference_mb)
    result.add(CASE, CONTESTANT, "resident MB at most", max(samples[index][2] for index in after))
    growth = max(samples[index][2] for index in after) / reference_mb - 1
    result.add(CASE, CONTESTANT, "memory growth after the first tenth, %", growth * 100)


def ask_page(client: ManagementClient, mock_server_id: str, offset: int) -> float:
    """Milliseconds for a page of the log."""
    start_s = time.perf_counter()
    client.call("GET", f"/mock-servers/{mock_server_id}/logs?limit={PAGE_ENTRIES}&offset={offset}")
    return (time.perf_counter() - start_s) * 1000


def count_entries(client: ManagementClient, mock_server_id: str) -> int:
    """Entries in the log, by the API alone: the smallest offset at which there is none, by bisection."""
    path = f"/mock-servers/{mock_server_id}/logs?limit=1&offset="
    high = 1
    while client.call("GET", f"{path}{high}"):
        high *= 2
    low = 0
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if client.call("GET", f"{path}{middle}") else (low, middle)
    return low


def measure_disk(data_dir: Path) -> int:
    """Bytes that the store takes on disk, its write-ahead log included; rings are of a fixed size."""
    database = DataFolder(data_dir).database
    return sum(file.stat().st_blocks * 512 for file in data_dir.glob(f"{database.name}*"))
