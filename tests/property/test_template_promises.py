"""Templates of any text: read or refused, rendered or refused, and the short way to a value has the result of the long
one.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.rules.request_view import RequestView
from mockwave.templates import Template, TemplateContext, TemplateError
from mockwave.templates.liquid_engine import ENVIRONMENTS, ParsedTemplate
from mockwave.templates.template_limits import Meter

PATHS = st.sampled_from(
    [
        "request.json",
        "request.json.a",
        "request.json.a.b[0]",
        "request.json['a'].size",
        "request.json.l.first",
        "request.json.l.last.x",
        "request.json.l[-1]",
        "request.query.q",
        "request.query.q[1]",
        "request.headers.X-A",
        "request.nothing.x",
        "req.body.a.b",
        "x",
        "x.y",
        "n",
        "forloop.index",
        "state.s",
        "request['json'][x]",
        "true",
        "nil",
        "empty",
        "'text'",
        "-3.5",
        "(1..4)",
    ]
)
FILTERS = st.sampled_from(
    [
        "",
        " | upcase",
        " | json",
        " | size",
        " | default: 'd'",
        " | append: x",
        " | split: ','",
        " | join: '-'",
        " | plus: 1",
        " | first",
        " | sort",
        " | map: 'x'",
        " | slice: 1, 2",
        " | replace: 'a', 'b'",
        " | date: '%Y'",
        " | uniq",
        " | where: 'x', 1",
        " | truncate: 3",
        " | nothing",
    ]
)
OUTPUTS = st.builds("{{{{ {}{} }}}}".format, PATHS, FILTERS)
TAGS = st.one_of(
    st.builds("{{% assign x = {}{} %}}".format, PATHS, FILTERS),
    st.builds("{{% if {} == {} %}}yes{{% else %}}no{{% endif %}}".format, PATHS, PATHS),
    st.builds("{{% for x in {} %}}[{{{{ x }}}}]{{% endfor %}}".format, PATHS),
    st.builds("{{% case {} %}}{{% when {} %}}w{{% else %}}e{{% endcase %}}".format, PATHS, PATHS),
    st.sampled_from(
        ["{% increment n %}", "{% capture x %}c{{ x }}{% endcapture %}", "{% cycle 'a', x %}", "{% raw %}{{"]
    ),
)
PIECES = st.one_of(st.sampled_from(["{", "}", "%", "a\n", '"', "{{", "}}", "{%", "%}"]), st.text(max_size=3))
SENSIBLE = st.lists(st.one_of(OUTPUTS, TAGS, st.text("ab {\n", max_size=3)), max_size=8).map("".join)
SENSELESS = st.lists(st.one_of(PIECES, OUTPUTS, TAGS), max_size=10).map("".join)


def context() -> TemplateContext:
    view = RequestView(
        method="POST",
        path=b"/a/b",
        query=b"q=1&q=2",
        headers=[(b"x-a", b"v")],
        body=b'{"a": {"b": [1, "x"], "size": "own"}, "l": [{"x": 1}, "t", null, [2.5, true]]}',
        path_parameters={"p": "v"},
    )
    return TemplateContext(view, {"s": "Started"})


@given(st.one_of(SENSELESS, SENSIBLE), st.sampled_from(["liquid", "insomnia"]))
@settings(deadline=None, max_examples=400)
def test_a_text_is_rendered_or_refused_with_a_line_of_it(text: str, dialect: Any) -> None:
    template = Template(text, dialect)
    try:
        template.render(context())
    except TemplateError as error:
        assert 0 <= error.line <= text.count("\n") + 1
        assert error.message


@given(SENSIBLE)
@settings(deadline=None, max_examples=400)
def test_the_short_way_to_a_value_makes_what_the_long_one_makes(text: str) -> None:
    try:
        parsed = ParsedTemplate(text, "liquid")
    except TemplateError:
        return
    long_way = ParsedTemplate(text, "liquid")
    long_way._template = ENVIRONMENTS["liquid"].from_string(text)
    long_way._parts = list(long_way._template.nodes)
    assert outcome(parsed) == outcome(long_way)


def outcome(parsed: ParsedTemplate) -> object:
    try:
        return parsed.render(context(), Meter())
    except TemplateError as error:
        return error.line, error.message
