"""What a custom route may say."""

import pytest
from msgspec import UNSET

from mockwave.management.route_rules import read_route
from mockwave.model import MockRouteCreate
from mockwave.problems import Refusal
from mockwave.store.records import RouteRecord


def read(**fields: object) -> RouteRecord:
    body = MockRouteCreate(**{"method": "GET", "path": "/pets", "status_code": 200, **fields})  # type: ignore[arg-type]
    content = b"" if body.response_body is UNSET else body.response_body.encode()
    content = b"" if body.response_body is UNSET else body.response_body.encode()
    return read_route(body, content, "mock_1", "mock-route_1")


def faults_of(**fields: object) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as refused:
        read(**fields)
    assert refused.value.status == 400
    return [(fault.pointer, fault.message) for fault in refused.value.violations]


def pointers_of(**fields: object) -> list[str]:
    return [pointer for pointer, _ in faults_of(**fields)]


def test_a_route_is_stored_as_it_is_given() -> None:
    record = read(
        path="/pets/{id}",
        response_headers={"X-One": "1", "x-one": "2", "X-Text": "\tà b"},
        response_body="é\0",
        content_type="text/plain; charset=utf-8",
        delay=600_000,
        status_code=999,
    )
    assert record.headers == (("X-One", "1"), ("x-one", "2"), ("X-Text", "\tà b"))
    assert (record.body, record.content_type) == ("é\0".encode(), "text/plain; charset=utf-8")
    assert (record.path, record.path_key, record.generated) == ("/pets/{id}", "/pets/{}", False)
    assert (record.delay_ms, record.status_code) == (600_000, 999)


def test_what_is_left_out_gets_the_defaults_of_the_contract() -> None:
    record = read()
    assert (record.headers, record.body, record.content_type, record.delay_ms) == ((), b"", "application/json", 0)


def test_every_fault_is_reported_at_once() -> None:
    assert pointers_of(path="pets", status_code=99, delay=-1, response_headers={"a b": "\n"}, content_type="x") == [
        "/path",
        "/statusCode",
        "/delay",
        "/responseHeaders/a b",
        "/responseHeaders/a b",
        "/contentType",
    ]


@pytest.mark.parametrize(
    "path", ["", "pets", "/a/{", "/a/{}", "/{a}/{a}", "/{a}{b}", "/a?b", "/a#b", "/a%2", "/\n", "/**/a"]
)
def test_a_path_that_is_no_pattern_is_refused(path: str) -> None:
    assert pointers_of(path=path) == ["/path"]


def test_a_path_fault_names_its_place() -> None:
    assert faults_of(path="/a/{id") == [
        ("/path", 'path "/a/{id": parameter opened at character 3 is never closed; write {id}')
    ]


def test_a_path_of_absurd_length_is_refused() -> None:
    assert pointers_of(path="/" + "a" * 8192) == ["/path"]


@pytest.mark.parametrize("status_code", [-1, 0, 99, 100, 199, 1000, 10**30])
def test_a_status_that_cannot_end_a_response_is_refused(status_code: int) -> None:
    assert pointers_of(status_code=status_code) == ["/statusCode"]


@pytest.mark.parametrize("delay", [-1, 600_001, 10**30])
def test_a_delay_out_of_bounds_is_refused(delay: int) -> None:
    assert pointers_of(delay=delay) == ["/delay"]


@pytest.mark.parametrize(
    "name",
    ["Connection", "KEEP-ALIVE", "Proxy-Connection", "te", "Trailer", "Transfer-Encoding", "Upgrade", "content-length"],
)
def test_headers_that_the_server_manages_are_refused(name: str) -> None:
    assert pointers_of(response_headers={name: "1"}) == [f"/responseHeaders/{name}"]


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\r\nb", "(x)", "a/b"])
def test_a_header_name_that_is_no_token_is_refused(name: str) -> None:
    assert len(faults_of(response_headers={name: "1"})) == 1


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("abcd\r\nX: 1", "line breaks (found one at character 4)"),
        ("\n", "line breaks (found one at character 0)"),
        ("a\0", "NUL characters (found one at character 1)"),
        ("\x1b[0m", "control characters (found one at character 0)"),
        ("\x7f", "control characters (found one at character 0)"),
    ],
)
def test_a_header_value_that_could_break_out_is_refused(value: str, what: str) -> None:
    assert faults_of(response_headers={"X-Trace": value}) == [
        ("/responseHeaders/X-Trace", f'responseHeaders["X-Trace"]: header values cannot contain {what}')
    ]


