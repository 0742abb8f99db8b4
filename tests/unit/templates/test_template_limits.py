"""Templates that would take too much: each is held to its limits, wherever it renders."""

import contextlib
import time
from random import Random

import pytest

from mockwave.rules.request_view import RequestView
from mockwave.templates import Template, TemplateContext, TemplateError, load_engine
from tests.sanitized import SLOWNESS
from tests.unit.templates.template_requests import NOW, a_request, fault_of, render

BOMBS = {
    "nested loops": "{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}",
    "loops that write": "{% for a in (1..100) %}{% for b in (1..101) %}x{% endfor %}{% endfor %}",
    "many loops": "{% for a in (1..6000) %}{% endfor %}{% for a in (1..6000) %}{% endfor %}",
    "a long range": "{% for a in (1..100000000) %}{% endfor %}",
    "a long range from behind": "{% for a in (1..100000000) reversed %}{% endfor %}",
    "a long table": "{% tablerow a in (1..100000000) %}{% endtablerow %}",
    "a range in a filter": "{{ (1..100000000) | join }}",
    "a range sorted": "{{ (1..100000000) | sort }}",
    "a range as json": "{{ (1..100000000) | json }}",
    "a range reversed": "{{ (1..100000000) | reverse | first }}",
    "a range concatenated": "{% assign a = 'a' | split: '' %}{{ a | concat: (1..100000000) }}",
    "doubling by append": "{% assign s = 'aa' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}",
    "doubling by prepend": "{% assign s = 'aa' %}{% for i in (1..60) %}{% assign s = s | prepend: s %}{% endfor %}",
    "doubling by capture": (
        "{% assign s = 'aa' %}{% for i in (1..60) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}"
    ),
    "growing by replace": (
        "{% assign s = 'aa' %}{% for i in (1..60) %}{% assign s = s | replace: 'a', 'aa' %}{% endfor %}"
    ),
    "growing by nothing": "{% assign s = 'aa' %}{% for i in (1..60) %}{% assign s = s | replace: '', s %}{% endfor %}",
    "doubling by concat": (
        "{% assign a = 'a,b' | split: ',' %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}"
    ),
    "growing by join": (
        "{% assign s = 'ab' %}{% for i in (1..60) %}{% assign p = s | split: '' %}"
        "{% assign s = p | join: s %}{% endfor %}"
    ),
    "a long number": "{% assign n = 99 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
    "a number of a long text": (
        "{% assign s = '9' %}{% for i in (1..20) %}{% assign s = s | append: s %}{% endfor %}{{ s | plus: 1 }}"
    ),
    "a long output": (
        "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..19) %}{% assign s = s | append: s %}{% endfor %}"
        "{% for i in (1..100) %}{{ s }}{% endfor %}"
    ),
    "many captures": (
        "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..18) %}{% assign s = s | append: s %}{% endfor %}"
        "{% for i in (1..1000) %}{% capture t %}{{ s }}{% endcapture %}{% endfor %}"
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_as_an_error(bomb: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError, match="limit"):
        render(BOMBS[bomb])
    assert time.process_time() - started < 2 * SLOWNESS  # it takes a tenth of that; without limits, minutes


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_does_not_run_on_an_event_loop(bomb: str) -> None:
    load_engine()
    template = Template(BOMBS[bomb], "liquid")
    template.check()
    started = time.thread_time()
    with contextlib.suppress(TemplateError):
        assert template.render_here(TemplateContext(a_request(), {}, Random(1), NOW)) is None
    assert time.thread_time() - started < 0.5 * SLOWNESS  # it takes some 3 ms


def test_a_render_has_a_tenth_of_a_second() -> None:
    text = "{% assign a = 'b,a' | split: ',' %}" + (
        "{% for i in (1..9000) %}{{ a | sort | reverse | sort | reverse | sort | reverse | join: '-' }}{% endfor %}"
    )
    with pytest.raises(TemplateError, match="takes more than 100 ms, which is the limit"):
        render(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ " + "a" * 1_001 + " }}", "line 1: this tag has 1,003 characters; the limit is 1,000"),
        ("\n{{ " + "(" * 21 + " }}", "line 2: this tag has 21 parentheses; the limit is 20"),
        ("{{" + " " * 101 + "}}", "line 1: this tag has more than 100 blanks in a row"),
        ("a" * 999_999 + "{{ a }}", "the template has 1,000,006 characters; the limit is 1,000,000"),
        ("{{" * 400_000, "line 1: `{{` has no `}}` after it"),
        ("{% raw %}" * 100_000, "line 1: `{% raw %}` has no `{% endraw %}` after it"),
        ("{% doc %}" * 100_000, "line 1: `{% doc %}` has no `{% enddoc %}` after it"),
        ("{% comment %}" * 70_000, "line 1: `{% comment %}` has no `{% endcomment %}` after it"),
    ],
)
def test_what_would_take_long_to_read_is_refused_at_once(text: str, message: str) -> None:
    started = time.process_time()
    assert fault_of(text) == message
    assert time.process_time() - started < 1 * SLOWNESS


