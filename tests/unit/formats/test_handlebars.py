"""Handlebars templates of WireMock, Mockoon and Hoverfly, as Liquid: what they write for a request."""

import re

import pytest

from mockwave.formats.handlebars.syntax import MAXIMUM_DEPTH, SyntaxFault, read_template
from mockwave.formats.handlebars.translation import Dialect, translate_template
from mockwave.formats.handlebars.writing import (
    WriteReference,
    write_for_mockoon,
    write_for_wiremock,
    write_handlebars,
)
from mockwave.formats.hoverfly.templates import HOVERFLY
from mockwave.formats.mockoon.templates import make_dialect
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.wiremock.templates import WIREMOCK
from tests.unit.templates.template_requests import render

MOCKOON = make_dialect(
    {
        "users": '[{"name": "Ada", "tags": ["a"]}, {"name": "Bob"}]',
        "count": "7",
        "long": "{{x}}".replace("x", "queryParam 'user'") + " \"and\" 'more'",
        "lines": "one \"two\"\nthree 'four' {% x %}",
    }
)

# The request: POST /orders/7%2F8/items?user=ada&tag=x&tag=y&text=a%20b, X-Plan: pro, cookies theme and session,
# {"name": "Zoe", "items": [1, "two", {"a": null}], "total": 12.5, "is": true}, at 2026-03-14T15:09:26.535Z.
SAID = [
    (WIREMOCK, "{{request.method}} {{{request.path}}}", "POST /orders/7/8/items"),
    (WIREMOCK, "{{request.query.user}}{{request.query.tag.[1]}}{{request.query.none}}", "aday"),
    (WIREMOCK, "{{request.headers.X-Plan}} {{request.cookies.theme}}", "pro dark"),
    (WIREMOCK, '{"a":{"b":{{jsonPath request.body \'$.total\'}}}}', '{"a":{"b":12.5}}'),
    (WIREMOCK, "{{jsonPath request.body '$.items'}}", '[1,"two",{"a":null}]'),
    (WIREMOCK, "{{jsonPath request.body '$.nope' default='none'}}", "none"),
    (WIREMOCK, "{{#if request.query.user}}yes{{else}}no{{/if}}", "yes"),
    (WIREMOCK, "{{#if request.query.none}}yes{{else}}no{{/if}}", "no"),
    (WIREMOCK, "{{#if request.query.none}}a{{else if request.query.user}}b{{else}}c{{/if}}", "b"),
    (WIREMOCK, "{{#unless request.query.none}}none{{/unless}}{{^request.query.user}}x{{/request.query.user}}", "none"),
    (WIREMOCK, "{{#eq request.query.user 'ada'}}it is{{else}}it is not{{/eq}}", "it is"),
    (WIREMOCK, "{{#neq request.query.user 'ada'}}a{{else}}b{{/neq}}", "b"),
    (WIREMOCK, "{{#if (and (eq request.method 'POST') (gt (jsonPath request.body '$.total') 12))}}big{{/if}}", "big"),
    (WIREMOCK, "{{#if (or (eq request.method 'GET') (not request.query.none))}}yes{{/if}}", "yes"),
    (WIREMOCK, "{{#each request.query.tag as |t|}}{{@index}}{{t}}{{#unless @last}},{{/unless}}{{/each}}", "0x,1y"),
    (WIREMOCK, "{{#each (jsonPath request.body '$.items')}}[{{this}}]{{/each}}", '[1][two][{"a":null}]'),
    (WIREMOCK, "{{#each (array 'a' 'b')}}{{this}}-{{../request.method}};{{/each}}", "a-POST;b-POST;"),
    (WIREMOCK, "{{#each request.cookies}}{{@key}}={{this}};{{/each}}", "theme=dark;session=s1;"),
    (WIREMOCK, "{{#with (jsonPath request.body '$')}}{{name}} {{total}}{{/with}}", "Zoe 12.5"),
    (WIREMOCK, "{{#assign 'who'}}{{request.query.user}}!{{/assign}}<{{who}}>", "<ada!>"),
    (WIREMOCK, "{{parseJson request.body 'b'}}{{b.name}} {{b.items.[1]}}", "Zoe two"),
    (WIREMOCK, "{{now format='yyyy-MM-dd HH:mm:ss'}}", "2026-03-14 15:09:26"),
    (WIREMOCK, "{{now offset='-2 days' format='dd.MM.yy'}}", "12.03.26"),
    (WIREMOCK, "{{now format=\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"}}", "2026-03-14T15:09:26.535Z"),
    (WIREMOCK, "{{now format='unix'}} {{now offset='1 hours' format='epoch'}}", "1773500966 1773504566000"),
    (WIREMOCK, "{{date (parseDate '2020-02-03') format='MMM d'}}", "Feb 3"),
    (WIREMOCK, "{{math 3 '*' 4}} {{math 7 '/' 2}}", "12 3.5"),
    (WIREMOCK, "{{upper request.query.user}} {{size request.query.user}} {{trim '  a '}}", "ADA 3 a"),
    (WIREMOCK, "{{base64 'abc'}} {{base64 'YWJj' decode=true}} {{urlEncode 'a b&c'}}", "YWJj abc a+b%26c"),
    (WIREMOCK, "{{substring 'abcdef' 1 3}} {{replace 'aXa' 'X' '-'}} {{join 'a' 'b' ','}}", "bc a-a a,b"),
    (WIREMOCK, "{{val request.query.none or='fallback'}} {{lookup request.query 'user'}}", "fallback ada"),
    (WIREMOCK, "{{! not sent }}a{{!-- {{nor}} this --}}b \\{{request.path}}", "ab {{request.path}}"),
    (WIREMOCK, "a  {{~request.method~}}  b", "aPOSTb"),
    (WIREMOCK, "{{#if (contains request.query.user 'da')}}in{{/if}}", "in"),
    (WIREMOCK, "{{#each (jsonPath request.body '$.none')}}x{{else}}nothing{{/each}}", "nothing"),
    (MOCKOON, "{{body 'name'}} {{body 'items.1'}} {{body 'none' 'else'}} {{body '$.total'}}", "Zoe two else 12.5"),
    (MOCKOON, "{{queryParam 'user'}} {{queryParam 'tag.1'}} {{queryParam 'page' '1'}}", "ada y 1"),
    (
        MOCKOON,
        "{{header 'X-Plan'}} {{cookie 'theme'}} {{urlParam 'id'}} {{method}} {{ip}}",
        "pro dark 7/8 POST 192.0.2.7",
    ),
    (MOCKOON, "{{data 'users' '0.name'}} {{dataRaw 'users' '1'}} {{data 'count'}}", 'Ada {"name": "Bob"} 7'),
    (MOCKOON, "{{data 'long'}}|{{concat (data 'lines') '!'}}", "ada \"and\" 'more'|one \"two\"\nthree 'four' {% x %}!"),
    (MOCKOON, "{{#repeat 3}}{{@index}}{{/repeat}}", "0,\n1,\n2\n"),
    (MOCKOON, "{{#repeat (queryParam 'n' 2) comma=false}}x{{/repeat}}", "xx"),
    (MOCKOON, "{{#switch (queryParam 'user')}}{{#case 'bob'}}B{{/case}}{{#case 'ada'}}A{{/case}}{{/switch}}", "A"),
    (MOCKOON, "{{#switch (body 'name')}}{{#case 'x'}}X{{/case}}{{#default}}D{{/default}}{{/switch}}", "D"),
    (MOCKOON, "{{#if (eq (queryParam 'user') 'ada')}}same{{else}}other{{/if}}", "same"),
    (MOCKOON, "{{#if (gt (data 'count') 6)}}more{{/if}}{{#if (lte (data 'count') 6)}}less{{/if}}", "more"),
    (MOCKOON, "{{#each (body 'items')}}{{@index}}:{{this}} {{/each}}", '0:1 1:two 2:{"a":null} '),
    (MOCKOON, "{{add 1 2 3}} {{subtract 5 2}} {{uppercase 'a'}} {{len (array 'a' 'b')}}", "6 3 A 2"),
    (MOCKOON, "{{setVar 'v' (body 'name')}}{{@v}}-{{getVar 'v'}}", "Zoe-Zoe"),
    (MOCKOON, "{{now 'yyyy'}} {{dateTimeShift format='yyyy-MM-dd' days=1}}", "2026 2026-03-15"),
    (MOCKOON, "{{date '2020-01-01' '2020-01-01' 'yyyy-MM-dd'}} {{int 5 5}}", "2020-01-01 5"),
    (
        MOCKOON,
        "{{oneOf (array 'a' 'a')}}{{substr 'hello' 1 3}}{{stringify (body 'items')}}",
        'aell[1,"two",{"a":null}]',
    ),
    (HOVERFLY, "{{ Request.QueryParam.user }} {{ Request.Path.[0] }} {{ Request.Method }}", "ada orders POST"),
    (HOVERFLY, "{{ Request.Header.X-Plan.[0] }} {{ Request.Body 'jsonpath' '$.name' }}", "pro Zoe"),
    (HOVERFLY, "{{#each Request.QueryParam.tag}}<{{this}}>{{/each}}{{ now '1d' 'unix' }}", "<x><y>1773587366"),
    (HOVERFLY, "{{#equal Request.Method 'POST'}}y{{else}}n{{/equal}} {{ add 1 2 }}", "y 3"),
]


