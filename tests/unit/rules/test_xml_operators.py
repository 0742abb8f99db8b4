"""Operators on XML: equalToXml, matchesXPath."""

from typing import Any

import pytest

from tests.unit.rules.asked_conditions import compile_when, find_faults, view

TODO = """<?xml version="1.0"?>
<todo-list xmlns:p="urn:p">
  <todo-item id="1">Wash <b>the</b> dog</todo-item>
  <todo-item id="2">Feed the dog</todo-item>
  <p:owner>Ann</p:owner>
</todo-list>"""


def holds(matcher: dict[str, Any], body: str | bytes) -> bool:
    condition = compile_when({"body": [matcher]})
    request = view(body=body)
    assert (condition.explain(request) is None) is condition.holds(request)
    return condition.holds(request)


@pytest.mark.parametrize(
    ("matcher", "body", "outcome"),
    [
        ({"equalToXml": "<a><b>1</b></a>"}, "<a>\n  <b> 1 </b>\n</a>", True),
        ({"equalToXml": "<a><b>1</b></a>"}, "<a><b>2</b></a>", False),
        ({"equalToXml": '<a x="1" y="2"/>'}, '<a y="2" x="1"></a>', True),
        ({"equalToXml": '<a x="1"/>'}, '<a x="2"/>', False),
        ({"equalToXml": '<a x="1"/>'}, '<a x="1" y="1"/>', False),
        ({"equalToXml": "<a/>"}, "<a><!-- said --></a>", True),
        ({"equalToXml": "<a><b/><c/></a>"}, "<a><c/><b/></a>", True),
        ({"equalToXml": "<a><b>1</b><b>2</b></a>"}, "<a><b>2</b><b>1</b></a>", False),
        ({"equalToXml": "<a><b>1</b><b>2</b></a>", "ignoreOrderOfSameNode": True}, "<a><b>2</b><b>1</b></a>", True),
        ({"equalToXml": "<a><b>1</b><b>1</b></a>", "ignoreOrderOfSameNode": True}, "<a><b>2</b><b>1</b></a>", False),
        ({"equalToXml": "<a><b/></a>"}, "<a><b/><b/></a>", False),
        ({"equalToXml": '<p:a xmlns:p="urn:1"/>'}, '<q:a xmlns:q="urn:1"/>', True),
        ({"equalToXml": '<p:a xmlns:p="urn:1"/>'}, '<p:a xmlns:p="urn:2"/>', False),
        ({"equalToXml": '<p:a xmlns:p="urn:1"/>', "namespaceAwareness": "NONE"}, '<a xmlns="urn:2"/>', True),
        ({"equalToXml": '<a xmlns="urn:1"/>', "exemptedComparisons": ["NAMESPACE_URI"]}, "<a/>", True),
        ({"equalToXml": "<a>1</a>", "exemptedComparisons": ["TEXT_VALUE"]}, "<a>2</a>", True),
        ({"equalToXml": '<a x="1"/>', "exemptedComparisons": ["ATTR_VALUE"]}, '<a x="2"/>', True),
        ({"equalToXml": "<a>${xmlunit.ignore}</a>", "enablePlaceholders": True}, "<a>2</a>", True),
        ({"equalToXml": "<a>${xmlunit.ignore}</a>"}, "<a>2</a>", False),
        ({"equalToXml": "<a>${xmlunit.isNumber}</a>", "enablePlaceholders": True}, "<a>2.5</a>", True),
        ({"equalToXml": "<a>${xmlunit.isNumber}</a>", "enablePlaceholders": True}, "<a>x</a>", False),
        ({"equalToXml": '<a x="${xmlunit.matchesRegex([a-z]+)}"/>', "enablePlaceholders": True}, '<a x="abc"/>', True),
        ({"equalToXml": '<a x="${xmlunit.matchesRegex([a-z]+)}"/>', "enablePlaceholders": True}, '<a x="1"/>', False),
        ({"equalToXml": '<a x="${xmlunit.matchesRegex(b)}"/>', "enablePlaceholders": True}, '<a x="abc"/>', True),
        ({"equalToXml": "<a>${xmlunit.ignore}</a>", "enablePlaceholders": True}, "<a><b/>x<c/></a>", True),
        ({"equalToXml": "<a>${xmlunit.matchesRegex([)])}</a>", "enablePlaceholders": True}, "<a>:)</a>", True),
        ({"equalToXml": "<a>é</a>"}, '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"), True),
        ({"equalToXml": "<a><![CDATA[<]]></a>"}, "<a>&lt;</a>", True),
        ({"equalToXml": "<a/>"}, "<a>", False),
        ({"equalToXml": "<a/>"}, "", False),
        ({"equalToXml": "<a/>"}, '{"a": 1}', False),
    ],
)
def test_xml_is_equal_without_what_does_not_count(matcher: dict[str, Any], body: str | bytes, outcome: bool) -> None:
    assert holds(matcher, body) is outcome


@pytest.mark.parametrize(
    ("delimiters", "expected", "body", "outcome"),
    [
        ((r"\[\[", "]]"), "<a>[[xmlunit.ignore]]</a>", "<a>2</a>", True),
        ((r"\[\[", r"\]\]"), "<a>[[ xmlunit.isNumber ]]</a>", "<a>2</a>", True),
        ((r"\[\[", "]]"), "<a>[[xmlunit.isNumber]]</a>", "<a>x</a>", False),
        ((r"\[\[", "]]"), "<a>[[xmlunit.matchesRegex(^x(y)?$)]]</a>", "<a>xy</a>", True),
        ((r"\[\[", "]]"), "<a>${xmlunit.ignore}</a>", "<a>2</a>", False),
        (("%+", "%+"), "<a x='%%xmlunit.isNumber%'/>", "<a x='7'/>", True),
        ((None, "]]"), "<a>${xmlunit.ignore]]</a>", "<a>2</a>", True),
        (("<<|!", None), "<a>!xmlunit.isNumber}</a>", "<a>2</a>", True),
    ],
)
def test_placeholders_have_the_delimiters_that_the_matcher_names(
    delimiters: tuple[str | None, str | None], expected: str, body: str, outcome: bool
) -> None:
    """`placeholderOpeningDelimiterRegex` and `placeholderClosingDelimiterRegex` of WireMock were unknown options."""
    names = ("placeholderOpeningDelimiterRegex", "placeholderClosingDelimiterRegex")
    options = {name: given for name, given in zip(names, delimiters, strict=True) if given is not None}
    assert holds({"equalToXml": expected, "enablePlaceholders": True, **options}, body) is outcome


@pytest.mark.parametrize(
    ("matcher", "body", "outcome"),
    [
        ({"equalToXml": "<a><b/></a>"}, '<n:a xmlns:n="urn:n"><n:b/></n:a>', True),
        ({"equalToXml": "<a><b/></a>"}, '<a xmlns="urn:n"><b/></a>', True),
        ({"equalToXml": "<a><b/></a>", "namespaceAwareness": "STRICT"}, '<a xmlns="urn:n"><b/></a>', True),
        ({"equalToXml": '<n:a xmlns:n="urn:n"><b/></n:a>'}, '<n:a xmlns:n="urn:n"><n:b/></n:a>', True),
        ({"equalToXml": '<n:a xmlns:n="urn:n"><n:b/></n:a>'}, '<n:a xmlns:n="urn:n"><b/></n:a>', False),
        ({"equalToXml": '<n:a xmlns:n="urn:n"/>'}, "<a/>", False),
        ({"equalToXml": '<n:a xmlns:n="urn:n"/>', "namespaceAwareness": "LEGACY"}, "<a/>", True),
        (
            {"equalToXml": '<a xmlns:n="urn:n"><b>1</b><n:b>2</n:b></a>'},
            '<a xmlns:n="urn:n"><n:b>2</n:b><b>1</b></a>',
            True,
        ),
    ],
)
def test_an_expected_element_without_a_namespace_takes_any(matcher: dict[str, Any], body: str, outcome: bool) -> None:
    """As in WireMock, where a SOAP message need not be expected with all its namespaces; here it was unequal."""
    assert holds(matcher, body) is outcome


@pytest.mark.parametrize(
    ("exempt", "body", "outcome"),
    [
        (["CHILD_NODELIST_LENGTH"], "<a><b>1</b><c/><d/></a>", True),
        (["CHILD_NODELIST_LENGTH"], "<a><b>1</b><c/><c/></a>", True),
        (["CHILD_NODELIST_LENGTH"], "<a><b>1</b></a>", False),
        (["CHILD_NODELIST_LENGTH", "CHILD_LOOKUP"], "<a><b>1</b></a>", True),
        (["CHILD_LOOKUP"], "<a><b>1</b><c/><d/></a>", False),
    ],
)
def test_a_number_of_children_that_is_exempt_leaves_room_for_others(
    exempt: list[str], body: str, outcome: bool
) -> None:
    """Without CHILD_LOOKUP, too, elements that nobody expected were refused."""
    assert holds({"equalToXml": "<a><b>1</b><c/></a>", "exemptedComparisons": exempt}, body) is outcome


@pytest.mark.parametrize(
    ("matcher", "outcome"),
    [
        ({"matchesXPath": "/todo-list/todo-item"}, True),
        ({"matchesXPath": "//todo-item[@id='3']"}, False),
        ({"matchesXPath": "//owner"}, False),
        ({"matchesXPath": "//owner", "xPathNamespaces": {"p": "urn:p"}}, False),
        ({"matchesXPath": "//*[namespace-uri()='urn:p']"}, True),
        ({"matchesXPath": "//p:owner", "xPathNamespaces": {"p": "urn:p"}}, True),
        ({"matchesXPath": "//q:owner", "xPathNamespaces": {"q": "urn:p"}}, True),
        ({"matchesXPath": "//q:owner", "xPathNamespaces": {"q": "urn:other"}}, False),
        ({"matchesXPath": "//*[local-name()='owner']"}, True),
        ({"matchesXPath": "count(//todo-item) = 2"}, True),
        ({"matchesXPath": "count(//todo-item) = 3"}, False),
        ({"matchesXPath": {"expression": "//todo-item/text()", "contains": "Feed"}}, True),
        ({"matchesXPath": {"expression": "//todo-item/text()", "contains": "Walk"}}, False),
        ({"matchesXPath": {"expression": "//todo-item/@id", "equalTo": "2"}}, True),
        ({"matchesXPath": {"expression": "//todo-item/@id", "hasExactly": [{"equalTo": "2"}, {"equalTo": "1"}]}}, True),
        ({"matchesXPath": {"expression": "//todo-item/@id", "greaterThanNumber": 1}}, True),
        ({"matchesXPath": {"expression": "//b", "equalToXml": "<b>the</b>"}}, True),
        ({"matchesXPath": {"expression": "count(//todo-item)", "equalToNumber": 2}}, True),
        ({"matchesXPath": {"expression": "//nobody", "absent": True}}, True),
        ({"matchesXPath": {"expression": "//nobody", "doesNotContain": "a"}}, False),
        ({"matchesXPath": {"expression": "//nobody", "not": {"equalTo": "a"}}}, False),
        ({"matchesXPath": {"expression": "//nobody", "or": [{"equalTo": "a"}, {"absent": True}]}}, True),
        ({"matchesXPath": {"expression": "//b", "absent": True}}, False),
        (
            {"matchesXPath": {"expression": "string(//p:owner)", "equalTo": "Ann"}, "xPathNamespaces": {"p": "urn:p"}},
            True,
        ),
    ],
)
def test_an_xpath_holds_for_what_it_finds(matcher: dict[str, Any], outcome: bool) -> None:
    assert holds(matcher, TODO) is outcome


@pytest.mark.parametrize("body", ["", '{"a": 1}', "<a>"])
def test_a_body_that_is_not_xml_has_no_paths(body: str) -> None:
    assert not holds({"matchesXPath": "//a"}, body)
    assert not holds({"matchesXPath": {"expression": "//a", "absent": True}}, body)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;&y;</a>',
        "<a>" * 1000 + "</a>" * 1000,
    ],
)
def test_entities_and_endless_nesting_are_not_read(document: str) -> None:
    assert not holds({"matchesXPath": "/a"}, document)
    assert {rule for rule, _ in find_faults({"body": [{"equalToXml": document}]}).values()} == {"xml"}


