"""The response templates of WireMock (Handlebars): references to the request, and the few helpers that Liquid has.

`request.query.a` is the first value; `request.path.0` and `request.pathSegments.[0]` a segment; `request.path.id` a
parameter of the path. HTML escaping of two braces is not kept: nearly everybody answers JSON.
"""

import re

from mockwave.formats.stubs.handlebars import (
    json_path_steps,
    json_value,
    member,
    output,
    path_steps,
    unquoted,
    words_of,
)

WHOLE = {
    "request.method": "request.method",
    "request.body": "request.body",
    "request.clientIp": "request.client",
    "request.id": "request.id",
    "request.path": "request.path",
    "request.url": "request.url",
}
BY_NAME = {"query": "request.query", "headers": "request.headers", "cookies": "request.cookies"}
ISO_NOW = 'now | date: "%Y-%m-%dT%H:%M:%SZ"'
RANDOM_VALUES = {"UUID": "random.uuid"}


def translate_tag(inside: str) -> str | None:
    """The Liquid tag for what stands in a WireMock tag; None where there is none."""
    words = words_of(inside)
    if not words:
        return None
    match words:
        case [reference] if reference.startswith("request."):
            path = _reference(reference)
            return None if path is None else output(path)
        case ["jsonPath", "request.body", expression]:
            steps = json_path_steps(unquoted(expression) or "")
            return None if steps is None else output(json_value(steps))
        case ["randomValue", *options]:
            kind = next((found[1] for word in options if (found := re.fullmatch(r"type=['\"](\w+)['\"]", word))), "")
            kind = kind or next((unquoted(word) or "" for word in options if unquoted(word)), "")
            return output(RANDOM_VALUES[kind]) if kind in RANDOM_VALUES and "type=" in inside else None
        case ["now"]:
            return output(ISO_NOW)
    return None


def _reference(reference: str) -> str | None:
    """The Liquid path for a reference to the request."""
    if reference in WHOLE:
        return WHOLE[reference]
    steps = path_steps(reference)[1:]
    match steps:
        case ["path" | "pathSegments", step] if step.isdigit():
            return f"request.pathSegments[{step}]"
        case ["path", name]:
            return member("request.pathParameters", name)
        case ["query" | "headers" | "cookies" as kind, name]:
            return member(BY_NAME[kind], name)
        case ["query" | "headers" | "cookies" as kind, name, "0"]:
            return member(BY_NAME[kind], name)
    return None