@pytest.mark.parametrize(("dialect", "text", "expected"), SAID, ids=[text for _, text, _ in SAID])
def test_a_template_writes_here_what_its_tool_writes(dialect: Dialect, text: str, expected: str) -> None:
    notes = Notes()
    liquid, is_template = translate_template(text, dialect, "", notes)
    assert (render(liquid) if is_template else liquid) == expected
    assert not notes.left_out.as_list()


@pytest.mark.parametrize(
    ("dialect", "tag", "form"),
    [
        (WIREMOCK, "{{randomValue type='UUID'}}", "[0-9a-f]{8}-.*"),
        (WIREMOCK, "{{randomValue length=12 type='ALPHANUMERIC' uppercase=true}}", "[0-9A-Z]{12}"),
        (WIREMOCK, "{{randomInt lower=5 upper=7}}", "[56]"),
        (WIREMOCK, "{{randomDecimal lower=1 upper=2}}", r"1\.[0-9]+|2\.0"),
        (WIREMOCK, "{{pickRandom 'a' 'b'}}", "a|b"),
        (MOCKOON, "{{uuid}}", "[0-9a-f]{8}-.*"),
        (MOCKOON, "{{faker 'number.int' min=3 max=4}}", "[34]"),
        (MOCKOON, "{{faker 'person.firstName'}}{{firstName}}", "[A-Z].*"),
        (MOCKOON, "{{float 0 1}}", r"0\.[0-9]+|1\.0"),
        (MOCKOON, "{{boolean}}", "true|false"),
        (HOVERFLY, "{{ randomStringLength 5 }}", "[A-Za-z0-9]{5}"),
        (HOVERFLY, "{{ randomIntegerRange 1 2 }}", "[12]"),
    ],
)
def test_made_values_have_the_form_that_is_asked_for(dialect: Dialect, tag: str, form: str) -> None:
    liquid, _ = translate_template(tag, dialect, "", Notes())
    assert re.fullmatch(form, render(liquid))


