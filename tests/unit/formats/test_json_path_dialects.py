"""JSONPaths of other tools mean the same here as there."""

import json
from typing import Any

import pytest

from mockwave.formats.stubs.json_path_dialects import read_jayway, read_json_path, write_i_regexp
from tests.unit.rules.rules_under_test import Asked


def holds(matcher: Any, body: Any) -> bool:
    """Whether a rule with this matcher of the body takes a request with that JSON."""
    asked = Asked({"name": "r", "when": {"body": [matcher]}, "then": {"statusCode": 299}})
    return asked.status(method="POST", body=json.dumps(body).encode()) == 299


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("$.a.b", "$.a.b"),
        (" $.a ", "$.a"),
        ("name", "$.name"),
        ("$.first-name", "$['first-name']"),
        ("$..first-name[0].x", "$..['first-name'][0].x"),
        ("$.@type", "$['@type']"),
        ("$.1st", "$['1st']"),
        ("$.['a'].b", "$['a'].b"),
        ("$.[0]", "$[0]"),
        ("$..[0]", "$..[0]"),
        ("$.a[(@.length-1)]", "$.a[-1]"),
        ("$.a[?(@.first-name == 'x-y.z-w')]", "$.a[?(@['first-name'] == 'x-y.z-w')]"),
        ("$.a[?(@.n > 1.5)]", "$.a[?(@.n > 1.5)]"),
        ("$.a[?(@.items.size() == 2)]", "$.a[?(length(@.items) == 2)]"),
        ("$.a[?(@.x size 2)]", "$.a[?(length(@.x) == 2)]"),
        ("$.a[?(@.x in ['b', 'c'])]", "$.a[?((@.x == 'b' || @.x == 'c'))]"),
        ("$.a[?(@.x nin [1,2])]", "$.a[?(!(@.x == 1 || @.x == 2))]"),
        ("$.a[?(@.x =~ /fo+.*/)]", "$.a[?(match(@.x, 'fo+.*'))]"),
        (r"$.a[?(@.x =~ /^\d+\.x$/i)]", r"$.a[?(match(@.x, '[0-9]+\\.[xX]'))]"),
        ("$.a[?(@.x empty false)]", "$.a[?(length(@.x) != 0)]"),
        ("$.a[?(@.x =~ /(?=no)/)]", "$.a[?(@.x =~ /(?=no)/)]"),
    ],
)
def test_paths_are_written_as_the_rfc_has_them(given: str, written: str) -> None:
    assert read_json_path(given) == written


@pytest.mark.parametrize(
    ("path", "body", "is_found"),
    [
        ("$[?(@.role == 'user')]", {"role": "user"}, True),
        ("$[?(@.role == 'user')]", {"role": "admin"}, False),
        ("$[?(@.role == 'user')]", {"inner": {"role": "user"}}, False),
        ("$[?(@.role == 'user')]", [{"role": "admin"}, {"role": "user"}], True),
        ("$[?(@.role)]", {"role": "user"}, True),
        ("$[?(@.things[?(@.id == 7)])]", {"things": [{"id": 7}]}, True),
        ("$[?(@.things[?(@.id == 7)])]", {"things": [{"id": 8}]}, False),
        ("$[?(@.a == '@.b')]", {"a": "@.b"}, True),
        ("$[?(@.items.size() == 2)]", {"items": [1, 2]}, True),
        ("$[?(@.items.size() == 2)]", {"items": [1]}, False),
        ("$[?(@.tags contains 'a')]", {"tags": ["a", "b"]}, True),
        ("$[?(@.tags contains 'a.c')]", {"tags": "xa.cy"}, True),
        ("$[?(@.tags contains 'a.c')]", {"tags": "xabcy"}, False),
        ("$[?(@.plan in ['pro', 'team'])]", {"plan": "team"}, True),
        ("$[?(@.name =~ /an.*/i)]", {"name": "ANNA"}, True),
        ("$[?(@.name =~ /an/)]", {"name": "anna"}, False),
        ("$[?(@.role == 'user')].id", {"role": "user", "id": 1}, True),
        ("$[?(@.role == 'user')].id", {"role": "user"}, False),
        ("$.things[?(@.id == 7)]", {"things": [{"id": 7}]}, True),
        ("$.items.length()", {"items": [1]}, True),
        ("$.items.length()", {}, False),
    ],
)
def test_a_filter_at_the_root_tests_an_object_as_jayway_does(path: str, body: Any, is_found: bool) -> None:
    """WireMock stubs with `$[?(@.a == 'b')]` never answered: by the RFC the filter is on the values of members."""
    assert holds(read_jayway(path), body) is is_found


@pytest.mark.parametrize(
    ("given", "body", "is_found"),
    [
        ({"expression": "$.items.length()", "equalTo": "2"}, {"items": [1, 2]}, True),
        ({"expression": "$.items.length()", "equalTo": "2"}, {"items": [1]}, False),
        ({"expression": "$.items.size()", "greaterThanNumber": 1}, {"items": [1, 2]}, True),
        ({"expression": "$.first-name", "equalTo": "Ann"}, {"first-name": "Ann"}, True),
        ({"expression": "$[?(@.a == 1)].b", "equalTo": "x"}, {"a": 1, "b": "x"}, True),
        ({"expression": "$[?(@.a == 1)].b", "equalTo": "x"}, {"a": 2, "b": "x"}, False),
    ],
)
def test_operators_stay_with_their_path(given: Any, body: Any, is_found: bool) -> None:
    assert holds(read_jayway(given), body) is is_found


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("a(?:b|c)*?", "a(b|c)*"),
        (r"[\w-]+@x\.org", r"[A-Za-z0-9_-]+@x\.org"),
        (r"\S+", r"[^ \t\n\r]+"),
        ("[^a]b", "[^a]b"),
        (r"\bword", None),
        ("a^b", None),
        ("(?i)ab", "[aA][bB]"),
        (r"\/x\"", '/x"'),
    ],
)
def test_regular_expressions_are_written_as_i_regexps_where_they_can_be(pattern: str, written: str | None) -> None:
    assert write_i_regexp(pattern) == written
