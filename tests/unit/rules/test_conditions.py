"""Conditions: fields of a request, combined with all, any and not."""

from typing import Any

import pytest

from mockwave.rules.request_view import RequestView
from tests.unit.rules.asked_conditions import compile_when, find_faults, view

PLAN = [("X-Plan", "pro")]
AT = "/rules/0/when"


@pytest.mark.parametrize(
    ("when", "request_", "expected"),
    [
        ({}, view(), True),
        ({"method": "POST"}, view(method="POST"), True),
        ({"method": "post"}, view(method="POST"), True),
        ({"method": "POST"}, view(method="GET"), False),
        ({"method": "ANY"}, view(method="QUERY"), True),
        ({"path": {"matches": "/a/.*"}}, view(path="/a/b"), True),
        ({"path": {"equalTo": "/a b"}}, view(path="/a%20b"), True),
        ({"client": {"equalTo": "127.0.0.1"}}, view(), True),
        ({"pathParameters": {"id": {"matches": "0+"}}}, view(path_parameters={"id": "00"}), True),
        ({"pathParameters": {"id": {"matches": "0+"}}}, view(path_parameters={"id": "10"}), False),
        ({"headers": {"x-PLAN": {"equalTo": "pro"}}}, view(headers=PLAN), True),
        ({"headers": {"X-Plan": {"equalTo": "pro"}, "X-B": {"absent": True}}}, view(headers=PLAN), True),
        ({"query": {"a": {"equalTo": "1 2"}}}, view(query="a=1+2"), True),
        ({"query": {"a b": {"equalTo": "&"}}}, view(query="a%20b=%26"), True),
        ({"cookies": {"s": {"equalTo": "1"}}}, view(headers=[("Cookie", 'a=b; s="1"')]), True),
        ({"cookies": {"s": {"absent": True}}}, view(headers=[("Cookie", "a=b")]), True),
        ({"body": [{"contains": "a"}, {"contains": "b"}]}, view(body="ab"), True),
        ({"body": [{"contains": "a"}, {"contains": "c"}]}, view(body="ab"), False),
        ({"body": {"equalTo": "é"}}, view(body="é".encode("latin-1")), True),
        ({"all": [{"headers": {"X-Plan": {"equalTo": "pro"}}}, {"method": "GET"}]}, view(headers=PLAN), True),
        ({"all": [{"headers": {"X-Plan": {"equalTo": "pro"}}}, {"method": "PUT"}]}, view(headers=PLAN), False),
        ({"any": [{"headers": {"X-Plan": {"equalTo": "pro"}}}, {"method": "PUT"}]}, view(headers=PLAN), True),
        ({"any": [{"headers": {"X-Plan": {"equalTo": "free"}}}, {"method": "PUT"}]}, view(headers=PLAN), False),
        ({"not": {"headers": {"X-Plan": {"equalTo": "pro"}}}}, view(headers=PLAN), False),
        ({"not": {"headers": {"X-Plan": {"equalTo": "pro"}}}}, view(), True),
        ({"not": {"method": "GET", "headers": {"X-Plan": {"absent": True}}}}, view(headers=PLAN), True),
        ({"all": []}, view(), True),
    ],
)
def test_a_condition_holds_for_what_it_says(when: dict[str, Any], request_: RequestView, expected: bool) -> None:
    condition = compile_when(when)

    assert condition.holds(request_) is expected
    assert (condition.explain(request_) is None) is expected


@pytest.mark.parametrize(
    "when",
    [
        {"body": [{"contains": "a"}]},
        {"not": {"body": [{"contains": "a"}]}},
        {"not": {"not": {"body": [{"contains": "a"}]}}},
        {"form": {"a": {"absent": True}}},
        {"not": {"any": [{"method": "PUT"}, {"form": {"a": {"equalTo": "1"}}}]}},
    ],
)
def test_what_a_body_that_was_not_kept_would_decide_does_not_hold(when: dict[str, Any]) -> None:
    condition = compile_when(when)
    request = view(body=None)

    assert condition.needs_body
    assert not condition.holds(request)
    difference = condition.explain(request)
    assert difference is not None
    assert "not kept" in difference.actual


