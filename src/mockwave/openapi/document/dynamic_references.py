"""`$dynamicRef`: bound before schemas are read, so that all other rooms meet only plain `$ref`s.

A `$dynamicRef: "#T"` stands for the `$dynamicAnchor: T` of the outermost schema resource on the way to it (JSON Schema
2020-12 §8.2.3.2): a generic list, referred to from a list of pets that has the anchor too, is a list of pets. So if a
resource with anchors refers to a schema that depends on them, it gets a copy of that schema in which they are bound;
copies refer to copies. Copies stand below `COPIES` in the tree, and Problems shows their places as those of the
originals.

A resource is a schema with an `$id`. In the many documents without `$id`, each of `components/schemas` counts as one.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from mockwave.openapi.document.references import NAME_MAPS, Located, References, as_reference, holds_data
from mockwave.openapi.document.report import Problems
from mockwave.pointers import pointer_below

COPIES: Final = "x-dynamic-references"
MAXIMUM_COPIES: Final = 1_000
REFERENCES: Final = ("$ref", "$dynamicRef")

Bindings = dict[str, str]  # anchors, and the pointers of their nodes


def bind_dynamic_references(document: dict[str, Any], references: References, problems: Problems) -> None:
    """Replaces, in place, each `$dynamicRef` of `document` that is bound to something."""
    references.collect_resources()  # while there are no copies
    _Binding(document, references, problems).run()


class _Binding:
    """The conversion of one document's dynamic references to plain ones."""

    def __init__(self, document: dict[str, Any], references: References, problems: Problems) -> None:
        self._document = document
        self._references = references
        self._problems = problems
        self._nodes = list(_walk(Located(document, "")))
        self._resources: dict[int, str] = {}  # of each node, by the pointer of the resource
        self._anchors: dict[str, Bindings] = {}  # by the pointer of the resource
        self._copied: list[Any] = []
        self._pointers: dict[tuple[int, tuple[tuple[str, str], ...]], str] = {}
        self._needs: defaultdict[int, set[str]] = defaultdict(set)  # the anchors on which a node depends

    def run(self) -> None:
        resources: dict[str, str] = {}
        for place in self._nodes:
            node, pointer = place.node, place.pointer
            parent = pointer.rpartition("/")[0]
            is_resource = isinstance(node.get("$id"), str) or parent == "/components/schemas" or not pointer
            resource = resources[pointer] = pointer if is_resource else _find_resource(pointer, resources)
            self._resources[id(node)] = resource
            anchor = node.get("$dynamicAnchor")
            if isinstance(anchor, str):
                self._anchors.setdefault(resource, {}).setdefault(anchor, pointer)
        self._find_needs()
        bound = [(located.node, self._bind(dict(located.node), located, {})) for located in self._nodes]
        for node, replacement in bound:
            if replacement != node:
                node.clear()
                node.update(replacement)
        self._document[COPIES] = self._copied

    def _bind(self, node: dict[str, Any], original: Located, outer: Bindings) -> dict[str, Any]:
        """Returns `node`, a copy of `original` reached with `outer` bound, with its own references bound."""
        bindings = {**self._anchors.get(self._resources.get(id(original.node), ""), {}), **outer}
        target = self._look_up(original, "$ref") if bindings else None
        if target is not None:
            node["$ref"] = as_reference(self._bound_pointer(target, bindings))
        anchor = self._anchor_of(original)
        if anchor in bindings:
            del node["$dynamicRef"]
            reference = {"$ref": as_reference(bindings[anchor])}
            composed = node.get("allOf")
            if "$ref" not in node:
                node.update(reference)
            else:
                node["allOf"] = [*(composed if isinstance(composed, list) else ()), reference]
        return node

    def _bound_pointer(self, target: Located, bindings: Bindings) -> str:
        """The pointer of `target` with `bindings` bound in it; its own pointer, if it does not depend on them."""
        needs = self._needs[id(target.node)]
        key = id(target.node), tuple(sorted(pair for pair in bindings.items() if pair[0] in needs))
        if not key[1] or self._anchors.get(self._resources.get(id(target.node), "")) == bindings:
            return target.pointer
        if key not in self._pointers:
            if len(self._copied) >= MAXIMUM_COPIES:
                self._problems.add(target.pointer, "$dynamicRef is bound in too many ways here; the rest is left out")
                return target.pointer
            number = len(self._copied)
            pointer = self._pointers[key] = f"/{COPIES}/{number}"
            self._problems.rename(pointer, target.pointer)
            self._copied.append(None)
            self._copied[number] = self._copy(target, dict(key[1]))
        return self._pointers[key]

    def _copy(self, original: Located, outer: Bindings, holds_names: bool = False) -> Any:
        node, pointer = original.node, original.pointer
        if isinstance(node, list):
            return [self._copy(Located(each, f"{pointer}/{index}"), outer) for index, each in enumerate(node)]
        if not isinstance(node, dict):
            return node
        copied = dict(node)
        for key, value in node.items():
            if holds_names or not holds_data(key, value):
                place = Located(value, pointer_below(pointer, key))
                copied[key] = self._copy(place, outer, not holds_names and key in NAME_MAPS)
        if holds_names:
            return copied
        for keyword in REFERENCES:
            target = self._look_up(original, keyword)
            if target is not None:
                copied[keyword] = as_reference(target.pointer)
        return self._bind(copied, original, outer)

    def _find_needs(self) -> None:
        """Fills `_needs`: every node that contains a node or refers to it depends on what that node depends on."""
        dependents: defaultdict[int, list[int]] = defaultdict(list)
        anchored: list[tuple[int, str]] = []
        seen: set[int] = set()
        waiting = [Located(self._document, "")]
        while waiting:  # the target may stand where nothing is read: below an extension
            for located, holder in _walk_with_holders(waiting.pop()):
                if holder is not None:
                    dependents[id(located.node)].append(id(holder))
                if id(located.node) in seen:
                    continue
                seen.add(id(located.node))
                anchor = self._anchor_of(located)
                if anchor:
                    anchored.append((id(located.node), anchor))
                for target in (self._look_up(located, keyword) for keyword in REFERENCES):
                    if target is not None:
                        dependents[id(target.node)].append(id(located.node))
                        waiting += [target] if id(target.node) not in seen else []
        while anchored:
            number, anchor = anchored.pop()
            if anchor not in self._needs[number]:
                self._needs[number].add(anchor)
                anchored += [(dependent, anchor) for dependent in dependents[number]]

    def _anchor_of(self, located: Located) -> str:
        """The anchor that the `$dynamicRef` of a node names; "" if it means the same as a `$ref`."""
        target = self._look_up(located, "$dynamicRef")
        if target is None:
            return ""
        anchor = str(located.node["$dynamicRef"]).rpartition("#")[2]
        return anchor if target.node.get("$dynamicAnchor") == anchor else ""

    def _look_up(self, located: Located, keyword: str) -> Located | None:
        reference = located.node.get(keyword)
        if not isinstance(reference, str):
            return None
        target = self._references.look_up(reference, located.pointer)
        return target if target is not None and isinstance(target.node, dict) else None


