"""The runner: `python -m benchmarks [QUESTION …]`.

Asks the named questions, or all, and writes the answer to each as JSON; then a report and plots of all answers, older
ones too. On two cores or more, servers run on the first and the load on the second unless told otherwise.
"""

import argparse
import os
import sys
from pathlib import Path

import msgspec

from benchmarks import load, plots
from benchmarks.bench import Bench
from benchmarks.contestants import EVERYONE
from benchmarks.processes import unwind_on_signals
from benchmarks.questions import QUESTIONS
from benchmarks.report import render_bars, write_report
from benchmarks.results import Result, describe_machine, load_results, save_result

RESULTS = Path(__file__).parent / "results"
QUICK = Bench(
    connections=(64,),
    pairs=1,
    duration_s=1,
    warm_up_s=1,
    entries=100_000,
    in_flight=500,
    delay_ms=500,
    memory_routes=2_000,
    stored_servers=5,
    users=5,
)


def main() -> int:
    arguments = parse_arguments()
    unwind_on_signals()
    missing = load.find_missing()
    if missing:
        print(f"python -m benchmarks: {missing}", file=sys.stderr)
        return 2
    for name in arguments.questions if not arguments.report_only else ():
        result = ask(name, build_bench(arguments))
        print(f"  written to {save_result(result, arguments.out)}", flush=True)
    report(arguments.out)
    return 0


def ask(name: str, bench: Bench) -> Result:
    """Returns the answer to one question."""
    question = QUESTIONS[name]
    print(f"({name}) {question.title}", flush=True)
    busy = f"{os.getloadavg()[0]:.1f}"
    settings = bench.describe() | {"load average before": busy}
    result = Result(name, question.title, describe_machine(), settings)
    question.measure(bench, result)
    for absence in result.absences:
        print(f"  {absence.contestant} was not measured: {absence.reason}", flush=True)
    return result


def report(folder: Path) -> None:
    results = load_results(folder)
    missing = plots.find_missing()
    if missing:
        print(f"no plots: {missing}")
    else:
        plots.draw_plots(results, folder)
    print("\n".join(render_bars(results)))
    print(f"report: {write_report(results, folder)}")


def build_bench(arguments: argparse.Namespace) -> Bench:
    cores = {"server_cores": "", "load_cores": ""}
    if not arguments.no_pin and len(os.sched_getaffinity(0)) > 1:
        cores = {"server_cores": arguments.server_core, "load_cores": arguments.load_core}
    given = {
        name: value for name, value in vars(arguments).items() if name in Bench.__struct_fields__ and value is not None
    }
    return msgspec.structs.replace(QUICK if arguments.quick else Bench(), **(given | cores))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("questions", metavar="QUESTION", nargs="*", help=f"of {', '.join(QUESTIONS)} (default: all)")
    parser.add_argument("--contestants", type=_split_names, help=f"with commas between, of {', '.join(EVERYONE)}")
    parser.add_argument("--pairs", type=int, help="rounds in which contestants take turns (default: 5)")
    parser.add_argument("--duration", type=float, dest="duration_s", help="seconds a measurement (default: 5)")
    parser.add_argument("--warm-up", type=float, dest="warm_up_s", help="seconds before the first round (default: 8)")
    parser.add_argument("--server-core", default="0", help="cores of the servers, as for taskset (default: 0)")
    parser.add_argument("--load-core", default="1", help="cores of the load (default: 1)")
    parser.add_argument("--no-pin", action="store_true", help="leave cores to the system")
    parser.add_argument("--quick", action="store_true", help="one short round, small sizes: does it run at all")
    parser.add_argument("--connections", type=_split_numbers, help="a: with commas between (default: 64,1,512)")
    parser.add_argument("--entries", type=int, help="g: requests to log (default: 10,000,000)")
    parser.add_argument("--in-flight", type=int, help="f: requests in flight (default: 10,000)")
    parser.add_argument("--delay", type=int, dest="delay_ms", help="f: milliseconds (default: 5,000)")
    parser.add_argument("--memory-routes", type=int, help="k: routes (default: 100,000)")
    parser.add_argument("--stored-servers", type=int, help="j: servers of 100 routes (default: 100)")
    parser.add_argument("--users", type=int, help="mixed: Locust's users (default: 50)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
    parser.add_argument("--report-only", action="store_true", help="ask nothing, only write the report anew")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.questions if name not in QUESTIONS]
    if unknown:
        parser.error(f"no question {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    arguments.questions = arguments.questions or list(QUESTIONS)
    return arguments


def _split_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _split_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in EVERYONE]
    if unknown:
        raise argparse.ArgumentTypeError(f"no contestant {', '.join(unknown)}; there are {', '.join(EVERYONE)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
