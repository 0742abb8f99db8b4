"""Large JSON documents in halves, for two processes: each has half of the paths, and all else that the document says.

What an operation needs stands in its own path item or outside of `paths`, in nearly every document. Where a document is
not of that kind, or might not be, CannotBeHalved is raised, by either half and at any time while it is read: then the
whole is read instead. Nothing here judges a document; of one with a fault the whole is to be read, for its message.
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
"""Of the text of the paths. Whoever reads the first half has more to do besides, and meets more that is new to it."""

# What gives places a name that is not a path of keys, or refers to such names (JSON Schema 2020-12 §8.2).
IDENTIFIERS: Final = (b"$id", b"$anchor", b"$dynamic")

_NAME = re.compile(rb'[ \t\r\n]*[{,][ \t\r\n]*"(?:[^"\\]|\\.)*"[ \t\r\n]*:[ \t\r\n]*')
# A letter, a digit or "$" in disguise: no writer does that, and the words looked for would be overlooked.
_ESCAPED_WORD = re.compile(rb"\\u00(?:24|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
_PARAMETER = re.compile(r"\{[^{}]*\}")

_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode


class CannotBeHalved(Exception):
    """The document has to be read as a whole."""


class Halves(Struct, frozen=True):
    """Where the `text` is cut: its paths from `start` to `end`, braces included, the second half of them from the comma
    at `middle`; and how many there are in each half."""

    text: bytes
    start: int
    middle: int
    end: int
    counts: tuple[int, int]


class _HalfOfPaths(dict[str, Any]):
    """Some of the paths: a reference to another one leads into the other half."""

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self:
            raise CannotBeHalved
        return self[key]


def find_halves(text: bytes) -> Halves:
    """The halves of the JSON document `text`, in UTF-8. Looks at its members alone. Raises CannotBeHalved."""
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
    """The document with half of its paths. Raises CannotBeHalved."""
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
    """From where to where the value of "paths" stands in the text of these members. Raises KeyError."""
    length = _length(members["paths"])
    for name, end in zip(members, _find_ends(text, 0, list(members.values())), strict=True):
        if name == "paths":
            return end - length, end
    raise KeyError


def _find_ends(text: bytes, position: int, values: Sequence[Raw]) -> Iterator[int]:
    """Where each of the values ends that stand in the object at `position`, one after the other.

    Where a name occurs twice there is a value less than the text has, so the places are wrong; then what is cut out by
    them is not JSON, or does not have as many members.
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
    """Whether no two of the paths can be the same route: they differ without the names of their parameters, and nothing
    in them is out of the ordinary (an escape, a query, a fragment, a rest)."""
    if not all(map(ORDINARY_TEMPLATE.fullmatch, paths)):
        return False
    return len({_PARAMETER.sub("{}", path) for path in paths}) == len(paths)
