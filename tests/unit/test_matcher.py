"""How paths find their routes: precedence, backtracking, methods, slashes, escapes, and the bounds of it all."""

import gc
import sys
import weakref

import pytest

from mockwave._matcher import DuplicateRoute, Match, Matcher, NotMatched
from mockwave.paths import parse_path
from tests.unit.matchers import UNKNOWN, answer, matcher_of, parameters


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/a/b", "/a/b"),
        ("/a/b.c", "/a/{x}.{y}"),
        ("/a/c", "/a/{x}"),
        ("/a/c/d", "/a/**"),
        ("/b/c", "/{x}/c"),
        ("/b", UNKNOWN),
    ],
)
def test_a_segment_is_literal_before_partly_literal_before_parameter_before_rest(
    path: str, route: str | tuple[str, ...]
) -> None:
    matcher = matcher_of("/a/**", "/{x}/c", "/a/{x}", "/a/{x}.{y}", "/a/b")
    assert answer(matcher, path) == route


def test_precedence_is_decided_at_the_leftmost_segment_that_differs() -> None:
    assert answer(matcher_of("/{x}/b/c", "/a/**"), "/a/b/c") == "/a/**"


def test_a_dead_end_is_left_for_the_next_best_pattern() -> None:
    assert answer(matcher_of("/a/{x}/c", "/a/b/d"), "/a/b/c") == "/a/{x}/c"


def test_backtracking_goes_as_far_up_as_it_must() -> None:
    matcher = matcher_of("/a/b/c/d", "/a/{x}/c/e", "/{x}.{y}/b/c/f", "/{x}/b/c/g", "/**")
    answers = [answer(matcher, f"/a/b/c/{last}") for last in "degh"]
    assert answers == ["/a/b/c/d", "/a/{x}/c/e", "/{x}/b/c/g", "/**"]


def test_parameters_of_a_dead_end_are_forgotten() -> None:
    matcher = matcher_of("/{a}.{b}/{c}/x", "/{d}/{e}/y")
    assert parameters(matcher, "/1.2/3/y") == {"d": "1.2", "e": "3"}


def test_a_rest_after_a_dead_end_begins_where_its_own_segment_does() -> None:
    matcher = matcher_of("/{a}/{b}/x", "/{a}/{b}/z", "/{a}/{rest:*}")
    assert parameters(matcher, "/1/2/y") == {"a": "1", "rest": "2/y"}


@pytest.mark.parametrize(
    ("routes", "path", "route"),
    [
        (("/{x}b", "/{x}ab"), "/aab", "/{x}ab"),
        (("/{x}bc", "/ab{x}", "/a{x}c"), "/abbc", "/ab{x}"),
        (("/{x}c", "/a{x}"), "/abc", "/a{x}"),
        (("/a{x}b{y}", "/a{x}c{y}"), "/axcxbx", "/a{x}b{y}"),
        (("/a{x}c{y}", "/a{x}b{y}"), "/axcxbx", "/a{x}c{y}"),
        (("/{x}é", "/{x}.c"), "/a.cé", "/{x}é"),
    ],
)
def test_partly_literal_segments_rank_by_literal_text_then_by_its_beginning_then_by_order(
    routes: tuple[str, ...], path: str, route: str
) -> None:
    assert answer(matcher_of(*routes), path) == route


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/{name}.{ext}", "/a.b.c", {"name": "a.b", "ext": "c"}),
        ("/{name}.{ext}", "/...", {"name": ".", "ext": "."}),
        ("/{a}-{b}-{c}", "/1-2-3-4", {"a": "1-2", "b": "3", "c": "4"}),
        ("/{a}aba{b}", "/xababay", {"a": "xab", "b": "y"}),
        ("/{a}abb{b}", "/xabbby", {"a": "x", "b": "by"}),
        ("/v{major}.{minor}/x", "/v1.2/x", {"major": "1", "minor": "2"}),
        ("/test:{rpc}", "/test:a:b", {"rpc": "a:b"}),
        ("/{id}:cancel", "/7:cancel", {"id": "7"}),
    ],
)
def test_the_leftmost_parameter_of_a_segment_takes_all_it_can(
    pattern: str, path: str, expected: dict[str, str]
) -> None:
    assert parameters(matcher_of(pattern), path) == expected


@pytest.mark.parametrize("path", ["/.b", "/a.", "/.", "/ab", "/a./b"])
def test_no_parameter_is_empty(path: str) -> None:
    assert answer(matcher_of("/{name}.{ext}"), path) == UNKNOWN