@pytest.mark.parametrize(
    "text",
    [
        "{% if a %}" * 100 + "{% endif %}" * 100,
        "{{ " + "a[" * 300 + "1" + "]" * 300 + " }}",
        "{% if " + "a and " * 160 + "b %}{% endif %}",
    ],
)
def test_what_is_nested_deeply_is_read_or_refused(text: str) -> None:
    template = Template(text, "liquid")
    try:
        assert template.render(TemplateContext(a_request())) == ""
    except TemplateError as error:
        assert "nest" in str(error) or "deep" in str(error) or "unexpected" in str(error) or "recursion" in str(error)


def test_a_long_template_does_not_render_on_an_event_loop() -> None:
    load_engine()
    assert Template("{{ request.method }}" + "a" * 5_000, "liquid").render_here(TemplateContext(a_request())) is None


def test_a_loop_over_a_few_items_renders_on_an_event_loop_and_one_over_many_does_not() -> None:
    load_engine()
    template = Template("{% for a in request.json %}{{ a }},{% endfor %}", "liquid")
    few, many = a_request(body=b"[1,2,3]"), a_request(body=b"[" + b"1," * 5_000 + b"1]")
    assert template.render_here(TemplateContext(few)) == "1,2,3,"
    assert template.render_here(TemplateContext(many)) is None
    assert template.render_here(TemplateContext(few)) == "1,2,3,"
    assert template.render(TemplateContext(many)) == "1," * 5_001


def test_a_large_body_is_not_read_on_an_event_loop() -> None:
    load_engine()
    template = Template("{{ request.json.a }}", "liquid")
    large = a_request(body=b'{"a": "' + b"b" * 100_000 + b'"}')
    assert template.render_here(TemplateContext(large)) is None
    assert template.render(TemplateContext(large)) == "b" * 100_000


def test_a_template_that_cannot_be_read_says_so_at_each_render() -> None:
    template = Template("{{ a | nope }}", "liquid")
    load_engine()
    for _ in range(2):
        with pytest.raises(TemplateError, match="line 1: unknown filter 'nope'"):
            template.render_here(TemplateContext(a_request()))


def test_many_headers_are_looked_through_within_the_steps() -> None:
    load_engine()
    view = RequestView(method="GET", path=b"/", query=b"", headers=[(b"x-%d" % i, b"v") for i in range(100)], body=b"")
    template = Template("{{ request.headers.x-99 }}" * 100, "liquid")
    assert template.render_here(TemplateContext(view)) in ("v" * 100, None)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            "{% for i in (1..1000000000000) limit: 2 offset: 999999999990 %}{{ i }} {% endfor %}",
            "999999999991 999999999992 ",
        ),
        (
            "{% for i in (1..1000000000000) reversed limit: 2 offset: 999999999990 %}{{ i }} {% endfor %}",
            "999999999992 999999999991 ",
        ),
        (
            "{% for i in (1..9) limit: 2 %}{{ i }}{% endfor %}-"
            "{% for i in (1..9) limit: 3 offset: continue %}{{ i }}{% endfor %}",
            "12-345",
        ),
        ("{% for i in (1..9) offset: 7 %}{{ i }}{% endfor %}", "89"),
        ("{% for i in (1..9) limit: 0 %}{{ i }}{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..9) offset: 10 %}{{ i }}{% else %}none{% endfor %}", "none"),
        ("{% for i in request.json.items limit: 1 offset: 1 %}{{ i }}{% endfor %}", "two"),
        ("{% for pair in request.json limit: 1 offset: 2 %}{{ pair[0] }}{% endfor %}", "total"),
        ("{% for tag in request.query.tag reversed %}{{ tag }}{% endfor %}", "yx"),
        ("{% for tag in request.query.tag offset: 1 %}{{ tag }}{% endfor %}", "y"),
    ],
)
def test_a_loop_goes_through_what_it_is_to_and_nothing_before_it(text: str, made: str) -> None:
    """All items before the offset were gone through, on the event loop and uncounted: a billion took twelve seconds."""
    started = time.process_time()
    assert render(text) == made
    assert time.process_time() - started < 0.2 * SLOWNESS


@pytest.mark.parametrize("name", ["helpers.fake", "helpers.arrayElement", "helpers.arrayElements", "date.between"])
def test_a_faker_that_makes_nothing_without_arguments_is_nothing(name: str) -> None:
    """A value of its own, outside of filters and tags, was a fault of the server."""
    assert render("[{{ faker.NAME }}]".replace("NAME", name)) == "[]"
    assert render("[{{ faker.NAME | default: '-' }}]".replace("NAME", name)) == "[-]"
