"""(b) Plain hits with 10, 1,000 and 10,000 routes loaded, half of them with parameters; up to 1,000 are asked for.

All sizes of all contestants take turns with each other, those of one contestant side by side: what is compared of it is
its sizes.
"""

from contextlib import ExitStack

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS, EVERYONE
from benchmarks.results import Result
from benchmarks.sites import build_large_site
from benchmarks.turns import Seat, start_contestants, take_turns

ROUTE_COUNTS = (10, 1_000, 10_000)


def measure(bench: Bench, result: Result) -> None:
    names = [name for name in bench.choose(EVERYONE) if not CONTESTANTS[name].answers_any_path]
    with ExitStack() as started:
        seats = []
        for count in ROUTE_COUNTS:
            site, ask = build_large_site(count)
            case = name_case(count)
            running = started.enter_context(start_contestants(names, site, bench, result, case))
            seats += [Seat(case, CONTESTANTS[name], one, site, ask) for name, one in running.items()]
        seats.sort(key=lambda seat: names.index(seat.contestant.name))
        take_turns(seats, bench, result)


def name_case(count: int) -> str:
    return f"{count:,} routes"
