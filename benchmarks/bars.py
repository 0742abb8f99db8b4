"""The bars that mockwave has set itself, as data: what is measured, and the limit. The report says which are met.

Ratios are taken round by round within one run; their median counts. If several peers could be the fastest, it is the
one with the highest median.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from benchmarks.contestants import LOGGING_PEERS
from benchmarks.results import CPU, RATE, Figure, Result, Spread, compare, spread


class Value(Struct, frozen=True):
    """A figure of mockwave itself."""

    question: str
    case: str
    name: str

    def measure(self, results: Mapping[str, Result]) -> Spread | None:
        figure = find(results, self.question, self.case, "mockwave", self.name)
        return None if figure is None else spread(figure.values)


class Ratio(Struct, frozen=True):
    """A figure of mockwave, or of `contestant`, divided by another one of the same question."""

    question: str
    case: str
    name: str
    over: str = "mockwave"
    over_case: str = ""
    contestant: str = "mockwave"

    def measure(self, results: Mapping[str, Result]) -> Spread | None:
        return compare(
            find(results, self.question, self.case, self.contestant, self.name),
            find(results, self.question, self.over_case or self.case, self.over, self.name),
        )


class RatioToFastest(Struct, frozen=True):
    """A rate of mockwave divided by that of the fastest of these."""

    question: str
    case: str
    names: Sequence[str]

    def measure(self, results: Mapping[str, Result]) -> Spread | None:
        found = [find(results, self.question, self.case, name, RATE) for name in self.names]
        peers = [figure for figure in found if figure is not None]
        if not peers:
            return None
        fastest = max(peers, key=lambda figure: spread(figure.values).median)
        return compare(find(results, self.question, self.case, "mockwave", RATE), fastest)


class Bar(Struct, frozen=True):
    text: str
    measured: Value | Ratio | RatioToFastest
    direction: Literal["at least", "at most"]
    limit: float
    strict: bool = False
    """Every round counts, not only the median."""

    def is_met(self, found: Spread) -> bool:
        if self.direction == "at least":
            return (found.lowest if self.strict else found.median) >= self.limit
        return (found.highest if self.strict else found.median) <= self.limit


HIT = "literal, 64 connections"
PARAMETRIC_HIT = "parametric, 64 connections"
DELAYED = "delayed requests"
LOGGED = "bare client, 64 connections"
P99 = "p99 ms"

BARS = (
    Bar("journal on over bare granian ASGI, literal", Ratio("a", HIT, RATE, "bare_granian_asgi"), "at least", 0.95),
    Bar(
        "journal on over bare granian ASGI, parametric",
        Ratio("a", PARAMETRIC_HIT, RATE, "bare_granian_asgi"),
        "at least",
        0.95,
    ),
    Bar("over the fastest peer with its log on", RatioToFastest("a", HIT, LOGGING_PEERS), "at least", 5),
    Bar("journal on over journal off", Ratio("a", HIT, RATE, "mockwave_no_log"), "at least", 0.95),
    Bar("10,000 routes over 10", Ratio("b", "10,000 routes", RATE, over_case="10 routes"), "at least", 0.97),
    Bar("mock p99 during imports over quiet", Ratio("i", "during imports", P99, over_case="quiet"), "at most", 2),
    Bar(
        "mock p99 during route changes over quiet, another server",
        Ratio("h", "routes change, another server", P99, over_case="quiet"),
        "at most",
        2,
    ),
    Bar(
        "mock p99 during route changes over quiet, same server",
        Ratio("h", "routes change, same server", P99, over_case="quiet"),
        "at most",
        2,
    ),
    Bar(
        "mock p99 during route changes over quiet, same server of many routes",
        Ratio("h", "routes change, same server of many", P99, over_case="quiet"),
        "at most",
        2,
    ),
    Bar("delayed requests: most in flight at once", Value("f", DELAYED, "peak in flight"), "at least", 10_000),
    Bar("delayed requests: lost", Value("f", DELAYED, "lost"), "at most", 0, strict=True),
    Bar("delayed requests: early", Value("f", DELAYED, "early"), "at most", 0, strict=True),
    Bar("delayed requests: error p99, ms", Value("f", DELAYED, "delay error p99 ms"), "at most", 20),
    Bar("logged requests: entries", Value("g", LOGGED, "entries stored (API)"), "at least", 10_000_000),
    Bar("logged requests: lost", Value("g", LOGGED, "lost"), "at most", 0, strict=True),
    Bar(
        "logged requests: memory growth after the first tenth, %",
        Value("g", LOGGED, "memory growth after the first tenth, %"),
        "at most",
        10,
    ),
    Bar(
        "logged requests: throughput over bare granian, last third over first",
        Value("g", LOGGED, "throughput over bare granian, last third over first"),
        "at least",
        0.95,
    ),
    Bar("logged requests: bytes on disk an entry", Value("g", LOGGED, "disk bytes an entry"), "at most", 120),
    Bar("logs, first page, ms", Value("g", LOGGED, "first page: median ms"), "at most", 20),
    Bar("logs, page 10,000, ms", Value("g", LOGGED, "page 10,000: median ms"), "at most", 100),
    Bar("logs, last page, ms", Value("g", LOGGED, "last page: median ms"), "at most", 100),
    Bar(
        "matcher from Python, GitHub's routes, with parameters, ns",
        Value("matcher", "routes of GitHub's document", "lookup with parameters, ns"),
        "at most",
        150,
    ),
    Bar(
        "a hit with ten pages open on the live log over none, CPU",
        Ratio("pages", "ten on the live log, full load", CPU, over_case="none open, full load"),
        "at most",
        1.05,
    ),
    Bar(
        "a hit after ten pages were closed over none, CPU",
        Ratio("pages", "none open, afterwards, full load", CPU, over_case="none open, full load"),
        "at most",
        1.02,
    ),
    Bar("journal append, ns", Value("journal", "300-byte request", "append ns"), "at most", 400),
    Bar("drain, entries/s", Value("journal", "300-byte request", "drained entries/s"), "at least", 1_000_000),
    Bar("start-up, empty, ms", Value("j", "empty", "ms to the first answer"), "at most", 500),
    Bar("memory a route, bytes a worker", Value("k", "100,000 routes", "bytes a route"), "at most", 600),
)


def find(results: Mapping[str, Result], question: str, case: str, contestant: str, name: str) -> Figure | None:
    result = results.get(question)
    return result.find(case, contestant, name) if result else None
