"""Matchers as tests ask them."""

from mockwave._matcher import Match, Matcher, NotMatched
from mockwave.paths import parse_path

UNKNOWN: tuple[str, ...] = ()
"""What answers a path that no route has."""


def matcher_of(*routes: str) -> Matcher[str]:
    """Of routes like "GET /a", whose value is themselves; or of patterns, which are for GET."""
    split = [route.split(" ", 1) if not route.startswith("/") else ["GET", route] for route in routes]
    return Matcher([(method, parse_path(text), route) for (method, text), route in zip(split, routes, strict=True)])


def answer(matcher: Matcher[str], path: str, method: str = "GET") -> str | tuple[str, ...]:
    """The route that answers, or the methods allowed."""
    found = matcher.match(method, path.encode())
    return found.allow if isinstance(found, NotMatched) else found.value


def parameters(matcher: Matcher[str], path: str | bytes) -> dict[str, str]:
    found = matcher.match("GET", path.encode() if isinstance(path, str) else path)
    assert isinstance(found, Match)
    return found.parameters()
