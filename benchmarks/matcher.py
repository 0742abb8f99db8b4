"""How long does the Matcher take, asked from Python, and does it grow with the number of routes?

    python -m benchmarks.matcher [--json] [--rounds N] [--routes N,N,…]

Prints a Markdown table, or JSON. A lookup is one call of `match`, with the turn of the `for` around it; an empty Python
method in the same loop is listed for scale. Routes are those of a REST API, /v1/SERVICE/RESOURCE/ACTION, literal or
with two parameters between. The lookups are of 1,000 paths of the routes, drawn at random with a fixed seed, whatever
the number of routes; `every route` looks all up in random order, so that with many routes neither nodes nor paths are
in the processor's caches. The numbers of routes take turns, and a figure is the median of its turns.
"""

import argparse
import gc
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice, product
from typing import Any

import msgspec

from mockwave._matcher import Match, Matcher, NotMatched
from mockwave.paths import PathPattern, parse_path

ROUTE_COUNTS = (10, 100, 1_000, 10_000, 100_000)
PATHS = 1_000
LOOKUPS_A_ROUND = 50_000
BUILT_A_ROUND = 20_000
SEED = 20_261_123

SERVICES = (
    "accounts analytics assets audit backups billing calendars campaigns catalog checks clusters compliance contacts "
    "contracts databases deployments devices directory documents domains events exports files functions gateways "
    "identity images insights inventory jobs keys licenses locations logistics mail maps media messaging metering "
    "networks notifications orders payments pipelines policies pricing queues registry reports shipping"
).split()
RESOURCES = (
    "projects users invoices members teams items labels comments attachments versions releases branches commits "
    "reviews approvals tokens sessions webhooks templates schedules snapshots volumes subnets routes zones records "
    "certificates secrets permissions roles groups invitations subscriptions plans coupons refunds disputes payouts "
    "transfers balances statements addresses carriers parcels returns warehouses suppliers products variants "
    "collections"
).split()
ACTIONS = (
    "settings history summary status archive restore activate suspend duplicate export import share publish preview "
    "validate transfer lock unlock assign unassign merge split tags notes alerts usage limits metadata permissions "
    "subscribers watchers dependencies timeline attachments signatures checksum health owners references quotas"
).split()
FORMS = {"literal": "/v1/{}/{}/{}", "parametric": "/v1/{}/{{organization}}/{}/{{id}}/{}"}

Routes = list[tuple[str, PathPattern, int]]


class Row(msgspec.Struct):
    """The figures for one number of routes: nanoseconds per lookup and per route built, bytes per route."""

    routes: int
    lookup_ns: dict[str, float]
    build_ns: dict[str, float]
    size_bytes: dict[str, float]


class EmptyMatcher:
    def match(self, method: str, path: bytes) -> None:
        pass


def write_patterns(form: str, count: int) -> list[str]:
    """Returns so many patterns of the form, spread evenly over services, resources and actions."""
    words = list(product(SERVICES, RESOURCES, ACTIONS))
    random.Random(SEED).shuffle(words)
    return [form.format(*three) for three in islice(words, count)]


def draw_paths(patterns: Sequence[str], count: int) -> list[bytes]:
    """Returns so many paths in random order: of patterns drawn at random, or of each one if there are as many."""
    numbers = random.Random(SEED)
    drawn = numbers.sample(patterns, count) if count <= len(patterns) else numbers.choices(patterns, k=count)
    return [
        pattern.replace("{organization}", f"org-{numbers.randrange(10_000)}")
        .replace("{id}", f"{numbers.getrandbits(64):016x}")
        .encode()
        for pattern in drawn
    ]


def measure_median(ask: Callable[[], object], operations: int, repeats: int) -> float:
    """Returns median nanoseconds per operation. Passes are short: interruptions spoil few. The first warms up."""
    gc.collect()
    gc.disable()
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter_ns()
        ask()
        taken.append((time.perf_counter_ns() - start) / operations)
    gc.enable()
    return statistics.median(taken[1:])