def _walk(root: Located) -> Iterator[Located]:
    """All objects from `root` on that are not data, outer ones first."""
    return (located for located, _ in _walk_with_holders(root))


def _walk_with_holders(root: Located) -> Iterator[tuple[Located, dict[str, Any] | None]]:
    """All objects from `root` on that are not data, outer ones first, each with the object that holds it."""
    waiting: list[tuple[Located, bool, dict[str, Any] | None]] = [(root, False, None)]
    while waiting:
        located, holds_names, holder = waiting.pop()
        node, pointer = located.node, located.pointer
        if isinstance(node, dict):
            inner = holder if holds_names else node
            if not holds_names:
                yield located, holder
            for key, child in node.items():
                if isinstance(child, dict | list) and (holds_names or not holds_data(key, child)):
                    place = Located(child, pointer_below(pointer, key))
                    waiting.append((place, not holds_names and key in NAME_MAPS, inner))
        elif isinstance(node, list):
            waiting += [(Located(child, f"{pointer}/{index}"), False, holder) for index, child in enumerate(node)]


def _find_resource(pointer: str, resources: dict[str, str]) -> str:
    """The nearest resource that contains `pointer`."""
    while pointer not in resources:
        pointer = pointer.rpartition("/")[0]
    return resources[pointer]
