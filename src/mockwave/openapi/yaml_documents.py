"""YAML 1.2 text to a tree of dicts, lists and scalars.

ryaml reads most documents, ten times faster than anything else and safe at any depth, but it copies what an alias
stands for, leaves merge keys alone, and refuses some legal scalars. So: what the aliases of a text would expand to is
estimated before it is parsed; merge keys are applied here; and where ryaml refuses what YAML 1.2 allows, or the
estimate is high, `yaml_events` takes over, slowly but without copies. Keys that are not strings (`200:`) become
strings, as they are in JSON.
"""

import re
from bisect import bisect_right
from typing import Any, Final, NoReturn

import ryaml

from mockwave.openapi.document import TOO_DEEP, first_repeated, refuse
from mockwave.openapi.report import pointer_below

# ryaml needs about 30 bytes of memory for a character at worst: 8 million expanded characters stay below 256 MB.
MAXIMUM_EXPANSION: Final = 8_000_000

MAXIMUM_OPENED: Final = 300
TOO_FAR: Final = 1 << 40

# Messages of ryaml for scalars that YAML 1.2 allows.
REFUSED_THOUGH_LEGAL: Final = ("as u128", "as i128", "invalid Unicode character escape code")


def read_yaml(text: str) -> Any:
    """The tree of the one YAML document in `text`; SpecificationError names line and column of a fault."""
    if is_nested_beyond_reading(text):
        refuse(TOO_DEEP)
    if estimate_expansion(text) > max(MAXIMUM_EXPANSION, 2 * len(text)):
        return _read_slowly(text)
    try:
        tree = ryaml.loads(text)  # type: ignore[attr-defined]  # its stubs forget to export it
    except ValueError as error:
        message = str(error)
        if any(sign in message for sign in REFUSED_THOUGH_LEGAL):
            return _read_slowly(text)
        _refuse_yaml(text, message, error)
    return normalise_mappings(tree, "")


def _read_slowly(text: str) -> Any:
    # ruamel.yaml takes 60 ms to import, and one document in a thousand needs it.
    from mockwave.openapi.yaml_events import read_yaml_events

    return read_yaml_events(text)


def _refuse_yaml(text: str, message: str, error: ValueError) -> NoReturn:
    if "recursion limit" in message:
        refuse(TOO_DEEP, cause=error)
    if "unhashable" in message:
        refuse("a mapping has a collection as a key, for which JSON has no form; name its keys", cause=error)
    duplicate = re.search(r'duplicate entry with key "(.*)"(?: at (line \d+ column \d+))?', message)
    if duplicate is not None:
        place = duplicate[2]
        where = f" that begins at {place}" if place else _find_second_root_key(text, duplicate[1])
        refuse(f"the key {duplicate[1]!r} occurs twice in the mapping{where}", cause=error)
    refuse(f"not valid YAML: {message}", cause=error)


def _find_second_root_key(text: str, key: str) -> str:
    """Where the root mapping names `key` again, as `, again at line N`: ryaml leaves it out for the root."""
    lines = re.compile(rf"^[\"']?{re.escape(key)}[\"']?[ \t]*:", re.MULTILINE)
    starts = [match.start() for match in lines.finditer(text)]
    if len(starts) < 2:
        return ""
    return f", again at line {text.count(chr(10), 0, starts[1]) + 1}"


