"""Scalars of YAML by the core schema (YAML 1.2 §10.3.2), and values without a JSON form.

`0644` is 644, `0o14` is 12; `0b11`, `1_000`, `yes`, `12:30:00` and `2020-01-01` are strings, since YAML 1.2 gives them
no other meaning. A tag of the schema is obeyed, a tag of an application skipped. A float beyond a double's range stays
text.
"""

import re
from collections.abc import Callable
from math import isfinite
from typing import Any, Final

from mockwave.openapi.document.document_numbers import read_integer

NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
TRUE: Final = frozenset(("true", "True", "TRUE"))
FALSE: Final = frozenset(("false", "False", "FALSE"))
INFINITIES: Final[dict[str, float]] = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_CONSTANTS: Final[dict[str, Any]] = {
    **dict.fromkeys(NULL),
    **dict.fromkeys(TRUE, True),
    **dict.fromkeys(FALSE, False),
    **INFINITIES,
}

_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_FIRST_OF_NUMBERS: Final = frozenset("0123456789+-.")

TAGS: Final = "tag:yaml.org,2002:"


class NotOfTag(ValueError):
    """The text of a scalar is not of the type that its tag names."""


def resolve_scalar(text: str, tag: str | None, *, is_plain: bool) -> Any:
    """Returns the value of a scalar. Raises NotOfTag, NumberTooLong."""
    if tag is None:
        return resolve_plain(text) if is_plain else text
    if tag == "!":  # the non-specific tag: a string (§6.9.1)
        return text
    resolve = _BY_TAG.get(tag)
    if resolve is not None:
        return resolve(text)
    return resolve_plain(text) if is_plain and not tag.startswith(TAGS) else text


def resolve_plain(text: str) -> Any:
    """The value of a plain scalar without a tag."""
    if text[:1] not in _FIRST_OF_NUMBERS:
        return _CONSTANTS.get(text, text)
    if text in INFINITIES:
        return INFINITIES[text]
    integer = _read_integer(text)
    if integer is not None:
        return integer
    number = float(text) if _FLOAT.fullmatch(text) else None
    return text if number is None or not isfinite(number) else number


def key_text(key: Any, written: str) -> str:
    """The key of a mapping as JSON would write it; `written`, if it has no JSON form."""
    if isinstance(key, str):
        return key
    if key is None:
        return "null"
    if isinstance(key, bool):
        return str(key).lower()
    return written if isinstance(key, float) and not isfinite(key) else str(key)


def _read_integer(text: str) -> int | None:
    if _DECIMAL.fullmatch(text):
        return read_integer(text)
    if _OCTAL.fullmatch(text):
        return read_integer(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return read_integer(text[2:], 16)
    return None


def _read_null(text: str) -> None:
    if text not in NULL:
        raise NotOfTag("null")


def _read_boolean(text: str) -> bool:
    if text not in TRUE and text not in FALSE:
        raise NotOfTag("a boolean")
    return text in TRUE


def _read_tagged_integer(text: str) -> int:
    integer = _read_integer(text)
    if integer is None:
        raise NotOfTag("an integer")
    return integer


def _read_tagged_float(text: str) -> float:
    if text in INFINITIES:
        return INFINITIES[text]
    if not _FLOAT.fullmatch(text) or not isfinite(float(text)):
        raise NotOfTag("a number that a double can hold")
    return float(text)


_BY_TAG: Final[dict[str, Callable[[str], Any]]] = {
    f"{TAGS}str": str,
    f"{TAGS}null": _read_null,
    f"{TAGS}bool": _read_boolean,
    f"{TAGS}int": _read_tagged_integer,
    f"{TAGS}float": _read_tagged_float,
}
