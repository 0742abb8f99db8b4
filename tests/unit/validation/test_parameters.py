"""Parameters in every style that OpenAPI has, from the request's bytes to what is wrong with them."""

import pytest

from mockwave.openapi import read_specification
from tests.unit.validation.conftest import FindFaults, find_faults_of, shown, write_document

LIST = "{type: array, items: {type: integer}, minItems: 2}"
POINT = "{type: object, required: [x, y], properties: {x: {type: integer}, y: {type: integer}}}"

# style, explode, schema, a valid text, one that is not
PATH_TEXTS = [
    ("simple", False, "{type: integer}", b"5", b"five"),
    ("simple", False, LIST, b"3,4", b"3"),
    ("simple", True, LIST, b"3,4", b"3,four"),
    ("simple", False, POINT, b"x,1,y,2", b"x,1,y"),
    ("simple", True, POINT, b"x=1,y=2", b"x=1"),
    ("label", False, "{type: integer}", b".5", b"5"),
    ("label", False, LIST, b".3,4", b".3"),
    ("label", True, LIST, b".3.4", b"3.4"),
    ("label", False, POINT, b".x,1,y,2", b".x,1"),
    ("label", True, POINT, b".x=1.y=2", b".x=1.y"),
    ("matrix", False, "{type: integer}", b";p=5", b"5"),
    ("matrix", False, LIST, b";p=3,4", b";q=3,4"),
    ("matrix", True, LIST, b";p=3;p=4", b";p=3"),
    ("matrix", False, POINT, b";p=x,1,y,2", b";p=x,1,y,two"),
    ("matrix", True, POINT, b";x=1;y=2", b";x=1"),
]

# style, explode, schema, a valid query, one that is not
QUERIES = [
    ("form", True, "{type: integer}", b"p=5", b"p=five"),
    ("form", True, "{type: boolean}", b"p=true", b"p=yes"),
    ("form", True, LIST, b"p=3&p=4", b"p=3"),
    ("form", False, LIST, b"p=3,4", b"p=3,four"),
    ("form", False, LIST, b"p=3%2C4", b"p=3"),
    ("form", True, POINT, b"x=1&y=2", b"x=1&y=two"),
    ("form", False, POINT, b"p=x,1,y,2", b"p=x,1"),
    ("spaceDelimited", False, LIST, b"p=3%204", b"p=3,4"),
    ("spaceDelimited", False, LIST, b"p=3+4", b"p=3"),
    ("pipeDelimited", False, LIST, b"p=3|4", b"p=3,4"),
    ("pipeDelimited", False, LIST, b"p=3%7C4", b"p=3"),
    ("deepObject", True, POINT, b"p[x]=1&p[y]=2", b"p[x]=1"),
    ("deepObject", True, POINT, b"p%5Bx%5D=1&p%5By%5D=2", b"p[x]=one&p[y]=2"),
]

COLLECTIONS = [
    ("csv", b"p=3,4", b"p=3|4"),
    ("ssv", b"p=3%204", b"p=3,4"),
    ("tsv", b"p=3%094", b"p=3,4"),
    ("pipes", b"p=3|4", b"p=3,4"),
    ("multi", b"p=3&p=4", b"p=3"),
]


@pytest.mark.parametrize(("style", "explode", "schema", "valid", "invalid"), PATH_TEXTS)
def test_path_parameters_of_every_style_are_read(
    faults_with_parameter: FindFaults, style: str, explode: bool, schema: str, valid: bytes, invalid: bytes
) -> None:
    parameter = f"{{name: p, in: path, required: true, style: {style}, explode: {explode}, schema: {schema}}}"
    assert faults_with_parameter(parameter, path={"p": valid}) is None
    faults = faults_with_parameter(parameter, path={"p": invalid})
    assert faults is not None
    assert {each.location for each in faults.violations} == {"path"}


@pytest.mark.parametrize(("style", "explode", "schema", "valid", "invalid"), QUERIES)
def test_query_parameters_of_every_style_are_read(
    faults_with_parameter: FindFaults, style: str, explode: bool, schema: str, valid: bytes, invalid: bytes
) -> None:
    parameter = f"{{name: p, in: query, style: {style}, explode: {explode}, schema: {schema}}}"
    assert faults_with_parameter(parameter, query=valid) is None
    faults = faults_with_parameter(parameter, query=invalid)
    assert faults is not None
    assert {each.location for each in faults.violations} == {"query"}


