"""Servers of a document, of its path items and of its operations: the base paths that requests may begin with."""

import json
from typing import Any

import pytest

from mockwave.openapi import Import, read_specification

OK = {"responses": {"200": {"description": "d"}}}
ROOT = [{"url": "https://api.test/v1"}]


def read(paths: Any, **further: Any) -> Import:
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": ROOT, "paths": paths}
    return read_specification(json.dumps(document | further))


def own(servers: Any, **further: Any) -> tuple[str, ...] | None:
    (operation,) = read({"/up": {"servers": servers, "get": OK}}, **further).operations
    return operation.base_paths


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://files.test/upload/v2", "/upload/v2"),
        ("https://files.test/upload/v2/", "/upload/v2"),
        ("https://files.test/upload/v2?x=/1#y", "/upload/v2"),
        ("//files.test/v2", "/v2"),
        ("/v2/", "/v2"),
        ("v2", "/v2"),
        ("./v2", "/v2"),
        ("../v2/./x/../y", "/v2/y"),
        ("localhost:8080/v2", "/v2"),
        ("{scheme}://{host}/v2", "/v2"),
        ("https://h/caf\u00e9 b", "/caf%C3%A9%20b"),
        ("https://h/caf%c3%a9%", "/caf%C3%A9%25"),
        ("https://h/a*b", "/a%2Ab"),
    ],
)
def test_the_path_of_a_server_url_is_a_base_path(url: str, path: str) -> None:
    """`servers` of a path item and of an operation were left aside (exegesis#1, scalar#702)."""
    assert own([{"url": url}]) == (path,)


def test_servers_of_an_operation_override_those_of_its_path_and_these_the_root() -> None:
    item = {
        "servers": [{"url": "/of-path"}],
        "get": OK,
        "put": OK | {"servers": [{"url": "/of-operation"}]},
        "post": OK | {"servers": ROOT},
        "delete": OK | {"servers": []},
        "patch": OK | {"servers": "none"},
    }
    imported = read({"/up": item, "/down": {"get": OK}})
    assert {each.method + each.path: each.base_paths for each in imported.operations} == {
        "GET/up": ("/of-path",),
        "PUT/up": ("/of-operation",),
        "POST/up": None,
        "DELETE/up": ("/of-path",),
        "PATCH/up": ("/of-path",),
        "GET/down": None,
    }
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/~1up/patch/servers"]


def test_servers_without_a_path_override_those_of_the_root_too() -> None:
    assert own([{"url": "https://files.test"}]) == ()
    item = {"/up": {"servers": [{"url": "https://files.test/"}], "get": OK}}
    assert read(item, servers=[{"url": "https://api.test"}]).operations[0].base_paths is None


def test_all_servers_of_a_list_count_once_each() -> None:
    assert own([{"url": "https://a/x"}, {"url": "https://b/x/"}, {"url": "/y"}, {"url": "https://c"}]) == ("/x", "/y")


def test_variables_stand_for_their_default_and_what_else_they_may_be() -> None:
    variables = {"version": {"default": "v2", "enum": ["v1", "v2"]}, "region": {"default": "eu/west"}}
    assert own([{"url": "https://h/{version}/{region}", "variables": variables}]) == ("/v2/eu/west", "/v1/eu/west")
    assert own([{"url": "/{n}", "variables": {"n": {"default": 1.1}}}]) == ("/1.1",)


def test_a_variable_that_nothing_is_said_of_is_reported() -> None:
    imported = read({"/up": {"servers": [{"url": "https://h/{unknown}"}, {"url": "/v2"}], "get": OK}})
    assert imported.operations[0].base_paths == ("/v2",)
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/~1up/servers/0/url"]


@pytest.mark.parametrize("beside", [True, False])
def test_servers_of_a_path_item_behind_a_reference_are_its_own(beside: bool) -> None:
    servers = {"servers": [{"url": "/v2"}]}
    items = {"Up": {"get": OK} if beside else {"get": OK} | servers}
    item = {"$ref": "#/components/pathItems/Up"} | (servers if beside else {"put": OK})
    imported = read({"/up": item}, components={"pathItems": items})
    assert {each.base_paths for each in imported.operations} == {("/v2",)}


def test_a_server_may_stand_behind_a_reference() -> None:
    assert own([{"$ref": "#/x-servers/files"}], **{"x-servers": {"files": {"url": "/v2"}}}) == ("/v2",)


@pytest.mark.parametrize("servers", [[1], [{}], [{"url": 1}], {"url": "/v2"}])
def test_what_is_no_server_is_reported(servers: Any) -> None:
    imported = read({"/up": {"servers": servers, "get": OK}})
    assert imported.operations[0].base_paths is None
    assert len(imported.report.problems) == 1


def test_no_more_base_paths_are_kept_than_a_request_is_tried_with() -> None:
    servers = [{"url": f"/{number}"} for number in range(100)]
    imported = read({"/up": {"servers": servers, "get": OK}}, servers=servers[::-1])
    assert (len(imported.base_paths), len(imported.operations[0].base_paths or ())) == (32, 32)
    assert [problem.pointer for problem in imported.report.problems] == ["/servers", "/paths/~1up/servers"]


def test_a_base_path_that_no_request_has_is_left_out_and_reported() -> None:
    """Each operation below it had copies of its own: a value of 100 KB for a variable became 1.2 GB in the Store."""
    long = "v" * 100_000
    servers = [{"url": "https://h/{a}", "variables": {"a": {"default": long, "enum": ["v9"]}}}]
    (operation,) = (imported := read({"/up": {"servers": servers, "get": OK}})).operations
    assert operation.base_paths == ("/v9",)
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/~1up/servers"]
    assert "2000 characters" in imported.report.problems[0].message
    assert read({}, servers=servers).base_paths == ("/v9",)


def test_operations_that_are_one_below_a_base_path_are_reported() -> None:
    paths = {
        "/a/up": {"get": OK, "servers": [{"url": "/v2"}]},
        "/up": {"get": OK, "servers": [{"url": "/v2/a"}]},
    }
    (problem,) = read(paths).report.problems
    assert problem.pointer == "/paths/~1up/get"
    assert "/paths/~1a~1up/get" in problem.message


def test_swagger_2_has_no_servers() -> None:
    document = {"swagger": "2.0", "basePath": "/v1", "paths": {"/up": {"servers": [{"url": "/v2"}], "get": OK}}}
    (operation,) = read_specification(json.dumps(document)).operations
    assert operation.base_paths is None


@pytest.mark.parametrize(
    ("url", "sent"), [("/100%", "/100%25"), ("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/a%20b/*~", "/a%20b/*~")]
)
def test_the_path_of_a_server_of_the_root_is_as_it_is_sent(url: str, sent: str) -> None:
    """Requests that began with it were a 404, as clients escape what cannot stand in a URL (issue 11, item 7)."""
    document = {"openapi": "3.0.3", "servers": [{"url": f"https://h.test{url}"}], "paths": {}}
    assert read_specification(json.dumps(document)).base_paths == (sent,)
