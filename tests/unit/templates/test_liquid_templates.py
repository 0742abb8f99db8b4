"""Templates in Liquid: what they can name, and how its values stand in the text."""

import re
from datetime import UTC, datetime

import pytest

from mockwave.rules.request_view import RequestView
from mockwave.templates import TemplateContext, TemplateError, compile_template, stored_template
from tests.unit.templates.template_requests import a_request, fault_of, render


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ request.method }} {{ request.path }}", "POST /orders/7/8/items"),
        ("{{ request.pathParameters.id }}", "7/8"),
        ("{{ request.pathSegments[1] }}|{{ request.pathSegments | size }}", "7/8|3"),
        ("{{ request.query.user }}{{ request.query['text'] }}", "adaa b"),
        ("{{ request.query.nobody }}|{{ request.nothing.at.all }}|{{ nothing }}", "||"),
        ("{{ request.headers.X-Plan }}{{ request.headers['x-plan'] }}", "propro"),
        ("{{ request.cookies.theme }}", "dark"),
        ("{{ request.json.name }} {{ request.json.items[1] }} {{ request.json.total }}", "Zoe two 12.5"),
        ("{{ request.json.items.size }} {{ request.json.items.first }} {{ request.json.is }}", "3 1 true"),
        ("{{ request.client }} {{ request.id }}", "192.0.2.7 r-1"),
        ("{{ request.url }}", "/orders/7/8/items?user=ada&tag=x&tag=y&text=a%20b"),
        ("{{ req.queryParams.user }} {{ req.pathSegments[2] }} {{ req.body.name }}", "ada items Zoe"),
        ("{{ now }} {{ now | date: '%Y-%m-%d %H:%M:%S.%L' }}", "2026-03-14T15:09:26.535Z 2026-03-14 15:09:26.535"),
        ("{{ 'now' | date: '%s' }}", "1773500966"),
    ],
)
def test_a_template_names_the_parts_of_its_request(text: str, made: str) -> None:
    assert render(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ request.query.tag }}", "x"),
        ("{{ request.query.tag[1] }}", "y"),
        ("{{ request.query.tag | join: '+' }}", "x+y"),
        ("{% for tag in request.query.tag %}<{{ tag }}>{% endfor %}", "<x><y>"),
        ("{{ request.headers.accept }}, {{ request.headers.accept.last }}", "a/b, c/d"),
        ("{% if request.query.tag == 'x' %}first{% endif %}", "first"),
        ("{{ request.query.tag | upcase }}", "X"),
    ],
)
def test_of_a_repeated_field_the_first_is_the_text_and_all_are_items(text: str, made: str) -> None:
    assert render(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ request.json }}", '{"name":"Zoe","items":[1,"two",{"a":null}],"total":12.5,"is":true}'),
        ("{{ request.json.items }}", '1two{"a":null}'),
        ("{{ request.json.items | json }}", '[1,"two",{"a":null}]'),
        ("{{ request.json.name | json }}{{ nothing | json }}", '"Zoe"null'),
        ("{{ request.json.items | slice: 0, 2 | json: 2 }}", '[\n  1,\n  "two"\n]'),
        ("{{ 'say \"hi\"' | json }}", '"say \\"hi\\""'),
        ("{{ request.json | append: '!' }}", '{"name":"Zoe","items":[1,"two",{"a":null}],"total":12.5,"is":true}!'),
        ("{{ request.query | json }}", '{"user":"ada","tag":"x","text":"a b"}'),
    ],
)
def test_objects_stand_in_the_text_as_json(text: str, made: str) -> None:
    assert render(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{% assign a = 'x' %}{{ a }}{% capture b %}[{{ a }}]{% endcapture %}{{ b }}", "x[x]"),
        ("{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}", "1,2,3"),
        ("{% for i in (1..9) limit: 2 offset: 3 reversed %}{{ i }}{% endfor %}", "54"),
        ("{% for i in nothing %}{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "12"),
        ("{% case request.method %}{% when 'GET', 'POST' %}ok{% else %}no{% endcase %}", "ok"),
        ("{% increment n %}{% increment n %}{{ n }}", "012"),
        ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "aba"),
        ("{% tablerow i in (1..2) cols: 1 %}{{ i }}{% endtablerow %}",
         '<tr class="row1">\n<td class="col1">1</td></tr>\n<tr class="row2"><td class="col1">2</td></tr>\n'),
        ("{% raw %}{{ x }}{% endraw %}{% comment %}{{ x }}{% endcomment %}{% # note %}", "{{ x }}"),
        ("{% liquid\n assign a = 2\n echo a | times: 3\n%}", "6"),
        ("a  {{- 1 -}}  b", "a1b"),
        ("{{ 'b,a,c' | split: ',' | sort | join: '' | upcase }}", "ABC"),
        ("{{ 'a,b,a' | split: ',' | uniq | concat: 'z' | size }}", None),
        ("{{ 7 | plus: 1 | minus: 2 | times: 3 | divided_by: 4 | modulo: 3 }}", "1"),
        ("{{ 'March 14, 2016' | date: '%b %d, %y' }} {{ 0 | date: '%Y' }} {{ 'x' | date: '%Y' }}", "Mar 14, 16 1970 x"),
        ("{{ '<b>a</b><script>x</script><!-- c -->&' | strip_html | escape }}", "a&amp;"),
        ("{{ nothing | default: 'd' }}{{ '' | default: 'e' }}{{ 0 | default: 'f' }}", "de0"),
        ("{{ request.json.items | map: 'a' | size }}", None),
        ("{{ 'a b' | url_encode }}{{ 'YQ==' | base64_decode }}{{ 'abc' | replace: 'b', '-' }}", "a+ba"+"a-c"),
    ],
)  # fmt: skip
def test_the_language_is_that_of_liquid(text: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(TemplateError, match="line 1: "):
            render(text)
    else:
        assert render(text) == made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{{ b", "line 2: `{{` has no `}}` after it"),
        ("a\n\n{% if b", "line 3: `{%` has no `%}` after it"),
        ("\n{% if b %}c\n", "line 3: expected tag endif, found end of expression"),
        ("{{ a | nope }}", "line 1: unknown filter 'nope'"),
        ("{% if a %}{% for b in c %}\n{{ b | nope }}{% endfor %}{% endif %}", "line 2: unknown filter 'nope'"),
        ("{% raw %}{{ a }}", "line 1: `{% raw %}` has no `{% endraw %}` after it"),
        ("{% include 'a' %}", "line 1: unexpected tag 'include'"),
        ("{% render 'a' %}", "line 1: unexpected tag 'render'"),
        ("{% extends 'a' %}", "line 1: unexpected tag 'extends'"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, message: str) -> None:
    assert fault_of(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{{ 1 | divided_by: 0 }}", "line 2: divided_by: can't divide by 0"),
        ("a\n\n{{ 'a' | base64_decode }}", "line 3: invalid base64-encoded string"),
        ("{% break %}", "line 1: break and continue stand in loops"),
        ("\n{{ '/w==' | base64_decode }}", "line 2: UnicodeDecodeError"),
    ],
)
def test_what_cannot_be_rendered_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=f"^{re.escape(message)}"):
        render(text)


def test_a_text_without_tags_is_static() -> None:
    assert compile_template('{"a": {"b": 1}}', "liquid", at="", faults=[]) is None
    assert stored_template("100% {", "liquid") is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ request.__class__ }}{{ request['__class__'] }}",
        "{{ request.json.__class__.__mro__ }}{{ request.query.user.__len__ }}",
        "{{ faker.__init__.__globals__ }}{{ now.__class__ }}{{ now.tzinfo }}",
        "{{ request.headers._fields }}{{ req._context }}{{ req.body._context }}",
        "{% for a in request %}{{ a }}{% endfor %}{{ request }}{{ req }}{{ faker }}{{ random }}",
    ],
)
def test_no_attribute_of_an_object_is_within_reach(text: str) -> None:
    assert render(text) == ""


