"""`$ref`: from a reference to the place in the same document that it names.

A reference is a JSON Pointer in a fragment (RFC 6901 §6, so first percent-decoded, then ~1 and ~0), an anchor
(`$anchor`, `$dynamicAnchor`), or the `$id` of a schema in this document with either after it (JSON Schema 2020-12
§8.2). Anything else lies outside of the document, and is never fetched: SpecificationError names it. A reference that
leads nowhere, or round in a circle, is a Problem; its target is then unknown.
"""

import re
from typing import Any, Final
from urllib.parse import quote, unquote, urldefrag, urljoin

from msgspec import Struct

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.openapi.document.report import Problems
from mockwave.pointers import escape_token, pointer_below

MAXIMUM_EXTERNAL_PROBLEMS: Final = 20

# Keywords whose values are data, in which "$ref" has no meaning.
DATA_KEYWORDS: Final = frozenset(("example", "default", "enum", "const", "dataValue", "value"))

# Keywords whose values map names to objects, so that a key "example" below them is a name.
SCHEMA_MAPS: Final = ("properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies")
COMPONENT_MAPS: Final = ("schemas", "parameters", "responses", "headers", "requestBodies", "securitySchemes", "links")
PATH_MAPS: Final = ("callbacks", "pathItems", "paths", "webhooks")
NAME_MAPS: Final = frozenset((*SCHEMA_MAPS, *COMPONENT_MAPS, *PATH_MAPS))

UNESCAPED: Final = "/~!$&'()*+,;=:@"  # in a fragment (RFC 3986 §3.5)

_EXTERNAL_REFERENCE = re.compile(rb"""\$ref["']?\s*:\s*["']?(?![#"'\s{\[])""")


class Located(Struct, frozen=True):
    """A node of the document, and the pointer of its place."""

    node: Any
    pointer: str


def may_hold_external_references(text: bytes) -> bool:
    """Whether the source `text`, in UTF-8, seems to contain a `$ref` that does not begin with `#`: a cheap first
    check."""
    return _EXTERNAL_REFERENCE.search(text) is not None


