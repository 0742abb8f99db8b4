"""Do mockwave's operators say what WireMock's say?

    python -m benchmarks.operators [--only FAMILY] [--out FILE]

The same conditions are set up on a real mockwave and on WireMock's jar (3.13), and the same requests are sent to both.
Differences that are meant are counted with their reason (`meant.py`); others are printed, and the run ends with 1. It
takes a minute, and needs Java 17 and `npm ci --ignore-scripts` in `benchmarks/peers`.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.contestants.wiremock import Wiremock
from benchmarks.operators import document_cases, text_cases, time_cases
from benchmarks.operators.meant import find_reason
from benchmarks.operators.pairs import Difference, MockwaveJudge, WiremockJudge, ask_both
from benchmarks.operators.questions import Case
from benchmarks.processes import unwind_on_signals

FAMILIES: Final[Mapping[str, Callable[[], Iterator[Case]]]] = {
    "texts": text_cases.text_cases,
    "names": text_cases.name_cases,
    "paths": text_cases.path_cases,
    "clients": text_cases.client_cases,
    "basic": text_cases.basic_cases,
    "json": document_cases.json_cases,
    "json paths": document_cases.path_cases_of_json,
    "schemas": document_cases.schema_cases,
    "xml": document_cases.xml_cases,
    "xpaths": document_cases.xpath_cases,
    "multipart": document_cases.multipart_cases,
    "times": time_cases.time_cases,
}


class Counts:
    """What a run found, by family."""

    def __init__(self) -> None:
        self.conditions: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.meant: dict[str, Counter[str]] = {}
        self.strange: list[tuple[str, Difference]] = []

    def take(self, family: str, case: Case, differences: list[Difference]) -> None:
        self.conditions[family] += 1
        self.requests[family] += len(case.requests)
        for difference in differences:
            reason = find_reason(family, difference)
            if reason:
                self.meant.setdefault(family, Counter())[reason] += 1
            else:
                self.strange.append((family, difference))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operators", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", choices=FAMILIES, help="one family of operators")
    parser.add_argument("--out", type=Path, help="file for the report, in Markdown")
    options = parser.parse_args()
    missing = Wiremock("wiremock").find_missing()
    if missing:
        parser.error(missing)
    unwind_on_signals()
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="mockwave-operators-") as place:
        run_all([options.only] if options.only else list(FAMILIES), Path(place), counts)
    report = write_report(counts)
    print(report)
    for family, difference in counts.strange:
        print(f"{family}: {difference}")
    if options.out is not None:
        options.out.write_text(report)
    return 1 if counts.strange else 0


def run_all(families: list[str], place: Path, counts: Counts) -> None:
    folders = [place / each for each in ("mockwave", "wiremock")]
    for each in folders:
        each.mkdir()
    mine = MockwaveJudge(folders[0])
    try:
        theirs = WiremockJudge(folders[1])
        try:
            for family in families:
                for case in FAMILIES[family]():
                    number = counts.conditions.total()
                    counts.take(family, case, ask_both(mine, theirs, number, case))
        finally:
            theirs.stop()
    finally:
        mine.stop()


def write_report(counts: Counts) -> str:
    lines = [
        "| family | conditions | requests | alike | meant differences | others |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    strange = Counter(family for family, _ in counts.strange)
    for family, conditions in counts.conditions.items():
        asked, meant = counts.requests[family], counts.meant.get(family, Counter()).total()
        alike = asked - meant - strange[family]
        lines.append(f"| {family} | {conditions:,} | {asked:,} | {alike:,} | {meant:,} | {strange[family]:,} |")
    lines += ["", "| family | meant difference | requests |", "|---|---|---:|"]
    for family, reasons in counts.meant.items():
        lines += [f"| {family} | {reason} | {count:,} |" for reason, count in reasons.most_common()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
