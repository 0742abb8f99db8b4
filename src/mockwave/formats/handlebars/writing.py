"""Liquid → Handlebars: templates whose tags are plain references to the request, a made value or the time.

A filter other than `text`, or any logic, raises CannotSay. Tags have three braces, so that nothing is escaped for HTML,
unless another brace is next to them.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from mockwave.dynamic.fakers import find_faker
from mockwave.formats.stubs.outgoing import CannotSay

WriteReference = Callable[[Sequence[str]], str | None]
"""From the steps of a Liquid path to the inside of a tag; None if the tool cannot express it."""

ISO_NOW: Final = ('now | date: "%Y-%m-%dT%H:%M:%SZ"', "now")

_TAG = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}|\{\{-?(.*?)-?\}\}|(\{%)", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:[0-9]+|\"[^\"]*\"|'[^']*')\])*")
_STEP = re.compile(r"([A-Za-z_][\w-]*)|\[([0-9]+)\]|\[[\"']([^\"']*)[\"']\]")
_NAME = re.compile(r"[\w-]+")


def write_handlebars(text: str, write_reference: WriteReference) -> str:
    """Returns the Handlebars template for a Liquid one. Raises CannotSay."""
    pieces: list[str] = []
    position = 0
    for match in _TAG.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        if match[1] is not None:
            pieces.append(match[1].replace("{{", "\\{{"))
            continue
        inside = None if match[2] is None else _write_tag(match[2].strip(), write_reference)
        if inside is None:
            raise CannotSay(f"the template tag {match[0][:60]}")
        stands_alone = not text[: match.start()].endswith("{") and not text[position:].startswith("}")
        pieces.append("{{{" + inside + "}}}" if stands_alone else "{{" + inside + "}}")
    pieces.append(text[position:])
    return "".join(pieces)


def _write_tag(expression: str, write_reference: WriteReference) -> str | None:
    path = re.sub(r"\s*\|\s*text$", "", expression)
    if path in ISO_NOW:
        return write_reference(["now"])
    if not _PATH.fullmatch(path):
        return None
    return write_reference(["".join(found) for found in _STEP.findall(path)])


def write_for_wiremock(steps: Sequence[str]) -> str | None:
    match steps:
        case ["request", "method" | "body" | "id" | "path" | "url" as name]:
            return f"request.{name}"
        case ["request", "client"]:
            return "request.clientIp"
        case ["request", "query" | "headers" | "cookies" as kind, name] if "]" not in name:
            return f"request.{kind}.{name if _NAME.fullmatch(name) else f'[{name}]'}"
        case ["request", "pathSegments", number] if number.isdigit():
            return f"request.pathSegments.[{number}]"
        case ["request", "pathParameters", name] if _NAME.fullmatch(name) and not name.isdigit():
            return f"request.path.{name}"
        case ["request", "json", *names] if "'" not in "".join(names):
            return f"jsonPath request.body '{_json_path(names)}'"
        case ["random", "uuid"]:
            return "randomValue type='UUID'"
        case ["now"]:
            return "now"
    return None


def write_for_mockoon(steps: Sequence[str]) -> str | None:
    helpers = {"query": "queryParam", "headers": "header", "cookies": "cookie", "pathParameters": "urlParam"}
    match steps:
        case ["request", "method"]:
            return "method"
        case ["request", "body"]:
            return "bodyRaw"
        case ["request", "client"]:
            return "ip"
        case ["request", kind, name] if kind in helpers and _NAME.fullmatch(name):
            return f"{helpers[kind]} '{name}'"
        case ["request", "json", *names] if names and all(map(_NAME.fullmatch, names)):
            return f"body '{'.'.join(names)}'"
        case ["random", "uuid"]:
            return "uuid"
        case ["faker", *names] if find_faker(".".join(names)):
            return f"faker '{'.'.join(names)}'"
        case ["now"]:
            return "now"
    return None


def _json_path(names: Sequence[str]) -> str:
    return "$" + "".join(
        f"[{name}]" if name.isdigit() else f".{name}" if name.isidentifier() else f'["{name}"]' for name in names
    )
