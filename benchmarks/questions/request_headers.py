"""(c) A bare client, which sends Host alone, and the twelve headers of a browser, parsed and put on record."""

from benchmarks.bench import Bench
from benchmarks.contestants import CONTESTANTS, EVERYONE
from benchmarks.results import Result
from benchmarks.sites import BARE_CLIENT, BROWSER, LITERAL, SMALL_SITE, Ask
from benchmarks.turns import Seat, start_contestants, take_turns

CLIENTS = {"bare client": BARE_CLIENT, "browser": BROWSER}


def measure(bench: Bench, result: Result) -> None:
    with start_contestants(bench.choose(EVERYONE), SMALL_SITE, bench, result) as running:
        seats = [
            Seat(client, CONTESTANTS[name], one, SMALL_SITE, Ask((LITERAL.path,), headers))
            for client, headers in CLIENTS.items()
            for name, one in running.items()
        ]
        take_turns(seats, bench, result)