@pytest.mark.parametrize(
    ("dialect", "tag"),
    [
        (WIREMOCK, "{{xPath request.body '/a'}}"),
        (WIREMOCK, "{{now offset='1 months'}}"),
        (WIREMOCK, "{{now timezone='Europe/Berlin'}}"),
        (WIREMOCK, "{{now format='QQQ'}}"),
        (WIREMOCK, "{{request.query}}"),
        (WIREMOCK, "{{> partial}}"),
        (WIREMOCK, "{{jsonPath request.body '$..a'}}"),
        (WIREMOCK, "{{parameters.name}}"),
        (MOCKOON, "{{data 'unknown'}}"),
        (MOCKOON, "{{faker 'no.such'}}"),
        (MOCKOON, "{{unknownHelper 1}}"),
        (MOCKOON, "{{jwtPayload (header 'Authorization') 'sub'}}"),
        (HOVERFLY, "{{ now '1d' '2006-01-02' }}"),
    ],
)
def test_a_tag_without_an_equal_is_sent_as_it_stands_and_reported(dialect: Dialect, tag: str) -> None:
    notes = Notes()
    text, is_template = translate_template(f"a {tag} b", dialect, "/p", notes)
    assert (text, is_template) == (f"a {tag} b", False)
    (note,) = notes.left_out.as_list()
    assert tag in note.message