class References:
    """Resolves the references of one document."""

    def __init__(self, document: dict[str, Any], problems: Problems) -> None:
        self._document = document
        self._problems = problems
        self._known: dict[str, Located | None] = {}
        self._resources: dict[str, Located] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The document that has these references."""
        return self._document

    def follow(self, node: Any, pointer: str) -> Located | None:
        """Returns `node`, at `pointer`, itself, or the end of its chain of `$ref`s, or None."""
        if not isinstance(node, dict) or "$ref" not in node:
            return Located(node, pointer)
        seen: set[str] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if pointer in seen:
                self._problems.add(pointer, f"$ref {node['$ref']!r} leads back to itself, so it means nothing")
                return None
            seen.add(pointer)
            located = self.look_up(node["$ref"], pointer)
            if located is None:
                return None
            node, pointer = located.node, located.pointer
        return Located(node, pointer)

    def look_up(self, reference: str, pointer: str) -> Located | None:
        """Returns the place that `reference`, used at `pointer`, names; None (and a Problem) if there is no such
        place."""
        if reference in self._known:
            located = self._known[reference]
        elif reference.startswith("#/") or reference in ("#", ""):
            located = self._known[reference] = walk_pointer(self._document, reference[1:])
        else:
            located = self._look_up_resource(reference, "")
        if located is None and "$id" in self.resources:
            self._problems.findings += 1
            located = self._look_up_resource(reference, pointer)
        if located is None:
            if not reference.startswith("#"):
                raise SpecificationError([external_problem(reference, pointer)])
            self._problems.add(
                pointer, f"$ref {reference!r} names nothing in this document; any value is taken instead"
            )
        return located

    @property
    def resources(self) -> dict[str, Located]:
        """Places by `$id` and by `$id#anchor`; places outside of any `$id` by "#anchor". The key "$id" marks that there
        is any `$id`. Collected at first use, since few documents have them."""
        if self._resources is None:
            self._resources = _collect_resources(self._document)
        return self._resources

    def collect_resources(self) -> None:
        """Collects the resources of the document as it is now; nodes added later have none."""
        self._resources = _collect_resources(self._document)

    def _look_up_resource(self, reference: str, pointer: str) -> Located | None:
        base = self._base_of(pointer)
        address, fragment = urldefrag(urljoin(base, reference))
        resource = self.resources.get(address)
        if fragment and not fragment.startswith("/"):
            return self.resources.get(f"{address}#{fragment}")
        if resource is None or not fragment:
            return resource
        below = walk_pointer(resource.node, fragment)
        return below and Located(below.node, resource.pointer + below.pointer)

    def _base_of(self, pointer: str) -> str:
        """The `$id` of the schema resource that contains the place `pointer`."""
        base = ""
        node: Any = self._document
        for token in pointer.split("/"):
            node = _child(node, token) if token else node
            if isinstance(node, dict) and isinstance(node.get("$id"), str):
                base = urljoin(base, node["$id"])
        return base.removesuffix("#")


def as_reference(pointer: str) -> str:
    """The `$ref` that leads to `pointer` (RFC 6901 §6)."""
    return f"#{quote(pointer, safe=UNESCAPED)}"


def external_problem(reference: str, pointer: str) -> Problem:
    """The Problem of a `reference` that lies outside of the document."""
    message = f"$ref {reference!r} lies outside of this document and is not fetched; bundle the documents into one"
    return Problem(pointer, message)


def walk_pointer(root: Any, pointer: str) -> Located | None:
    """Returns the node at the percent-encoded `pointer` below `root`, with its plain pointer."""
    for tokens in (unquote(pointer).split("/")[1:], pointer.split("/")[1:]):
        node = root
        for token in tokens:
            node = _child(node, token.replace("~1", "/").replace("~0", "~"))
            if node is _MISSING:
                break
        else:
            plain = "".join(f"/{escape_token(token.replace('~1', '/').replace('~0', '~'))}" for token in tokens)
            return Located(node, plain)
    return None


_MISSING: Final = object()


def _child(node: Any, token: str) -> Any:
    if isinstance(node, dict):
        return node.get(token, _MISSING)
    if isinstance(node, list) and token.isdecimal() and len(token) < 10 and int(token) < len(node):
        return node[int(token)]
    return _MISSING


def _collect_resources(document: dict[str, Any]) -> dict[str, Located]:
    resources: dict[str, Located] = {}
    root_base = document.get("$self")
    waiting: list[tuple[Any, str, str]] = [(document, "", root_base if isinstance(root_base, str) else "")]
    while waiting:
        node, pointer, base = waiting.pop()
        if isinstance(node, list):
            items = ((item, f"{pointer}/{index}", base) for index, item in enumerate(node))
            waiting.extend(item for item in items if isinstance(item[0], dict | list))
            continue
        if isinstance(node.get("$id"), str):
            base = urljoin(base, node["$id"]).removesuffix("#")
            resources.setdefault("$id", Located(node, pointer))
            resources.setdefault(base, Located(node, pointer))
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(keyword), str):
                resources.setdefault(f"{base}#{node[keyword]}", Located(node, pointer))
        for key, child in node.items():
            if isinstance(child, dict | list):
                waiting.append((child, f"{pointer}/{escape_token(key)}", base))
    if isinstance(root_base, str):
        resources.setdefault(root_base, Located(document, ""))
    return resources


def find_external_references(document: dict[str, Any], references: References) -> list[Problem]:
    """The Problems of all `$ref`s that lead out of `document`, in order, up to a bound."""
    found: list[Problem] = []
    waiting: list[tuple[Any, str, bool]] = [(document, "", False)]  # (node, pointer, whether its keys are names)
    while waiting and len(found) < MAXIMUM_EXTERNAL_PROBLEMS:
        node, pointer, holds_names = waiting.pop()
        if isinstance(node, list):
            children = [(item, f"{pointer}/{index}", False) for index, item in enumerate(node)]
        else:
            children = []
            for key, child in node.items():
                if not holds_names:
                    if key == "$ref" and isinstance(child, str) and not child.startswith("#"):
                        found.extend(_check_external(child, pointer, references))
                    if holds_data(key, child):
                        continue
                    if key == "examples" and isinstance(child, dict):
                        child = {name: _only_reference(each) for name, each in child.items()}
                children.append((child, pointer_below(pointer, key), not holds_names and key in NAME_MAPS))
        waiting.extend(child for child in reversed(children) if isinstance(child[0], dict | list))
    return found


def holds_data(keyword: str, value: Any) -> bool:
    """Whether the value of `keyword` is data, which contains no keywords."""
    return keyword in DATA_KEYWORDS or keyword.startswith("x-") or (keyword == "examples" and isinstance(value, list))


def _only_reference(example: Any) -> Any:
    return {"$ref": example["$ref"]} if isinstance(example, dict) and len(example) == 1 and "$ref" in example else None


def _check_external(reference: str, pointer: str, references: References) -> list[Problem]:
    try:
        references.look_up(reference, pointer)
    except SpecificationError as error:
        return error.problems
    return []
