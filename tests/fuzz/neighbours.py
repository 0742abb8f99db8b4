"""How long the requests to other mocks wait while hostile ones come in: their p99 against that of quiet times.

    python -m tests.fuzz.neighbours [--pairs 3] [--seconds 4] [--attacks forms,schemas] [--rate 2] [--engine uvloop]
        [--server-core 0] [--load-core 1] [--most 2] [--out FILE]

One worker, with all processes that it starts, has one core; whoever asks for the other mock, at a steady rate
(`benchmarks.arrivals`), has first claim on the other core, and the attackers get what is left of that. So what the
attackers' own work costs is not counted; what mockwave's processes take from its worker is. Attacks come at a rate: a
flood of thousands a second is load, and any server that answers it makes others wait. Each class of attack
(`attacks.py`) is a pair of windows, quiet and attacked, several times. Ends with 1 where the median of a class exceeds
--most.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from msgspec import Struct

from benchmarks.arrivals import Arrivals, Plan, start_arrivals
from benchmarks.exchanges import Base
from tests.fuzz.attacks import ATTACKS
from tests.fuzz.hostile import Target
from tests.harness import MockwaveServer

RATE = 1_000
SENDERS = 4
CONNECTIONS = 64
LONGEST_S = 3_600
BODY = '{"a":1}'
SETTLE_S = 1.0
"""After an attacked window, for what still waits to be answered."""


class Pair(Struct, frozen=True):
    """What the requests of two windows waited."""

    quiet: Arrivals
    attacked: Arrivals

    @property
    def ratio(self) -> float:
        return self.attacked.latency_p99_us / self.quiet.latency_p99_us


class Attackers:
    """Send attacks of one class, so many a second, until they are told to stop; some may be under way at a time."""

    def __init__(self, target: Target, name: str, rate: float) -> None:
        self.sent = 0
        self._target = target
        self._attack = ATTACKS[name]
        self._seeds = itertools.count(1)
        self._is_over = threading.Event()
        self._interval_s = SENDERS / rate
        self._threads = [
            threading.Thread(target=self._send, args=(number / rate,), daemon=True) for number in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, after_s: float) -> None:
        due_s = time.monotonic() + after_s
        while not self._is_over.wait(max(0.0, due_s - time.monotonic())):
            due_s += self._interval_s
            for shot in self._attack(Random(next(self._seeds))):
                self._target.shoot(shot)
                self.sent += 1


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes that are started in the block stay on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def watch(server: MockwaveServer, path: str, core: int, seconds: float, attackers: Attackers | None) -> Arrivals:
    """What requests to the path waited in a window of so many seconds."""
    plan = Plan(
        base=Base(server.port),
        path=path,
        rate=RATE,
        count=RATE * LONGEST_S,
        connections=CONNECTIONS,
        body=BODY,
    )
    with start_arrivals(plan, str(core)) as arrivals:
        arrivals.take_precedence()
        arrivals.wait_until_sending()
        time.sleep(seconds)
        found = arrivals.stop()
    if attackers is not None:
        attackers.stop()
    return found


def measure(options: argparse.Namespace) -> dict[str, list[Pair]]:
    """The pairs of each class of attack."""
    pairs: dict[str, list[Pair]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with on_core(options.server_core):
            arguments = ("--port", "0", "--workers", "1", "--engine", options.engine)
            server = MockwaveServer(folder / "data", folder, *arguments)
        os.sched_setaffinity(0, {options.load_core})
        os.nice(19)
        try:
            server.wait_until_announced()
            server.wait_until_whole(1)
            target = Target(server)
            other = server.api("POST", "/mock-servers", {"name": "other", "workspaceId": "other"}).body["_id"]
            route = {"method": "GET", "path": "/a", "statusCode": 200, "responseBody": BODY}
            server.api("POST", f"/mock-servers/{other}/routes", route)
            path = f"/bin/{other}/a"
            watch(server, path, options.load_core, 1, None)
            for _ in range(options.pairs):
                for name in options.attacks.split(","):
                    quiet = watch(server, path, options.load_core, options.seconds, None)
                    attackers = Attackers(target, name, options.rate)
                    attacked = watch(server, path, options.load_core, options.seconds, attackers)
                    pairs.setdefault(name, []).append(Pair(quiet, attacked))
                    print(f"{name}: {render(name, pairs[name][-1:])} {attackers.sent} sent", flush=True)
                    target.clean()
                    time.sleep(SETTLE_S)
            if server.errors:
                print(server.errors[-2_000:])
        finally:
            server.kill()
    return pairs


def render(name: str, pairs: Sequence[Pair]) -> str:
    """A row of the table."""

    def median_ms(values: Iterator[float]) -> str:
        return f"{statistics.median(values) / 1_000:.2f}"

    ratios = [pair.ratio for pair in pairs]
    unanswered = sum(pair.attacked.sent - pair.attacked.completed + pair.attacked.wrong for pair in pairs)
    cells = (
        name,
        median_ms(pair.quiet.latency_p50_us for pair in pairs),
        median_ms(pair.quiet.latency_p99_us for pair in pairs),
        median_ms(pair.attacked.latency_p50_us for pair in pairs),
        median_ms(pair.attacked.latency_p99_us for pair in pairs),
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        str(unanswered),
    )
    return f"| {' | '.join(cells)} |"


HEADING = (
    "| attack | quiet p50 ms | quiet p99 ms | attacked p50 ms | attacked p99 ms | p99 over quiet | not answered |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of a window")
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="classes of attack: %(default)s")
    parser.add_argument("--rate", type=float, default=2.0, help="attacks a second: %(default)s")
    parser.add_argument("--engine", choices=("granian", "uvloop"), default="granian")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--most", type=float, default=2.0, help="p99 over quiet that is allowed")
    parser.add_argument("--out", type=Path, help="a file for the table")
    options = parser.parse_args()
    pairs = measure(options)
    table = "\n".join([HEADING, *(render(name, found) for name, found in pairs.items())])
    print(table)
    if options.out is not None:
        options.out.write_text(f"{table}\n")
    return int(any(statistics.median(pair.ratio for pair in found) > options.most for found in pairs.values()))


if __name__ == "__main__":
    sys.exit(main())
