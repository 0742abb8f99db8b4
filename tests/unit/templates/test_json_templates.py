"""Templates in the strings of a `responseJson`: what they write is a JSON string again, whatever it contains."""

import json
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from mockwave.templates.json_templates import write_json_template
from tests.unit.templates.template_requests import a_request, render


def render_json(value: Any, query: bytes = b"") -> Any:
    template = write_json_template(msgspec.json.encode(value).decode())
    return json.loads(render(template, view=a_request(query=query)))


@pytest.mark.parametrize(
    "sent", ["a%22b", "%5C", "a%0Ab", "%00", "%E2%82%AC", "%7B%7B%20x%20%7D%7D", "%3C/script%3E", ""]
)
def test_what_a_tag_writes_is_a_json_string_again(sent: str) -> None:
    """A quote in a query value ended the string, and the answer was not JSON."""
    made = render_json({"q": "<{{ request.query.q }}>", "n": [1, None, "plain"]}, f"q={sent}".encode())
    assert made == {"q": f"<{unquote(sent)}>", "n": [1, None, "plain"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{% if request.query.q == "1" %}one{% else %}"other"{% endif %}', "one"),
        ('{{ request.query["q"] }}', "1"),
        ("{{ 'a\"b' }}\\n", 'a"b\\n'),
        ("a\n\tb {{ 1 | plus: 1 }}", "a\n\tb 2"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ request.query.q | json }}", '"1"'),
    ],
)
def test_a_tag_has_the_quotes_that_its_author_wrote(text: str, expected: str) -> None:
    """Its quotes were escaped as JSON escapes them, and the template could not be parsed."""
    assert render_json([text], b"q=1") == [expected]


def test_names_of_members_may_be_templates_and_assignments_last() -> None:
    assert render_json({"{% assign a = 'x' %}{{ a }}": {"{{ a }}": "{{ a }}"}}) == {"x": {"x": "x"}}


def test_a_document_without_tags_stays_as_it_is() -> None:
    assert write_json_template('{"a":{"b":{"c":"}}"}}}') == '{"a":{"b":{"c":"}}"}}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<{{ req.queryParams.q }}>", '<a"b\\>'),
        ('{% if req.queryParams.k == "key" %}one{% else %}other{% endif %}', "one"),
        ('{{ req.queryParams["q"] }}', 'a"b\\'),
    ],
)
def test_the_dialect_of_the_app_writes_json_strings_too(text: str, expected: str) -> None:
    """The whole document was one text there: a quote in a value ended the string, and one in a tag was escaped."""
    template = write_json_template(
        msgspec.json.encode({"q": text, "{{ req.queryParams.k }}": [1]}).decode(), "insomnia"
    )
    made = render(template, "insomnia", a_request(query=b"q=a%22b%5C&k=key"))
    assert json.loads(made) == {"q": expected, "key": [1]}