@pytest.mark.parametrize(("format_", "valid", "invalid"), COLLECTIONS)
def test_collection_formats_of_swagger_are_read(format_: str, valid: bytes, invalid: bytes) -> None:
    document = f"""{{
        swagger: "2.0", info: {{title: t, version: "1"}},
        paths: {{/a: {{get: {{responses: {{"200": {{description: d}}}}, parameters: [
            {{name: p, in: query, type: array, minItems: 2, items: {{type: integer}}, collectionFormat: {format_}}}
        ]}}}}}}
    }}"""
    assert find_faults_of(document, query=valid) is None
    assert find_faults_of(document, query=invalid) is not None


@pytest.mark.parametrize(
    ("explode", "schema", "valid", "invalid"),
    [
        (False, "{type: integer}", "5", "five"),
        (False, LIST, "3, 4", "3"),
        (False, POINT, "x,1,y,2", "x,1"),
        (True, POINT, "x=1,y=2", "x=1"),
    ],
)
def test_headers_are_read_whatever_their_case(
    faults_with_parameter: FindFaults, explode: bool, schema: str, valid: str, invalid: str
) -> None:
    parameter = f"{{name: X-P, in: header, explode: {explode}, schema: {schema}}}"
    assert faults_with_parameter(parameter, headers={"x-P": valid}) is None
    faults = faults_with_parameter(parameter, headers={"x-P": invalid})
    assert faults is not None
    assert faults.violations[0].pointer.startswith("/X-P")


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"), [("{type: integer}", "a=b; p=5", "p=five"), (LIST, "p=3; p=4", "p=3")]
)
def test_cookies_are_read(faults_with_parameter: FindFaults, schema: str, valid: str, invalid: str) -> None:
    parameter = f"{{name: p, in: cookie, schema: {schema}}}"
    assert faults_with_parameter(parameter, headers={"Cookie": valid}) is None
    assert faults_with_parameter(parameter, headers={"Cookie": invalid}) is not None


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_a_required_parameter_that_is_missing_is_named(faults_with_parameter: FindFaults, location: str) -> None:
    parameter = f"{{name: p, in: {location}, required: true, schema: {{type: string}}}}"
    assert shown(faults_with_parameter(parameter)) == [(location, "/p", "required")]


def test_an_escaped_separator_is_part_of_a_value(faults_with_parameter: FindFaults) -> None:
    parameter = "{name: p, in: query, explode: false, schema: {type: array, items: {enum: ['a,b', c]}}}"
    assert faults_with_parameter(parameter, query=b"p=a%2Cb,c") is None


def test_names_are_unescaped_once(faults_with_parameter: FindFaults) -> None:
    parameter = "{name: p, in: query, style: %s, schema: {type: object, required: ['a%%20b']}}"
    assert faults_with_parameter(parameter % "deepObject", query=b"p[a%2520b]=1") is None
    spread = "{name: p, in: query, schema: {type: object, required: ['%41'], properties: {'%41': {}}}}"
    assert faults_with_parameter(spread, query=b"%2541=1") is None


def test_a_parameter_with_json_content_is_json(faults_with_parameter: FindFaults) -> None:
    parameter = f"{{name: p, in: query, content: {{application/json: {{schema: {POINT}}}}}}}"
    assert faults_with_parameter(parameter, query=b"p=%7B%22x%22:1,%22y%22:2%7D") is None
    assert shown(faults_with_parameter(parameter, query=b"p=%7B%22x%22:1%7D")) == [("query", "/p", "required")]
    assert shown(faults_with_parameter(parameter, query=b"p=%7B")) == [("query", "/p", "json")]


def test_deep_objects_nest_and_hold_arrays(faults_with_parameter: FindFaults) -> None:
    schema = "{type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: integer}}}}}}"
    parameter = f"{{name: p, in: query, style: deepObject, schema: {schema}}}"
    assert faults_with_parameter(parameter, query=b"p[a][b][]=1&p[a][b][]=2") is None
    assert faults_with_parameter(parameter, query=b"p[a][b][0]=1&p[a][b][1]=2") is None
    assert shown(faults_with_parameter(parameter, query=b"p[a][b]=one")) == [("query", "/p/a/b/0", "type")]


def test_an_exploded_object_takes_its_own_names_only(faults_with_parameter: FindFaults) -> None:
    parameter = f"{{name: p, in: query, required: true, schema: {POINT}}}"
    assert faults_with_parameter(parameter, query=b"x=1&y=2&unrelated=z") is None
    assert shown(faults_with_parameter(parameter, query=b"unrelated=z")) == [("query", "/p", "required")]


