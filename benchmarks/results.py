"""The results of a question: figures in rounds, series over time, and who was absent and why. Plain data, kept as JSON.

Figures of one case whose rounds were measured in turns have their values in the same order. So a ratio of two is taken
round by round: the median of in-run ratios, with the lowest and the highest.
"""

import os
import platform
import re
import shutil
import statistics
import subprocess
from importlib import metadata
from pathlib import Path

import msgspec
from msgspec import Struct

RATE = "requests/s"
CPU = "CPU µs a request"
P50, P99, P999 = "p50 ms", "p99 ms", "p99.9 ms"
ERRORS = "errors"

VERSIONED_PACKAGES = ("mockwave", "granian", "uvloop", "msgspec", "locust")


class Figure(Struct, frozen=True):
    case: str
    contestant: str
    name: str
    values: list[float]


class Series(Struct, frozen=True):
    """Points of (x, y), where x is what `over` says."""

    case: str
    contestant: str
    name: str
    over: str
    points: list[tuple[float, float]]


class Absence(Struct, frozen=True):
    """A contestant that could not be measured. An empty case means all cases."""

    case: str
    contestant: str
    reason: str


class Spread(Struct, frozen=True):
    median: float
    lowest: float
    highest: float


class Result(Struct):
    """The answer to one question."""

    question: str
    title: str
    machine: dict[str, str] = {}
    settings: dict[str, str] = {}
    figures: list[Figure] = []
    series: list[Series] = []
    absences: list[Absence] = []
    notes: list[str] = []

    def add(self, case: str, contestant: str, name: str, *values: float) -> None:
        """Appends values to a figure; the first ones create it."""
        figure = self.find(case, contestant, name)
        if figure is None:
            figure = Figure(case, contestant, name, [])
            self.figures.append(figure)
        figure.values.extend(values)

    def add_series(self, case: str, contestant: str, name: str, over: str, points: list[tuple[float, float]]) -> None:
        self.series.append(Series(case, contestant, name, over, points))

    def find(self, case: str, contestant: str, name: str) -> Figure | None:
        wanted = (case, contestant, name)
        return next((one for one in self.figures if (one.case, one.contestant, one.name) == wanted), None)

    def names(self, part: str) -> list[str]:
        """Returns the `case`s, `contestant`s or `name`s that occur, each once, in order."""
        return list(dict.fromkeys(getattr(figure, part) for figure in self.figures))


def spread(values: list[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def compare(figure: Figure | None, other: Figure | None) -> Spread | None:
    """Returns the ratios of two figures measured in turns, round by round; None if one is missing."""
    if figure is None or other is None:
        return None
    ratios = [value / base for value, base in zip(figure.values, other.values, strict=False) if base]
    return spread(ratios) if ratios else None


def describe_machine() -> dict[str, str]:
    """Returns the properties of this machine that the figures depend on; nothing that names it."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    described = {
        "processor": cpu[1] if cpu else platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{int(memory[1]) / 1024**2:.0f} GiB" if memory else "",
        "kernel": platform.release().split("-")[0],
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for package in VERSIONED_PACKAGES:
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "not installed"
    described["wrk"] = _first_match(["wrk", "-v"], r"wrk (?:\S+/)?([\d.]+)")
    described["nginx"] = _first_match(["nginx", "-v"], r"nginx/([\d.]+)")
    described["node"] = _first_match(["node", "--version"], r"v([\d.]+)")
    described["java"] = _first_match(["java", "-version"], r'version "([^"]+)"')
    return described


def save_result(result: Result, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result.question}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return file


def load_results(folder: Path) -> dict[str, Result]:
    """Returns the results of earlier runs, by question."""
    found = [msgspec.json.decode(file.read_bytes(), type=Result) for file in sorted(folder.glob("*.json"))]
    return {result.question: result for result in found}


def _first_match(command: list[str], pattern: str) -> str:
    if not shutil.which(command[0]):
        return "not installed"
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
    found = re.search(pattern, said.stdout + said.stderr)
    return found[1] if found else "unknown"
