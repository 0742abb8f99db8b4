"""Contestants in turns: A B C A B C …, all started before the first turn, each checked before and after.

So everything else that the machine does affects all alike, and hardly changes the ratio of two neighbours. They share
the servers' cores, so all are paused except the one whose turn it is. Otherwise the garbage collectors, compilers and
timers of the others, and work left over from their own turn, would be measured too.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants import CONTESTANTS
from benchmarks.contestants.contract import Contestant, Running
from benchmarks.exchanges import WrongAnswer, fetch
from benchmarks.load import run_load, warm_up
from benchmarks.processes import Family, StartFailed, pause_all
from benchmarks.results import CPU, ERRORS, P50, P99, P999, RATE, Absence, Result
from benchmarks.sites import Ask, Site

CHECKED_PATHS = 5


@dataclass
class Seat:
    """A contestant that takes turns and serves a site, the requests to it, and the case of its report."""

    case: str
    contestant: Contestant
    running: Running
    site: Site
    ask: Ask
    connections: int = 64


@contextmanager
def start_contestants(
    names: Sequence[str], site: Site, bench: Bench, result: Result, case: str = ""
) -> Iterator[dict[str, Running]]:
    """Yields all that can be started, by name; the others are recorded as absent."""
    running: dict[str, Running] = {}
    with ExitStack() as started:
        for name in names:
            contestant = CONTESTANTS[name]
            reason = contestant.find_missing()
            if not reason:
                folder = started.enter_context(make_folder())
                try:
                    running[name] = started.enter_context(contestant.start(site, folder, bench.server_cores))
                except StartFailed as failure:
                    reason = str(failure)
            if reason:
                result.absences.append(Absence(case, name, reason))
        yield running


def take_turns(seats: Sequence[Seat], bench: Bench, result: Result) -> None:
    """Checks, warms up, measures `bench.pairs` rounds, checks again. A wrong answer makes a contestant absent."""
    result.settings |= {"seconds of load before each": f"{bench.turn_warm_up_s:g}", "other contestants": "paused"}
    with pause_all(dict.fromkeys(seat.running.family for seat in seats)):
        sound = [seat for seat in seats if _is_sound(seat, result)]
        for seat in _choose_warm_ups(sound):
            with seat.running.family.resumed():
                warm_up(seat.running.base, seat.ask, seat.connections, bench.warm_up_s, bench.load_cores)
        for _ in range(bench.pairs):
            for seat in sound:
                _measure(seat, bench, result)
        for seat in sound:
            if not _is_sound(seat, result):
                name = seat.contestant.name
                result.figures = [one for one in result.figures if (one.case, one.contestant) != (seat.case, name)]


def check_answers(seat: Seat) -> None:
    """Raises WrongAnswer unless status and body are right, to the byte, for paths of the ask."""
    for path in seat.ask.paths[:CHECKED_PATHS]:
        answer = fetch(seat.running.base, path, seat.ask.headers, seat.ask.body)
        if answer.status != 200 or not seat.contestant.is_right(seat.site.body, answer.body):
            raise WrongAnswer(f"expected 200 and the body set up for {path}, got {answer.status} {answer.body[:80]!r}")


def _choose_warm_ups(seats: Sequence[Seat]) -> list[Seat]:
    """Returns the first seat of each contestant and ask: code compiled for one number of connections is for all."""
    first: dict[tuple[Family, Ask], Seat] = {}
    for seat in seats:
        first.setdefault((seat.running.family, seat.ask), seat)
    return list(first.values())


def _is_sound(seat: Seat, result: Result) -> bool:
    try:
        with seat.running.family.resumed():
            check_answers(seat)
    except (WrongAnswer, OSError) as fault:
        result.absences.append(Absence(seat.case, seat.contestant.name, str(fault) or type(fault).__name__))
        return False
    return True


def _measure(seat: Seat, bench: Bench, result: Result) -> None:
    family, target = seat.running.family, (seat.running.base, seat.ask, seat.connections)
    with family.resumed():
        warm_up(*target, bench.turn_warm_up_s, bench.load_cores)
        cpu_before_s = family.cpu_s()
        load = run_load(*target, bench.duration_s, bench.load_cores)
        cpu_s = family.cpu_s() - cpu_before_s
    figures = {
        RATE: load.requests_per_s,
        P50: load.p50_us / 1000,
        P99: load.p99_us / 1000,
        P999: load.p999_us / 1000,
        CPU: cpu_s * 1e6 / max(load.requests, 1),
        ERRORS: load.errors,
    }
    for name, value in figures.items():
        result.add(seat.case, seat.contestant.name, name, value)
