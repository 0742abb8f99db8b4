"""What the Matcher must do, written a second time straight from the rules: slow, and plain enough to be checked by
reading.

Every pattern is tried on the whole path, with a regular expression for each segment; those that match are sorted by
precedence. It reads patterns by itself and shares nothing with `mockwave.paths` or the tree.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

LITERAL, PARTLY_LITERAL, PARAMETER, REST = range(4)
PARAMETER_TEXT = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True)
class Found:
    route: int
    parameters: dict[str, str]


@dataclass(frozen=True)
class Refused:
    allow: frozenset[str]


def match(routes: list[tuple[str, str]], method: str, path: str) -> Found | Refused:
    """Which of the (method, pattern) routes answers, or which methods are allowed: none if the path is unknown."""
    matching = []
    for number, (_, pattern) in enumerate(routes):
        values = match_pattern(pattern, path)
        if values is not None and not is_overruled(pattern, path, routes):
            matching.append((precedence(pattern, first_places(pattern, routes)), number, values))
    matching.sort(key=lambda candidate: candidate[:2])

    served = [
        (rank, routes[number][0] != method, number, values)
        for rank, number, values in matching
        if routes[number][0] == method or (method == "HEAD" and routes[number][0] == "GET")
    ]
    if served:
        _, _, number, values = min(served, key=lambda candidate: candidate[:3])
        return Found(number, dict(zip(names(routes[number][1]), values, strict=False)))
    allow = {routes[number][0] for _, number, _ in matching}
    if "GET" in allow:
        allow.add("HEAD")
    return Refused(frozenset(allow | {"OPTIONS"} if allow else ()))


def split(text: str) -> tuple[list[str], bool]:
    """Segments, and whether a slash follows the last one."""
    segments = text[1:].split("/") if text else []
    if text and segments[-1] == "":
        return segments[:-1], True
    return segments, False


def is_rest(segment: str) -> bool:
    return segment == "**" or (segment.startswith("{") and segment.endswith(":*}"))


def names(pattern: str) -> list[str]:
    return [name.removesuffix(":*") for name in PARAMETER_TEXT.findall(pattern)]


def match_pattern(pattern: str, path: str) -> list[str] | None:
    """The parameters' texts if the pattern matches the path, with or without its final slash; a rest is always one."""
    if path and not path.startswith("/"):
        return None
    wanted, _ = split(pattern)
    given, has_final_slash = split(path)
    values: list[str] = []
    if wanted and is_rest(wanted[-1]):
        wanted.pop()
        if len(given) < len(wanted):
            return None
        rest = "/".join(given[len(wanted) :])
        if has_final_slash and len(given) > len(wanted):
            rest += "/"
        given, values = given[: len(wanted)], [decode(rest)]
    if len(given) != len(wanted):
        return None
    captured: list[str] = []
    for segment, text in zip(wanted, given, strict=True):
        fitting = segment_expression(segment).fullmatch(unquote_to_bytes(text))
        if fitting is None:
            return None
        captured += [value.decode("utf-8", "replace") for value in fitting.groups()]
    return captured + values


def decode(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "replace")


def segment_expression(segment: str) -> re.Pattern[bytes]:
    """Greedy groups: the leftmost parameter takes all it can."""
    literals = [re.escape(unquote_to_bytes(literal)) for literal in PARAMETER_TEXT.split(segment)[::2]]
    return re.compile(b"(.+)".join(literals), re.DOTALL)


def kind(segment: str) -> int:
    if is_rest(segment):
        return REST
    if "{" not in segment:
        return LITERAL
    return PARAMETER if PARAMETER_TEXT.fullmatch(segment) else PARTLY_LITERAL


def canonical(pattern: str) -> tuple[object, ...]:
    """Equal for patterns that are one path."""
    segments, has_final_slash = split(pattern)
    forms = tuple("**" if is_rest(segment) else segment_expression(segment).pattern for segment in segments)
    return (*forms, has_final_slash)


def is_overruled(pattern: str, path: str, routes: list[tuple[str, str]]) -> bool:
    """Whether another pattern differs in its final slash alone, and it is that one which has the path's."""
    segments, has_final_slash = split(pattern)
    if (segments and is_rest(segments[-1])) or has_final_slash == split(path)[1]:
        return False
    *forms, _ = canonical(pattern)
    return any(canonical(other) == (*forms, not has_final_slash) for _, other in routes)


def first_places(pattern: str, routes: list[tuple[str, str]]) -> list[int]:
    """For each segment, the place of the first route whose pattern is the same up to that segment."""
    segments, _ = split(pattern)
    places = []
    for count in range(1, len(segments) + 1):
        beginning = canonical("/" + "/".join(segments[:count]))
        places.append(
            next(
                place
                for place, (_, other) in enumerate(routes)
                if canonical("/" + "/".join(split(other)[0][:count])) == beginning
            )
        )
    return places


def precedence(pattern: str, places: list[int]) -> list[tuple[int, int, int, int]]:
    """Less is better: by segments from the left. Literals that match one path are the same literal."""
    ranks = []
    for segment, place in zip(split(pattern)[0], places, strict=True):
        literals = [unquote_to_bytes(literal) for literal in PARAMETER_TEXT.split(segment)[::2]]
        if kind(segment) == PARTLY_LITERAL:
            ranks.append((PARTLY_LITERAL, -sum(map(len, literals)), -len(literals[0]), place))
        else:
            ranks.append((kind(segment), 0, 0, 0))
    return ranks
