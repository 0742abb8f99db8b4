"""The tree of a YAML text, built from the events of libyaml's parser.

The target of an alias is shared, not copied. The size that the tree would have with copies is counted and bounded, so
that any later walk through the tree ends. The builder keeps its own stack: no depth of nesting can exhaust Python's.
Scalars follow the core schema (`core_schema`). A plain `<<` merges mappings into its own
(https://yaml.org/type/merge.html); YAML 1.2 has dropped it, but every document with anchors uses it.
"""

import re
from typing import Any, Final

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from mockwave.openapi.document.core_schema import TAGS, NotOfTag, key_text, resolve_plain, resolve_scalar
from mockwave.openapi.document.document_numbers import NumberTooLong
from mockwave.openapi.document.report import TOO_DEEP, refuse

MAXIMUM_EXPANSION: Final = 3_000_000  # values that aliases add to those that are written
MAXIMUM_DEPTH: Final = 400

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_MERGE: Final = object()  # the merge key


class _Collection:
    """A mapping or sequence being read: its finished nodes (keys and values in turn), their sizes, and its anchor."""

    __slots__ = ("anchor", "is_mapping", "lines", "nodes", "size")

    def __init__(self, is_mapping: bool, anchor: str | None) -> None:
        self.is_mapping = is_mapping
        self.anchor = anchor
        self.nodes: list[Any] = []
        self.lines: list[int] = []  # of the keys
        self.size = 1

    @property
    def awaits_key(self) -> bool:
        return self.is_mapping and len(self.nodes) % 2 == 0

    def finish(self) -> Any:
        if not self.is_mapping:
            return self.nodes
        keys = self.nodes[::2]
        mapping: dict[str, Any] = dict(zip(keys, self.nodes[1::2], strict=True))
        if _MERGE not in mapping and len(mapping) == len(keys):
            return mapping
        return self._merge(keys)

    def _merge(self, keys: list[Any]) -> dict[str, Any]:
        """The mapping with its own entries, followed by those of its merge keys."""
        mapping: dict[str, Any] = {}
        brought: list[dict[str, Any]] = []
        for key, value, line in zip(keys, self.nodes[1::2], self.lines, strict=True):
            sources = value if isinstance(value, list) else [value]
            if key is _MERGE and all(isinstance(each, dict) for each in sources):
                brought += sources
                continue
            name = "<<" if key is _MERGE else key
            if name in mapping:
                refuse(f"the key {name!r} occurs twice in one mapping, again at line {line}")
            mapping[name] = value
        for source in brought:
            for name, value in source.items():
                mapping.setdefault(name, value)
        return mapping


def read_yaml_events(text: str) -> Any:
    """Returns the tree of the only YAML document in `text`. Raises SpecificationError, which names line and column of
    the fault."""
    try:
        return _build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except MarkedYAMLError as error:
        if "maximum nesting depth" in str(error.problem):
            refuse(TOO_DEEP, cause=error)
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        context = f", {error.context}" if error.context and error.problem else ""
        refuse(f"not valid YAML: {error.problem or error.context}{place}{context}", cause=error)
    except (ReaderError, UnicodeEncodeError) as error:
        refuse(f"not valid YAML: {_describe_control(text) or error}", cause=error)
    except (YAMLError, ValueError) as error:
        refuse(f"not valid YAML: {error}", cause=error)


def _describe_control(text: str) -> str:
    """The first character that YAML forbids (§5.1)."""
    found = _CONTROL.search(text)
    if found is None:
        return ""
    line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    return f"the character U+{ord(found[0]):04X} at line {line} column {column} may not stand in it"


def _build(events: Any) -> Any:
    anchors: dict[str, tuple[Any, int] | None] = {}
    open_collections: list[_Collection] = []
    root = current = _Collection(False, None)
    documents = values = 0
    # Invariant: `current` is the innermost open collection, `open_collections` those around it, outermost first.
    for event in events:
        # 1. The event completes a node, with its size and anchor; after other events the loop continues.
        kind = type(event)
        if kind is ScalarEvent:
            size, anchor = 1, event.anchor
            node = _read_scalar(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if len(open_collections) >= MAXIMUM_DEPTH:
                refuse(TOO_DEEP)
            if event.anchor is not None:
                anchors[event.anchor] = None  # known, but incomplete: an alias inside would make a circle
            open_collections.append(current)
            current = _Collection(kind is MappingStartEvent, event.anchor)
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            node, size, anchor = current.finish(), current.size, current.anchor
            current = open_collections.pop()
        elif kind is AliasEvent:
            known = anchors.get(event.anchor)
            if known is None:
                reason = "stands inside its own target" if event.anchor in anchors else "names no anchor before it"
                refuse(f"not valid YAML: the alias *{event.anchor} {reason}, at line {_line_of(event)}")
            (node, size), anchor = known, None
        elif kind is DocumentStartEvent:
            documents += 1
            if documents > 1:
                refuse(f"expected one YAML document, but another begins at line {_line_of(event)}")
            continue
        else:
            continue
        # 2. The node is complete: aliases may name it from here on.
        if anchor is not None:
            anchors[anchor] = (node, size)
        if current.awaits_key:
            current.lines.append(_line_of(event))
            node = _name(node, event)
        # 3. It belongs to the collection around it. `size` includes the targets of aliases, `values` only what is
        # written.
        current.nodes.append(node)
        current.size += size
        values += 1
        if current.size - values > MAXIMUM_EXPANSION:
            message = f"the aliases of this document expand to more than {MAXIMUM_EXPANSION} values"
            refuse(f"{message} (at line {_line_of(event)})")
    return root.nodes[0] if root.nodes else None


def _read_scalar(event: ScalarEvent) -> Any:
    text: str = event.value
    is_plain = event.style is None or event.style == ""
    if is_plain and event.tag is None:
        try:
            return resolve_plain(text)
        except NumberTooLong as error:
            refuse(f"{error} (at line {_line_of(event)})", cause=error)
    try:
        return resolve_scalar(text, event.tag, is_plain=is_plain)
    except NotOfTag as error:
        message = f"{text[:60]!r} at line {_line_of(event)} is not {error}, as its tag {event.tag} says"
        refuse(message, cause=error)
    except NumberTooLong as error:
        refuse(f"{error} (at line {_line_of(event)})", cause=error)


def _name(node: Any, event: Any) -> Any:
    """The text of `node` as a key."""
    if isinstance(node, dict | list):
        reason = "a mapping has a collection as a key, for which JSON has no form; name its keys"
        refuse(f"{reason} (at line {_line_of(event)})")
    is_scalar = type(event) is ScalarEvent
    if is_scalar and event.value == "<<" and event.style in (None, "") and event.tag in (None, f"{TAGS}merge"):
        return _MERGE
    return key_text(node, event.value if is_scalar else str(node))


def _line_of(event: Any) -> int:
    return int(event.start_mark.line) + 1
