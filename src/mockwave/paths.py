"""The grammar of path patterns: text in, PathPattern or PathError out.

    pattern  = "/" *( segment "/" ) [ segment | "**" | "{" name ":*}" ]
    segment  = *( literal / "{" name "}" )        ; never two parameters side by side
    literal  = *( character / "%" HEXDIG HEXDIG ) ; characters may stand raw (UTF-8) or escaped: both are one path
    name     = 1*( any character but "{" "}" "/" "?" "#" and control characters )

A parameter stands for a whole segment or a part of one, but never for an empty text. `/**` and `{name:*}`, last in a
pattern, stand for the rest of a path, which may be empty: `/a/**` matches `/a`, `/a/` and `/a/b/c`. `/a` and `/a/` are
two patterns. Two patterns with equal keys are one path: names of parameters and the spelling of escapes do not count.
`cext/matcher/matcher.pyx` describes how a path finds its pattern.

A new kind of parameter has a key of its own (`_parse_segment`); matcher_paths.pxi makes a step of it (`read_key`),
matcher_tree.pxi says which segments fit (`fits`), and parameter_names.pyx what its name is.
"""

import json
import re
from enum import IntEnum
from functools import lru_cache
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec

from mockwave._parameter_names import read_parameter_names

MAXIMUM_PARAMETERS: Final = 64  # as many as a MatchSpans of the Matcher holds, a rest included
LONGEST_CACHED_SEGMENT: Final = 64  # characters; bounds the memory of the cache

RULES: Final[dict[str, str]] = {
    "start": "a path starts with /; write {suggestion}",
    "control": "a control character ({found}) cannot stand in a path at character {position}; escape it as {escape}",
    "surrogate": "half of a surrogate pair at character {position} is not a character; remove it",
    "query": "a path has no query, but ? stands at character {position}; remove it, or write %3F to mean the character",
    "fragment": "a path has no fragment, but # stands at character {position}; remove it, or write %23 to mean the "
    "character",
    "escape": "% at character {position} is not followed by two hexadecimal digits; write %25 to mean the character",
    "unclosed": "parameter opened at character {position} is never closed; write {{{name}}}",
    "unopened": "}} at character {position} closes no parameter; write %7D to mean the character",
    "nested": "parameter opened at character {position} stands inside another one; close the outer one first",
    "unnamed": "parameter at character {position} has no name; write {{name}}",
    "repeated": "parameter {{{name}}} at character {position} was named before; give it another name",
    "adjacent": "nothing separates the parameter at character {position} from the one before it; put text between them",
    "rest": "the rest of a path (** or {{name:*}}) must be the whole last segment; at character {position} it is not",
    "too-many": "a path takes at most {maximum} parameters, but one more opens at character {position}",
}


class PathError(ValueError):
    """Text that is not a path pattern: the `text`, the `rule` of RULES it breaks, and the `position` counted from 0."""

    def __init__(self, text: str, rule: str, position: int, **details: object) -> None:
        self.text = text
        self.rule = rule
        self.position = position
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        reason = RULES[rule].format(position=position, **details)
        super().__init__(f"path {json.dumps(shown, ensure_ascii=False)}: {reason}")


class SegmentKind(IntEnum):
    """The kind of a segment. The order is the precedence: of two patterns, the lower kind wins a segment."""

    LITERAL = 0
    PARTLY_LITERAL = 1
    PARAMETER = 2
    REST = 3


class Ending(IntEnum):
    """How a pattern ends after its last segment that matches exactly one segment of a path."""

    PLAIN = 0
    SLASH = 1
    REST = 2


class Segment(msgspec.Struct, frozen=True):
    """One segment: `literals[0] {names[0]} literals[1] {names[1]} … literals[-1]`.

    There is always one more literal than names: a literal segment is one literal, and a lone parameter stands between
    two empty ones. A rest has no literals, and at most one name. Escapes in literals are decoded, except %2F and %25,
    so that a slash in a literal always separates. `key` is equal for two segments that match alike.
    """

    kind: SegmentKind
    literals: tuple[bytes, ...]
    names: tuple[str, ...]
    key: str


class PathPattern(msgspec.Struct, frozen=True):
    """A path pattern, read.

    `key` is equal for two patterns that are one path; it is what the Matcher compiles.
    """

    text: str
    segments: tuple[Segment, ...]
    parameter_names: tuple[str, ...]
    key: str
    ending: Ending


class StoredPattern(msgspec.Struct, frozen=True, gc=False):
    """The part of a PathPattern that the Matcher needs."""

    key: str
    parameter_names: tuple[str, ...]


def read_stored_path(text: str, key: str) -> StoredPattern:
    """Returns a pattern that was parsed before, from its text and the key of its PathPattern, at almost no cost."""
    return StoredPattern(key, read_parameter_names(text))


def parse_path(text: str) -> PathPattern:
    """Reads the pattern `text`. Raises PathError, which says what is wrong, where, and what to write instead."""
    if not text.startswith("/"):
        raise PathError(text, "start", 0, suggestion=f"/{text[:200]}")
    _refuse_characters(text)
    parts = text[1:].split("/")
    ending = Ending.PLAIN
    if parts[-1] == "":
        parts.pop()
        ending = Ending.SLASH

    segments = _read_ordinary(text, parts) or _read_segments(text, parts, ending)
    if segments and segments[-1].kind is SegmentKind.REST:
        ending = Ending.REST
    names = tuple([name for segment in segments for name in segment.names])
    if len(names) >= MAXIMUM_PARAMETERS or len(set(names)) < len(names):
        _refuse_names(text, names, ending)
    key = "/" + "/".join([segment.key for segment in segments])
    if ending is Ending.SLASH and segments:
        key += "/"
    return PathPattern(text, tuple(segments), names, key, ending)