def test_the_last_value_counts_where_no_list_is_expected(faults_with_parameter: FindFaults) -> None:
    """Both made a list, which is not an integer."""
    parameter = "{name: p, in: query, schema: {type: integer, maximum: 2}}"
    assert faults_with_parameter(parameter, query=b"p=3&p=2") is None
    assert shown(faults_with_parameter(parameter, query=b"p=2&p=3")) == [("query", "/p", "maximum")]


def test_several_values_are_a_list_where_one_may_be(faults_with_parameter: FindFaults) -> None:
    parameter = "{name: p, in: query, schema: {oneOf: [{type: string}, {type: array, maxItems: 2}]}}"
    assert faults_with_parameter(parameter, query=b"p=1&p=2") is None
    assert faults_with_parameter(parameter, query=b"p=1&p=2&p=3") is not None


@pytest.mark.parametrize("schema", ["{type: string, enum: ['1']}", "{type: integer, maximum: 1}"])
def test_the_first_of_several_cookies_of_a_name_counts(faults_with_parameter: FindFaults, schema: str) -> None:
    """Both made a list, which is not a string (RFC 6265 §5.4)."""
    parameter = f"{{name: s, in: cookie, schema: {schema}}}"
    assert faults_with_parameter(parameter, headers={"Cookie": "s=1; s=2"}) is None
    assert faults_with_parameter(parameter, headers={"Cookie": "s=2; s=1"}) is not None


PAGEABLE = """{type: object, properties: {
    page: {type: integer, minimum: 0}, size: {type: integer}, sort: {type: array, items: {type: string}, maxItems: 2}
}}"""


@pytest.mark.parametrize(
    "query",
    [b"page=0&sort=amount,desc", b"sort=a&sort=b,asc", b"page=0&page=1", b"sort=&page=1", b"page=&size=", b"", b"q=1"],
)
def test_an_exploded_object_may_have_arrays_as_members(faults_with_parameter: FindFaults, query: bytes) -> None:
    """`sort` of Spring's Pageable was read as a text, and refused as no array: springdoc#586."""
    assert faults_with_parameter(f"{{name: p, in: query, schema: {PAGEABLE}}}", query=query) is None


@pytest.mark.parametrize("query", [b"sort=a&sort=b&sort=c", b"page=0&page=-1", b"page=x"])
def test_members_of_an_exploded_object_are_checked(faults_with_parameter: FindFaults, query: bytes) -> None:
    assert faults_with_parameter(f"{{name: p, in: query, schema: {PAGEABLE}}}", query=query) is not None


def test_an_object_of_which_no_member_is_given_is_absent(faults_with_parameter: FindFaults) -> None:
    parameter = "{name: p, in: query, schema: {type: object, required: [x], properties: {x: {type: integer}}}}"
    assert faults_with_parameter(parameter, query=b"x=") is None
    assert faults_with_parameter(parameter, query=b"y=1") is None


@pytest.mark.parametrize(
    ("style", "location", "text"),
    [("matrix", "path", b";a=1;a=2;b=3"), ("label", "path", b".a=1.a=2.b=3"), ("simple", "path", b"a=1,a=2,b=3")],
)
def test_arrays_are_members_of_exploded_objects_in_every_style(
    faults_with_parameter: FindFaults, style: str, location: str, text: bytes
) -> None:
    schema = "{type: object, properties: {a: {type: array, maxItems: %d}, b: {type: integer}}}"
    parameter = f"{{name: p, in: {location}, required: true, style: {style}, explode: true, schema: {schema}}}"
    assert faults_with_parameter(parameter % 2, path={"p": text}) is None
    assert faults_with_parameter(parameter % 1, path={"p": text}) is not None


@pytest.mark.parametrize(
    ("outer", "inner", "valid", "invalid"),
    [
        ("pipes", "csv", b"p=1,2|3,4", b"p=1,2|3,x"),
        ("csv", "pipes", b"p=1|2,3|4", b"p=1|x,3|4"),
        ("multi", "csv", b"p=1,2&p=3,4", b"p=1,2&p=3,x"),
        ("ssv", "pipes", b"p=1|2%203|4", b"p=1|2%203|4|5"),
    ],
)
def test_arrays_of_arrays_of_swagger_are_read_by_both_formats(
    outer: str, inner: str, valid: bytes, invalid: bytes
) -> None:
    """The format of the inner arrays was not read, and `p=1,2|3,4` was always refused."""
    items = f"{{type: array, maxItems: 2, collectionFormat: {inner}, items: {{type: integer}}}}"
    document = f"""{{
        swagger: "2.0", info: {{title: t, version: "1"}},
        paths: {{/a: {{get: {{responses: {{"200": {{description: d}}}}, parameters: [
            {{name: p, in: query, type: array, items: {items}, collectionFormat: {outer}}}
        ]}}}}}}
    }}"""
    assert find_faults_of(document, query=valid) is None
    assert find_faults_of(document, query=invalid) is not None