@pytest.mark.parametrize("name", ["x-session-id", "X-Session-Id", "X-SESSION-ID"])
def test_the_login_secret_of_the_insomnia_app_is_not_there(name: str) -> None:
    everything = "{% for h in request.headers %}{{ h }}{% endfor %}{{ request.headers | json }}{{ req.headers }}"
    assert "SECRET" not in render(f"{{{{ request.headers['{name}'] }}}}{{{{ req.headers['{name}'] }}}}|" + everything)


def test_states_are_those_of_the_mock_server() -> None:
    assert render("{{ state.cart }}{{ state.none }}", state={"cart": "Paid"}) == "Paid"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("faker.person.firstName", r"[A-Z][a-z]+"),
        ("faker.name.firstName", r"[A-Z][a-z]+"),
        ("faker.randomEmail", r"[a-z.]+@example\.(com|org|net)"),
        ("faker.$randomCity", r"[A-Z][a-z]+"),
        ("faker['string.uuid']", r"[0-9a-f-]{36}"),
        ("random.uuid", r"[0-9a-f-]{36}"),
        ("random.int", r"\d+"),
        ("random.float", r"[\d.]+"),
        ("random.boolean", r"true|false"),
        ("'a,b' | split: ',' | pick", r"a|b"),
        ("1 | random_int: 6", r"[1-6]"),
    ],
)
def test_made_values_go_by_the_names_of_fakers(name: str, pattern: str) -> None:
    if name.startswith("faker.$"):
        name = "faker['$randomCity']"
    assert re.fullmatch(pattern, render(f"{{{{ {name} }}}}"))