def _read_ordinary(text: str, parts: list[str]) -> list[Segment] | None:
    """The segments of a path as most are: short ones, none of them a rest; None where it is none, or has a fault."""
    if "*" in text or len(max(parts, key=len, default="")) > LONGEST_CACHED_SEGMENT:
        return None
    try:
        return list(map(_cached_segment, parts))
    except _Fault:
        return None


def _read_segments(text: str, parts: list[str], ending: Ending) -> list[Segment]:
    segments: list[Segment] = []
    for index, part in enumerate(parts):
        try:
            segment = _cached_segment(part) if len(part) <= LONGEST_CACHED_SEGMENT else _parse_segment(part)
        except _Fault as fault:
            raise PathError(text, fault.rule, _position(parts, index) + fault.index, **fault.details) from None
        segments.append(segment)
        if segment.kind is SegmentKind.REST and (ending is Ending.SLASH or index + 1 < len(parts)):
            raise PathError(text, "rest", _position(parts, index))
    return segments


def _position(parts: list[str], index: int) -> int:
    """The position in a path of these parts at which the part `index` begins."""
    return 1 + index + sum(map(len, parts[:index]))


def literal_key(segment: str) -> str:
    """The key of a segment of literal text; a `%` that does not begin an escape means itself."""
    return quote_from_bytes(unquote_to_bytes(segment), safe=_UNESCAPED_IN_KEYS)


_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff?#]")
_FORBIDDEN_RULES: Final = {"?": "query", "#": "fragment"}
_SYNTAX = re.compile(r"[{}%*]")
_REST = re.compile(r"\*\*|\{([^{}]*):\*\}")
_TOKEN = re.compile(r"(?P<literal>(?:[^{}%]|%[0-9A-Fa-f]{2})++)|(?P<parameter>\{[^{}]*\})|(?P<fault>.)", re.DOTALL)
_UNESCAPED_IN_KEYS: Final = "!$&'()+,;=:@"  # RFC 3986 §3.3: pchar, except the `*` of a rest


class _Fault(Exception):
    """A broken rule at `index` of a segment, before it is known where in the path the segment stands."""

    def __init__(self, rule: str, index: int, **details: object) -> None:
        self.rule = rule
        self.index = index
        self.details = details


def _refuse_characters(text: str) -> None:
    if text.isascii() and text.isprintable() and "?" not in text and "#" not in text:  # as most are
        return
    forbidden = _FORBIDDEN.search(text)
    if forbidden is None:
        return
    found = forbidden[0]
    rule = _FORBIDDEN_RULES.get(found, "surrogate" if "\ud800" <= found <= "\udfff" else "control")
    escape = "" if rule == "surrogate" else quote_from_bytes(found.encode(), safe="")
    raise PathError(text, rule, forbidden.start(), found=f"U+{ord(found):04X}", escape=escape)


def _parse_segment(part: str) -> Segment:
    if _SYNTAX.search(part) is None:
        return _segment([part.encode()], [])
    rest = _REST.fullmatch(part)
    if rest is None:
        return _parse_pieces(part)
    if rest[1] is not None and not rest[1].strip():
        raise _Fault("unnamed", 0)
    return Segment(SegmentKind.REST, (), () if rest[1] is None else (rest[1],), "**")


_cached_segment = lru_cache(maxsize=4096)(_parse_segment)


def _parse_pieces(part: str) -> Segment:
    literals = [b""]
    names: list[str] = []
    parameter_end = -1
    for token in _TOKEN.finditer(part):
        if token.lastgroup == "fault":
            raise _unreadable(part, token.start())
        if token.lastgroup == "literal":
            literals[-1] = unquote_to_bytes(token[0])
            continue
        name = token[0][1:-1]
        if not name.strip():
            raise _Fault("unnamed", token.start())
        if name.endswith(":*"):
            raise _Fault("rest", token.start())
        if parameter_end == token.start():
            raise _Fault("adjacent", token.start())
        parameter_end = token.end()
        names.append(name)
        literals.append(b"")
    return _segment(literals, names)


def _unreadable(part: str, index: int) -> _Fault:
    """The fault of the brace or percent sign at `index`, which does not begin a token."""
    if part[index] == "%":
        return _Fault("escape", index)
    if part[index] == "}":
        return _Fault("unopened", index)
    another = part.find("{", index + 1)
    if another != -1:
        return _Fault("nested", another)
    return _Fault("unclosed", index, name=part[index + 1 :] or "name")


def _segment(literals: list[bytes], names: list[str]) -> Segment:
    """The segment of these decoded literals. Its key escapes braces and stars that are literal text."""
    kind = SegmentKind.LITERAL
    if names:
        kind = SegmentKind.PARTLY_LITERAL if any(literals) else SegmentKind.PARAMETER
    key = "{}".join(quote_from_bytes(literal, safe=_UNESCAPED_IN_KEYS) for literal in literals)
    texts = tuple(literal.replace(b"%", b"%25").replace(b"/", b"%2F") for literal in literals)
    return Segment(kind, texts, tuple(names), key)


def _refuse_names(text: str, names: tuple[str, ...], ending: Ending) -> None:
    """Refuses the first name that repeats another or is one too many."""
    seen: set[str] = set()
    position = -1
    for name in names:
        position = text.index("{", position + 1)
        if name in seen:
            raise PathError(text, "repeated", position, name=name)
        if len(seen) == MAXIMUM_PARAMETERS:
            raise PathError(text, "too-many", position, maximum=MAXIMUM_PARAMETERS)
        seen.add(name)
    if len(names) == MAXIMUM_PARAMETERS and ending is Ending.REST and text.endswith("/**"):
        raise PathError(text, "too-many", len(text) - 2, maximum=MAXIMUM_PARAMETERS)
