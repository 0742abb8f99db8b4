"""Path templates: what frameworks and tools write into the paths of documents means the same here."""

import json
from typing import Any

import pytest

from mockwave._matcher import Match, Matcher
from mockwave.openapi import Import, read_specification
from mockwave.openapi.operations.path_templates import ORDINARY_TEMPLATE, bring_into_grammar
from mockwave.paths import parse_path

OK = {"get": {"responses": {"200": {"description": "d"}}}}


def import_path(path: str) -> Import:
    document: Any = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {path: OK}}
    return read_specification(json.dumps(document))


def answers(template: str, path: str) -> bool:
    pattern = parse_path(bring_into_grammar(template))
    return isinstance(Matcher([("GET", pattern, 1)]).match("GET", path.encode()), Match)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/100%", "/100%"),
        ("/100%", "/100%25"),
        ("/50%/x", "/50%25/x"),
        ("/a%zz", "/a%zz"),
        ("/{id}%", "/7%"),
        ("/a%2", "/a%252"),
        ("/%%20", "/%25%20"),
    ],
)
def test_a_percent_sign_that_begins_no_escape_means_itself(template: str, path: str) -> None:
    """The operations of such a path were left out, though it can only mean one thing."""
    assert answers(template, path)
    imported = import_path(template)
    assert imported.report.routes == 1
    assert [problem.pointer for problem in imported.report.problems] == ["/paths/" + template.replace("/", "~1")]
    assert "means itself" in imported.report.problems[0].message


def test_an_escape_stays_one() -> None:
    imported = import_path("/a%20b/%e2%82%ac")
    assert (imported.operations[0].path, imported.report.problems) == ("/a%20b/%e2%82%ac", [])


@pytest.mark.parametrize(
    ("template", "served"),
    [
        ("/users{?page,limit}", "/users"),
        ("/users/{id}{?fields*}", "/users/{id}"),
        ("/users{?page}{&limit}", "/users"),
        ("/users?fixed=1{&page}", "/users"),
        ("/users{#part}", "/users"),
        ("/users{?page}/more", "/users/more"),
        ("/files/{+path}", "/files/{path:*}"),
        ("/files/{+path}/versions", "/files/{path}/versions"),
        ("/gists{/id}", "/gists/{id}"),
        ("/repos{/owner,name}/issues{/number}", "/repos/{owner}/{name}/issues/{number}"),
        ("/files{/path*}", "/files/{path:*}"),
        ("/users{;role}", "/users;role={role}"),
        ("/map{;x,y}", "/map;x={x};y={y}"),
        ("/file{.format}", "/file.{format}"),
        ("/words/{word:3}", "/words/{word}"),
    ],
)
def test_uri_templates_are_served_by_their_path(template: str, served: str) -> None:
    """RFC 6570: `/users{?page,limit}` was a route of its own with a parameter `?page,limit` or none at all."""
    imported = import_path(template)
    assert [operation.path for operation in imported.operations] == [served]
    assert [served in problem.message for problem in imported.report.problems] == [True]


@pytest.mark.parametrize(
    "template",
    [
        "/users/{id:[0-9]+}",
        "/users/{id:[0-9]{3}}",
        "/users/{id:[0-9]*}",
        "/users/{id: [0-9]{1,3} }",
        "/users/{ id : \\d+ }",
        "/users/{id:[^/]+}",
        "/users/{id:[{}]*|\\d+}",
        "/users/{id:\\d+\\}?}",
        "/users/{id:(?:a|b#|[0-9])+}",
        "/users/{id:int}",
        "/users/{id?}",
        "/users/{{id}}",
    ],
)
def test_a_parameter_with_an_expression_is_one_segment(template: str) -> None:
    """`{id:[0-9]+}` ended in a plus sign, so it was taken for a greedy one and answered `/users/7/8/9`; with
    braces in its expression its operations were left out."""
    assert answers(template, "/users/7")
    assert not answers(template, "/users/7/8/9")
    assert not answers(template, "/users")
    imported = import_path(template)
    assert [operation.path for operation in imported.operations] == ["/users/{id}"]
    assert len(imported.report.problems) == 1


@pytest.mark.parametrize(
    "template",
    [
        "{path+}",
        "{path*}",
        "{path:.*}",
        "{path:.+}",
        "{path:path}",
        "{*path}",
        "{**path}",
        "{path=**}",
        "{path:[a-z/]+}",
    ],
)
def test_a_greedy_last_parameter_is_the_rest_of_the_path(template: str) -> None:
    assert bring_into_grammar(f"/files/{template}") == "/files/{path:*}"
    assert bring_into_grammar(f"/files/{template}/end") == "/files/{path}/end"


def test_a_pattern_of_several_segments_is_that_many() -> None:
    served = "/v1/projects/{name}/locations/{name_2}:get"
    assert bring_into_grammar("/v1/{name=projects/*/locations/*}:get") == served


def test_names_that_were_not_there_are_not_taken_twice() -> None:
    assert bring_into_grammar("/{id}/{id_2}/{id}") == "/{id}/{id_2}/{id_3}"


@pytest.mark.parametrize("path", ["/a/{b}.{c}", "/{user.id}/{x-y}_{z}", "/a+b/{c}", "/a:b/{c}:d", "/"])
def test_what_is_a_path_already_is_left_as_it_is(path: str) -> None:
    assert ORDINARY_TEMPLATE.fullmatch(path) is not None
    assert bring_into_grammar(path) == path


def test_a_character_that_is_a_space_to_unicode_alone_is_part_of_a_path() -> None:
    """U+0085 at the end of a path was cut off (issue 11, items 6 and 7)."""
    assert bring_into_grammar("/a\x85") == "/a\x85"
    assert bring_into_grammar("/a \n") == "/a"
