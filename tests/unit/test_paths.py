"""The grammar of path patterns: what is read, and what each refusal says."""

import pytest

from mockwave.paths import MAXIMUM_PARAMETERS, Ending, PathError, SegmentKind, parse_path, read_stored_path


def refusal(text: str) -> PathError:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("/", []),
        ("/a", [SegmentKind.LITERAL]),
        ("/a//b", [SegmentKind.LITERAL, SegmentKind.LITERAL, SegmentKind.LITERAL]),
        ("/a/{x}", [SegmentKind.LITERAL, SegmentKind.PARAMETER]),
        ("/test:{rpc}", [SegmentKind.PARTLY_LITERAL]),
        ("/files/{name}.{ext}", [SegmentKind.LITERAL, SegmentKind.PARTLY_LITERAL]),
        ("/a/**", [SegmentKind.LITERAL, SegmentKind.REST]),
        ("/{rest:*}", [SegmentKind.REST]),
        ("/a*/*", [SegmentKind.LITERAL, SegmentKind.LITERAL]),
    ],
)
def test_segments_are_of_the_kind_they_are_written_as(text: str, kinds: list[SegmentKind]) -> None:
    assert [segment.kind for segment in parse_path(text).segments] == kinds


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("/a", ()),
        ("/{org}/{project-id}/x-{ids[]}.{$format}", ("org", "project-id", "ids[]", "$format")),
        ("/{a}/{rest:*}", ("a", "rest")),
        ("/{a}/**", ("a",)),
        ("/{naïve name}", ("naïve name",)),
        ("/{id:[0-9]+}", ("id:[0-9]+",)),
    ],
)
def test_parameter_names_are_kept_in_order(text: str, names: tuple[str, ...]) -> None:
    assert parse_path(text).parameter_names == names


@pytest.mark.parametrize(
    ("text", "ending"),
    [("/a", Ending.PLAIN), ("/a/", Ending.SLASH), ("/", Ending.SLASH), ("/a/**", Ending.REST), ("/**", Ending.REST)],
)
def test_a_pattern_ends_plain_or_with_a_slash_or_with_the_rest(text: str, ending: Ending) -> None:
    assert parse_path(text).ending is ending


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/{x}", "/a/{y}"),
        ("/{a}.{b}", "/{c}.{d}"),
        ("/a/**", "/a/{rest:*}"),
        ("/a b", "/a%20b"),
        ("/é", "/%C3%A9"),
        ("/%c3%a9", "/%C3%A9"),
        ("/%61", "/a"),
        ("/a%2fb", "/a%2Fb"),
    ],
)
def test_names_and_spelling_do_not_make_another_path(one: str, other: str) -> None:
    assert parse_path(one).key == parse_path(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a", "/a/"),
        ("/a", "/A"),
        ("/a%2Fb", "/a/b"),
        ("/a%252Fb", "/a%2Fb"),
        ("/%7B%7D", "/{x}"),
        ("/%2A%2A", "/**"),
        ("/{x}", "/{x}."),
        ("/a//b", "/a/b"),
        ("//", "/"),
    ],
)
def test_different_paths_have_different_keys(one: str, other: str) -> None:
    assert parse_path(one).key != parse_path(other).key


@pytest.mark.parametrize(
    ("text", "rule", "position"),
    [
        ("", "start", 0),
        ("a/b", "start", 0),
        ("/a/{x", "unclosed", 3),
        ("/{a/b}", "unclosed", 1),
        ("/a/x}", "unopened", 4),
        ("/{a{b}}", "nested", 3),
        ("/{a.{b}", "nested", 4),
        ("/{}", "unnamed", 1),
        ("/a{ }", "unnamed", 2),
        ("/{:*}", "unnamed", 1),
        ("/{a}/{a}", "repeated", 5),
        ("/{a}.{a}", "repeated", 5),
        ("/{a}/{a:*}", "repeated", 5),
        ("/{a}{b}", "adjacent", 4),
        ("/**/a", "rest", 1),
        ("/a/**/", "rest", 3),
        ("/{a:*}/b", "rest", 1),
        ("/x{a:*}", "rest", 2),
        ("/a?b=c", "query", 2),
        ("/{a?}", "query", 3),
        ("/a#b", "fragment", 2),
        ("/a\r\nb", "control", 2),
        ("/a\x7f", "control", 2),
        ("/a\x85", "control", 2),
        ("/\ud800", "surrogate", 1),
        ("/a%", "escape", 2),
        ("/a%2", "escape", 2),
        ("/a%zz/{b}", "escape", 2),
        ("/%41%4", "escape", 4),
    ],
)
def test_a_refusal_names_its_rule_and_its_place(text: str, rule: str, position: int) -> None:
    error = refusal(text)
    assert (error.rule, error.position, error.text) == (rule, position, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/a/{x", 'path "/a/{x": parameter opened at character 3 is never closed; write {x}'),
        ("a", 'path "a": a path starts with /; write /a'),
        ("/a\n", 'path "/a\\n": a control character (U+000A) cannot stand in a path at character 2; escape it as %0A'),
        (
            "/a?b",
            'path "/a?b": a path has no query, but ? stands at character 2; remove it, or write %3F to mean the '
            "character",
        ),
        ("/{a}/{a}", 'path "/{a}/{a}": parameter {a} at character 5 was named before; give it another name'),
        ("/a}", 'path "/a}": } at character 2 closes no parameter; write %7D to mean the character'),
    ],
)
def test_a_refusal_says_what_to_write_instead(text: str, message: str) -> None:
    assert str(refusal(text)) == message


def test_a_refusal_of_a_long_text_shows_its_beginning() -> None:
    assert len(str(refusal("/" + "a" * 100_000 + "?"))) < 400


@pytest.mark.parametrize("rest", ["", "/**"])
def test_one_parameter_too_many_is_refused(rest: str) -> None:
    most = MAXIMUM_PARAMETERS - (1 if rest else 0)
    parse_path("".join(f"/{{p{number}}}" for number in range(most)) + rest)
    assert refusal("".join(f"/{{p{number}}}" for number in range(most + 1)) + rest).rule == "too-many"


def test_a_path_of_ten_thousand_segments_is_read() -> None:
    assert len(parse_path("/a" * 10_000).segments) == 10_000


def test_a_long_segment_of_escapes_is_read() -> None:
    assert parse_path("/" + "%41" * 100_000).key == "/" + "A" * 100_000


@pytest.mark.parametrize(
    "text", ["/", "/a/{x}", "/{a}-{b}.c/{d:e}/**", "/a/{rest:*}", "/%7Bx%7D/{é}/{a b}", "/{:}/{x*}/{日本:*}"]
)
def test_a_stored_pattern_is_read_without_parsing_it(text: str) -> None:
    pattern = parse_path(text)
    stored = read_stored_path(text, pattern.key)
    assert (stored.key, stored.parameter_names) == (pattern.key, pattern.parameter_names)


def test_a_brace_that_nothing_closes_is_not_read_as_a_stored_pattern() -> None:
    with pytest.raises(ValueError, match="no path that was parsed"):
        read_stored_path("/a/{x", "/a/{}")
