"""Results as Markdown: the bars first, then one table per question. Written again from all existing results."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.bars import BARS
from benchmarks.contestants import EVERYONE
from benchmarks.plots import PLOTS_BY_QUESTION
from benchmarks.questions import QUESTIONS
from benchmarks.results import CPU, ERRORS, P50, P99, P999, RATE, Figure, Result, Spread, compare, spread

LOAD_COLUMNS = (RATE, P50, P99, P999, CPU, ERRORS)
REFERENCE = "bare_granian_asgi"
NOT_MEASURED = "not measured"

INTRODUCTION = """\
Written by `python -m benchmarks`. A figure is the median of its rounds, with the lowest and the highest. Contestants
take turns in one run; a ratio is the median of the ratios of the rounds."""


def write_report(results: Mapping[str, Result], folder: Path) -> Path:
    """Writes `folder/README.md` from these results, with the plots that exist."""
    lines = ["# Results", "", INTRODUCTION, "", "## Bars", "", *render_bars(results), ""]
    for name, question in QUESTIONS.items():
        if name in results:
            lines += [f"## ({name}) {question.title}", "", *render_result(results[name], folder), ""]
    file = folder / "README.md"
    file.write_text("\n".join(lines).rstrip() + "\n")
    return file


def render_bars(results: Mapping[str, Result]) -> list[str]:
    rows = ["| bar | wanted | measured | met |", "|---|---|---|---|"]
    for bar in BARS:
        found = bar.measured.measure(results)
        wanted = f"{bar.direction} {format_number(bar.limit)}"
        if found is None:
            rows.append(f"| {bar.text} | {wanted} | {NOT_MEASURED} | |")
        else:
            rows.append(
                f"| {bar.text} | {wanted} | {format_spread(found)} | {'yes' if bar.is_met(found) else '**no**'} |"
            )
    return rows


def render_result(result: Result, folder: Path) -> list[str]:
    lines = []
    for case in result.names("case"):
        figures = [figure for figure in result.figures if figure.case == case]
        if any(figure.name == CPU for figure in figures) and len(result.names("contestant")) > 1:
            lines += _render_load_table(case, figures, result)
        else:
            lines += _render_list(case, figures)
        lines.append("")
    for absence in result.absences:
        where = f" ({absence.case})" if absence.case else ""
        lines.append(f"- `{absence.contestant}`{where} was not measured: {absence.reason}")
    lines += [f"- {note}" for note in result.notes]
    if result.absences or result.notes:
        lines.append("")
    lines += [f"![{plot}]({plot})" for plot in PLOTS_BY_QUESTION.get(result.question, ()) if (folder / plot).is_file()]
    conditions = {**result.settings, **result.machine}
    lines += ["", "Measured with " + "; ".join(f"{name} {value}" for name, value in conditions.items() if value) + "."]
    return lines


def _render_load_table(case: str, figures: list[Figure], result: Result) -> list[str]:
    lines = [f"### {case}", "", f"| contestant | {' | '.join(LOAD_COLUMNS)} | over {REFERENCE} |"]
    lines.append("|---|" + "---:|" * (len(LOAD_COLUMNS) + 1))
    present = {figure.contestant for figure in figures}
    for name in [name for name in EVERYONE if name in present]:
        cells = []
        for column in LOAD_COLUMNS:
            figure = result.find(case, name, column)
            total_only = column == ERRORS
            cells.append(_format_cell(figure, total_only))
        ratio = compare(result.find(case, name, RATE), result.find(case, REFERENCE, RATE))
        cells.append(format_spread(ratio) if ratio else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _render_list(case: str, figures: list[Figure]) -> list[str]:
    lines = [f"### {case}", "", "| contestant | figure | value |", "|---|---|---:|"]
    lines += [f"| {one.contestant} | {one.name} | {format_spread(spread(one.values))} |" for one in figures]
    return lines


def _format_cell(figure: Figure | None, total_only: bool) -> str:
    if figure is None:
        return ""
    return format_number(sum(figure.values)) if total_only else format_spread(spread(figure.values))


def format_spread(found: Spread) -> str:
    median, lowest, highest = map(format_number, (found.median, found.lowest, found.highest))
    return median if lowest == highest else f"{median} ({lowest}–{highest})"  # noqa: RUF001


def format_number(value: float) -> str:
    """Returns at most four significant digits, with thousands separated."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"
