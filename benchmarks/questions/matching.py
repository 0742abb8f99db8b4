"""The matcher by itself, from Python: lookups among the routes of GitHub's document (over 1,000 operations), and by
number of routes (benchmarks/matcher.py, which can be run alone for all its figures).
"""

from benchmarks.bench import Bench
from benchmarks.contestants.servers import HOW_TO_INSTALL
from benchmarks.exchanges import WrongAnswer
from benchmarks.matcher import draw_paths, measure_lookups, measure_parameters, measure_row
from benchmarks.questions.large_import import read_operations
from benchmarks.results import Absence, Result
from mockwave._matcher import Match, Matcher
from mockwave.paths import parse_path

ROUTE_COUNTS = (100, 1_000, 10_000, 100_000)
FEWEST_ROUNDS = 3
CONTESTANT = "mockwave"
REAL = "routes of GitHub's document"


def measure(bench: Bench, result: Result) -> None:
    rounds = max(bench.pairs, FEWEST_ROUNDS)
    _measure_real(rounds, result)
    for count in ROUTE_COUNTS:
        if count <= bench.memory_routes:
            for name, lookup_ns in measure_row(count, rounds).lookup_ns.items():
                result.add(f"{count:,} routes", CONTESTANT, f"{name}, ns", lookup_ns)


def _measure_real(rounds: int, result: Result) -> None:
    operations = read_operations()
    if not operations:
        result.absences.append(Absence(REAL, CONTESTANT, f"@octokit/openapi is not installed ({HOW_TO_INSTALL})"))
        return
    # Of two patterns for one path the first serves, as in an import.
    routes = {
        (method, pattern.key): (method, pattern, number)
        for number, (method, pattern) in reversed(
            list(enumerate((name, parse_path(path)) for name, path in operations))
        )
    }
    matcher = Matcher(list(routes.values()))
    asked = [path for method, path in operations if method == "GET" and "{" in path]
    paths = [fill_parameters(path) for path in draw_paths(asked, 1_000)]
    check_found(matcher, paths)
    result.add(REAL, CONTESTANT, "routes", len(routes))
    result.add(REAL, CONTESTANT, "lookup with parameters, ns", measure_lookups(matcher.match, "GET", paths, rounds))
    result.add(REAL, CONTESTANT, "lookup and parameters(), ns", measure_parameters(matcher.match, paths, rounds))


def check_found(matcher: Matcher[int], paths: list[bytes]) -> None:
    for path in paths:
        if not isinstance(matcher.match("GET", path), Match):
            raise WrongAnswer(f"expected a route for {path.decode()}, found none")


def fill_parameters(pattern: bytes) -> bytes:
    """The pattern with values for its parameters."""
    parts = pattern.decode().split("/")
    return "/".join(f"value-{len(part)}" if "{" in part else part for part in parts).encode()