@pytest.mark.parametrize(
    "text",
    ["{{#if a}}x", "{{/if}}", "{{#if a}}x{{/each}}", "{{else}}", "{{#if a}}{{else}}{{else}}{{/if}}", "{{#if a}}"],
)
def test_blocks_that_do_not_fit_together_are_told_and_nothing_is_translated(text: str) -> None:
    notes = Notes()
    whole = "{{request.method}}" + text
    assert translate_template(whole, WIREMOCK, "", notes) == (whole, False)
    assert notes.left_out.as_list()


def test_blocks_stand_in_each_other_only_so_deep() -> None:
    deep = MAXIMUM_DEPTH + 1
    with pytest.raises(SyntaxFault):
        read_template("{{#if a}}" * deep + "{{/if}}" * deep)
    assert read_template("{{#if a}}" * MAXIMUM_DEPTH + "{{/if}}" * MAXIMUM_DEPTH)


def test_a_bucket_that_holds_itself_has_an_end() -> None:
    dialect = make_dialect({"a": "{{data 'a'}}"})
    text, is_template = translate_template("{{data 'a'}}", dialect, "", Notes())
    assert not is_template or "data" in text


def test_text_that_looks_like_liquid_stays_text() -> None:
    liquid, is_template = translate_template("{% if %} {{request.method}} %}", WIREMOCK, "", Notes())
    assert is_template
    assert render(liquid) == "{% if %} POST %}"


REFERENCES = (
    "{{ request.method }} {{ request.query.user }} {{ request.headers.X-Plan }} {{ request.cookies.theme }}"
    ' {{ request.pathParameters.id }} {{ request.body }} {{ request.json.a[0].b | text }} {{ random.uuid }} "x": 1'
)


@pytest.mark.parametrize(("dialect", "write"), [(WIREMOCK, write_for_wiremock), (MOCKOON, write_for_mockoon)])
def test_references_in_liquid_come_back_as_they_were(dialect: Dialect, write: WriteReference) -> None:
    """Templates were left out of every export."""
    text = REFERENCES.replace("request.headers.X-Plan", 'request.headers["X-Plan"]')
    assert translate_template(write_handlebars(text, write), dialect, "", Notes()) == (text, True)


@pytest.mark.parametrize("text", ["{% if request.body %}x{% endif %}", "{{ request.body | upcase }}", "{{ state.a }}"])
def test_more_than_references_has_no_words_in_handlebars(text: str) -> None:
    with pytest.raises(CannotSay):
        write_handlebars(text, write_for_wiremock)


def test_braces_beside_a_tag_stay_apart_from_it() -> None:
    written = write_handlebars('{"a":{"b":{{ request.body }}}}', write_for_wiremock)
    assert written == '{"a":{"b":{{request.body}}}}'
    liquid, _ = translate_template(written, WIREMOCK, "", Notes())
    assert liquid == '{"a":{"b":{{ request.body }}}}'


@pytest.mark.parametrize(
    "text",
    ["{{!--" * 50_000, '{{"' * 50_000, "{{#if a}}" * 50_000, "{{a " + "(" * 900 + "}}", "{{data 'large'}}" * 1_000],
    ids=["comments", "quotes", "blocks", "brackets", "buckets"],
)
def test_what_would_take_very_long_or_grow_very_large_is_sent_as_it_stands(text: str) -> None:
    """Comments that do not end took the square of their number, and a bucket of 100 KB was put in a thousand times."""
    dialect = make_dialect({"large": "x" * 100_000})
    assert translate_template(text, dialect, "", Notes()) == (text, False)


def test_buckets_within_buckets_are_put_in_once() -> None:
    """Each stood in each place of the one around it: four levels of 300 made 8,100,000,000."""
    levels = {f"b{level}": f"{{{{data 'b{level + 1}'}}}}" * 300 for level in range(3)}
    dialect = make_dialect({**levels, "b3": "{{method}}"})
    liquid, is_template = translate_template("{{data 'b2'}}", dialect, "", Notes())
    assert is_template
    assert render(liquid) == "POST" * 300
    assert len(translate_template("{{data 'b0'}}", dialect, "", Notes())[0]) < 50_000