def test_a_parameter_matches_no_empty_segment() -> None:
    matcher = matcher_of("/a/{x}", "/b/{x}/c")
    assert [answer(matcher, path) for path in ("/a/", "/a", "/b//c")] == [UNKNOWN] * 3


@pytest.mark.parametrize(
    ("path", "rest"),
    [("/a", ""), ("/a/", ""), ("/a/b", "b"), ("/a/b/c/", "b/c/"), ("/a//", "/"), ("/a/b%2Fc%20d", "b/c d")],
)
def test_a_rest_may_be_empty_and_is_else_all_that_is_left(path: str, rest: str) -> None:
    assert parameters(matcher_of("/a/{rest:*}"), path) == {"rest": rest}


def test_an_unnamed_rest_is_no_parameter() -> None:
    assert parameters(matcher_of("/{x}/**"), "/a/b/c") == {"x": "a"}


def test_a_rest_begins_at_a_slash() -> None:
    assert answer(matcher_of("/a/**"), "/ab") == UNKNOWN


def test_exact_routes_win_over_an_empty_rest() -> None:
    matcher = matcher_of("/a/**", "/a")
    assert [answer(matcher, path) for path in ("/a", "/a/", "/a/b")] == ["/a", "/a", "/a/**"]


@pytest.mark.parametrize("path", ["/", ""])
def test_the_root_is_a_path_like_any_other(path: str) -> None:
    assert answer(matcher_of("/"), path) == "/"


def test_a_final_slash_is_forgiven_where_no_route_has_it() -> None:
    matcher = matcher_of("/a", "/b/", "/{x}/c")
    assert [answer(matcher, path) for path in ("/a/", "/b", "/z/c/")] == ["/a", "/b/", "/{x}/c"]


def test_with_both_forms_each_path_has_its_own_route() -> None:
    matcher = matcher_of("/a", "POST /a/", "/{x}/")
    assert answer(matcher, "/a") == "/a"
    assert answer(matcher, "/a", "POST") == ("GET", "HEAD", "OPTIONS")
    assert answer(matcher, "/a/", "POST") == "POST /a/"
    assert answer(matcher, "/a/") == "/{x}/"


def test_an_empty_segment_is_not_collapsed() -> None:
    matcher = matcher_of("/a/b", "/c//d", "//e", "/f//")
    paths = ["/a//b", "//a/b", "/c/d", "/c//d", "/e", "//e", "/f/", "/f//"]
    expected = [UNKNOWN, UNKNOWN, UNKNOWN, "/c//d", UNKNOWN, "//e", UNKNOWN, "/f//"]
    assert [answer(matcher, path) for path in paths] == expected


def test_case_counts() -> None:
    assert answer(matcher_of("/a"), "/A") == UNKNOWN


@pytest.mark.parametrize("path", ["*", "a", "http://host/a", "?"])
def test_what_does_not_begin_with_a_slash_is_unknown(path: str) -> None:
    assert answer(matcher_of("/a", "/**"), path) == UNKNOWN


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a b", "/a%20b"),
        ("/a b", "/a b"),
        ("/é", "/%c3%A9"),
        ("/%C3%A9", "/é"),
        ("/abc", "/%61b%63"),
        ("/a%2Fb", "/a%2fb"),
        ("/a%25", "/a%25"),
        ("/a%25", "/a%"),
        ("/%25zz", "/%zz"),
        ("/%7Bx%7D", "/{x}"),
        ("/%00", "/%00"),
        ("/a.{x}", "/a%2Eb"),
    ],
)
def test_escapes_are_decoded_on_both_sides(pattern: str, path: str) -> None:
    assert answer(matcher_of(pattern), path) == pattern


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/a/b", "/a%2Fb"), ("/a%2Fb", "/a/b"), ("/a%2Fb", "/a%252Fb"), ("/{x}2F", "/a%2F"), ("/{x}F{y}", "/a%2Fb")],
)
def test_an_encoded_slash_never_splits_and_is_one_character(pattern: str, path: str) -> None:
    assert answer(matcher_of(pattern), path) == UNKNOWN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (b"/a/%2F", "/"),
        (b"/a/x%2Fy%2fz", "x/y/z"),
        (b"/a/100%25", "100%"),
        (b"/a/100%", "100%"),
        (b"/a/%zz%4", "%zz%4"),
        (b"/a/%C3%A9", "é"),
        ("/a/é".encode(), "é"),
        (b"/a/%E9\xff", "\ufffd\ufffd"),
        (b"/a/a+b", "a+b"),
        (b"/a/\x00", "\x00"),
    ],
)
def test_a_parameter_is_decoded_once_and_bad_escapes_are_kept(path: bytes, value: str) -> None:
    assert parameters(matcher_of("/a/{x}"), path) == {"x": value}


