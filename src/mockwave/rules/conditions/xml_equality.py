"""Operator equalToXml: compares an XML document with another, like XMLUnit in WireMock.

White space around texts, comments, processing instructions, prefixes and the order of attributes do not count; nor does
the order of elements with different names. Elements of one name are compared in order, or with `ignoreOrderOfSameNode`
in any order. An expected element without a namespace stands for one of any namespace; `namespaceAwareness` is STRICT,
or NONE (LEGACY is the same) to compare all names without namespaces. With `enablePlaceholders`, an expected text may be
a placeholder (xml_placeholders.py). `exemptedComparisons` name what is not compared.
"""

from collections.abc import Collection
from typing import Any, Final
from xml.etree.ElementTree import Element

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import XmlOperator
from mockwave.rules.conditions.logic import can_pair
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.conditions.xml_placeholders import PLACEHOLDER_OPTIONS, Takes, read_placeholders, takes_all
from mockwave.rules.step_budget import Steps
from mockwave.rules.xml_texts import NotXml, own_text, parse_xml

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
        if "ELEMENT_TAG_NAME" not in self._exempt and not self._is_name_equal(wanted.tag, element.tag):
            return False
        if not self._are_attributes_equal(wanted, element, steps):
            return False
        text = own_text(wanted)
        if len(wanted) == 0 and self._placeholders.get(text) is takes_all:
            return True  # whatever the element has in it
        if not self._is_text_equal(text, own_text(element), "TEXT_VALUE"):
            return False
        return self._are_children_equal(list(wanted), list(element), steps)

    def _are_attributes_equal(self, wanted: Element, element: Element, steps: Steps) -> bool:
        steps.spend(len(wanted.attrib) + len(element.attrib))
        mine = {self._name(name): value for name, value in wanted.attrib.items() if not self._is_exempt(name)}
        others = {self._name(name): value for name, value in element.attrib.items() if not self._is_exempt(name)}
        ignored = {name for name, value in mine.items() if self._placeholders.get(value) is takes_all}
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
        is_number_exempt = "CHILD_NODELIST_LENGTH" in self._exempt
        if len(wanted) != len(children) and not is_number_exempt:
            return False
        groups = self._group(wanted, ())
        others = self._group(children, groups)
        if not others.keys() <= groups.keys() and not (is_number_exempt or "CHILD_LOOKUP" in self._exempt):
            return False
        return all(self._is_group_equal(mine, others.get(name, []), steps) for name, mine in groups.items())

    def _is_group_equal(self, wanted: list[Element], children: list[Element], steps: Steps) -> bool:
        """Compares elements of one name."""
        are_more_exempt = "CHILD_NODELIST_LENGTH" in self._exempt and len(children) > len(wanted)
        if len(wanted) != len(children) and not are_more_exempt and "CHILD_LOOKUP" not in self._exempt:
            return False
        if not self._ignores_order:
            return all(self.is_equal(one, other, steps) for one, other in zip(wanted, children, strict=False))
        steps.spend(len(wanted) * len(children))
        fits = [[self.is_equal(one, other, steps) for other in children] for one in wanted]
        return can_pair(fits)

    def _group(self, elements: list[Element], known: Collection[str]) -> dict[str, list[Element]]:
        """Groups elements by name; one whose name is `known` only without its namespace, by that."""
        found: dict[str, list[Element]] = {}
        for element in elements:
            name = "" if "ELEMENT_TAG_NAME" in self._exempt else self._name(element.tag)
            if known and name not in known and _local_name(name) in known:
                name = _local_name(name)
            found.setdefault(name, []).append(element)
        return found

    def _is_name_equal(self, wanted: str, name: str) -> bool:
        if not self._has_namespaces or not wanted.startswith("{"):
            return _local_name(wanted) == _local_name(name)
        return wanted == name

    def _name(self, tag: str) -> str:
        return tag if self._has_namespaces else _local_name(tag)


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def read_equal_to_xml(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "equalToXml")
    text = reading.take_text(given["equalToXml"], below)
    awareness = reading.take_choice(given, "namespaceAwareness", at, AWARENESS)
    exempt = _read_exempted(reading, given, at)
    ignores_order = reading.take_flag(given, "ignoreOrderOfSameNode", at)
    if text is None:
        return None
    try:
        wanted = parse_xml(text)
    except NotXml as error:
        reading.refuse(below, "xml", f"expected an XML document: {error}")
        return None
    placeholders = read_placeholders(reading, given, wanted, at)
    comparison = Comparison(exempt, placeholders, has_namespaces=awareness == "STRICT", ignores_order=ignores_order)
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


XML_OPTIONS: Final = frozenset(
    (*PLACEHOLDER_OPTIONS, "exemptedComparisons", "ignoreOrderOfSameNode", "namespaceAwareness")
)
XML_KINDS = {"equalToXml": Kind(read_equal_to_xml, XML_OPTIONS)}
