"""Our own engine against nginx, bare servers and granian: `python -m benchmarks.engine ROW… [--rounds 5]`.

Rows: hit, shapes, choices, work, bodies, connections, idle, record. All contestants of a row take turns in each round,
with one core each for server and load. CPU per request is the lasting figure, as it hardly depends on what else a
machine does. Prints medians and, in brackets, lowest and highest of the rounds; beside a ratio its bar. Measurements of
a single server are questions of the runner, with this engine if the environment says so: delays in flight and mixed
traffic are `MOCKWAVE_ENGINE=uvloop python -m benchmarks f mixed`.
"""

import argparse
import socket
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.bench import make_folder
from benchmarks.contestants import CONTESTANTS
from benchmarks.contestants.contract import Running
from benchmarks.contestants.mockwave import WORKSPACE, RunningMockwave, describe_route, make_mock_server, start_mockwave
from benchmarks.exchanges import Base, ManagementClient, read_metrics
from benchmarks.load import run_load, warm_up
from benchmarks.processes import pause_all, unwind_on_signals
from benchmarks.questions.long_log import COUNTED, STORED, ask_page, count_entries
from benchmarks.sites import (
    ASK_LITERAL,
    BROWSER,
    LITERAL,
    PARAMETRIC,
    SMALL_BODY,
    SMALL_SITE,
    Ask,
    Route,
    Site,
    build_body,
    build_large_site,
)
from benchmarks.validation import BODY as ORDER_BODY
from benchmarks.validation import DOCUMENT as ORDERS

SERVER_CORE, LOAD_CORE = "0", "1"
FLOORS = ("nginx_log", "bare_uvloop", "bare_granian_asgi", "mockwave")
OURS = "mockwave_uvloop"
JSON = (("Content-Type", "application/json"),)
KILOBYTE = b"x" * 1024
IDLE_CONNECTIONS = 10_000
RECORDED = 5_000_000
SLICE_S = 1

CHOICES = """
openapi: 3.0.3
info: {title: choices, version: "1"}
paths:
  /status:
    get:
      responses:
        '200':
          description: fine
          content: {application/json: {example: {a: 1}}, text/plain: {example: fine}}
        '404': {description: none, content: {application/json: {example: {none: 1}}}}
"""
DYNAMIC = """
openapi: 3.0.3
info: {title: people, version: "1"}
paths:
  /people:
    get:
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}
components:
  schemas:
    Person:
      type: object
      required: [id, firstName, lastName, email, city, createdAt, age, price, isActive, tags]
      properties:
        id: {type: string, format: uuid}
        firstName: {type: string}
        lastName: {type: string}
        email: {type: string, format: email}
        city: {type: string}
        createdAt: {type: string, format: date-time}
        age: {type: integer, minimum: 18, maximum: 90}
        price: {type: number, minimum: 1, maximum: 1000}
        isActive: {type: boolean}
        tags: {type: array, items: {type: string}, minItems: 1, maxItems: 3}
"""
VALIDATED_GET = """
openapi: 3.0.3
info: {title: pets, version: "1"}
paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses: {'200': {description: one, content: {application/json: {example: {id: 1}}}}}
"""


@dataclass
class Seat:
    """A contestant, the requests to it, and its results, round by round."""

    name: str
    running: Running
    ask: Ask
    base: Base
    connections: int = 64
    cpu_us: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)


def measure(seats: Sequence[Seat], rounds: int, seconds: int) -> None:
    with pause_all(dict.fromkeys(seat.running.family for seat in seats)):
        for number in range(rounds):
            for seat in seats:
                family = seat.running.family
                with family.resumed():
                    warm_up(seat.base, seat.ask, seat.connections, 1.0 if number == 0 else 0.3, LOAD_CORE)
                    before_s = family.cpu_s()
                    load = run_load(seat.base, seat.ask, seat.connections, seconds, LOAD_CORE)
                    seat.cpu_us.append((family.cpu_s() - before_s) * 1e6 / max(1, load.requests))
                    seat.rates.append(load.requests_per_s)
                    seat.p99_ms.append(load.p99_us / 1000)
    for seat in seats:
        print(f"  {seat.name:34s} {show(seat.cpu_us)} µs CPU", end="")
        print(f"  {show(seat.rates, 0)} requests/s  {show(seat.p99_ms)} ms p99", flush=True)


def show(values: Sequence[float], digits: int = 2) -> str:
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def compare(text: str, ours: Sequence[float], others: Sequence[float], bar: str) -> None:
    """Prints the ratio of the rounds' values, one by one, since they were measured side by side."""
    print(f"  {text}: {show([one / other for one, other in zip(ours, others, strict=True)])}; bar {bar}")


