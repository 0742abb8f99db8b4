"""(e) One worker and two. Only servers that have workers take part: the other peers are one process.

Where the servers are pinned to fewer cores than two, nobody is pinned in this question, and the load shares the cores.
"""

from contextlib import ExitStack

import msgspec

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS, MOCKS_AND_FLOORS
from benchmarks.results import Result
from benchmarks.sites import ASK_LITERAL, SMALL_SITE
from benchmarks.turns import Seat, start_contestants, take_turns

WORKERS = (1, 2)


def measure(bench: Bench, result: Result) -> None:
    if not bench.has_cores_for(max(WORKERS)):
        bench = msgspec.structs.replace(bench, server_cores="", load_cores="")
        result.settings |= bench.describe()
        result.notes.append("Not pinned: servers and load share the machine's cores.")
    with ExitStack() as started:
        seats = []
        for count in WORKERS:
            site = msgspec.structs.replace(SMALL_SITE, workers=count)
            case = "1 worker" if count == 1 else f"{count} workers"
            names = bench.choose(MOCKS_AND_FLOORS)
            running = started.enter_context(start_contestants(names, site, bench, result, case))
            seats += [Seat(case, CONTESTANTS[name], one, site, ASK_LITERAL) for name, one in running.items()]
        take_turns(seats, bench, result)
