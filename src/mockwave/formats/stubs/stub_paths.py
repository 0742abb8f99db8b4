"""Paths as other tools write them → path patterns (`mockwave.paths`), if those can express them.

    literal      WireMock's url and urlPath, HAR, mountebank   /carts/7      as it is, braces escaped
    regex        WireMock's url(Path)Pattern, MockServer       /carts/\\d+    a parameter, held to the expression
    Express      Mockoon                                       /carts/:id?   a pattern for each way to read it
    glob         Hoverfly                                      /carts/*      the rest of a path

A path that no pattern can express becomes a regular expression on the whole path, for a rule of the server.
"""

import re
from itertools import product
from typing import Any, Final

from msgspec import Struct

from mockwave.formats.stubs.expressions import read_literal_regex, strip_anchors
from mockwave.paths import PathError, parse_path

MAXIMUM_WAYS: Final = 16  # to read one path with optional parts

_NOT_LITERAL = re.compile(r"%(?![0-9A-Fa-f]{2})|[{}?#]|[\x00-\x1f\x7f]")
MAXIMUM_REGEX_CHARACTERS: Final = 4096

# Escapes of a class of characters that has no slash.
_SAFE_CLASSES = frozenset("dws")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PRIVATE: Final = 0xE000  # where escaped characters of a path wait, so that nothing takes them for syntax
_EXPRESS_PARAMETER = re.compile(r":([A-Za-z0-9_]+)")


class SaidPath(Struct, frozen=True):
    """A path pattern, and the operators that its parameters must match, by name."""

    path: str
    parameters: dict[str, Any] = {}


def escape_literal(path: str) -> str:
    """Returns the path pattern of a literal path."""
    escaped = _NOT_LITERAL.sub(lambda match: f"%{ord(match[0]):02X}", path)
    return "/".join("%2A%2A" if segment == "**" else segment for segment in escaped.split("/"))


def is_pattern(path: str) -> bool:
    """Whether the text is a path pattern."""
    try:
        parse_path(path)
    except PathError:
        return False
    return True


def read_regex(regex: str) -> SaidPath | None:
    """Returns the path pattern equal to a regular expression on the whole path; None if no pattern is."""
    text = strip_anchors(regex)
    if len(text) > MAXIMUM_REGEX_CHARACTERS:
        return None
    if text in (".*", "(.*)"):
        return SaidPath("/**")
    if text.endswith("(/.*)?"):  # as the rest of a path is written, which may be empty
        text = text.removesuffix("(/.*)?") + "/.*"
    segments = _split_segments(text)
    if segments is None or segments[0] != "":
        return None
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for index, segment in enumerate(segments[1:], 1):
        is_last = index == len(segments) - 1
        if is_last and segment in (".*", "(.*)", ".*?", "(.*?)"):
            parts.append("**")
            continue
        literal = read_literal_regex(segment) if segment else ""
        if literal is not None:
            parts.append(escape_literal(literal))
            continue
        if not _stays_in_segment(segment):
            return None
        name = f"p{len(parameters) + 1}"
        parts.append(f"{{{name}}}")
        parameters[name] = {} if _unwrap(segment) in ("[^/]+", "[^/]*", "[^/?]+", "[^/]+?") else {"matches": segment}
    path = "/" + "/".join(parts)
    if not is_pattern(path):
        return None
    return SaidPath(path, {name: operator for name, operator in parameters.items() if operator})


def _unwrap(segment: str) -> str:
    """What stands inside of a group that is the whole segment."""
    if segment.startswith("(") and segment.endswith(")") and "(" not in segment[1:-1]:
        return re.sub(r"^\?(?::|<[A-Za-z0-9]+>)", "", segment[1:-1])
    return segment


def _split_segments(text: str) -> list[str] | None:
    """The expression cut at slashes outside of groups and classes; None where one stands inside of a group."""
    segments = [""]
    depth = position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and text[position + 1 : position + 2] != "/":
            segments[-1] += text[position : position + 2]
            position += 2
            continue
        if character == "\\":
            position += 1
            character = "/"
        if character == "[":
            end = _class_end(text, position)
            if end is None:
                return None
            segments[-1] += text[position:end]
            position = end
            continue
        if character == "|" and depth == 0:
            return None
        depth += (character == "(") - (character == ")")
        if character == "/":
            if depth:
                return None
            segments.append("")
        else:
            segments[-1] += character
        position += 1
    return segments if depth == 0 else None


