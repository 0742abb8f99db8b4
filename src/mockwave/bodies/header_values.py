"""From a value to the values of a header, by its style; and what a header section can hold.

OpenAPI 3 writes in the style "simple" (3.1 §4.8.21; RFC 6570 §3.2.2), or where the header has a `content`, in its media
type; Swagger 2.0 joins by `collectionFormat`. No header may hold control characters or what is not Latin-1 (RFC 9110
§5.5), and a response has so many of them: tens of thousands of headers end the process that should send them.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from mockwave.bodies.json_bodies import write_json, write_text
from mockwave.http_grammar import TOKEN

MAXIMUM_HEADERS: Final = 100
MAXIMUM_HEADER_BYTES: Final = 64 * 1024  # of all of a response, as `count_bytes` counts

_TOKEN = re.compile(TOKEN)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Style = Literal["", "explode", "ssv", "tsv", "pipes", "cookies", "json", "text"]
"""How values are written; "" is the style "simple" without `explode`."""


def write_header(value: Any, style: Style) -> list[str]:
    """The values to send: one, but for cookies, of which there is one for each item."""
    return STYLES[style](value)


def write_simple(value: Any, separator: str = ",", *, explodes: bool = False) -> str:
    """`value` in the style "simple": items joined, an object as names and values in turn, or where it `explodes`, as
    pairs."""
    if isinstance(value, dict):
        pairs = [(name, write_text(member)) for name, member in value.items()]
        value = [f"{name}={text}" for name, text in pairs] if explodes else [part for pair in pairs for part in pair]
    if isinstance(value, list):
        return separator.join(write_text(item) for item in value)
    return write_text(value).strip(" \t")


def _write_cookies(value: Any) -> list[str]:
    return [write_text(item) for item in value] if isinstance(value, list) else [write_simple(value)]


STYLES: Final[dict[Style, Callable[[Any], list[str]]]] = {
    "": lambda value: [write_simple(value)],
    "explode": lambda value: [write_simple(value, explodes=True)],
    "ssv": lambda value: [write_simple(value, " ")],
    "tsv": lambda value: [write_simple(value, "\t")],
    "pipes": lambda value: [write_simple(value, "|")],
    "cookies": _write_cookies,
    "json": lambda value: [write_json(value).decode()],
    "text": lambda value: [write_text(value)],
}


def is_field_name(name: str) -> bool:
    """Whether a header may be called `name` (RFC 9110 §5.1), or a cookie (RFC 6265 §4.1.1)."""
    return _TOKEN.fullmatch(name) is not None


def find_fault_of_value(text: str) -> str:
    """Why no header may hold `text`; "" where one may."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        return f"holds U+{ord(forbidden[0]):04X} at character {forbidden.start()}"
    try:
        text.encode("latin-1")
    except UnicodeEncodeError as error:
        return f"holds {text[error.start]!r} at character {error.start}, which has no place in a header (Latin-1)"
    return ""


def name_in_vary(value: str, name: str) -> str:
    """The value of Vary with the field `name` in it (RFC 9110 §12.5.5); `*` says it already."""
    named = [each.strip() for each in value.split(",")]
    known = {each.lower() for each in named}
    if "*" in known or name.lower() in known:
        return value
    return ", ".join([*filter(None, named), name])


def count_bytes(headers: Iterable[tuple[str, str]]) -> int:
    """The size of these headers in a header section: names, values, and four for each."""
    return sum(len(name) + len(text) + 4 for name, text in headers)
