"""Mixed traffic by Locust, headless: hits of literal and parametric routes, POSTs, misses, and reads of the management
API (benchmarks/locustfile.py). Locust is the limit here, not the server; what counts is that nothing fails, and
latency.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import start_mockwave
from benchmarks.processes import build_launcher
from benchmarks.results import Absence, Result

CONTESTANT = "mockwave"
LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"
GRACE_S = 60


def measure(bench: Bench, result: Result) -> None:
    if importlib.util.find_spec("locust") is None:
        result.absences.append(Absence("", CONTESTANT, "locust is not installed (pip install '.[bench]')"))
        return
    duration_s = max(1, round(bench.duration_s * bench.pairs))
    with make_folder() as folder, start_mockwave(folder, bench.server_cores) as running:
        options = {
            "locustfile": str(LOCUSTFILE),
            "users": str(bench.users),
            "spawn-rate": str(bench.users),
            "run-time": f"{duration_s}s",
            "host": f"http://127.0.0.1:{running.base.port}",
            "loglevel": "ERROR",
            "exit-code-on-error": "0",
            "mockwave-token": running.token,
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        done = subprocess.run(
            [*build_launcher(bench.load_cores), sys.executable, "-m", "locust", "--headless", "--json", *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=duration_s + GRACE_S,
        )
    start = done.stdout.find("[")
    if done.returncode or start < 0:
        raise RuntimeError(f"locust gave no figures: {done.stderr.strip()[-500:]}")
    for row in json.loads(done.stdout[start:]):
        case = f"{row['method']} {row['name']}"
        result.add(case, CONTESTANT, "requests", row["num_requests"])
        result.add(case, CONTESTANT, "failures", row["num_failures"])
        result.add(case, CONTESTANT, "requests/s", row["num_requests"] / duration_s)
        times = {float(time_ms): count for time_ms, count in row["response_times"].items()}
        for percent in (50, 99):
            result.add(case, CONTESTANT, f"p{percent} ms", find_percentile(times, percent))


def find_percentile(times: dict[float, int], percent: float) -> float:
    """Of a histogram: milliseconds → how often."""
    wanted = sum(times.values()) * percent / 100
    for time_ms in sorted(times):
        wanted -= times[time_ms]
        if wanted <= 0:
            return time_ms
    return 0.0
