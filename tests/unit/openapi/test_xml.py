"""XML bodies: what the `xml` objects of a schema ask for, in static and in generated values, and whether the result is
XML.
"""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwave.answers.variants import VariantContent, decode_variants
from mockwave.bodies.json_bodies import BodyError
from mockwave.bodies.xml_bodies import ATTRIBUTE, ELEMENT, NONE, TEXT, XmlShape, write_xml
from mockwave.openapi import read_specification

NUMBER = {"type": "integer", "xml": {"attribute": True}}
BOOK = {"type": "object", "xml": {"name": "book"}, "properties": {"id": NUMBER}}


def read_content(schema: Any, version: str = "3.0.3", **further: Any) -> VariantContent:
    response = {"description": "d", "content": {"application/xml": {"schema": schema}}}
    paths = {"/a": {"get": {"responses": {"200": response}}}}
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths}
    imported = read_specification(json.dumps(document | further))
    (operation,) = imported.operations
    return decode_variants(operation.variants, imported.parts)[0].contents[0]


def write(schema: Any, version: str = "3.0.3", **further: Any) -> str:
    return read_content(schema, version, **further).bodies[0].body.decode()


def within(member: Any) -> str:
    """What an object with the one property `animals` is written as, without the element around it."""
    return write({"type": "object", "properties": {"animals": member}}).removeprefix("<xml>").removesuffix("</xml>")


def test_attributes_prefixes_and_namespaces_are_written() -> None:
    """The example of OpenAPI 3.0 §4.7.26."""
    schema = {
        "type": "object",
        "xml": {"name": "Person"},
        "properties": {
            "id": {"type": "integer", "example": 123, "xml": {"attribute": True}},
            "name": {
                "type": "string",
                "example": "example",
                "xml": {"namespace": "http://example.com/schema/sample", "prefix": "sample"},
            },
        },
    }
    expected = '<sample:name xmlns:sample="http://example.com/schema/sample">example</sample:name>'
    assert write(schema) == f'<Person id="123">{expected}</Person>'


STRINGS = {"type": "array", "items": {"type": "string"}}
NAMED = {"type": "array", "items": {"type": "string", "xml": {"name": "animal"}}}


@pytest.mark.parametrize(
    ("member", "body"),
    [
        # The arrays of OpenAPI 3.0 §4.7.26, in its order.
        (STRINGS, "<animals>string</animals>"),
        (NAMED, "<animal>string</animal>"),
        (NAMED | {"xml": {"name": "aliens"}}, "<animal>string</animal>"),
        (STRINGS | {"xml": {"wrapped": True}}, "<animals><animals>string</animals></animals>"),
        (NAMED | {"xml": {"wrapped": True}}, "<animals><animal>string</animal></animals>"),
        (NAMED | {"xml": {"name": "aliens", "wrapped": True}}, "<aliens><animal>string</animal></aliens>"),
        (STRINGS | {"xml": {"name": "aliens", "wrapped": True}}, "<aliens><aliens>string</aliens></aliens>"),
        # Beyond it.
        ({"type": "array", "items": BOOK}, '<book id="0" />'),
        ({"type": "array", "items": STRINGS}, "<animals><item>string</item></animals>"),
        (STRINGS | {"xml": {"attribute": True}}, "<xml animals="),
    ],
)
def test_arrays_are_written_with_and_without_an_element_around_them(member: Any, body: str) -> None:
    assert within(member).startswith(body)


def test_the_shape_of_a_component_counts_wherever_it_is_referred_to() -> None:
    components = {"schemas": {"Book": BOOK}}
    reference = {"$ref": "#/components/schemas/Book"}

    assert write(reference, components=components) == '<book id="0" />'
    assert write({"allOf": [reference]}, components=components) == '<book id="0" />'
    assert write({"type": "object", "additionalProperties": reference}, components=components) == (
        '<xml><book id="0" /><book id="0" /></xml>'
    )
    assert write({"type": "array", "items": reference, "xml": {"name": "books"}}, components=components) == (
        '<books><book id="0" /></books>'
    )


@pytest.mark.parametrize("order", [1, -1])
def test_every_alternative_has_its_shape(order: int) -> None:
    alternatives = [
        {"type": "object", "additionalProperties": False, "required": [name], "properties": {name: NUMBER}}
        for name in ("isbn", "issn")
    ]
    body = write({"oneOf": alternatives[::order], "xml": {"name": "work"}})
    assert body == ('<work isbn="0" />' if order == 1 else '<work issn="0" />')