def test_a_not_holds_without_the_body_if_the_head_decides() -> None:
    condition = compile_when({"not": {"method": "PUT", "body": [{"contains": "a"}]}})

    assert condition.holds(view(body=None))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"headers": {"X-Plan": {"equalTo": "pro"}}}, (f"{AT}/headers/X-Plan", 'equalTo "pro"', '"free"')),
        ({"query": {"q/r": {"contains": "a"}}}, (f"{AT}/query/q~1r", 'contains "a"', "absent")),
        (
            {"headers": {"authorization": {"equalTo": "a"}}},
            (f"{AT}/headers/authorization", 'equalTo "a"', "[redacted]"),
        ),
        ({"cookies": {"s": {"equalTo": "a"}}}, (f"{AT}/cookies/s", 'equalTo "a"', "[redacted]")),
        ({"not": {"method": "GET"}}, (f"{AT}/not", "the conditions not to hold", "they do")),
    ],
)
def test_an_explanation_names_the_first_condition_that_fails(
    when: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    request = view(headers=[("X-Plan", "free"), ("Authorization", "secret"), ("Cookie", "s=secret")])

    difference = compile_when(when).explain(request)

    assert difference is not None
    assert (difference.pointer, difference.expected, difference.actual) == expected


@pytest.mark.parametrize(
    ("when", "faults"),
    [
        ([], {"": "type"}),
        ({"header": {}}, {"/header": "unknown"}),
        ({"headers": {"X": {"equalsTo": "a"}}}, {"/headers/X/equalsTo": "unknown"}),
        ({"headers": {"X": "a"}}, {"/headers/X": "type"}),
        ({"headers": {"X": {}}}, {"/headers/X": "required"}),
        ({"headers": {"X Y": {"equalTo": "a"}}}, {"/headers/X Y": "never"}),
        ({"headers": {"X": {"equalTo": 1}}}, {"/headers/X/equalTo": "type"}),
        ({"headers": {"X": {"caseInsensitive": True}}}, {"/headers/X/caseInsensitive": "unknown"}),
        ({"headers": {"X": {"equalTo": "a", "caseInsensitive": 1}}}, {"/headers/X/caseInsensitive": "type"}),
        ({"headers": {"X": {"absent": False}}}, {"/headers/X/absent": "type"}),
        ({"headers": {"X": {"equalTo": "a", "absent": True}}}, {"/headers/X": "never"}),
        ({"headers": {"X": {"and": [{"equalTo": "a"}, {"equalTo": "b"}]}}}, {"/headers/X": "never"}),
        ({"headers": {"X": {"equalTo": "a", "matches": "b+"}}}, {"/headers/X": "never"}),
        ({"headers": {"X": {"or": []}}}, {"/headers/X/or": "never"}),
        ({"query": {"a": {"matches": "("}}}, {"/query/a/matches": "pattern"}),
        ({"query": {"a": {"matches": "a)(b"}}}, {"/query/a/matches": "pattern"}),
        ({"query": {"a": {"binaryEqualTo": "?"}}}, {"/query/a/binaryEqualTo": "base64"}),
        ({"any": []}, {"/any": "never"}),
        ({"any": [{"query": {"a": {"x": 1}}}]}, {"/any/0/query/a/x": "unknown"}),
        ({"not": {}}, {"/not": "never"}),
        ({"all": {}}, {"/all": "type"}),
        ({"all": [{"method": "GET"}, {"method": "PUT"}]}, {"/all/1/method": "never"}),
        ({"method": 1}, {"/method": "type"}),
        ({"body": "a"}, {"/body": "type"}),
    ],
)
def test_what_is_no_condition_is_refused_with_a_pointer(when: Any, faults: dict[str, str]) -> None:
    assert {pointer: rule for pointer, (rule, _) in find_faults(when).items()} == faults


def test_a_routes_rules_name_the_routes_own_path_parameters() -> None:
    when = {"pathParameters": {"id": {"equalTo": "1"}, "name": {"equalTo": "1"}}, "path": {"equalTo": "/"}}

    faults = find_faults(when, of_server=False, path_parameters=("id",))

    assert {pointer: rule for pointer, (rule, _) in faults.items()} == {
        "/pathParameters/name": "unknown",
        "/path": "unknown",
    }


def test_values_of_a_repeated_header_are_not_a_contradiction() -> None:
    when = {"all": [{"headers": {"X": {"equalTo": "a"}}}, {"headers": {"X": {"equalTo": "b"}}}]}

    assert compile_when(when).holds(view(headers=[("X", "a"), ("X", "b")]))


FORM = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
PARTS = [("Content-Type", 'multipart/form-data; boundary="b"')]
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    b'--b\r\nContent-Disposition: form-data; name="data"; filename="a.json"\r\nContent-Type: application/json\r\n'
    b'X-Tag: 1\r\n\r\n{"n": 1}\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"form": {"a": {"equalTo": "1 2"}}}, True),
        ({"form": {"a": {"equalTo": "3"}}}, True),
        ({"form": {"a": {"hasExactly": [{"equalTo": "3"}, {"equalTo": "1 2"}]}}}, True),
        ({"form": {"b": {"absent": True}}}, False),
        ({"form": {"c": {"absent": True}}}, True),
    ],
)
def test_a_form_is_read_as_one(when: dict[str, Any], expected: bool) -> None:
    assert compile_when(when).holds(view(headers=FORM, body="a=1+2&b&a=3")) is expected


