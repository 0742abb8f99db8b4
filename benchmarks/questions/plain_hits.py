"""(a) Requests a second and latency for a literal and a parametric route, at 1, 64 and 512 connections.

All cases take turns in each round: what slows the machine down for some minutes costs each of them a round, and none
all of its rounds; and a contestant is warmed up once for each route, not for each number of connections.
"""

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS, EVERYONE
from benchmarks.results import Result
from benchmarks.sites import ASK_LITERAL, ASK_PARAMETRIC, SMALL_SITE
from benchmarks.turns import Seat, start_contestants, take_turns

ASKS = {"literal": ASK_LITERAL, "parametric": ASK_PARAMETRIC}


def measure(bench: Bench, result: Result) -> None:
    with start_contestants(bench.choose(EVERYONE), SMALL_SITE, bench, result) as running:
        seats = [
            Seat(name_case(form, connections), CONTESTANTS[name], one, SMALL_SITE, ask, connections)
            for connections in bench.connections
            for form, ask in ASKS.items()
            for name, one in running.items()
        ]
        take_turns(seats, bench, result)


def name_case(form: str, connections: int) -> str:
    return f"{form}, {connections} connections" if connections > 1 else f"{form}, 1 connection"
