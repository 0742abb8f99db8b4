"""Values as XML, in the shape that the `xml` objects of their schemas ask for (OpenAPI 3.1 §4.8.26, 3.2 §4.26).

A shape says how one place of a value is written: under which name, in which namespace, as an element, an attribute or
text, and whether an array has an element around its items. Shapes refer to each other by number, since schemas may
stand inside themselves; number 0 is the root. They travel encoded with a response, so that a value which is made for a
request can be written without the document. A place without a shape is an element named after its member.

ElementTree writes whatever it is given, so names, prefixes and characters are made fit for XML here (XML 1.0 §2.2 and
§2.3; Namespaces in XML 1.0 §5). A prefix is written only where it is bound.
"""

import re
from functools import cache
from typing import Any, Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from msgspec import Struct

from mockwave.bodies.json_bodies import BodyError, write_text

DEFAULT_ROOT: Final = "xml"
ITEM_NAME: Final = "item"
MAXIMUM_DEPTH: Final = 200

URI_CHARACTERS: Final = "%/:=&?~#+!$,;'@()*[]"

ELEMENT, ATTRIBUTE, TEXT, NONE = range(4)

# Characters of names in both the fourth and the fifth edition of XML 1.0, by script: parsers follow either.
_LATIN = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"
_GREEK_AND_CYRILLIC = "\u0388-\u038a\u0391-\u03a1\u03a3-\u03ce\u0401-\u040c\u040e-\u044f\u0451-\u045c"
_EAST_ASIAN = "\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
_START_OF_NAME = re.compile(r"[^0-9.\-]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")

Bound = dict[str, str]  # prefixes of the elements around, "" for the default, and what they stand for


class XmlShape(Struct, frozen=True, array_like=True):
    """How one place is written. `node` is ELEMENT, ATTRIBUTE, TEXT, or NONE: the content alone, with nothing around.

    `name` is "" where it follows from the place. `members` and `items` are numbers of shapes, `others` is that of
    members that are not listed. `is_wrapped`: an array has an element around its items.
    """

    name: str = ""
    namespace: str = ""
    prefix: str = ""
    node: int = ELEMENT
    is_wrapped: bool = False
    members: dict[str, int] = {}
    items: int | None = None
    others: int | None = None


Shapes = tuple[XmlShape, ...]

PLAIN: Final = XmlShape()

encode_shapes = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Shapes)


def decode_shapes(data: bytes) -> Shapes:
    """The shapes of `data`; the plain one where it is empty."""
    return _decoder.decode(data) if data else (PLAIN,)


def write_xml(value: Any, shapes: Shapes = (PLAIN,)) -> bytes:
    """`value` as a document, in the shape `shapes[0]`; BodyError where it is nested too deeply."""
    return tostring(_Writer(shapes).write(value), encoding="unicode").encode("utf-8", "replace")


