"""XML that others send, read within bounds.

Document type declarations are refused: they declare entities, which may stand for files, for network resources, or for
a text a million times as long. Depth and the number of elements are limited while the document is read.
"""

from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

MAXIMUM_DEPTH: Final = 200
MAXIMUM_ELEMENTS: Final = 100_000
MAXIMUM_BYTES: Final = 4 << 20


class NotXml(ValueError):
    """The text is not a well-formed document, or exceeds a limit; the message says which."""


def parse_xml(content: bytes | str) -> Element:
    """The root element. Raises NotXml."""
    if len(content) > MAXIMUM_BYTES:
        raise NotXml(f"it is longer than {MAXIMUM_BYTES} bytes")
    parser = XMLParser(target=_BoundedBuilder())
    try:
        parser.feed(content)
        root: Element = parser.close()
    except ParseError as error:
        raise NotXml(f"not well-formed: {error}") from None
    except (ValueError, LookupError) as error:  # an unknown encoding, half a surrogate pair
        raise NotXml(str(error)) from None
    return root


def own_text(element: Element) -> str:
    """The texts of an element, without those of its child elements, each stripped."""
    parts = [element.text, *(child.tail for child in element)]
    return " ".join(part.strip() for part in parts if part and part.strip())


class _BoundedBuilder(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MAXIMUM_DEPTH or self._count > MAXIMUM_ELEMENTS:
            raise NotXml("it has too many elements, or they are nested too deeply")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, *_: Any) -> None:
        raise NotXml("document type declarations are not read")