def test_spans_after_escapes_are_those_of_the_path_as_sent() -> None:
    matcher = matcher_of("/a b/{x}.{y}/{z}/**")
    assert parameters(matcher, "/a%20b/%2F%25.%zz%41/%61/c") == {"x": "/%", "y": "%zzA", "z": "a"}


def test_a_method_missing_at_the_best_pattern_is_looked_for_at_the_next() -> None:
    matcher = matcher_of("POST /a/b", "GET /a/{x}", "DELETE /a/**")
    assert [answer(matcher, "/a/b", method) for method in ("POST", "GET", "DELETE")] == [
        "POST /a/b",
        "GET /a/{x}",
        "DELETE /a/**",
    ]


def test_head_is_served_by_get_of_the_same_pattern_before_another_pattern() -> None:
    matcher = matcher_of("GET /a/b", "HEAD /a/{x}", "GET /c", "HEAD /c")
    assert [answer(matcher, path, "HEAD") for path in ("/a/b", "/a/c", "/c")] == ["GET /a/b", "HEAD /a/{x}", "HEAD /c"]


def test_a_known_path_allows_the_methods_of_all_patterns_that_match_it() -> None:
    matcher = matcher_of("PUT /a/b", "GET /a/{x}", "DELETE /{x}/b", "PATCH /**", "TRACE /a/c")
    assert answer(matcher, "/a/b", "POST") == ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_options_is_allowed_and_not_served_unless_a_route_is_there() -> None:
    matcher = matcher_of("POST /a", "OPTIONS /b")
    assert answer(matcher, "/a", "OPTIONS") == ("POST", "OPTIONS")
    assert answer(matcher, "/b", "OPTIONS") == "OPTIONS /b"


def test_the_allow_header_is_ready_to_send() -> None:
    refused = matcher_of("/a").match("POST", b"/a")
    assert isinstance(refused, NotMatched)
    assert refused.allow_header == b"GET, HEAD, OPTIONS"


def test_any_token_can_be_a_method() -> None:
    matcher = matcher_of("PROPFIND /a", "M-SEARCH /a", "GET /b")
    assert answer(matcher, "/a", "M-SEARCH") == "M-SEARCH /a"
    assert answer(matcher, "/a", "get") == ("OPTIONS", "PROPFIND", "M-SEARCH")


def test_more_than_64_methods_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 64 different methods"):
        matcher_of(*(f"M{number} /a" for number in range(60)))


@pytest.mark.parametrize("method", ["", "GÉT"])
def test_what_is_no_method_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="a method is a token"):
        Matcher([(method, parse_path("/a"), None)])


@pytest.mark.parametrize(
    ("one", "other"), [("/a/{x}", "/a/{y}"), ("/a%20b", "/a b"), ("/a/**", "/a/{x:*}"), ("/{x}.{y}", "/{y}.{x}")]
)
def test_two_routes_of_one_method_and_one_path_are_refused_by_name(one: str, other: str) -> None:
    with pytest.raises(DuplicateRoute) as caught:
        matcher_of("/z", one, "POST " + other, other)
    assert (caught.value.first, caught.value.second) == (1, 3)
    assert one in str(caught.value)
    assert other in str(caught.value)


def test_parameter_names_belong_to_the_route_and_not_to_the_tree() -> None:
    matcher = Matcher(
        [("GET", parse_path("/u/{id}"), 1), ("POST", parse_path("/u/{name}"), 2), ("GET", parse_path("/u/{x}/y"), 3)]
    )
    found = [matcher.match(method, path) for method, path in (("GET", b"/u/7"), ("POST", b"/u/7"), ("GET", b"/u/7/y"))]
    assert [match.parameters() for match in found if isinstance(match, Match)] == [
        {"id": "7"},
        {"name": "7"},
        {"x": "7"},
    ]


def test_a_match_tells_the_place_of_its_route() -> None:
    found = matcher_of("/a", "/b", "/c").match("GET", b"/c")
    assert isinstance(found, Match)
    assert found.route == 2


def test_a_matcher_without_routes_knows_no_path() -> None:
    assert answer(matcher_of(), "/") == UNKNOWN