class _Writer:
    """Writes values in given shapes."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._depth = 0

    def write(self, value: Any) -> Element:
        shape = self._shapes[0]
        name = shape.name or DEFAULT_ROOT
        tag, bindings, bound = _qualify(name, shape, {})
        root = Element(tag, bindings)
        if isinstance(value, list):
            self._add_items(root, name if shape.is_wrapped else ITEM_NAME, value, shape, bound)
        else:
            self._fill(root, value, shape, bound)
        return root

    def _add(self, parent: Element, name: str, value: Any, shape: XmlShape, bound: Bound) -> None:
        """Add `value`, the member `name` of what `parent` stands for."""
        if shape.node == ATTRIBUTE:
            _set_attribute(parent, shape.name or name, value, shape, bound)
        elif shape.node == TEXT:
            _add_text(parent, value)
        elif isinstance(value, list) and not shape.is_wrapped:
            self._add_items(parent, name, value, shape, bound)
        elif shape.node == NONE:
            self._fill(parent, value, shape, bound)
        else:
            element, inner = _open(parent, shape.name or name, shape, bound)
            if isinstance(value, list):
                self._add_items(element, shape.name or name, value, shape, inner)
            else:
                self._fill(element, value, shape, inner)

    def _add_items(self, parent: Element, name: str, items: list[Any], shape: XmlShape, bound: Bound) -> None:
        item_shape = PLAIN if shape.items is None else self._shapes[shape.items]
        for item in items:
            if isinstance(item, list) and not item_shape.is_wrapped:
                # Nothing would tell the inner arrays apart.
                element, inner = _open(parent, name, PLAIN, bound)
                self._descend(self._add_items, element, ITEM_NAME, item, item_shape, inner)
            else:
                self._descend(self._add, parent, name, item, item_shape, bound)

    def _fill(self, element: Element, value: Any, shape: XmlShape, bound: Bound) -> None:
        if not isinstance(value, dict):
            _add_text(element, value)
            return
        for name, member in value.items():
            number = shape.members.get(name, shape.others)
            member_shape = PLAIN if number is None else self._shapes[number]
            self._descend(self._add, element, name, member, member_shape, bound)

    def _descend(self, write: Any, *arguments: Any) -> None:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise BodyError("it is nested too deeply for XML")
        write(*arguments)
        self._depth -= 1


def _open(parent: Element, name: str, shape: XmlShape, bound: Bound) -> tuple[Element, Bound]:
    tag, bindings, inner = _qualify(name, shape, bound)
    return SubElement(parent, tag, bindings), inner


def _qualify(name: str, shape: XmlShape, bound: Bound) -> tuple[str, Bound, Bound]:
    """The tag for `name`, the attributes that bind its prefix, and the prefixes that are bound inside of it."""
    prefix, tag = _split(name, shape, bound)
    if not shape.namespace or bound.get(prefix) == shape.namespace:
        return tag, {}, bound
    declaration = f"xmlns:{prefix}" if prefix else "xmlns"
    return tag, {declaration: _as_uri(shape.namespace)}, {**bound, prefix: shape.namespace}


def _split(name: str, shape: XmlShape, bound: Bound) -> tuple[str, str]:
    """Prefix and qualified name, without the prefix where nothing binds it."""
    prefix = shape.prefix
    if not prefix and ":" in name:
        written, _, local = name.partition(":")
        if local and (shape.namespace or written in bound):
            prefix, name = written, local
    prefix = make_name(prefix) if prefix else ""
    is_bound = prefix in bound or bool(shape.namespace)
    if not prefix or not is_bound or prefix.lower().startswith("xml"):
        return "", make_name(name)
    return prefix, f"{prefix}:{make_name(name)}"


def _set_attribute(parent: Element, name: str, value: Any, shape: XmlShape, bound: Bound) -> None:
    """An attribute of `parent`; without a prefix it is in no namespace, and null is an attribute that is not there."""
    if value is None:
        return
    prefix, qualified = _split(name, shape, bound)
    if prefix and shape.namespace and bound.get(prefix) != shape.namespace:
        declaration, uri = f"xmlns:{prefix}", _as_uri(shape.namespace)
        if parent.get(declaration, uri) != uri or parent.tag.startswith(f"{prefix}:"):
            qualified = make_name(name)  # the prefix means another namespace here
        else:
            parent.set(declaration, uri)
    text = " ".join(map(write_text, value)) if isinstance(value, list) else write_text(value)
    parent.set(qualified, _as_uri(text) if qualified == "xmlns" else _clean(text))


def _add_text(element: Element, value: Any) -> None:
    text = _clean(write_text(value))
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _as_uri(text: str) -> str:
    """`text` with what no URI may hold escaped: parsers refuse some of it in the name of a namespace."""
    return quote(text, safe=URI_CHARACTERS, errors="replace")


def _clean(text: str) -> str:
    """`text` without what no XML document may hold."""
    return _NOT_XML.sub("\ufffd", text)


def make_name(name: str) -> str:
    """`name` as the name of an element or attribute, without colons, with what XML forbids there replaced."""
    cleaned = _not_in_names().sub("_", name)
    return cleaned if _START_OF_NAME.match(cleaned) else f"_{cleaned}"


@cache
def _not_in_names() -> re.Pattern[str]:
    # Compiled at its first use: it takes milliseconds, which would be those of every start.
    return re.compile(f"[^A-Za-z0-9_.\\-{_LATIN}{_GREEK_AND_CYRILLIC}{_EAST_ASIAN}]")
