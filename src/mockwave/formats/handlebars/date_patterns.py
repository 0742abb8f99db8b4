"""Patterns of dates: letters as Java's DateTimeFormatter and date-fns have them → directives of strftime, as in Liquid.

Times of templates are in UTC, so what names a zone is a text.
"""

import re
from typing import Final

from mockwave.formats.handlebars.liquid_texts import NoEqual

DIRECTIVES: Final = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "y": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "EEEE": "%A",
    "EEE": "%a",
    "EE": "%a",
    "E": "%a",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%L",
    "a": "%p",
    "aa": "%p",
    "Z": "+0000",
    "xx": "+0000",
    "xxx": "+00:00",
    "X": "Z",
    "XX": "Z",
    "XXX": "Z",
    "z": "UTC",
    "t": "%s",
    "T": "%s%L",
}
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_OFFSET = re.compile(r"([+-]?[0-9]{1,9})\s*(second|minute|hour|day|week)s?", re.IGNORECASE)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def read_date_pattern(pattern: str) -> str:
    """The format of strftime. Raises NoEqual."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        match = _PIECE.match(pattern, position)
        if match is None:
            raise NoEqual
        position = match.end()
        if match[1] is not None:
            pieces.append((match[1].replace("''", "'") or "'").replace("%", "%%"))
        elif match[2] is not None:
            if match[0] not in DIRECTIVES:
                raise NoEqual
            pieces.append(DIRECTIVES[match[0]])
        else:
            pieces.append(match[0].replace("%", "%%"))
    return "".join(pieces)


def read_offset(text: str) -> int:
    """The seconds of `3 days` or `-1 hours`. Raises NoEqual for months and years, which are not of one length."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        raise NoEqual
    return int(match[1]) * _SECONDS[match[2].lower()]
