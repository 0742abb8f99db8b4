"""Results as PNG pictures. Only these need matplotlib: without it there are none, and the runner says so."""

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.results import CPU, RATE, Result, spread

PLOTS_BY_QUESTION = {
    "a": ("a-throughput.png", "a-cpu.png"),
    "b": ("b-throughput.png",),
    "d": ("d-throughput.png",),
    "g": ("g-throughput.png", "g-memory.png"),
    "j": ("j-start-up.png",),
}
OWN_COLOUR, FLOOR_COLOUR, PEER_COLOUR = "#0b6e4f", "#8d99ae", "#d08c60"
FLOORS = ("bare_", "nginx")


def find_missing() -> str:
    return "" if importlib.util.find_spec("matplotlib") else "matplotlib is not installed (pip install '.[bench]')"


def draw_plots(results: Mapping[str, Result], folder: Path) -> list[Path]:
    """Draws the results that can be drawn; returns the files."""
    # Imported here, because it is optional, and slow to load.
    import matplotlib

    matplotlib.use("Agg")
    drawn = []
    for question, names in PLOTS_BY_QUESTION.items():
        if question in results:
            for name in names:
                if _draw(results[question], name, folder / name):
                    drawn.append(folder / name)
    return drawn


def _draw(result: Result, name: str, file: Path) -> bool:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    has_content = DRAWERS[name](axes, result)
    if has_content:
        axes.set_title(result.title)
        figure.savefig(file, dpi=110)
    pyplot.close(figure)
    return has_content


def _draw_bars(axes: Any, result: Result, case: str, name: str) -> bool:
    found = [one for one in result.figures if one.case == case and one.name == name]
    ordered = sorted(found, key=lambda one: spread(one.values).median)
    for position, one in enumerate(ordered):
        values = spread(one.values)
        axes.barh(position, values.median, color=_colour(one.contestant))
        axes.plot([values.lowest, values.highest], [position, position], color="black", linewidth=1)
        axes.text(values.highest, position, f" {values.median:,.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(ordered)), [one.contestant for one in ordered])
    axes.set_xlabel(f"{name}, {case}")
    axes.margins(x=0.12)
    return bool(ordered)


def _draw_lines(axes: Any, result: Result) -> bool:
    """Rates by case: one line per contestant."""
    cases = result.names("case")
    for contestant in result.names("contestant"):
        found = [result.find(case, contestant, RATE) for case in cases]
        points = [(at, spread(one.values).median) for at, one in enumerate(found) if one is not None]
        if points:
            style = {"linewidth": 2.5} if contestant == "mockwave" else {"linewidth": 1}
            axes.plot(*zip(*points, strict=True), marker="o", label=contestant, **style)
    axes.set_xticks(range(len(cases)), cases)
    axes.set_yscale("log")
    axes.set_ylabel(RATE)
    axes.legend(fontsize=7, ncols=2)
    return bool(cases)


def _draw_series(axes: Any, result: Result, name: str) -> bool:
    found = [one for one in result.series if one.name == name]
    for one in found:
        axes.plot(*zip(*one.points, strict=True), color=OWN_COLOUR)
        axes.set_xlabel(one.over)
    axes.set_ylabel(name)
    axes.set_ylim(bottom=0)
    return bool(found)


def _colour(contestant: str) -> str:
    if contestant.startswith("mockwave"):
        return OWN_COLOUR
    return FLOOR_COLOUR if contestant.startswith(FLOORS) else PEER_COLOUR


DRAWERS: dict[str, Callable[[Any, Result], bool]] = {
    "a-throughput.png": lambda axes, result: _draw_bars(axes, result, "literal, 64 connections", RATE),
    "a-cpu.png": lambda axes, result: _draw_bars(axes, result, "literal, 64 connections", CPU),
    "b-throughput.png": _draw_lines,
    "d-throughput.png": _draw_lines,
    "g-throughput.png": lambda axes, result: _draw_series(axes, result, RATE),
    "g-memory.png": lambda axes, result: _draw_series(axes, result, "resident MB"),
    "j-start-up.png": lambda axes, result: _draw_bars(axes, result, "a small site", "ms to the first answer"),
}
