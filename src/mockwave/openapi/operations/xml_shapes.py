"""The `xml` objects of a schema → shapes, which say how its values are written as XML (OpenAPI 3.1 §4.8.26, 3.2 §4.26).

Several nodes may govern a place at once: the target of a `$ref`, the members of `allOf`, the alternatives of `oneOf`
and `anyOf`. For a name or a member the nearest statement counts: the node's own `xml`, then that of its target, then
those of its parts. So the shape serves whichever alternative a value is made for.

Two names are inferred if `xml` has none: a member has its own name; the root, in OpenAPI 3.2, has the name of the
component to which it refers. The name of an array counts only if there is an element around its items.
"""

from typing import Any, Final

import msgspec

from mockwave.bodies.xml_bodies import ATTRIBUTE, ELEMENT, NONE, PLAIN, TEXT, XmlShape, encode_shapes
from mockwave.openapi.document.references import Located, References
from mockwave.pointers import pointer_below

MAXIMUM_SHAPES: Final = 1_000  # of one body
MAXIMUM_PARTS: Final = 200  # most nodes that govern one place

NODE_TYPES: Final = {"element": ELEMENT, "attribute": ATTRIBUTE, "text": TEXT, "cdata": TEXT, "none": NONE}
ALTERNATIVES: Final = ("oneOf", "anyOf")
COMPONENTS: Final = "/components/schemas/"

Place = tuple[Located, ...]


class XmlShapeReader:
    """Reads the shapes of one document's bodies."""

    def __init__(self, references: References, *, infers_root: bool) -> None:
        self._references = references
        self._infers_root = infers_root
        self._has_xml: bool | None = None
        self._encoded: dict[int, bytes] = {}

    def read(self, schema: Located | None) -> bytes:
        """Returns the encoded shapes of `schema`, its own first; empty if it has no `xml`."""
        if schema is None or not isinstance(schema.node, dict):
            return b""
        root = ""
        if len(schema.node) == 1 and "$ref" in schema.node:
            target = self._references.follow(schema.node, schema.pointer)
            if target is None or not isinstance(target.node, dict):
                return b""
            root, schema = self._infer_root(target), target
        known = self._encoded.get(id(schema.node))
        if known is None:
            if self._has_xml is None:
                self._has_xml = _holds_xml(self._references.document)
            shapes = _Reading(self._references).read((schema,)) if self._has_xml else [PLAIN]
            if root and not shapes[0].name:
                shapes[0] = msgspec.structs.replace(shapes[0], name=root)
            known = b"" if all(map(_is_plain, shapes)) else encode_shapes(shapes)
            self._encoded[id(schema.node)] = known
        return known

    def _infer_root(self, target: Located) -> str:
        name = target.pointer.removeprefix(COMPONENTS)
        if not self._infers_root or "/" in name:
            return ""
        return name.replace("~1", "/").replace("~0", "~")


def _holds_xml(document: dict[str, Any]) -> bool:
    """Whether anything in `document` may be an `xml` object. Most documents have none, and so no shapes."""
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("xml"), dict):
                return True
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return False


def _is_plain(shape: XmlShape) -> bool:
    return (shape.name, shape.namespace, shape.prefix, shape.node, shape.is_wrapped) == ("", "", "", ELEMENT, False)


class _Reading:
    """The conversion of one body's schemas to shapes; each place gets one shape, so circles end."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._numbers: dict[tuple[int, ...], int] = {}
        self._places: list[Place] = []

    def read(self, place: Place) -> list[XmlShape]:
        self._number(place)
        shapes: list[XmlShape] = []
        while len(shapes) < len(self._places):
            shapes.append(self._shape(self._places[len(shapes)]))
        return shapes

    def _number(self, place: Place) -> int | None:
        """The number of the shape of `place`, which is queued for reading; None if there are too many."""
        key = tuple(id(part.node) for part in place)
        if key not in self._numbers and len(self._places) >= MAXIMUM_SHAPES:
            return None
        number = self._numbers.setdefault(key, len(self._places))
        if number == len(self._places):
            self._places.append(place)
        return number

    def _shape(self, place: Place) -> XmlShape:
        parts = self._parts(place)
        xml: dict[str, Any] = next((part.node["xml"] for part in parts if isinstance(part.node.get("xml"), dict)), {})
        members: dict[str, list[Located]] = {}
        items: list[Located] = []
        others: list[Located] = []
        for part in parts:
            node, pointer = part.node, part.pointer
            properties = node.get("properties")
            for name, child in properties.items() if isinstance(properties, dict) else ():
                members.setdefault(name, []).append(Located(child, pointer_below(pointer, "properties", name)))
            for keyword, found in (("items", items), ("additionalProperties", others)):
                if isinstance(node.get(keyword), dict):
                    found.append(Located(node[keyword], f"{pointer}/{keyword}"))
        node_type = xml.get("nodeType")
        kind = NODE_TYPES.get(node_type, ELEMENT) if isinstance(node_type, str) else ELEMENT
        return XmlShape(
            name=_text(xml, "name"),
            namespace=_text(xml, "namespace"),
            prefix=_text(xml, "prefix"),
            node=ATTRIBUTE if xml.get("attribute") is True else kind,
            is_wrapped=xml.get("wrapped") is True or node_type == "element",
            members={
                name: number for name, each in members.items() if (number := self._number(tuple(each))) is not None
            },
            items=self._number(tuple(items)) if items else None,
            others=self._number(tuple(others)) if others else None,
        )

    def _parts(self, place: Place) -> list[Located]:
        """All nodes that govern `place`, nearest first."""
        parts: list[Located] = []
        seen: set[int] = set()
        nearest = list(place)
        alternatives: list[Located] = []
        while (nearest or alternatives) and len(parts) < MAXIMUM_PARTS:
            part = nearest.pop(0) if nearest else alternatives.pop(0)
            if not isinstance(part.node, dict) or id(part.node) in seen:
                continue
            seen.add(id(part.node))
            parts.append(part)
            if isinstance(part.node.get("$ref"), str):
                target = self._references.look_up(part.node["$ref"], part.pointer)
                nearest[:0] = [target] if target is not None else []
            nearest += _located_items(part.node.get("allOf"), f"{part.pointer}/allOf")
            for keyword in ALTERNATIVES:
                alternatives += _located_items(part.node.get(keyword), f"{part.pointer}/{keyword}")
        return parts


def _located_items(nodes: Any, pointer: str) -> list[Located]:
    """The items of a list in the document, with their places; none if there is no list."""
    return [Located(node, f"{pointer}/{index}") for index, node in enumerate(nodes if isinstance(nodes, list) else ())]


def _text(xml: dict[str, Any], field: str) -> str:
    value = xml.get(field)
    return value if isinstance(value, str) else ""