def test_fields_of_a_multipart_form_are_a_form_but_its_files_are_not() -> None:
    request = view(headers=PARTS, body=MULTIPART)

    assert compile_when({"form": {"note": {"equalTo": "hello"}, "data": {"absent": True}}}).holds(request)


def test_a_body_that_says_to_be_no_form_has_no_fields() -> None:
    assert compile_when({"form": {"a": {"absent": True}}}).holds(
        view(headers=[("Content-Type", "text/plain")], body="a=1")
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"name": "note"}], True),
        ([{"name": "other"}], False),
        ([{"name": "note", "body": [{"equalTo": "hello"}]}], True),
        ([{"name": "data", "body": [{"equalTo": "hello"}]}], False),
        ([{"name": "data", "fileName": "a.json", "body": [{"matchesJsonPath": "$.n"}]}], True),
        ([{"fileName": {"matches": ".*\\.xml"}}], False),
        ([{"fileName": {"absent": True}, "name": "note"}], True),
        ([{"headers": {"content-type": {"contains": "json"}, "X-Tag": {"equalTo": "1"}}}], True),
        ([{"headers": {"X-Tag": {"equalTo": "2"}}}], False),
        ([{"name": "note"}, {"name": "data"}], True),
        ([{"name": "note"}, {"name": "other"}], False),
        ([{"matchingType": "ALL", "name": {"matches": "note|data"}}], True),
        ([{"matchingType": "ALL", "name": "note"}], False),
        ([{"matchingType": "ALL", "body": [{"binaryEqualTo": "aGVsbG8="}]}], False),
        ([{"body": [{"binaryEqualTo": "aGVsbG8="}]}], True),
    ],
)
def test_parts_fit_their_descriptions(given: list[dict[str, Any]], expected: bool) -> None:
    condition = compile_when({"multipart": given})
    request = view(headers=PARTS, body=MULTIPART)

    assert condition.holds(request) is expected
    assert (condition.explain(request) is None) is expected


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--x--", MULTIPART[:-20]])
def test_a_body_that_has_no_parts_has_none_and_not_all(body: bytes) -> None:
    request = view(headers=PARTS, body=body)

    assert not compile_when({"multipart": [{"name": "note"}]}).holds(request)
    assert not compile_when({"multipart": [{"matchingType": "ALL", "name": "note"}]}).holds(request)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic dXNlcjpwYXNz", True),
        ("basic  dXNlcjpwYXNz", True),
        ("Basic dXNlcjpvdGhlcg==", False),
        ("Bearer dXNlcjpwYXNz", False),
        ("Basic ?", False),
    ],
)
def test_basic_credentials_are_compared(header: str, expected: bool) -> None:
    condition = compile_when({"basicAuth": {"username": "user", "password": "pass"}})
    request = view(headers=[("Authorization", header)])

    assert condition.holds(request) is expected
    assert "dXNl" not in str(condition.explain(request))