def test_a_parameter_without_a_value_is_not_there_unless_texts_are_taken(faults_with_parameter: FindFaults) -> None:
    assert faults_with_parameter("{name: p, in: query, schema: {type: integer}}", query=b"p=") is None
    limited = "{name: p, in: query, schema: {type: string, minLength: 1}}"
    assert shown(faults_with_parameter(limited, query=b"p=")) == [("query", "/p", "minLength")]


def test_query_names_differ_by_case(faults_with_parameter: FindFaults) -> None:
    parameter = "{name: p, in: query, required: true, schema: {type: string}}"
    assert shown(faults_with_parameter(parameter, query=b"P=1")) == [("query", "/p", "required")]


def test_a_parameter_of_the_path_that_the_path_lacks_is_not_asked_for() -> None:
    """Documents that write a query into their paths (`/a?x={x}`) call it a path parameter: every request was a 422."""
    parameters = "[{name: x, in: path, required: true}, {name: y, in: path, required: true, schema: {type: integer}}]"
    document = write_document(f"parameters: {parameters}", path="/a/{y}?x={x}")
    assert find_faults_of(document, path={"y": b"1"}) is None
    assert shown(find_faults_of(document, path={"y": b"b"})) == [("path", "/y", "type")]
    assert any("has no {x}" in problem.message for problem in read_specification(document).report.problems)


@pytest.mark.parametrize(
    ("path", "parameter", "captured", "expected"),
    [
        ("/a{;p}", "style: matrix, schema: {type: integer}", b"5", []),
        ("/a{;p}", "style: matrix, schema: {type: integer}", b"x", [("path", "/p", "type")]),
        ("/a{;p}", f"style: matrix, schema: {LIST}", b"3,4", []),
        ("/a{;p}", "schema: {type: integer}", b"5", []),
        ("/a{;p*}", f"style: matrix, explode: true, schema: {LIST}", b"p=3;p=4", []),
        ("/a{;p*}", f"style: matrix, explode: true, schema: {POINT}", b"x=1;y=2", []),
        ("/a{;p*}", f"style: matrix, explode: true, schema: {POINT}", b"x=1", [("path", "/p", "required")]),
        ("/a{.p}", "style: label, schema: {type: integer}", b"5", []),
        ("/a{.p}", "style: label, schema: {type: integer}", b"x", [("path", "/p", "type")]),
        ("/a{.p*}", f"style: label, explode: true, schema: {POINT}", b"x=1.y=2", []),
        ("/a/{p}", "style: label, schema: {type: integer}", b"5", [("path", "/p", "style")]),
    ],
)
def test_what_the_path_itself_holds_of_a_style_is_read_with_it(
    path: str, parameter: str, captured: bytes, expected: list[tuple[str, str, str]]
) -> None:
    """`{;p}` is served as `;p={p}`, and each request was refused for want of the `;p=` (issue 11, item 7)."""
    declared = f"parameters: [{{name: p, in: path, required: true, {parameter}}}]"
    assert shown(find_faults_of(write_document(declared, path=path), path={"p": captured})) == expected


@pytest.mark.parametrize("responses", ["{}", "null", '{"x": {}}'])
def test_an_operation_without_responses_asks_what_it_asks(responses: str) -> None:
    """Its requests were checked for nothing, in silence (issue 11, item 1)."""
    document = write_document("parameters: [{name: q, in: query, required: true, schema: {type: integer}}]")
    document = document.replace('{"200": {description: d}}', responses)
    assert shown(find_faults_of(document, query=b"q=x")) == [("query", "/q", "type")]
    assert find_faults_of(document, query=b"q=1") is None


@pytest.mark.parametrize(
    "parameter",
    [
        "{name: q, in: Query, schema: {type: integer}}",
        "{name: q, in: body, schema: {type: integer}}",
        "{name: q, in: query, type: integer}",
        "{name: q, in: query}",
        "{name: q, in: query, content: {}}",
    ],
)
def test_a_parameter_of_which_nothing_is_asked_is_reported(parameter: str) -> None:
    """It was left out, and the report was empty (issue 11, item 1)."""
    (problem,) = read_specification(write_document(f"parameters: [{parameter}]")).report.problems
    assert problem.pointer == "/paths/~1a/post/parameters/0"
