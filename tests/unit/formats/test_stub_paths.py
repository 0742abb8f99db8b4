"""Paths of other tools as path patterns, where those say the same."""

import pytest

from mockwave.formats.stubs.stub_paths import (
    SaidPath,
    escape_literal,
    express_regex,
    read_express,
    read_glob,
    read_regex,
)
from mockwave.paths import parse_path


@pytest.mark.parametrize(
    ("regex", "path", "parameters"),
    [
        ("/a/b", "/a/b", {}),
        ("/v1\\.0/x", "/v1.0/x", {}),
        ("/carts/[^/]+", "/carts/{p1}", {}),
        ("^/carts/\\d+/items$", "/carts/{p1}/items", {"p1": {"matches": "\\d+"}}),
        ("/a/([a-z]+)", "/a/{p1}", {"p1": {"matches": "([a-z]+)"}}),
        ("/a/.*", "/a/**", {}),
        (".*", "/**", {}),
        ("\\/a\\/\\d+", "/a/{p1}", {"p1": {"matches": "\\d+"}}),
    ],
)
def test_an_expression_that_is_a_pattern_becomes_one(regex: str, path: str, parameters: dict[str, object]) -> None:
    assert read_regex(regex) == SaidPath(path, parameters)


@pytest.mark.parametrize(
    "regex", ["/a.*", "/a/b/?", "/a/.+/b", "/a/[^b]+", "/a|/b", "/a/[^/]*", "/a(/b)?", "/(?=x).*y", "("]
)
def test_an_expression_that_takes_more_than_a_pattern_stays_one(regex: str) -> None:
    assert read_regex(regex) is None


@pytest.mark.parametrize(
    ("endpoint", "patterns"),
    [
        ("/a/:id", ["/a/{id}"]),
        ("/a/:id?", ["/a/{id}", "/a"]),
        ("/a{/:id}", ["/a/{id}", "/a"]),
        ("/a(b)?c", ["/abc", "/ac"]),
        ("/*", ["/**"]),
        ("/files/*rest", ["/files/{rest:*}"]),
        ("/x/:a-:b", ["/x/{a}-{b}"]),
        ("/a\\+b", ["/a+b"]),
        ("/*/:var/x", None),
        ("/[0-9]+", None),
    ],
)
def test_express_paths(endpoint: str, patterns: list[str] | None) -> None:
    assert read_express(endpoint) == patterns


def test_express_paths_that_are_no_patterns_are_expressions() -> None:
    assert express_regex("/*/:var/a(b)?c") == "/.*/[^/]+/a(b)?c"


def test_globs() -> None:
    assert read_glob("/a/*") == "/a/**"
    assert read_glob("/a*b") is None
    assert read_glob("*") == "/**"


@pytest.mark.parametrize("path", ["/a{b}", "/100%", "/**", "/a?b#c", "/x/\x00"])
def test_a_literal_path_is_always_a_pattern(path: str) -> None:
    assert not parse_path(escape_literal(path)).parameter_names