def test_as_many_parameters_as_a_pattern_may_have_are_found() -> None:
    pattern = "".join(f"/{{p{number}}}-{{q{number}}}" for number in range(31)) + "/{last}/{rest:*}"
    path = "".join(f"/{number}-x{number}" for number in range(31)) + "/z/r/s"
    found = parameters(matcher_of(pattern), path)
    assert (len(found), found["p30"], found["q30"], found["last"], found["rest"]) == (64, "30", "x30", "z", "r/s")


@pytest.mark.parametrize("length", [1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 40, 1000])
def test_segments_of_any_length_are_told_apart_by_any_byte(length: int) -> None:
    text = "a" * length
    others = [text[:place] + "b" + text[place + 1 :] for place in range(min(length, 40))]
    patterns = [f"/{text}", f"/{text}a", *(f"/{other}" for other in others), f"/{text}/{text}"]
    matcher = matcher_of(*patterns)
    assert [answer(matcher, pattern) for pattern in patterns] == patterns
    assert answer(matcher, f"/{text}c") == UNKNOWN


@pytest.mark.parametrize("count", [1, 2, 10, 11, 12, 13, 100, 20_000])
def test_any_number_of_siblings_is_told_apart(count: int) -> None:
    patterns = [f"/items/{number}" for number in range(count)]
    matcher = matcher_of(*patterns)
    assert [answer(matcher, pattern) for pattern in patterns] == patterns
    assert answer(matcher, f"/items/{count}") == UNKNOWN


def test_siblings_that_differ_behind_their_first_sixteen_bytes_are_told_apart() -> None:
    patterns = [f"/{'same-beginning-of-all'}{number:04}/x{number}" for number in range(500)]
    matcher = matcher_of(*patterns)
    assert [answer(matcher, pattern) for pattern in patterns] == patterns
    assert answer(matcher, "/same-beginning-of-all0007/x8") == UNKNOWN


def test_a_pattern_of_ten_thousand_segments_is_found() -> None:
    matcher = matcher_of("/a" * 10_000, "/a" * 5_000 + "/{x}" + "/a" * 4_998 + "/b")
    assert answer(matcher, "/a" * 10_000) == "/a" * 10_000
    assert parameters(matcher, "/a" * 10_000 + "/") == {}
    assert parameters(matcher, "/a" * 9_999 + "/b") == {"x": "a"}


def test_a_path_longer_than_any_pattern_is_answered() -> None:
    matcher = matcher_of("/a/{x}", "/{rest:*}", "/b/{x}.{y}")
    long = "x" * 65_536
    assert parameters(matcher, f"/a/{long}") == {"x": long}
    assert parameters(matcher, f"/b/{'.' * 65_536}") == {"x": "." * 65_534, "y": "."}
    assert parameters(matcher, "/" * 65_536) == {"rest": "/" * 65_535}
    assert parameters(matcher, "/a/" + "%2F" * 65_536) == {"x": "/" * 65_536}


def test_backtracking_over_every_choice_of_a_deep_tree_ends() -> None:
    """Each of 40 levels leaves two ways to go on, and none of them ends well."""
    matcher = matcher_of(
        *("/a" * depth + "/{x}" + "/a" * (40 - depth) + "/z" for depth in range(40)), *("/a" * 40 + "/{x}/y",)
    )
    assert answer(matcher, "/a" * 41 + "/q") == UNKNOWN


def test_a_segment_full_of_near_matches_is_searched_in_linear_time() -> None:
    """Compared anew from each byte, these would be 30,000 times 60,000 comparisons for each of ten pieces."""
    piece = "b" + "a" * 30_000
    pattern = "/{p0}" + "".join(f"{piece}{{p{number}}}" for number in range(1, 11))
    assert answer(matcher_of(pattern), "/" + "a" * 400_000) == UNKNOWN


def test_values_are_freed_with_the_matcher_even_in_a_cycle() -> None:
    class Value:
        matcher: "Matcher[Value]"

    value = Value()
    value.matcher = Matcher([("GET", parse_path("/a"), value)])
    gone = weakref.ref(value)
    del value
    gc.collect()
    assert gone() is None


def test_a_match_keeps_what_it_needs_when_the_matcher_is_dropped() -> None:
    found = Matcher([("GET", parse_path("/{x}"), ["value"])]).match("GET", b"/%61" + b"b" * 100)
    gc.collect()
    assert isinstance(found, Match)
    assert (found.value, found.parameters()) == (["value"], {"x": "a" + "b" * 100})


def test_a_hundred_thousand_routes_take_less_than_250_bytes_each() -> None:
    patterns = [f"/v1/service{number % 50}/{{id}}/resource{number}" for number in range(100_000)]
    assert sys.getsizeof(matcher_of(*patterns)) / len(patterns) < 250
