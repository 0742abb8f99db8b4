"""The values of options: a Kind reads the text of a value, and writes a value as it would be typed.

    duration    a number and a unit: 30d, 12h, 15m, 45s
    seconds     a duration, or a number of seconds
    retention   a number of entries, or a duration
    size        a number of bytes, or of K, M, G (1024 each): 64K, 16M
    flag        1, true, yes, on; 0, false, no, off

A text of another form raises OptionError, which says what was expected; the caller adds the name of the option.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from mockwave.errors import ForeseenError

UNITS_S: dict[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
UNITS_BYTES: dict[str, int] = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}

WORDS: dict[str, bool] = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*(?::\d{1,5})?")

_PATH_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
_PATH_KEY = re.compile(r"[A-Za-z0-9._~-]{1,200}")
RESERVED_SEGMENTS = frozenset((".", "..", "bin", "events", "healthz", "metrics", "mock-servers", "readyz", "tools"))


class OptionError(ForeseenError):
    """A value that an option does not take."""

    exit_code = 2


class Kind(Struct, frozen=True):
    """The kind of an option's value. `read` raises OptionError; `show` is its inverse, for help."""

    metavar: str
    read: Callable[[str], Any]
    show: Callable[[Any], str] = str


class Retention(Struct, frozen=True):
    """How much of a log is kept: a number of entries or an age; the other one is None."""

    entries: int | None = None
    age_s: int | None = None


def read_duration(text: str) -> int:
    """Seconds."""
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip())
    if found is None or int(found[1]) == 0:
        raise OptionError(f"{text!r} is not a duration; write a number and s, m, h, d or w, such as 12h")
    return int(found[1]) * UNITS_S[found[2]]


def read_seconds(text: str) -> int:
    """Seconds, from a duration whose unit is optional."""
    return read_duration(f"{text.strip()}s" if text.strip().isdecimal() else text)


def show_duration(seconds: int) -> str:
    unit = max((unit for unit, unit_s in UNITS_S.items() if seconds % unit_s == 0), key=UNITS_S.__getitem__)
    return f"{seconds // UNITS_S[unit]}{unit}"


def read_retention(text: str) -> Retention:
    if re.fullmatch(r"[0-9]{1,15}", text.strip()):
        return Retention(entries=int(text))
    try:
        return Retention(age_s=read_duration(text))
    except OptionError:
        raise OptionError(f"{text!r} is neither a number of entries, such as 100000, nor an age, such as 7d") from None


def read_size(text: str) -> int:
    """Bytes."""
    found = re.fullmatch(r"([0-9]{1,12})([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise OptionError(f"{text!r} is not a size; write a number of bytes, or of K, M or G, such as 16M")
    return int(found[1]) * UNITS_BYTES[found[2].upper()]


def show_size(size_bytes: int) -> str:
    unit = max((unit for unit, size in UNITS_BYTES.items() if size_bytes % size == 0), key=UNITS_BYTES.__getitem__)
    return f"{size_bytes // UNITS_BYTES[unit]}{unit}"


def read_flag(text: str) -> bool:
    value = WORDS.get(text.strip().lower())
    if value is None:
        raise OptionError(f"{text!r} is neither true nor false; write 1 or 0")
    return value


def read_file(text: str) -> str:
    """The absolute path of an existing file."""
    path = Path(text).absolute()
    if not path.is_file():
        raise OptionError(f"{text}: no such file")
    if not os.access(path, os.R_OK):
        raise OptionError(f"{text}: this user may not read it")
    return str(path)


def read_folder(text: str) -> Path:
    """The path of a folder, which need not exist."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise OptionError(f"{text} is not a folder")
    return path


def read_url(text: str) -> str:
    """A base URL without a slash at its end."""
    try:
        parts = urlsplit(text)
        is_base = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        is_base = False
    if not is_base:
        raise OptionError(f"{text} is not a base URL; write https://mocks.example.org or with a path")
    return text.rstrip("/")


def read_domain(text: str) -> str:
    """A domain name in lower case, with or without a port."""
    if not _DOMAIN.fullmatch(text.lower()):
        raise OptionError(f"{text} is not a domain name; write mocks.example.org")
    return text.lower()


def read_path_prefix(text: str) -> str:
    """A path without a slash at its end."""
    if not _PATH_PREFIX.fullmatch(text):
        raise OptionError(f"{text} is not a path; write /mocks or /team/mocks")
    return text.rstrip("/")


def read_path_key(text: str) -> str:
    """A path segment that is not one of the server's own."""
    if not _PATH_KEY.fullmatch(text) or text in RESERVED_SEGMENTS:
        expected = "only letters, digits and . _ ~ -, at most 200 of them"
        raise OptionError(f"expected {expected}, and not one of the server's own paths, got {len(text)} characters")
    return text


def number_between(least: int, largest: int) -> Kind:
    def read(text: str) -> int:
        if re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()) and least <= int(text) <= largest:
            return int(text)
        raise OptionError(f"expected a whole number from {least} to {largest}, got {text!r}")

    return Kind("NUMBER", read)


def one_of(*words: str) -> Kind:
    def read(text: str) -> str:
        if text not in words:
            raise OptionError(f"expected {' or '.join(words)}, got {text!r}")
        return text

    return Kind(f"[{'|'.join(words)}]", read)


def size_of_at_least(least: int, multiple_of: int, largest: int | None = None) -> Kind:
    """A size that is raised to the minimum, and to the next multiple."""

    def read(text: str) -> int:
        size_bytes = read_size(text)
        if largest is not None and size_bytes > largest:
            raise OptionError(f"expected a size of at most {show_size(largest)}, got {text!r}")
        return -(-max(size_bytes, least) // multiple_of) * multiple_of

    return Kind("SIZE", read, show_size)


def size_between(least: int, largest: int) -> Kind:
    def read(text: str) -> int:
        size_bytes = read_size(text)
        if not least <= size_bytes <= largest:
            raise OptionError(f"expected a size from {show_size(least)} to {show_size(largest)}, got {text!r}")
        return size_bytes

    return Kind("SIZE", read, show_size)


TEXT = Kind("TEXT", str)
FLAG = Kind("", read_flag)
DURATION = Kind("DURATION", read_duration, show_duration)
SECONDS = Kind("DURATION", read_seconds, show_duration)
RETENTION = Kind("ENTRIES|AGE", read_retention)
SIZE = Kind("SIZE", read_size, show_size)
FILE = Kind("FILE", read_file)
FOLDER = Kind("FOLDER", read_folder)
URL = Kind("URL", read_url)
DOMAIN = Kind("DOMAIN", read_domain)
PATH_PREFIX = Kind("PATH", read_path_prefix)
PATH_KEY = Kind("KEY", read_path_key)