def test_the_same_seed_makes_the_same_values_and_another_makes_others() -> None:
    text = "{{ random.uuid }}{{ faker.person.fullName }}{{ 1 | random_int: 1000000 }}"
    assert render(text, seed=4) == render(text, seed=4) != render(text, seed=5)


def test_a_value_is_made_anew_at_each_use() -> None:
    first, second = render("{{ random.uuid }} {{ random.uuid }}").split()
    assert first != second


def test_a_request_without_a_kept_body_has_none() -> None:
    view = a_request(body=None)
    assert render("[{{ request.body }}{{ request.json.a }}{{ request.form.a }}{{ req.body.a }}]", view=view) == "[]"


def test_a_body_that_is_no_json_has_none() -> None:
    assert (
        render("[{{ request.json }}{{ request.json.a }}] {{ request.body }}", view=a_request(body=b"{no")) == "[] {no"
    )


def test_fields_of_a_form_are_named() -> None:
    form = a_request(headers=[(b"content-type", b"application/x-www-form-urlencoded")], body=b"a=1&b=x+y&a=2")
    assert render("{{ request.form.b }}{{ request.form.a[1] }}{{ req.body.a }}", view=form) == "x y21"


def test_what_a_template_does_not_name_is_not_made() -> None:
    class Watched(RequestView):
        @property
        def json(self) -> object:
            raise AssertionError("the body was read")

        @property
        def query_values(self) -> dict[str, list[str]]:
            raise AssertionError("the query was read")

    view = Watched(method="GET", path=b"/a", query=b"a=1", headers=[], body=b"{}")
    template = stored_template("{{ request.method }} {{ request.path }}", "liquid")
    assert template is not None
    assert template.render(TemplateContext(view)) == "GET /a"


def test_without_a_given_time_now_is_the_time_of_the_render() -> None:
    template = stored_template("{{ now | date: '%Y' }}", "liquid")
    assert template is not None
    assert template.render(TemplateContext(a_request())) == str(datetime.now(UTC).year)