@pytest.mark.parametrize(
    ("when", "path", "expected"),
    [
        ({"path": "/orders/{id}"}, "/orders/1", True),
        ({"path": "/orders/{id}"}, "/orders/1/lines", False),
        ({"path": "/orders/**"}, "/orders/1/lines", True),
        ({"path": "/a b"}, "/a%20b", True),
        ({"path": "/orders/{id}", "pathParameters": {"id": {"equalTo": "1"}}}, "/orders/1", True),
        ({"pathParameters": {"id": {"equalTo": "1"}}, "path": "/orders/{id}"}, "/orders/2", False),
        ({"path": "/{a}", "not": {"pathParameters": {"a": {"equalTo": "x"}}}}, "/y", True),
    ],
)
def test_a_path_fits_a_pattern_as_routes_have_them(when: dict[str, Any], path: str, expected: bool) -> None:
    condition = compile_when(when)

    assert condition.holds(view(path=path)) is expected
    assert (condition.explain(view(path=path)) is None) is expected


@pytest.mark.parametrize(
    ("when", "faults"),
    [
        ({"path": "orders"}, {"/path": "path"}),
        ({"path": "/{id}", "pathParameters": {"name": {"equalTo": "1"}}}, {"/pathParameters/name": "unknown"}),
        ({"basicAuth": {"username": "a"}}, {"/basicAuth": "required"}),
        ({"basicAuth": {"username": "a", "password": 1}}, {"/basicAuth/password": "type"}),
        ({"basicAuth": {"username": "a:b", "password": "c"}}, {"/basicAuth/username": "never"}),
        ({"basicAuth": {"user": "a", "username": "b", "password": "c"}}, {"/basicAuth/user": "unknown"}),
        ({"basicAuth": "a"}, {"/basicAuth": "type"}),
        ({"multipart": {}}, {"/multipart": "type"}),
        ({"multipart": [{}]}, {"/multipart/0": "required"}),
        ({"multipart": [{"name": 1}]}, {"/multipart/0/name": "type"}),
        ({"multipart": [{"name": "a", "bodyPatterns": []}]}, {"/multipart/0/bodyPatterns": "unknown"}),
        ({"multipart": [{"name": "a", "matchingType": "SOME"}]}, {"/multipart/0/matchingType": "enum"}),
        ({"multipart": [{"name": "a", "body": [{"equalTo": 1}]}]}, {"/multipart/0/body/0/equalTo": "type"}),
        ({"form": []}, {"/form": "type"}),
        ({"cookies": {"a": {"equalTo": []}}}, {"/cookies/a/equalTo": "type"}),
        ({"client": "127.0.0.1"}, {"/client": "type"}),
    ],
)
def test_faults_of_paths_credentials_and_parts_have_pointers(when: Any, faults: dict[str, str]) -> None:
    assert {pointer: rule for pointer, (rule, _) in find_faults(when).items()} == faults


@pytest.mark.parametrize(
    ("member", "header"),
    [
        ({"cookies": {"c": {"equalTo": "a"}}}, ("Cookie", "c=a")),
        ({"basicAuth": {"username": "u", "password": "p"}}, ("Authorization", "Basic dTpw")),
    ],
)
def test_strict_headers_let_the_header_through_that_another_condition_asks(
    member: dict[str, Any], header: tuple[str, str]
) -> None:
    """They excluded it, so that the `when` was accepted and never held."""
    condition = compile_when({"headers": {"strict": True}, **member})
    assert condition.holds(view(headers=[header]))
    assert not condition.holds(view(headers=[header, ("X-Other", "1")]))


@pytest.mark.parametrize("name", ["cookies", "headers"])
def test_strict_headers_let_no_header_through_that_is_asked_elsewhere(name: str) -> None:
    condition = compile_when({"any": [{"headers": {"strict": True}}, {name: {"c": {"equalTo": "a"}}}]})
    assert not condition.holds(view(headers=[("Cookie", "d=1")]))