def test_too_many_headers_are_refused() -> None:
    assert pointers_of(response_headers={f"X-{number}": "" for number in range(101)}) == ["/responseHeaders"]


def test_too_large_headers_are_refused() -> None:
    assert pointers_of(response_headers={"X": "a" * 65536}) == ["/responseHeaders"]
    assert pointers_of(response_headers={"X": "é" * 40000}) == ["/responseHeaders"]


@pytest.mark.parametrize(
    "content_type",
    ["text/html", 'multipart/mixed; boundary="a b"', "application/vnd.api+json;v=1 ; w=2"],
)
def test_media_types_are_accepted(content_type: str) -> None:
    assert read(content_type=content_type).content_type == content_type


@pytest.mark.parametrize(
    "content_type", ["html", "text/", "/html", "*/*", "text/html\r\nX: 1", "text/html; charset", "a/b,c/d"]
)
def test_what_is_no_media_type_is_refused(content_type: str) -> None:
    assert pointers_of(content_type=content_type) == ["/contentType"]


def test_an_empty_content_type_sends_none() -> None:
    assert read(content_type="").content_type == ""


def test_a_content_type_among_the_headers_is_the_content_type() -> None:
    record = read(response_headers={"X": "1", "content-TYPE": "text/html"}, content_type=UNSET)
    assert (record.content_type, record.headers) == ("text/html", (("X", "1"),))


def test_a_content_type_given_twice_alike_is_one() -> None:
    assert read(response_headers={"Content-Type": "text/html"}, content_type="text/html").content_type == "text/html"


def test_a_content_type_given_twice_differently_is_a_contradiction() -> None:
    assert pointers_of(response_headers={"Content-Type": "text/html"}, content_type="text/plain") == [
        "/responseHeaders/Content-Type"
    ]
    assert pointers_of(response_headers={"Content-Type": "text/html", "content-type": "text/plain"}) == [
        "/responseHeaders/content-type"
    ]


def test_a_content_type_among_the_headers_is_checked_as_one() -> None:
    assert pointers_of(response_headers={"Content-Type": "html"}) == ["/responseHeaders/Content-Type"]


def test_each_of_a_list_of_values_is_a_header_of_its_own() -> None:
    record = read(response_headers={"Set-Cookie": ["a=1", "b=2"], "X-One": "1", "X-Two": ["2"]})
    assert record.headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-One", "1"), ("X-Two", "2"))


def test_a_fault_in_a_list_of_values_names_its_place() -> None:
    assert faults_of(response_headers={"Set-Cookie": ["a=1", "b\n"]}) == [
        (
            "/responseHeaders/Set-Cookie/1",
            'responseHeaders["Set-Cookie"][1]: header values cannot contain line breaks (found one at character 1)',
        )
    ]
    assert pointers_of(response_headers={"X": []}) == ["/responseHeaders/X"]


def test_values_of_lists_count_as_headers() -> None:
    assert pointers_of(response_headers={"X": [""] * 50, "Y": [""] * 51}) == ["/responseHeaders"]


def test_a_content_type_in_a_list_is_one() -> None:
    assert read(response_headers={"Content-Type": ["text/html"]}, content_type=UNSET).content_type == "text/html"
    assert pointers_of(response_headers={"Content-Type": ["text/html", "text/plain"]}) == [
        "/responseHeaders/Content-Type/1"
    ]


def test_of_very_many_wrong_headers_some_are_looked_at() -> None:
    """Who sends the body chooses how many there are (F18)."""
    faults = faults_of(response_headers={f"a b{number}": "" for number in range(5_000)})
    assert len(faults) == 101
