"""(g) Millions of requests with the log on: is throughput flat, is memory, is every request on record, what does one
take on disk, and how long does a page of the log take.

The load comes in slices, and after each a bare granian on the same core gets a short one: what the machine does in the
meantime befalls both, so it is their ratio that has to be flat. Lost are those that a client got an answer to, or the
worker counted, and that are not in the log. They are counted twice: by the metrics, and by finding the last entry
through the API. The client sends no header but Host.
"""

import statistics
import time
from pathlib import Path

from msgspec import Struct

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.contract import Running
from benchmarks.contestants.mockwave import RunningMockwave, make_mock_server, start_mockwave
from benchmarks.exchanges import ManagementClient, read_metrics
from benchmarks.load import Load, run_load
from benchmarks.results import CPU, RATE, Result
from benchmarks.sites import ASK_PARAMETRIC, SMALL_SITE
from benchmarks.turns import start_contestants
from mockwave.data_folder import DataFolder

CASE = "bare client, 64 connections"
CONTESTANT = "mockwave"
CONNECTIONS = 64
FLOOR = "bare_granian_asgi"
FLOOR_S = 1
MOST_SLICES = 1000
EARLY_SHARE = 0.1
"""Of ten million: the first million, against which growth and decay are measured."""
PAGE_ENTRIES = 50
FAR_PAGE = 10_000
PAGES_ASKED = 20
STORED = "mockwave_log_entries_stored_total"
COUNTED = "mockwave_mock_requests_total"


class Slice(Struct, frozen=True):
    """A slice of the load: requests a second of mockwave and of the floor, requests counted so far, memory after it."""

    rate: float
    floor_rate: float
    counted: float
    resident_mb: float
    load: Load


def measure(bench: Bench, result: Result) -> None:
    with (
        make_folder() as folder,
        start_mockwave(folder, bench.server_cores) as running,
        start_contestants((FLOOR,), SMALL_SITE, bench, result) as others,
    ):
        client = running.management()
        running.use(make_mock_server(client, SMALL_SITE.routes))
        cpu_before_s = running.family.cpu_s()
        slices = _load(bench, running, others[FLOOR])
        # The first page shows every request answered before, so all is stored once it is there.
        ask_page(client, running.mock_server_id, 0)
        cpu_s = running.family.cpu_s() - cpu_before_s
        answered = sum(one.load.requests for one in slices)
        metrics = read_metrics(running.base.port)
        entries = count_entries(client, running.mock_server_id)
        result.add(CASE, CONTESTANT, "requests answered to wrk", answered)
        result.add(CASE, CONTESTANT, "requests counted", metrics[COUNTED])
        result.add(CASE, CONTESTANT, "entries stored (metrics)", metrics[STORED])
        result.add(CASE, CONTESTANT, "entries stored (API)", entries)
        result.add(CASE, CONTESTANT, "lost", max(answered, metrics[COUNTED]) - min(entries, metrics[STORED]))
        result.add(CASE, CONTESTANT, "errors", sum(one.load.errors for one in slices))
        result.add(CASE, CONTESTANT, RATE, statistics.median(one.rate for one in slices))
        result.add(CASE, CONTESTANT, CPU, cpu_s * 1e6 / max(answered, 1))
        _add_flatness(slices, result)
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


def _load(bench: Bench, running: RunningMockwave, floor: Running) -> list[Slice]:
    """Loads, slice by slice, until so many requests are counted."""
    slices: list[Slice] = []
    while len(slices) < MOST_SLICES and (not slices or slices[-1].counted < bench.entries):
        load = run_load(running.base, ASK_PARAMETRIC, CONNECTIONS, bench.duration_s, bench.load_cores)
        counted = read_metrics(running.base.port)[COUNTED]
        resident_mb = running.family.memory().resident_bytes / 1e6
        floor_load = run_load(floor.base, ASK_PARAMETRIC, CONNECTIONS, FLOOR_S, bench.load_cores)
        slices.append(Slice(load.requests_per_s, floor_load.requests_per_s, counted, resident_mb, load))
    return slices


def _add_flatness(slices: list[Slice], result: Result) -> None:
    millions = [one.counted / 1e6 for one in slices]
    rates = [one.rate for one in slices]
    ratios = [one.rate / one.floor_rate for one in slices]
    result.add_series(CASE, CONTESTANT, RATE, "million requests", list(zip(millions, rates, strict=True)))
    floor_rates = [one.floor_rate for one in slices]
    result.add_series(CASE, FLOOR, RATE, "million requests", list(zip(millions, floor_rates, strict=True)))
    memory = [(count, one.resident_mb) for count, one in zip(millions, slices, strict=True)]
    result.add_series(CASE, CONTESTANT, "resident MB", "million requests", memory)
    early = next(index for index, one in enumerate(slices) if one.counted >= slices[-1].counted * EARLY_SHARE)
    late = len(slices) - early
    if late < 3:
        result.notes.append("Too short to tell whether throughput and memory are flat.")
        return
    third = late // 3
    for name, values in (("throughput", rates), ("throughput over bare granian", ratios)):
        first, last = values[early : early + third], values[-third:]
        result.add(
            CASE, CONTESTANT, f"{name}, last third over first", statistics.median(last) / statistics.median(first)
        )
    reference_mb = slices[early].resident_mb
    most_mb = max(one.resident_mb for one in slices[early:])
    result.add(CASE, CONTESTANT, "resident MB after the first tenth", reference_mb)
    result.add(CASE, CONTESTANT, "resident MB at most", most_mb)
    result.add(CASE, CONTESTANT, "memory growth after the first tenth, %", (most_mb / reference_mb - 1) * 100)


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
