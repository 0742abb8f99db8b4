"""Helpers of all writers for routes and rules."""

import base64
import binascii
import json
from collections.abc import Iterator

from mockwave.answers.exported_servers import ExportedRoute
from mockwave.formats.stubs.covering import is_literal
from mockwave.formats.stubs.stub_responses import as_utf8
from mockwave.formats.tree_values import Tree, pairs_in, text_of
from mockwave.paths import PathPattern, SegmentKind, parse_path

# Members of a rule that say when and how often it holds, beside its condition.
LIMITS = ("scenario", "key", "times", "until", "probability", "seed")


class CannotSay(Exception):
    """A format cannot express something; the text says what."""


def rules_at(rules: list[Tree], base: str) -> Iterator[tuple[Tree, str]]:
    """Returns the rules with their pointers."""
    for index, rule in enumerate(rules):
        yield rule, f"{base}/rules/{index}"


def route_pointer(route: ExportedRoute) -> str:
    return f"/routes/{route.id}"


def own_then(route: ExportedRoute) -> Tree:
    """Returns the route's answer as a `then`."""
    then: Tree = {"statusCode": route.status_code, "contentType": route.content_type}
    headers: dict[str, list[str]] = {}
    for name, value in route.headers:
        headers.setdefault(name, []).append(value)
    if headers:
        then["responseHeaders"] = headers
    text = as_utf8(route.body)
    if text is None:
        then["responseBase64"] = base64.b64encode(route.body).decode()
    elif text:
        then["responseBody"] = text
    if route.delay_ms:
        then["delay"] = route.delay_ms
    if route.template:
        then["template"] = route.template
    return then


def complete_then(then: Tree, route: ExportedRoute | None) -> Tree:
    """Returns the answer of a rule, with that of its route where the rule leaves it to that. Raises CannotSay for a
    rule of the server, which leaves it to many routes."""
    if then.keys() & (ANSWERING | {"sequence", "random", "next", "response", "example", "dynamic"}):
        return then
    if route is None:
        raise CannotSay("an answer that is left to the route")
    return {**own_then(route), **then}


def steps_of(then: Tree, kind: str, route: ExportedRoute | None) -> list[Tree]:
    """Returns the answers of a sequence, or those at random, each with the pace and the template beside the list."""
    beside: Tree = {key: then[key] for key in ("delay", "throttle", "template") if key in then}
    return [complete_then({**beside, **step}, route) for step in then[kind]]


def status_of(then: Tree) -> int:
    status = then.get("statusCode", 200)
    if not isinstance(status, int):
        raise CannotSay("a status that is a template")
    return status


def header_pairs(then: Tree) -> list[tuple[str, str]]:
    """Returns the headers of an answer, with its Content-Type last."""
    pairs = pairs_in(then.get("responseHeaders"))
    content_type = then.get("contentType")
    if content_type is None and not any(name.lower() == "content-type" for name, _ in pairs):
        content_type = "application/octet-stream" if "responseBase64" in then else "application/json"
    return [*pairs, ("Content-Type", content_type)] if content_type else pairs


def body_of(then: Tree) -> bytes:
    """Returns the body of an answer."""
    if "responseJson" in then:
        return json.dumps(then["responseJson"], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if "responseBase64" in then:
        try:
            return base64.b64decode(then["responseBase64"])
        except (binascii.Error, ValueError, TypeError):
            return b""
    return text_of(then.get("responseBody")).encode("utf-8", "replace")


def text_body(then: Tree) -> str:
    """Returns the body as text. Raises CannotSay if it is not text."""
    text = as_utf8(body_of(then))
    if text is None:
        raise CannotSay("a body that is not text")
    return text


def always_answers(rule: Tree) -> bool:
    """Whether the rule answers every request that comes to it, so that nothing after it is reached."""
    if rule.get("when") or any(key in rule for key in (*LIMITS, "chaos", "rateLimit")):
        return False
    then = rule.get("then")
    if not isinstance(then, dict) or "sequence" in then or "random" in then:
        return False
    return not then.get("next") and bool(then.keys() & ANSWERING)


# Members of a `then` of which one is enough to make it an answer.
ANSWERING = frozenset("statusCode responseBody responseJson responseBase64 responseHeaders contentType fault".split())


def is_liquid(then: Tree) -> bool:
    """Whether body and headers are templates. Raises CannotSay for those of the Insomnia app, which have a dialect."""
    dialect = then.get("template")
    if dialect and dialect != "liquid":
        raise CannotSay("templates of the Insomnia app")
    return bool(dialect)


def fixed_delay(then: Tree) -> int:
    """Returns the delay in ms. Raises CannotSay if it is drawn from a distribution."""
    delay = then.get("delay", 0)
    if not isinstance(delay, int):
        raise CannotSay("a delay that is drawn")
    return delay


def specificity(pattern: PathPattern) -> tuple[int, ...]:
    """Patterns in this order are in that of precedence, segment by segment; a shorter rest after a longer one."""
    kinds = tuple(int(segment.kind) for segment in pattern.segments)
    return (*kinds, -1) if not kinds or kinds[-1] != SegmentKind.REST else kinds


def find_ranks(routes: list[ExportedRoute]) -> dict[str, int]:
    """The rank of each path: the lower is asked first. All literal ones have one rank."""
    patterns = {route.path: parse_path(route.path) for route in routes}
    keys = {path: () if is_literal(pattern) else specificity(pattern) for path, pattern in patterns.items()}
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values()) | {()}))}
    return {path: ranks[key] for path, key in keys.items()}
