"""Large JSON documents in halves, for two processes: each gets half of the paths, and everything else in the document.

In nearly every document, everything that an operation needs stands in its path item or outside of `paths`. For any
other document, either half may raise CannotBeHalved at any time while it is read; then the whole is read instead.
Nothing here judges a document: one with a fault is read as a whole, for its message.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from mockwave.answers.imported import SpecificationError
from mockwave.openapi.document.document import read_json
from mockwave.openapi.document.references import may_hold_external_references
from mockwave.openapi.document.surrogates import may_hold_surrogates
from mockwave.openapi.operations.path_templates import ORDINARY_TEMPLATE

Number = Literal[0, 1]

FIRST_SHARE: Final = 0.37
"""The first half's share of the paths' text. The process that reads it has more other work, and meets more that is
new."""

# Keywords that name a place other than by a path of keys, or refer to such names (JSON Schema 2020-12 §8.2).
IDENTIFIERS: Final = (b"$id", b"$anchor", b"$dynamic")

_NAME = re.compile(rb'[ \t\r\n]*[{,][ \t\r\n]*"(?:[^"\\]|\\.)*"[ \t\r\n]*:[ \t\r\n]*')
# An escaped letter, digit or "$": no writer does that, and it would hide the words that are searched for.
_ESCAPED_WORD = re.compile(rb"\\u00(?:24|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
_PARAMETER = re.compile(r"\{[^{}]*\}")

_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode


class CannotBeHalved(Exception):
    """The document has to be read as a whole."""


class Halves(Struct, frozen=True):
    """Where to cut the `text`: its paths stand from `start` to `end`, braces included, and the second half begins at
    the comma at `middle`; with the number of paths in each half."""

    text: bytes
    start: int
    middle: int
    end: int
    counts: tuple[int, int]


class _HalfOfPaths(dict[str, Any]):
    """Some of the paths; a reference to any other path leads into the other half."""

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self:
            raise CannotBeHalved
        return self[key]


def find_halves(text: bytes) -> Halves:
    """Finds the halves of the JSON document `text`, in UTF-8, from its members alone. Raises CannotBeHalved."""
    try:
        members = _decode_members(text)
        start, end = _find_paths(text, members)
        paths = _decode_members(members["paths"])
    except (msgspec.DecodeError, KeyError, RecursionError) as error:
        raise CannotBeHalved from error
    if len(paths) < 2 or not _are_different(list(paths)):
        raise CannotBeHalved
    wanted = start + (end - start) * FIRST_SHARE
    ends = _find_ends(text, start, list(paths.values())[:-1])
    count, middle = next(
        ((number, each) for number, each in enumerate(ends, 1) if each >= wanted or number == len(paths) - 1)
    )
    return Halves(text, start, middle, end, (count, len(paths) - count))


def read_half(halves: Halves, number: Number) -> dict[str, Any]:
    """Reads the document with half of its paths. Raises CannotBeHalved."""
    text = halves.text
    if number == 0:
        is_ordinary = not (may_hold_surrogates(text) or may_hold_external_references(text))
        written = b"%b}" % text[halves.start : halves.middle]
    else:
        is_ordinary = not (any(each in text for each in IDENTIFIERS) or _ESCAPED_WORD.search(text))
        written = b"{%b" % text[halves.middle + 1 : halves.end]
    if not is_ordinary:
        raise CannotBeHalved
    try:
        document: dict[str, Any] = read_json((b"%b{}%b" % (text[: halves.start], text[halves.end :])).decode())
        paths = read_json(written.decode())
    except (SpecificationError, json.JSONDecodeError, UnicodeDecodeError, OverflowError) as error:
        raise CannotBeHalved from error
    if len(paths) != halves.counts[number]:  # one occurs in both
        raise CannotBeHalved
    document["paths"] = _HalfOfPaths(paths)
    return document


def _find_paths(text: bytes, members: dict[str, Raw]) -> tuple[int, int]:
    """The start and end of the value of "paths" in the text of these members. Raises KeyError."""
    length = _length(members["paths"])
    for name, end in zip(members, _find_ends(text, 0, list(members.values())), strict=True):
        if name == "paths":
            return end - length, end
    raise KeyError


def _find_ends(text: bytes, position: int, values: Sequence[Raw]) -> Iterator[int]:
    """The ends of the values in the object at `position`, in order.

    If a name occurs twice, one value is missing, so the places are wrong. Then the cut text is not JSON, or has another
    number of members.
    """
    for value in values:
        name = _NAME.match(text, position)
        if name is None:
            raise CannotBeHalved
        position = name.end() + _length(value)
        yield position


def _length(value: Raw) -> int:
    return len(memoryview(value))


def _are_different(paths: list[str]) -> bool:
    """Whether no two of the paths can be the same route: they differ apart from parameter names, and contain nothing
    unusual (an escape, a query, a fragment, a rest)."""
    if not all(map(ORDINARY_TEMPLATE.fullmatch, paths)):
        return False
    return len({_PARAMETER.sub("{}", path) for path in paths}) == len(paths)