def _class_end(text: str, start: int) -> int | None:
    """Where the character class ends that begins at `start`."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == "]" and position > start + 1 and not (position == start + 2 and text[start + 1] == "^"):
            return position + 1
        else:
            position += 1
    return None


def _stays_in_segment(segment: str) -> bool:
    """Whether the expression matches no slash, as far as one can tell, and is never empty."""
    position = 0
    while position < len(segment):
        character = segment[position]
        end = position + 1
        if character == "\\":
            escaped = segment[position + 1 : position + 2]
            if not escaped or (escaped.isalnum() and escaped not in _SAFE_CLASSES):
                return False
            end = position + 2
        elif character == "[":
            found = _class_end(segment, position)
            if found is None or not _has_no_slash(segment[position + 1 : found - 1]):
                return False
            end = found
        elif character in ".^$":
            return False
        elif character == "(" and segment[position + 1 : position + 2] == "?":
            if segment[position + 1 : position + 3] != "?:":
                return False
            end = position + 3
        position = end
    try:
        return re.fullmatch(segment, "") is None
    except (re.error, RecursionError, OverflowError):
        return False


def _has_no_slash(inside: str) -> bool:
    """Whether a character class holds no slash, by what stands in its brackets."""
    if "&&" in inside or "[" in inside:
        return False
    if inside.startswith("^"):
        return "/" in inside
    if re.search(r"\\[DWSPp]", inside):
        return False
    plain = re.sub(r"\\.", "", inside)
    if "/" in inside:
        return False
    return all(not (low <= "/" <= high) for low, high in re.findall(r"(.)-(.)", plain))


def read_express(endpoint: str) -> list[str] | None:
    """Returns the path patterns of an Express path that begins with a slash; None if they cannot express it."""
    escaped = _ESCAPED.sub(lambda match: chr(_PRIVATE + ord(match[1])), endpoint)
    optional = re.sub(r"\{([^{}]*)\}", r"(\1)?", escaped)  # Express 5
    ways = _optional_ways(optional)
    if ways is None:
        return None
    patterns: dict[str, None] = {}
    for way in ways:
        pattern = _read_express_way(way)
        if pattern is None:
            return None
        patterns[pattern] = None
    return list(patterns)


def _optional_ways(path: str) -> list[str] | None:
    """Returns the path with and without each of its optional parts: `(b)?`, `/:id?`, `b?`."""
    pieces = re.split(r"(\([^()]*\)\?|/:[A-Za-z0-9_]+\?|[A-Za-z0-9]\?)", path)
    options: list[tuple[str, ...]] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            options.append((piece,))
        else:
            inner = piece[:-1]
            options.append((inner[1:-1] if inner.startswith("(") else inner, ""))
    count = 1
    for option in options:
        count *= len(option)
    if count > MAXIMUM_WAYS:
        return None
    return ["".join(each) or "/" for each in product(*options)]


def _read_express_way(path: str) -> str | None:
    segments = path.split("/")[1:]
    parts: list[str] = []
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        star = re.fullmatch(r"\*([A-Za-z0-9_]*)|\(\.\*\)|:([A-Za-z0-9_]+)\*", segment)
        if star is not None:
            if not is_last:
                return None
            name = star[1] or star[2]
            parts.append(f"{{{name}:*}}" if name else "**")
            continue
        pattern = _EXPRESS_PARAMETER.sub(r"{\1}", segment)
        if re.search(r"[*+?()\[\]\\^$|]", pattern):
            return None
        parts.append(pattern)
    pattern = "/" + "/".join(parts)
    pattern = "".join(_unescape(each) for each in pattern)
    return pattern if is_pattern(pattern) else None


def _unescape(character: str) -> str:
    """The path pattern of a character that was escaped; any other as it is."""
    code = ord(character) - _PRIVATE
    return escape_literal(chr(code)) if 0 <= code < 128 else character


def express_regex(endpoint: str) -> str:
    """Returns the regular expression of an Express path that path patterns cannot express."""
    text = re.sub(r"\{([^{}]*)\}", r"(\1)?", endpoint)
    text = re.sub(r"(?<![.\])\\])\*[A-Za-z0-9_]*", ".*", text)
    text = re.sub(r"/:[A-Za-z0-9_]+\?", "(?:/[^/]+)?", text)
    text = re.sub(r":[A-Za-z0-9_]+(\([^()]*\))", r"\1", text)
    return _EXPRESS_PARAMETER.sub("[^/]+", text)


def read_glob(glob: str) -> str | None:
    """Returns the path pattern of a glob, whose star matches anything, slashes too; None if no pattern is equal."""
    if "*" not in glob:
        return escape_literal(glob) if glob.startswith("/") else None
    if glob == "*":
        return "/**"
    if glob.startswith("/") and glob.endswith("/*") and "*" not in glob[:-1]:
        pattern = escape_literal(glob[:-1]) + "**"
        return pattern if is_pattern(pattern) else None
    return None


def glob_regex(glob: str) -> str:
    """Returns the regular expression of a glob."""
    return ".*".join(re.escape(part) for part in glob.split("*"))