@pytest.mark.parametrize(
    ("matcher", "faults"),
    [
        ({"equalToXml": "<a>"}, {"/equalToXml": "xml"}),
        ({"equalToXml": 1}, {"/equalToXml": "type"}),
        ({"equalToXml": "<a/>", "namespaceAwareness": "SOME"}, {"/namespaceAwareness": "enum"}),
        ({"equalToXml": "<a/>", "exemptedComparisons": ["TEXT"]}, {"/exemptedComparisons/0": "enum"}),
        ({"equalToXml": "<a/>", "exemptedComparisons": [["TEXT"]]}, {"/exemptedComparisons/0": "enum"}),
        ({"equalToXml": "<a>${xmlunit.isCat}</a>", "enablePlaceholders": True}, {"/equalToXml": "unknown"}),
        ({"matchesXPath": "//a["}, {"/matchesXPath": "xPath"}),
        ({"matchesXPath": "//p:a"}, {"/matchesXPath": "xPath"}),
        ({"matchesXPath": "//a[$x]"}, {"/matchesXPath": "xPath"}),
        ({"matchesXPath": "doc('file:///etc/passwd')"}, {"/matchesXPath": "xPath"}),
        ({"matchesXPath": {"equalTo": "a"}}, {"/matchesXPath": "type"}),
        ({"matchesXPath": "//a", "xPathNamespaces": {"p": 1}}, {"/xPathNamespaces/p": "type"}),
        ({"matchesXPath": "//a", "xPathNamespaces": ["p"]}, {"/xPathNamespaces": "type"}),
    ],
)
def test_what_is_no_xml_operator_is_refused(matcher: dict[str, Any], faults: dict[str, str]) -> None:
    found = find_faults({"body": [matcher]})

    assert {at.removeprefix("/body/0"): rule for at, (rule, _) in found.items()} == faults
