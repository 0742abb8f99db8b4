"""Operator matchesXPath: a condition on what an XPath 1.0 finds in an XML document.

A string holds if the path finds something. An object has an `expression` and operators, which are tried on each node
found: on a text or an attribute as it is, on an element as XML. If it finds nothing, only an operator that asks for
absence holds. `xPathNamespaces` declares the path's prefixes; a name without one has no namespace, as XPath says.
"""

from typing import Any
from xml.etree.ElementTree import Element

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import XmlOperator
from mockwave.rules.conditions.logic import holds_for_nothing, make_one
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.step_budget import Steps
from mockwave.rules.xpaths import XPath, XPathRefused, compile_xpath, show_node


class MatchesXPath(XmlOperator):
    __slots__ = ("_operator", "_path", "expected")
    name = "matchesXPath"

    def __init__(self, path: XPath, operator: Operator | None) -> None:
        self._path = path
        self._operator = operator
        self.expected = path.text if operator is None else f"{path.text} {operator.describe()}"

    def holds_for_root(self, root: Element, steps: Steps) -> bool:
        found = self._path.find(root, steps)
        if self._operator is None:
            # A result that is not a node holds if it is true, a number other than 0, or a text that is not empty.
            return bool(found) and (len(found) > 1 or isinstance(found[0], Element) or bool(found[0]))
        if not found:
            return holds_for_nothing(self._operator)
        texts = []
        for node in found:
            text = show_node(node)
            steps.spend(1 + len(text) // 100)
            texts.append(text)
        return self._operator.holds_for_values(texts, steps)


def read_matches_xpath(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "matchesXPath")
    namespaces = _read_namespaces(reading, given, at)
    wanted = given["matchesXPath"]
    if isinstance(wanted, str):
        path = _read_path(reading, wanted, namespaces, below)
        return None if path is None else MatchesXPath(path, None)
    if not isinstance(wanted, dict) or "expression" not in wanted:
        reading.refuse(below, "type", 'expected an XPath, or {"expression": an XPath} with an operator')
        return None
    path = _read_path(reading, wanted["expression"], namespaces, pointer_below(below, "expression"))
    if len(wanted) == 1:
        return None if path is None else MatchesXPath(path, None)
    operators = reading.read_operators(wanted, below, besides=("expression",))
    return None if path is None or operators is None else MatchesXPath(path, make_one(operators))


def _read_namespaces(reading: Reading, given: dict[str, Any], at: str) -> dict[str, str]:
    namespaces = given.get("xPathNamespaces", {})
    below = pointer_below(at, "xPathNamespaces")
    if not isinstance(namespaces, dict):
        reading.refuse_type(below, "an object of prefixes and namespaces", namespaces)
        return {}
    found = {}
    for prefix, uri in namespaces.items():
        text = reading.take_text(uri, pointer_below(below, prefix))
        if text is not None:
            found[prefix] = text
    return found


def _read_path(reading: Reading, given: Any, namespaces: dict[str, str], at: str) -> XPath | None:
    text = reading.take_text(given, at)
    if text is None:
        return None
    try:
        return compile_xpath(text, tuple(namespaces.items()))
    except XPathRefused as refused:
        reading.refuse(at, "xPath", str(refused))
        return None


XPATH_KINDS = {"matchesXPath": Kind(read_matches_xpath, frozenset(("xPathNamespaces",)))}
