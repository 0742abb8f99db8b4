"""XPath 1.0, parsed and evaluated by elementpath, within steps.

libxml2 would be faster, but its time has no bound: nested descents in predicates multiply, and its evaluation cannot be
stopped. elementpath walks in Python, through a context that sees each node it visits. There the node is counted, by the
cost of reading all text below it, since a function may do just that.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, tostring

from mockwave.rules.step_budget import Steps

if TYPE_CHECKING:
    from elementpath import XPathToken

MAXIMUM_CHARACTERS: Final = 2_000
CHARACTERS_PER_STEP: Final = 200


class XPathRefused(ValueError):
    """The text is not a valid XPath; the message says why."""


class XPath:
    """An XPath, compiled."""

    __slots__ = ("_context_type", "_has_namespaces", "_namespaces", "_token", "text")

    def __init__(self, text: str, namespaces: Mapping[str, str]) -> None:
        """`namespaces` declares its prefixes. Raises XPathRefused."""
        self.text = text
        self._namespaces = dict(namespaces)
        self._token = _parse(text, self._namespaces)
        self._context_type = _counting_context()

    def find(self, root: Element, steps: Steps) -> list[Any]:
        """Returns what is found, in order: elements, texts, or the number, boolean or text that a function returns.

        Raises TooLongForLoop, OutOfSteps.
        """
        from elementpath import ElementPathError  # already imported

        weights: dict[int, int] = {}
        steps.spend(4 * _weigh(root, weights))  # nodes are made for the whole document
        try:
            context = self._context_type(root, steps, weights)
            return list(self._token.select_results(context))
        except (ElementPathError, ArithmeticError, ValueError, TypeError, RecursionError):
            return []  # it does not fit the document


@lru_cache(maxsize=256)
def compile_xpath(text: str, namespaces: tuple[tuple[str, str], ...]) -> XPath:
    """Raises XPathRefused."""
    return XPath(text, dict(namespaces))


def _parse(text: str, namespaces: dict[str, str]) -> "XPathToken":
    # Imported here: it takes 110 ms and 18 MiB, which only workers with an XPath rule should pay.
    from elementpath import ElementPathError, XPath1Parser

    if len(text) > MAXIMUM_CHARACTERS:
        raise XPathRefused(f"it is longer than {MAXIMUM_CHARACTERS} characters")
    try:
        token = XPath1Parser(namespaces=namespaces).parse(text)
        if any(True for _ in token.iter("$")):
            raise XPathRefused("it has a variable, and no variables are defined")
        return token
    except ElementPathError as error:
        raise XPathRefused(f"not an XPath 1.0: {str(error)[:300]}") from None
    except RecursionError:
        raise XPathRefused("it is nested too deeply") from None
    except XPathRefused:
        raise
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise XPathRefused(f"not an XPath 1.0: {str(error)[:300]}") from None


def _weigh(root: Element, weights: dict[int, int]) -> int:
    """Fills in the steps for reading all text of each element, by identity; returns those of the root."""
    ordered = list(root.iter())
    for element in reversed(ordered):  # children before their parents
        weight = 1 + len(element.text or "") // CHARACTERS_PER_STEP
        for child in element:
            weight += weights[id(child)] + len(child.tail or "") // CHARACTERS_PER_STEP
        weights[id(element)] = weight + sum(map(len, element.attrib.values())) // CHARACTERS_PER_STEP
    return weights[id(root)]


@lru_cache(maxsize=1)
def _counting_context() -> Any:
    from elementpath import DocumentNode, ElementNode, XPathContext

    class CountingContext(XPathContext):
        """Counts each item that the evaluation visits. Copies share the steps."""

        def __init__(self, root: Element, steps: Steps, weights: dict[int, int]) -> None:
            self._steps = steps
            self._weights = weights
            self._whole = weights[id(root)]
            super().__init__(root)

        @property
        def item(self) -> Any:
            return self._item

        @item.setter
        def item(self, item: Any) -> None:
            if isinstance(item, ElementNode):
                self._steps.spend(self._weights.get(id(item.value), 1))
            elif isinstance(item, DocumentNode):
                self._steps.spend(self._whole)
            else:
                self._steps.spend(1)
            self._item = item

        def iter_followings(self) -> Any:
            self._steps.spend(self._whole)
            return super().iter_followings()

        def iter_preceding(self) -> Any:
            self._steps.spend(self._whole)
            return super().iter_preceding()

        def iter_siblings(self, axis: str | None = None) -> Any:
            parent = getattr(self._item, "parent", None)
            self._steps.spend(1 if parent is None else len(parent.children))
            return super().iter_siblings(axis)

    return CountingContext


def show_node(node: Any) -> str:
    """A result as text: an element as XML, a number as XPath writes it."""
    if isinstance(node, Element):
        tail, node.tail = node.tail, None
        text = tostring(node, encoding="unicode")
        node.tail = tail
        return text
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, float) and node.is_integer():
        return str(int(node))
    return str(node)
