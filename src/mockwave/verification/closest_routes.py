"""The routes nearest to a request that none of them answered, and how each differs.

They are compared segment by segment: differing segments, other case, a slash at the end, or another method.
"""

import heapq
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from msgspec import Struct

SHOWN = 3
MAXIMUM_SEGMENTS = 100


class RouteLine(Struct, frozen=True):
    """The compared parts of a route."""

    id: str
    method: str
    path: str


class RouteDifference(Struct, frozen=True):
    """A difference: the `method`, a `segment` (counted from 0), its `case`, a `missing` or `surplus` segment, or the
    `trailingSlash`."""

    kind: str
    expected: str
    actual: str
    segment: int | None = None


class ClosestRoute(Struct, frozen=True, rename="camel"):
    route_id: str
    method: str
    path: str
    differences: list[RouteDifference]


WEIGHTS = {"method": 1.0, "segment": 2.0, "case": 0.5, "missing": 2.0, "surplus": 2.0, "trailingSlash": 0.4}


def find_closest(method: str, path: str, routes: Iterable[RouteLine], base_paths: Iterable[str]) -> list[ClosestRoute]:
    """Up to three routes, the nearest first; `path` is as sent, below the mock's base."""
    below = next((path[len(base) :] or "/" for base in base_paths if base and path.startswith(base)), path)
    sent = split(below)
    compared = ((route, list(compare(method, sent, route))) for route in routes)
    nearest = heapq.nsmallest(SHOWN, compared, key=lambda each: measure(each[1]))
    return [ClosestRoute(route.id, route.method, route.path, differences) for route, differences in nearest]


def measure(differences: list[RouteDifference]) -> float:
    return sum(WEIGHTS[difference.kind] for difference in differences)


def split(path: str) -> list[str]:
    return [unquote(segment) for segment in path.removeprefix("/").split("/")[:MAXIMUM_SEGMENTS]]


def compare(method: str, sent: list[str], route: RouteLine) -> Iterator[RouteDifference]:
    if route.method != method and not (route.method == "GET" and method == "HEAD"):
        yield RouteDifference("method", route.method, method)
    wanted = split(route.path)
    actual = list(sent)
    if len(wanted) > 1 and is_rest(wanted[-1]):
        actual = actual[: len(wanted) - 1]
        wanted.pop()
    elif (wanted[-1] == "") != (actual[-1] == ""):
        has_slash = wanted[-1] == ""
        yield RouteDifference("trailingSlash", "/" if has_slash else "", "" if has_slash else "/")
        (wanted if has_slash else actual).pop()
    for index, (pattern, segment) in enumerate(zip(wanted, actual, strict=False)):
        if not fits(pattern, segment):
            kind = "case" if fits(pattern.lower(), segment.lower()) else "segment"
            yield RouteDifference(kind, pattern, segment, index)
    for index in range(len(actual), len(wanted)):
        yield RouteDifference("missing", wanted[index], "", index)
    for index in range(len(wanted), len(actual)):
        yield RouteDifference("surplus", "", actual[index], index)


def is_rest(segment: str) -> bool:
    return segment == "**" or (segment.startswith("{") and segment.endswith(":*}"))


def fits(pattern: str, segment: str) -> bool:
    """Whether a segment of a route's path (paths.py) takes this segment of a request."""
    if "{" not in pattern:
        return pattern == segment
    literals = [part.rpartition("}")[2] for part in pattern.split("{")]
    if not segment.startswith(literals[0]):
        return False
    at = len(literals[0])
    for number, literal in enumerate(literals[1:], 2):
        # A parameter stands for at least one character; the last literal ends the segment.
        found = len(segment) - len(literal) if number == len(literals) else segment.find(literal, at + 1)
        if found <= at or not segment.startswith(literal, found):
            return False
        at = found + len(literal)
    return at == len(segment)