class Started:
    """Contestants of one row, started when first needed, and stopped at its end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def contestant(self, name: str, site: Site = SMALL_SITE) -> Running:
        folder = self._stack.enter_context(make_folder())
        return self._stack.enter_context(CONTESTANTS[name].start(site, folder, SERVER_CORE))

    def mockwave(self, engine: str, *options: str) -> RunningMockwave:
        folder = self._stack.enter_context(make_folder())
        return self._stack.enter_context(start_mockwave(folder, SERVER_CORE, "--engine", engine, *options))


def measure_hits(started: Started, rounds: int, seconds: int) -> None:
    seats = {}
    for name in (OURS, *FLOORS):
        running = started.contestant(name)
        seats[name] = Seat(name, running, ASK_LITERAL, running.base)
    measure(list(seats.values()), rounds, seconds)
    ours = seats[OURS]
    compare("CPU over nginx with its log", ours.cpu_us, seats["nginx_log"].cpu_us, "≤ 1.15, aim 1.0")
    compare("CPU over uvloop and httptools", ours.cpu_us, seats["bare_uvloop"].cpu_us, "none")
    compare("requests/s over bare granian", ours.rates, seats["bare_granian_asgi"].rates, "≥ 2.5")
    compare("requests/s over the engine granian", ours.rates, seats["mockwave"].rates, "none")


def measure_shapes(started: Started, rounds: int, seconds: int) -> None:
    running = started.mockwave("uvloop")
    client = running.management()
    small = make_mock_server(client, (LITERAL, PARAMETRIC))
    post = describe_route(Route("/v1/orders", SMALL_BODY)) | {"method": "POST"}
    client.call("POST", f"/mock-servers/{small}/routes", post)
    site, _ = build_large_site(10_000)
    large = make_mock_server(client, site.routes)
    asked = tuple(route.path.replace("{", "").replace("}", "") for route in site.routes)
    client.close()
    base, many = Base(running.base.port, f"/bin/{small}"), Base(running.base.port, f"/bin/{large}")
    plain = Seat("literal", running, ASK_LITERAL, base)
    bars = {
        "parametric": (Seat("parametric", running, Ask(("/v1/users/u-17/orders/4711",)), base), "≤ 1.1"),
        "10,000 routes": (Seat("10,000 routes in turn", running, Ask(asked), many), "≤ 1.15"),
        "browser": (Seat("12 headers of a browser", running, Ask((LITERAL.path,), BROWSER), base), "≤ 1.35"),
        "post": (Seat("POST of 1 KB", running, Ask(("/v1/orders",), JSON, KILOBYTE), base), "≤ 1.25"),
        "miss": (Seat("a 404", running, Ask(("/v1/nothing",)), base), "≤ 1.5"),
    }
    measure([plain, *(seat for seat, _ in bars.values())], rounds, seconds)
    for seat, bar in bars.values():
        compare(f"CPU of {seat.name} over literal", seat.cpu_us, plain.cpu_us, bar)


def measure_choices(started: Started, rounds: int, seconds: int) -> None:
    running = started.mockwave("uvloop")
    client = running.management()
    base = Base(running.base.port, make_from(client, CHOICES))
    client.close()
    plain = Seat("neither", running, Ask(("/status",)), base)
    seats = [
        Seat("Prefer: code=404", running, Ask(("/status",), (("Prefer", "code=404"),)), base),
        Seat("Accept: text/plain", running, Ask(("/status",), (("Accept", "text/plain"),)), base),
    ]
    measure([plain, *seats], rounds, seconds)
    for seat in seats:
        compare(f"CPU of {seat.name} over neither", seat.cpu_us, plain.cpu_us, "≤ 2")


def measure_work(started: Started, rounds: int, seconds: int) -> None:
    seats: dict[tuple[str, str], Seat] = {}
    for engine in ("granian", "uvloop"):
        running = started.mockwave(engine)
        client = running.management()
        for name, document, ask, fields in (
            ("dynamic body", DYNAMIC, Ask(("/people",)), {"dynamic": True}),
            ("validated GET", VALIDATED_GET, Ask(("/pets/17",)), {"validateRequests": True}),
            ("validated POST", ORDERS, Ask(("/orders/17",), JSON, ORDER_BODY), {"validateRequests": True}),
        ):
            base = Base(running.base.port, make_from(client, document, **fields))
            seats[name, engine] = Seat(f"{name}, {engine}", running, ask, base)
        client.close()
    measure(list(seats.values()), rounds, seconds)
    for name, bar in (("dynamic body", "≥ 1.6"), ("validated GET", "≥ 2"), ("validated POST", "≥ 1.8")):
        ours, others = seats[name, "uvloop"], seats[name, "granian"]
        compare(f"requests/s of a {name} over granian's", ours.rates, others.rates, bar)
        compare(f"CPU of a {name} under granian's over ours", others.cpu_us, ours.cpu_us, bar)


def measure_bodies(started: Started, rounds: int, seconds: int) -> None:
    for size in (1_024, 65_536, 1_048_576):
        site = Site((Route(LITERAL.path, build_body(size)),))
        seats = {}
        for name in (OURS, "nginx_log"):
            running = started.contestant(name, site)
            seats[name] = Seat(f"{name}, {size:,} bytes", running, ASK_LITERAL, running.base)
        measure(list(seats.values()), rounds, seconds)
        compare(f"bytes/s of {size:,} over nginx", seats[OURS].rates, seats["nginx_log"].rates, "≥ 0.9")


def measure_connections(started: Started, rounds: int, seconds: int) -> None:
    running = {name: started.contestant(name) for name in (OURS, "nginx_log")}
    for connections, depth in ((1, 1), (64, 1), (512, 1), (64, 16)):
        ask = Ask(ASK_LITERAL.paths, depth=depth)
        seats = {
            name: Seat(f"{name}, {connections} of {depth}", one, ask, one.base, connections)
            for name, one in running.items()
        }
        measure(list(seats.values()), rounds, seconds)
        if depth == 1:
            compare("p99 over nginx", seats[OURS].p99_ms, seats["nginx_log"].p99_ms, "≤ 1.2")
            unpipelined = seats[OURS].rates
        else:
            compare("requests/s over 512 unpipelined", seats[OURS].rates, unpipelined, "≥ 2")


def measure_idle(started: Started, rounds: int, seconds: int) -> None:
    """Two equal servers in turns, one of them with thousands of silent connections."""
    quiet, crowded = started.contestant(OURS), started.contestant(OURS)
    before = crowded.family.memory()
    clients = []
    try:
        for _ in range(IDLE_CONNECTIONS - 100):
            clients.append(socket.create_connection((crowded.base.host, crowded.base.port)))
        after = crowded.family.memory()
        alone = Seat("a healthy client, alone", quiet, ASK_LITERAL, quiet.base)
        beside = Seat(f"beside {len(clients):,} idle ones", crowded, ASK_LITERAL, crowded.base)
        measure([alone, beside], rounds, seconds)
    finally:
        for client in clients:
            client.close()
    kilobytes = (after.resident_bytes - before.resident_bytes) / len(clients) / 1024
    print(f"  memory of an idle connection: {kilobytes:.1f} KB; bar ≤ 8")
    compare("p99 over alone", beside.p99_ms, alone.p99_ms, "≤ 1.2")


def measure_record(started: Started, rounds: int, seconds: int) -> None:
    """Millions of requests of every shape, in slices; none of them is lost, and memory stays flat."""
    running = started.mockwave("uvloop")
    client = running.management()
    running.use(make_mock_server(client, (LITERAL, PARAMETRIC)))
    post = describe_route(Route("/v1/orders", SMALL_BODY)) | {"method": "POST"}
    client.call("POST", f"/mock-servers/{running.mock_server_id}/routes", post)
    asks = (
        ASK_LITERAL,
        Ask(("/v1/users/u-17/orders/4711",)),
        Ask((LITERAL.path,), BROWSER),
        Ask(("/v1/orders",), JSON, KILOBYTE),
        Ask(("/v1/nothing", LITERAL.path)),
        Ask(ASK_LITERAL.paths, depth=16),
    )
    answered = counted = 0
    megabytes: list[float] = []
    cpu_before_s = running.family.cpu_s()
    while counted < RECORDED:
        load = run_load(running.base, asks[len(megabytes) % len(asks)], 64, SLICE_S, LOAD_CORE)
        answered += load.requests
        counted = int(read_metrics(running.base.port)[COUNTED])
        megabytes.append(running.family.memory().resident_bytes / 1e6)
    ask_page(client, running.mock_server_id, 0)  # which shows every request answered before, so all are stored
    cpu_us = (running.family.cpu_s() - cpu_before_s) * 1e6 / counted
    stored = int(read_metrics(running.base.port)[STORED])
    entries = count_entries(client, running.mock_server_id)
    client.close()
    print(f"  answered to clients {answered:,}, counted {counted:,}, stored {stored:,}, in the log {entries:,}", end="")
    print(f"; lost {max(answered, counted) - min(stored, entries):,}; bar 0")
    settled = megabytes[len(asks) :] or megabytes  # when each shape was asked for once
    print(
        f"  {cpu_us:.2f} µs CPU; memory {settled[0]:.1f} MB, at most {max(settled):.1f}, at the end {settled[-1]:.1f}"
    )


def make_from(client: ManagementClient, document: str, **fields: object) -> str:
    """Returns the path of a mock made from the document."""
    given = {"name": "benchmark", "workspaceId": WORKSPACE, "specification": document, **fields}
    return f"/bin/{client.call('POST', '/mock-servers', given)['_id']}"


ROWS: dict[str, Callable[[Started, int, int], None]] = {
    "hit": measure_hits,
    "shapes": measure_shapes,
    "choices": measure_choices,
    "work": measure_work,
    "bodies": measure_bodies,
    "connections": measure_connections,
    "idle": measure_idle,
    "record": measure_record,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("rows", metavar="ROW", nargs="*", choices=[[], *ROWS], help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of one measurement")
    arguments = parser.parse_args()
    unwind_on_signals()
    for row in arguments.rows or ROWS:
        print(row, flush=True)
        with ExitStack() as stack:
            ROWS[row](Started(stack), arguments.rounds, arguments.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
