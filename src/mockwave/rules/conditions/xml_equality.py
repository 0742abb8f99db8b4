"""Operator equalToXml: compares an XML document with another, like XMLUnit in WireMock.

White space around texts, comments, prefixes and the order of attributes do not count; nor does the order of elements
with different names. Elements of one name are compared in order, or with `ignoreOrderOfSameNode` in any order.
`namespaceAwareness` is STRICT, or NONE to compare names without namespaces. With `enablePlaceholders`, an expected text
may be `${xmlunit.ignore}` and the like. `exemptedComparisons` name what is not compared.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from xml.etree.ElementTree import Element

from mockwave.patterns.bounded import PatternRefused
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import XmlOperator
from mockwave.rules.conditions.logic import can_pair
from mockwave.rules.conditions.numbers import read_number
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.date_formats import parse_time
from mockwave.rules.step_budget import Steps
from mockwave.rules.xml_texts import NotXml, parse_xml

_PLACEHOLDER = re.compile(r"\$\{xmlunit\.(\w+)(?:\((.*)\))?\}", re.DOTALL)
SCHEMA_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"

COMPARISONS: Final = (
    "ATTR_NAME_LOOKUP",
    "ATTR_VALUE",
    "CHILD_LOOKUP",
    "CHILD_NODELIST_LENGTH",
    "ELEMENT_NUM_ATTRIBUTES",
    "ELEMENT_TAG_NAME",
    "NAMESPACE_URI",
    "NO_NAMESPACE_SCHEMA_LOCATION",
    "NODE_TYPE",
    "PROCESSING_INSTRUCTION_DATA",
    "PROCESSING_INSTRUCTION_TARGET",
    "SCHEMA_LOCATION",
    "TEXT_VALUE",
)
AWARENESS: Final = ("STRICT", "LEGACY", "NONE")

Takes = Callable[[str], bool]


class EqualToXml(XmlOperator):
    __slots__ = ("_comparison", "_wanted", "expected")
    name = "equalToXml"

    def __init__(self, text: str, wanted: Element, comparison: "Comparison") -> None:
        self.expected = text
        self._wanted = wanted
        self._comparison = comparison

    def holds_for_root(self, root: Element, steps: Steps) -> bool:
        return self._comparison.is_equal(self._wanted, root, steps)


class Comparison:
    """A comparison of elements: what is exempt, whether names have namespaces, which texts are placeholders."""

    def __init__(
        self, exempt: frozenset[str], placeholders: dict[str, Takes], *, has_namespaces: bool, ignores_order: bool
    ) -> None:
        self._exempt = exempt
        self._placeholders = placeholders
        self._has_namespaces = has_namespaces and "NAMESPACE_URI" not in exempt
        self._ignores_order = ignores_order

    def is_equal(self, wanted: Element, element: Element, steps: Steps) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        steps.spend(2)
        if "ELEMENT_TAG_NAME" not in self._exempt and self._name(wanted.tag) != self._name(element.tag):
            return False
        if not self._are_attributes_equal(wanted, element, steps):
            return False
        if not self._is_text_equal(_own_text(wanted), _own_text(element), "TEXT_VALUE"):
            return False
        return self._are_children_equal(list(wanted), list(element), steps)

    def _are_attributes_equal(self, wanted: Element, element: Element, steps: Steps) -> bool:
        steps.spend(len(wanted.attrib) + len(element.attrib))
        mine = {self._name(name): value for name, value in wanted.attrib.items() if not self._is_exempt(name)}
        others = {self._name(name): value for name, value in element.attrib.items() if not self._is_exempt(name)}
        ignored = {name for name, value in mine.items() if self._placeholders.get(value) is _TAKES_ALL}
        if "ELEMENT_NUM_ATTRIBUTES" not in self._exempt and len(mine) != len(others):
            return False
        if "ATTR_NAME_LOOKUP" not in self._exempt and (
            not mine.keys() - ignored <= others.keys()
            or (not others.keys() <= mine.keys() and "ELEMENT_NUM_ATTRIBUTES" not in self._exempt)
        ):
            return False
        return all(
            name not in others or self._is_text_equal(value, others[name], "ATTR_VALUE") for name, value in mine.items()
        )

    def _is_exempt(self, name: str) -> bool:
        return (name == f"{SCHEMA_INSTANCE}schemaLocation" and "SCHEMA_LOCATION" in self._exempt) or (
            name == f"{SCHEMA_INSTANCE}noNamespaceSchemaLocation" and "NO_NAMESPACE_SCHEMA_LOCATION" in self._exempt
        )

    def _is_text_equal(self, wanted: str, text: str, kind: str) -> bool:
        if kind in self._exempt:
            return True
        takes = self._placeholders.get(wanted)
        return takes(text) if takes is not None else wanted == text

    def _are_children_equal(self, wanted: list[Element], children: list[Element], steps: Steps) -> bool:
        if len(wanted) != len(children) and "CHILD_NODELIST_LENGTH" not in self._exempt:
            return False
        groups, others = self._group(wanted), self._group(children)
        if groups.keys() != others.keys() and "CHILD_LOOKUP" not in self._exempt:
            return False
        return all(self._is_group_equal(mine, others.get(name, []), steps) for name, mine in groups.items())

    def _is_group_equal(self, wanted: list[Element], children: list[Element], steps: Steps) -> bool:
        """Compares elements of one name."""
        if len(wanted) != len(children) and "CHILD_LOOKUP" not in self._exempt:
            return False
        if not self._ignores_order:
            return all(self.is_equal(one, other, steps) for one, other in zip(wanted, children, strict=False))
        steps.spend(len(wanted) * len(children))
        fits = [[self.is_equal(one, other, steps) for other in children] for one in wanted]
        return can_pair(fits)

    def _group(self, elements: list[Element]) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in elements:
            name = "" if "ELEMENT_TAG_NAME" in self._exempt else self._name(element.tag)
            found.setdefault(name, []).append(element)
        return found

    def _name(self, tag: str) -> str:
        return tag if self._has_namespaces else tag.rpartition("}")[2]


def _own_text(element: Element) -> str:
    """The texts of an element, without those of its child elements, each stripped."""
    parts = [element.text, *(child.tail for child in element)]
    return " ".join(part.strip() for part in parts if part and part.strip())


def _takes_all(text: str) -> bool:
    return True


_TAKES_ALL: Final = _takes_all

PLACEHOLDERS: Final[dict[str, Takes]] = {
    "ignore": _takes_all,
    "isNumber": lambda text: read_number(text) is not None,
    "isDateTime": lambda text: parse_time(text) is not None,
}


def read_equal_to_xml(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "equalToXml")
    text = reading.take_text(given["equalToXml"], below)
    awareness = reading.take_choice(given, "namespaceAwareness", at, AWARENESS)
    exempt = _read_exempted(reading, given, at)
    ignores_order = reading.take_flag(given, "ignoreOrderOfSameNode", at)
    has_placeholders = reading.take_flag(given, "enablePlaceholders", at)
    if text is None:
        return None
    try:
        wanted = parse_xml(text)
    except NotXml as error:
        reading.refuse(below, "xml", f"expected an XML document: {error}")
        return None
    placeholders = _read_placeholders(reading, wanted, below) if has_placeholders else {}
    comparison = Comparison(exempt, placeholders, has_namespaces=awareness != "NONE", ignores_order=ignores_order)
    return EqualToXml(text, wanted, comparison)


def _read_exempted(reading: Reading, given: dict[str, Any], at: str) -> frozenset[str]:
    names = given.get("exemptedComparisons", [])
    if not isinstance(names, list):
        reading.refuse_type(pointer_below(at, "exemptedComparisons"), "an array of names", names)
        return frozenset()
    for index, name in enumerate(names):
        if name not in COMPARISONS:
            pointer = pointer_below(at, "exemptedComparisons", index)
            reading.refuse(pointer, "enum", f"expected one of {', '.join(COMPARISONS)}")
    return frozenset(name for name in names if isinstance(name, str))


def _read_placeholders(reading: Reading, wanted: Element, at: str) -> dict[str, Takes]:
    """Reads the placeholders among the texts and attributes of a document."""
    found: dict[str, Takes] = {}
    for element in wanted.iter():
        for text in (_own_text(element), *element.attrib.values()):
            match = _PLACEHOLDER.fullmatch(text)
            if match is None:
                continue
            takes = _read_pattern(reading, match[2], at) if match[1] == "matchesRegex" else PLACEHOLDERS.get(match[1])
            if takes is None:
                reading.refuse_unknown(at, match[1], "placeholder", ["matchesRegex", *PLACEHOLDERS])
            else:
                found[text] = takes
    return found


def _read_pattern(reading: Reading, pattern: str | None, at: str) -> Takes:
    try:
        matches = reading.compile_pattern(pattern or "")
    except PatternRefused as refused:
        reading.refuse(at, "pattern", str(refused))
        return _takes_all
    return lambda text: matches(text) is True


XML_OPTIONS: Final = frozenset(
    ("enablePlaceholders", "exemptedComparisons", "ignoreOrderOfSameNode", "namespaceAwareness")
)
XML_KINDS = {"equalToXml": Kind(read_equal_to_xml, XML_OPTIONS)}
