"""The templates of Mockoon (Handlebars): helpers that read the request, and data buckets, whose text is put in."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mockwave.dynamic.fakers import find_faker
from mockwave.formats.stubs.handlebars import (
    json_path_steps,
    json_value,
    member,
    output,
    path_steps,
    unquoted,
    words_of,
)

WHOLE: Final = {
    "method": "request.method",
    "ip": "request.client",
    "bodyRaw": "request.body",
    "uuid": "random.uuid",
    "now": 'now | date: "%Y-%m-%dT%H:%M:%SZ"',
}
BY_NAME: Final = {
    "queryParam": "request.query",
    "urlParam": "request.pathParameters",
    "header": "request.headers",
    "cookie": "request.cookies",
}


_NAME = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)?")


def make_translator(buckets: Mapping[str, str]) -> Callable[[str], str | None]:
    """What translates tags, with the texts of the data buckets that have no tags of their own."""

    def translate(inside: str) -> str | None:
        match words_of(inside):
            case [name] if name in WHOLE:
                return output(WHOLE[name])
            case ["body"]:
                return output("request.body")
            case ["body", path]:
                steps = _body_steps(unquoted(path))
                return None if steps is None else output(json_value(steps))
            case [helper, name] if helper in BY_NAME:
                text = unquoted(name)
                return None if not text or "." in text else output(member(BY_NAME[helper], text))
            case ["faker", name]:
                faker = unquoted(name) or ""
                return output(f"faker.{faker}") if find_faker(faker) and _NAME.fullmatch(faker) else None
            case ["data" | "dataRaw", name]:
                return buckets.get(unquoted(name) or "")
        return None

    return translate


def _body_steps(path: str | None) -> list[str] | None:
    """The steps of a dotted path, or of a JSONPath that names one value."""
    if path is None:
        return None
    if not path:
        return []
    return json_path_steps(path) if path.startswith("$") else path_steps(path)
