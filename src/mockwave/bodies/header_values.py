"""From a value to the values of a header, by its style; and the limits of a header section.

OpenAPI 3 uses the style "simple" (3.1 §4.8.21; RFC 6570 §3.2.2), or the media type of the header's `content`; Swagger
2.0 joins by `collectionFormat`. A header cannot contain control characters or characters outside Latin-1 (RFC 9110
§5.5). The number of headers is limited, since tens of thousands would end the process that sends them.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from mockwave.bodies.json_bodies import write_json, write_text
from mockwave.http_grammar import TOKEN

MAXIMUM_HEADERS: Final = 100
MAXIMUM_HEADER_BYTES: Final = 64 * 1024  # for all headers of a response, as `count_bytes` counts them

_TOKEN = re.compile(TOKEN)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Style = Literal["", "explode", "ssv", "tsv", "pipes", "cookies", "json", "text"]
"""How values are written; "" means the style "simple" without `explode`."""


def write_header(value: Any, style: Style) -> list[str]:
    """Returns the values to send: one, except for cookies, where each item is one."""
    return STYLES[style](value)


def write_simple(value: Any, separator: str = ",", *, explodes: bool = False) -> str:
    """Writes `value` in the style "simple": items joined, an object as names and values in turn or, if it `explodes`,
    as pairs."""
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
    """Whether `name` is a valid name of a header (RFC 9110 §5.1) or a cookie (RFC 6265 §4.1.1)."""
    return _TOKEN.fullmatch(name) is not None


def find_fault_of_value(text: str) -> str:
    """Why a header cannot contain `text`; "" if it can."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        return f"contains U+{ord(forbidden[0]):04X} at character {forbidden.start()}"
    try:
        text.encode("latin-1")
    except UnicodeEncodeError as error:
        return f"contains {text[error.start]!r} at character {error.start}, which cannot stand in a header (Latin-1)"
    return ""


def name_in_vary(value: str, name: str) -> str:
    """Adds the field `name` to a value of Vary (RFC 9110 §12.5.5); `*` includes it already."""
    named = [each.strip() for each in value.split(",")]
    known = {each.lower() for each in named}
    if "*" in known or name.lower() in known:
        return value
    return ", ".join([*filter(None, named), name])


def count_bytes(headers: Iterable[tuple[str, str]]) -> int:
    """The size of these headers in a header section: names, values, and four bytes for each."""
    return sum(len(name) + len(text) + 4 for name, text in headers)
