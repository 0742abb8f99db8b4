"""The preferences of a request: by the Prefer header (RFC 7240), or by `__` names in the query.

    Prefer: code=404, example="no such pet"        GET /pets/1?__code=404&__example=…

The header wins over the query, and the first of several preferences with one name wins over the others (RFC 7240 §2).
Unknown names are ignored, as the RFC demands. `dynamic` is true or false; any other value is not a preference.
"""

import re
from urllib.parse import parse_qsl

from msgspec import Struct

from mockwave._header_fields import values_of
from mockwave.http_grammar import TOKEN_CHARACTER
from mockwave.mocks.header_lists import MAXIMUM_ELEMENTS, split_list

_PREFERENCE = re.compile(
    rf"""(?P<name>{TOKEN_CHARACTER}++)\s*+
        (?:=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<value>[^\s;"]*+)))?+\s*+(?:;|$)""",
    re.VERBOSE | re.DOTALL,
)

QUERY_NAMES = {"__code": "code", "__example": "example", "__dynamic": "dynamic"}
TRUTH_VALUES = {"true": True, "false": False}


class Preferences(Struct, frozen=True):
    """The preferred response; None means no preference. `code` is as it was sent."""

    code: str | None = None
    example: str | None = None
    dynamic: bool | None = None

    def applied(self) -> str:
        """The value of Preference-Applied (RFC 7240 §3), unless the name cannot stand in a header."""
        parts = []
        if self.code is not None:
            parts.append(f"code={self.code}")
        if self.example is not None and self.example.isprintable():
            quoted = self.example.replace("\\", "\\\\").replace('"', '\\"')
            parts.append(f'example="{quoted}"')
        if self.dynamic is not None:
            parts.append(f"dynamic={'true' if self.dynamic else 'false'}")
        return ", ".join(parts)


NO_PREFERENCES = Preferences()


def read_preferences(prefer_values: list[bytes], query: bytes) -> Preferences:
    found: dict[str, str] = {}
    for value in prefer_values:
        for match in filter(None, map(_PREFERENCE.match, split_list(_decode(value)))):
            quoted = match["quoted"]
            text = match["value"] or "" if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found.setdefault(match["name"].lower(), text)
    if b"__" in query:
        own = [part for part in query.split(b"&") if part.startswith(b"__")][:MAXIMUM_ELEMENTS]
        for name, text in parse_qsl(b"&".join(own).decode("latin-1"), keep_blank_values=True):
            if name in QUERY_NAMES:
                found.setdefault(QUERY_NAMES[name], text)
    dynamic = TRUTH_VALUES.get(found.get("dynamic", "").lower())
    return Preferences(found.get("code") or None, found.get("example") or None, dynamic)


def _decode(value: bytes) -> str:
    """Decodes the text of a header: names of examples that are not ASCII are sent in UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def read_request_preferences(headers: list[tuple[bytes, bytes]], query: bytes) -> Preferences:
    """Reads the preferences of a request with these headers and this query."""
    prefer_values = values_of(headers, b"prefer")
    return read_preferences(prefer_values, query) if prefer_values or b"__" in query else NO_PREFERENCES