def normalise_mappings(tree: Any, pointer: str) -> Any:
    """`tree` with string keys only and merge keys applied; its depth is bounded by ryaml (128)."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, dict | list):
                tree[key] = normalise_mappings(value, pointer_below(pointer, key_text(key)))
        return merge_mapping(tree, pointer)
    if isinstance(tree, list):
        for index, item in enumerate(tree):
            if isinstance(item, dict | list):
                tree[index] = normalise_mappings(item, pointer_below(pointer, index))
    return tree


def merge_mapping(mapping: dict[Any, Any], pointer: str) -> dict[str, Any]:
    """`mapping`, whose values are normalised, with string keys and what its merge key brings behind its own entries."""
    if "<<" not in mapping and all(type(key) is str for key in mapping):
        return mapping
    merged = {key_text(key): value for key, value in mapping.items()}
    if len(merged) != len(mapping):
        repeated = first_repeated(key_text(key) for key in mapping)
        refuse(f"the key {repeated!r} occurs twice in one mapping", pointer)
    source = merged.get("<<")
    sources = source if isinstance(source, list) else [source]
    if "<<" in merged and all(isinstance(each, dict) for each in sources):
        del merged["<<"]
        for each in filter(None, sources):
            for key, value in each.items():
                merged.setdefault(key, value)
    return merged


def key_text(key: Any) -> str:
    """The key of a mapping as JSON would write it."""
    if isinstance(key, str):
        return key
    if key is None:
        return "null"
    return str(key).lower() if isinstance(key, bool) else str(key)


# Brackets opened one after another with next to nothing between. Possessive, so that no position is scanned twice.
_OPENED = re.compile(r"(?:[\[{][^\[\]{}\"']{0,40}+){16,}+")

_ANCHOR = re.compile(r"&(?<![^\s\[{,]&)([^\s,\[\]{}]+)")
_MARK = re.compile(r"([&*])(?<![^\s\[{,][&*])([^\s,\[\]{}]+)")
_LINE = re.compile(r"^( *)(\S?)", re.MULTILINE)
_BRACKETS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[\[\]{}]", re.DOTALL)


def is_nested_beyond_reading(text: str) -> bool:
    """Whether `text` opens brackets inside brackets by the hundred. ryaml would refuse that in the end, but takes time
    in proportion to the square of their number first."""
    runs = _OPENED.finditer(text)
    return any(run[0].count("[") + run[0].count("{") > MAXIMUM_OPENED for run in runs)


def estimate_expansion(text: str) -> int:
    """How many characters `text` would have with each alias written out; 0 without any.

    An anchor stands for the text up to the next line that is indented no deeper, or to its closing bracket.
    """
    names = set(_ANCHOR.findall(text))
    if not names:
        return 0
    marks = [match for match in _MARK.finditer(text) if match[2] in names]
    if all(match[1] == "&" for match in marks):
        return 0
    line_starts: list[int] = []
    line_indents: list[tuple[int, str]] = []
    for match in _LINE.finditer(text):
        line_starts.append(match.start())
        line_indents.append((len(match[1]), match[2]))

    total = len(text)
    scanned = 0
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[int, str]] = []  # (end, name), the innermost last
    for match in marks:
        position = match.start(1)
        while open_anchors and open_anchors[-1][0] <= position:
            open_anchors.pop()
        if match[1] == "&":
            end = _extent(text, match.end(), bisect_right(line_starts, position) - 1, line_starts, line_indents)
            sizes[match[2]] = end - position
            open_anchors.append((end, match[2]))
            scanned += end - position
            if scanned > 200 * len(text):  # deeper than any document: let the exact way decide
                return TOO_FAR
            continue
        size = sizes.get(match[2], 0)
        total += size
        for _, name in open_anchors[-32:]:
            sizes[name] += size
        if total > TOO_FAR:
            break
    return total


def _extent(text: str, start: int, line: int, starts: list[int], indents: list[tuple[int, str]]) -> int:
    """Where the node ends whose anchor, on line number `line`, ends at `start`."""
    rest = text[start : start + 200].lstrip(" ")
    if rest[:1] in ("[", "{"):
        depth = 0
        for match in _BRACKETS.finditer(text, start):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
            if depth == 0:
                return match.end()
        return len(text)
    if rest[:1] not in ("\n", "\r", "", "!", "|", ">", "#") and indents[line][1] != "-":
        return starts[line + 1] if line + 1 < len(starts) else len(text)  # a scalar on the anchor's own line
    indent, first = indents[line]
    for following in range(line + 1, len(starts)):
        deeper, sign = indents[following]
        if sign and (deeper < indent or (deeper == indent and (first == "-" or sign != "-"))):
            return starts[following]
    return len(text)
