"""The common part of operators on JSON and on XML: the body is parsed once for all of them, a text by each.

None of them holds for a text that is not JSON, or not XML.
"""

from xml.etree.ElementTree import Element

from mockwave.rules.conditions.operators import Operator
from mockwave.rules.request_view import NotJson, RequestView, read_json
from mockwave.rules.step_budget import Steps
from mockwave.rules.xml_texts import NotXml, parse_xml


class JsonOperator(Operator):
    """An operator on a JSON value (`holds_for_value`)."""

    __slots__ = ()
    is_costly = parses = True

    def holds(self, text: str | None) -> bool:
        return text is not None and self.holds_for_text(text, Steps())

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        steps.spend(1 + len(text) // 50)
        try:
            value = read_json(text)
        except NotJson:
            return False
        return self.holds_for_value(value, steps)

    def holds_for_body(self, view: RequestView) -> bool:
        try:
            value = view.json
        except NotJson:
            return False
        return self.holds_for_value(value, view.steps)


class XmlOperator(Operator):
    """An operator on the root of an XML document (`holds_for_root`)."""

    __slots__ = ()
    is_costly = True

    def holds_for_root(self, root: Element, steps: Steps) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        raise NotImplementedError

    def holds(self, text: str | None) -> bool:
        return text is not None and self.holds_for_text(text, Steps())

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        steps.spend(1 + len(text))
        try:
            root = parse_xml(text)
        except NotXml:
            return False
        return self.holds_for_root(root, steps)

    def holds_for_body(self, view: RequestView) -> bool:
        try:
            root = view.xml
        except NotXml:
            return False
        return self.holds_for_root(root, view.steps)