def test_a_schema_inside_itself_has_a_shape() -> None:
    node = {
        "type": "object",
        "xml": {"name": "node"},
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    body = write({"$ref": "#/components/schemas/Node"}, components={"schemas": {"Node": node}})
    assert body.startswith('<node id="0"><node id="0">')


def test_the_node_types_of_openapi_3_2_are_written() -> None:
    properties = {
        "id": {"type": "integer", "xml": {"nodeType": "attribute"}},
        "note": {"type": "string", "xml": {"nodeType": "text"}},
        "part": {"type": "object", "xml": {"nodeType": "none"}, "properties": {"size": {"type": "integer"}}},
        "tags": STRINGS | {"xml": {"nodeType": "element"}},
    }
    schemas = {"Page": {"type": "object", "properties": properties}}
    body = write({"$ref": "#/components/schemas/Page"}, "3.2.0", components={"schemas": schemas})
    assert body == '<Page id="0">string<size>0</size><tags><tags>string</tags></tags></Page>'


def test_swagger_2_writes_xml_too() -> None:
    operation = {"produces": ["text/xml"], "responses": {"200": {"description": "d", "schema": BOOK}}}
    document = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}}
    assert read_specification(json.dumps(document)).operations[0].body == b'<book id="0" />'


def test_examples_are_written_in_the_shape_too_and_text_is_taken_as_it_is() -> None:
    examples = {"value": {"value": {"id": 7}}, "text": {"value": "<b/>"}}
    response = {"description": "d", "content": {"application/xml": {"schema": BOOK, "examples": examples}}}
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": response}}}}}
    imported = read_specification(json.dumps(document))
    (content,) = decode_variants(imported.operations[0].variants, imported.parts)[0].contents

    assert [body.body for body in content.bodies] == [b'<book id="7" />', b"<b/>"]


def test_a_made_string_is_the_text_of_the_root() -> None:
    """It was the whole body, which is not XML."""
    assert write({"type": "string", "xml": {"name": "word"}}) == "<word>string</word>"


@pytest.mark.parametrize(
    ("xml", "body"),
    [
        ({"name": "a b<c"}, "<a_b_c />"),
        ({"name": "1st"}, "<_1st />"),
        ({"name": "größe"}, "<größe />"),
        ({"name": "soap:Envelope"}, "<soap_Envelope />"),
        ({"name": "soap:Envelope", "namespace": "urn:s"}, '<soap:Envelope xmlns:soap="urn:s" />'),
        ({"name": "x", "prefix": "p"}, "<x />"),  # nothing binds the prefix
        ({"name": "x", "prefix": "xmlns", "namespace": "urn:s"}, '<x xmlns="urn:s" />'),
        ({"name": "x", "namespace": 'urn:\u0001"&'}, '<x xmlns="urn:%01%22&amp;" />'),
        ({"name": 7, "attribute": "yes", "namespace": None}, "<xml />"),
        ("book", "<xml />"),
    ],
)
def test_names_and_namespaces_that_xml_cannot_hold_are_made_fit(xml: Any, body: str) -> None:
    assert write({"type": "object", "xml": xml}) == body


def test_what_is_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(5_000):
        value = {"a": value}
    with pytest.raises(BodyError):
        write_xml(value)


TEXTS = st.text(max_size=5) | st.sampled_from(["a", "b", "xmlns", "xml", "p:a", "p", "1", "a b", "\x00", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@st.composite
def draw_shapes(draw: st.DrawFn) -> tuple[XmlShape, ...]:
    count = draw(st.integers(1, 4))
    number = st.none() | st.integers(0, count - 1)
    shape = st.builds(
        XmlShape,
        TEXTS,
        st.sampled_from(["", "", "urn:a", "urn:b", "\x01{}"]),
        st.sampled_from(["", "", "p", "q", "xml", "a b"]),
        st.sampled_from([ELEMENT, ELEMENT, ATTRIBUTE, TEXT, NONE]),
        st.booleans(),
        st.dictionaries(TEXTS, st.integers(0, count - 1), max_size=3),
        number,
        number,
    )
    return tuple(draw(st.lists(shape, min_size=count, max_size=count)))


@given(VALUES, draw_shapes())
def test_whatever_is_written_is_well_formed_xml(value: Any, shapes: tuple[XmlShape, ...]) -> None:
    ElementTree.fromstring(write_xml(value, shapes))
