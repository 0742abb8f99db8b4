"""The slow way to read YAML: a tree built from the events of ruamel.yaml's parser.

It takes what ryaml refuses though YAML 1.2 allows it: integers of any size, surrogate pairs, aliases by the thousand.
What an alias stands for is shared, not copied; how large the tree would be if it were copied is counted, and
bounded, so that whoever walks the tree later ends. The builder keeps its own stack: no depth of nesting can
exhaust Python's. Plain scalars follow the core schema of YAML 1.2 §10.3, as ryaml reads it (`012` is a string).
"""

import re
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mockwave.openapi.document import TOO_DEEP, refuse
from mockwave.openapi.yaml_documents import key_text, merge_mapping

MAXIMUM_NODES: Final = 3_000_000
MAXIMUM_DEPTH: Final = 400

_CONSTANTS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*|0o[0-7]+|0x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class _Collection:
    """A mapping or sequence being read: its finished nodes (keys and values in turn), their sizes, its anchor."""

    __slots__ = ("anchor", "is_mapping", "line", "nodes", "size")

    def __init__(self, is_mapping: bool, anchor: str | None, line: int) -> None:
        self.is_mapping = is_mapping
        self.anchor = anchor
        self.line = line
        self.nodes: list[Any] = []
        self.size = 1

    def finish(self) -> Any:
        if not self.is_mapping:
            return self.nodes
        mapping: dict[Any, Any] = {}
        for key, value in zip(self.nodes[::2], self.nodes[1::2], strict=True):
            if isinstance(key, dict | list):
                refuse(f"not valid here: a mapping with a collection as a key, at line {self.line}")
            if key in mapping:
                refuse(f"the key {key_text(key)!r} occurs twice in one mapping at line {self.line}")
            mapping[key] = value
        return merge_mapping(mapping, "")


def read_yaml_events(text: str) -> Any:
    """The tree of the one YAML document in `text`; SpecificationError names line and column of a fault."""
    try:
        return _build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        refuse(f"not valid YAML: {error.problem or error.context}{place}", cause=error)
    except (YAMLError, ValueError, RecursionError) as error:
        refuse(
            f"not valid YAML: {str(error).splitlines()[0] if str(error) else 'it is nested too deeply'}", cause=error
        )


def _build(events: Any) -> Any:
    anchors: dict[str, tuple[Any, int] | None] = {}
    open_collections: list[_Collection] = []
    root = _Collection(False, None, 1)
    current = root
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                refuse(f"expected one YAML document, but another begins at line {line}")
            continue
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(open_collections) >= MAXIMUM_DEPTH:
                refuse(TOO_DEEP)
            if event.anchor is not None:
                anchors[event.anchor] = None
            open_collections.append(current)
            current = _Collection(isinstance(event, MappingStartEvent), event.anchor, line)
            continue
        if isinstance(event, ScalarEvent):
            node, size, anchor = _scalar(event), 1, event.anchor
        elif isinstance(event, AliasEvent):
            known = anchors.get(event.anchor)
            if known is None:
                reason = "stands inside what it names" if event.anchor in anchors else "names no anchor before it"
                refuse(f"not valid YAML: the alias *{event.anchor} at line {line} {reason}")
            (node, size), anchor = known, None
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            node, size, anchor = current.finish(), current.size, current.anchor
            current = open_collections.pop()
        else:
            continue
        current.nodes.append(node)
        current.size += size
        if current.size > MAXIMUM_NODES:
            refuse(f"the aliases of this document expand to more than {MAXIMUM_NODES} values (at line {line})")
        if anchor is not None:
            anchors[anchor] = (node, size)
    return root.nodes[0] if root.nodes else None


def _scalar(event: ScalarEvent) -> Any:
    text: str = event.value
    if _SURROGATE.search(text):  # JSON's way to escape a character beyond U+FFFF, in two halves
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not event.implicit[0]:  # quoted, a block scalar, or tagged
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        number = int(digits, 0)
        return -number if text.startswith("-") else number
    if _FLOAT.fullmatch(text) and not re.match(r"[-+]?0[0-9]", text):
        return float(text)
    return text