def measure_lookups(match: Callable[[str, bytes], object], method: str, paths: Sequence[bytes], rounds: int) -> float:
    def ask() -> None:
        for path in paths:
            match(method, path)

    return measure_median(ask, len(paths), rounds * max(1, LOOKUPS_A_ROUND // len(paths)))


def measure_parameters(match: Callable[[str, bytes], Any], paths: Sequence[bytes], rounds: int) -> float:
    def ask() -> None:
        for path in paths:
            match("GET", path).parameters()

    return measure_median(ask, len(paths), rounds * max(1, LOOKUPS_A_ROUND // len(paths)))


def measure_build(routes: Routes, rounds: int) -> float:
    return measure_median(lambda: Matcher(routes), len(routes), rounds * max(1, BUILT_A_ROUND // len(routes)))


def check_answers(matcher: Matcher[int], routes: Routes, paths: Sequence[bytes]) -> None:
    """Stops unless every path has the answer that is measured."""
    for path in paths:
        found = matcher.match("GET", path)
        known = matcher.match("POST", path)
        unknown = matcher.match("GET", path + b"/unknown")
        if not (
            isinstance(found, Match)
            and len(found.parameters()) == len(routes[found.value][1].parameter_names)
            and isinstance(known, NotMatched)
            and known.allow == ("GET", "HEAD", "OPTIONS")
            and isinstance(unknown, NotMatched)
            and unknown.allow == ()
        ):
            sys.exit(f"wrong answer for {path.decode()}")


def measure_row(count: int, rounds: int) -> Row:
    row = Row(count, {}, {}, {})
    for name, form in FORMS.items():
        patterns = write_patterns(form, count)
        routes: Routes = [("GET", parse_path(pattern), number) for number, pattern in enumerate(patterns)]
        matcher = Matcher(routes)
        paths = draw_paths(patterns, PATHS)
        check_answers(matcher, routes, paths)
        row.lookup_ns[name] = measure_lookups(matcher.match, "GET", paths, rounds)
        row.lookup_ns[f"{name}, every route"] = measure_lookups(
            matcher.match, "GET", draw_paths(patterns, count), rounds
        )
        row.build_ns[name] = measure_build(routes, rounds)
        row.size_bytes[name] = sys.getsizeof(matcher) / count
    row.lookup_ns["parametric + parameters()"] = measure_parameters(matcher.match, paths, rounds)
    row.lookup_ns["405"] = measure_lookups(matcher.match, "POST", paths, rounds)
    row.lookup_ns["404"] = measure_lookups(matcher.match, "GET", [path + b"/unknown" for path in paths], rounds)
    row.lookup_ns["empty method"] = measure_lookups(EmptyMatcher().match, "GET", paths, rounds)
    return row


def merge_rows(turns: Sequence[Row]) -> Row:
    """Returns the row of each figure's median."""

    def medians(of: Callable[[Row], dict[str, float]]) -> dict[str, float]:
        return {name: statistics.median(of(turn)[name] for turn in turns) for name in of(turns[0])}

    return Row(
        turns[0].routes,
        medians(lambda row: row.lookup_ns),
        medians(lambda row: row.build_ns),
        medians(lambda row: row.size_bytes),
    )


def print_table(rows: Sequence[Row]) -> None:
    lookups = list(rows[0].lookup_ns)
    builds = [f"build, {name}" for name in rows[0].build_ns]
    sizes = [f"bytes, {name}" for name in rows[0].size_bytes]
    print("Nanoseconds a lookup, nanoseconds to build a route, bytes a route.\n")
    print("| routes |", " | ".join([*lookups, *builds, *sizes]), "|")
    print("|---:" * (1 + len(lookups) + len(builds) + len(sizes)) + "|")
    for row in rows:
        numbers = [*row.lookup_ns.values(), *row.build_ns.values(), *row.size_bytes.values()]
        print(f"| {row.routes:,} |", " | ".join(f"{number:,.0f}" for number in numbers), "|")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matcher", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=7, help="turns a figure is the median of (default: 7)")
    parser.add_argument(
        "--routes",
        type=lambda text: tuple(int(count) for count in text.split(",")),
        default=ROUTE_COUNTS,
        help="numbers of routes, with commas between",
    )
    arguments = parser.parse_args()
    turns = [[measure_row(count, 1) for count in arguments.routes] for _ in range(arguments.rounds)]
    rows = [merge_rows(of_one_count) for of_one_count in zip(*turns, strict=True)]
    if arguments.json:
        machine = {"machine": platform.machine(), "python": platform.python_version()}
        print(json.dumps({**machine, "rounds": arguments.rounds, "rows": msgspec.to_builtins(rows)}, indent=2))
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
