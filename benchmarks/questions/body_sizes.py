"""(d) Responses of 1 KB, 16 KB and 256 KB."""

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS, EVERYONE
from benchmarks.results import Result
from benchmarks.sites import ASK_LITERAL, LITERAL, Route, Site, build_body
from benchmarks.turns import Seat, start_contestants, take_turns

SIZES_KB = (1, 16, 256)


def measure(bench: Bench, result: Result) -> None:
    for size_kb in SIZES_KB:
        site = Site((Route(LITERAL.path, build_body(size_kb * 1024)),))
        case = f"{size_kb} KB"
        with start_contestants(bench.choose(EVERYONE), site, bench, result, case) as running:
            take_turns(
                [Seat(case, CONTESTANTS[name], one, site, ASK_LITERAL) for name, one in running.items()], bench, result
            )
