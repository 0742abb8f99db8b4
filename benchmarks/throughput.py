"""How much of a bare server's speed is left once it is a mock server with every request on record?

    python -m benchmarks.throughput [--pairs 5] [--duration 5] [--no-pin] [--json]

mockwave with its journal on and a bare granian ASGI application answer the same bytes, which is checked, in turns in
one run, on one core with wrk on another. Prints the ratio of medians, and the median of the rounds' ratios.
"""

import argparse
import json
import os
import statistics
import sys

from benchmarks import load
from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS
from benchmarks.exchanges import WrongAnswer, fetch
from benchmarks.processes import unwind_on_signals
from benchmarks.results import CPU, ERRORS, P50, P99, RATE, Figure, Result, compare, spread
from benchmarks.sites import ASK_LITERAL, LITERAL, SMALL_SITE
from benchmarks.turns import Seat, start_contestants, take_turns

FLOOR, MOCK = "bare_granian_asgi", "mockwave"
CASE = "literal, 64 connections"


def measure(bench: Bench) -> Result:
    """Measures the pair in turns. Raises WrongAnswer if their bytes differ, or one could not be measured."""
    result = Result("throughput", "mockwave with its journal on, over bare granian", settings=bench.describe())
    with start_contestants((FLOOR, MOCK), SMALL_SITE, bench, result) as running:
        if len(running) == 2:
            check_same_bytes({name: fetch(one.base, LITERAL.path).essence() for name, one in running.items()})
        seats = [Seat(CASE, CONTESTANTS[name], one, SMALL_SITE, ASK_LITERAL) for name, one in running.items()]
        take_turns(seats, bench, result)
    if result.absences:
        raise WrongAnswer("; ".join(f"{absence.contestant}: {absence.reason}" for absence in result.absences))
    return result


def check_same_bytes(essences: dict[str, object]) -> None:
    if essences[FLOOR] != essences[MOCK]:
        raise WrongAnswer(f"expected the same answer of both, got {essences}")


def find(result: Result, contestant: str, name: str) -> Figure:
    figure = result.find(CASE, contestant, name)
    assert figure is not None
    return figure


def print_table(result: Result) -> None:
    columns = (RATE, P50, P99, CPU, ERRORS)
    print(f"| contestant | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for name in (FLOOR, MOCK):
        medians = [statistics.median(find(result, name, column).values) for column in columns]
        print(f"| {name} | {' | '.join(f'{value:,.0f}' if value >= 100 else f'{value:.2f}' for value in medians)} |")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--duration", type=float, default=5, help="seconds a measurement (default: 5)")
    parser.add_argument("--server-core", default="0", help="core of the servers (default: 0)")
    parser.add_argument("--load-core", default="1", help="core of wrk (default: 1)")
    parser.add_argument("--no-pin", action="store_true", help="leave cores to the system")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    is_pinned = not arguments.no_pin and len(os.sched_getaffinity(0)) > 1
    bench = Bench(
        pairs=arguments.pairs,
        duration_s=arguments.duration,
        server_cores=arguments.server_core if is_pinned else "",
        load_cores=arguments.load_core if is_pinned else "",
    )
    missing = load.find_missing()
    if missing:
        print(f"python -m benchmarks.throughput: {missing}", file=sys.stderr)
        return 2
    unwind_on_signals()
    try:
        result = measure(bench)
    except WrongAnswer as fault:
        print(f"python -m benchmarks.throughput: {fault}", file=sys.stderr)
        return 1
    rates = {name: find(result, name, RATE) for name in (FLOOR, MOCK)}
    medians = {name: spread(figure.values).median for name, figure in rates.items()}
    of_rounds = compare(rates[MOCK], rates[FLOOR])
    assert of_rounds is not None
    ratio = medians[MOCK] / medians[FLOOR]
    if arguments.json:
        rounds = {name: [round(value) for value in figure.values] for name, figure in rates.items()}
        print(json.dumps({"ratio": ratio, "rounds": rounds, **bench.describe()}))
        return 0
    print_table(result)
    print(f"\nratio of medians over {bench.pairs} pairs: {ratio:.3f}")
    print(
        f"median of the ratios in each pair: {of_rounds.median:.3f} ({of_rounds.lowest:.3f} to {of_rounds.highest:.3f})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
