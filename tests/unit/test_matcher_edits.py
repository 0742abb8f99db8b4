"""A Matcher is made from the one before it: the edit is in the new one alone, and takes no more room than it needs."""

import random
import sys
import weakref
from types import SimpleNamespace

import pytest

from mockwave._matcher import DuplicateRoute, Matcher, MatcherEditor
from mockwave.paths import parse_path
from tests.unit.matchers import UNKNOWN, answer, matcher_of, parameters


def test_an_edit_leaves_the_matcher_it_was_made_from_as_it_was() -> None:
    before = matcher_of("/a", "/b/{x}")
    editor = MatcherEditor(before)
    editor.remove(0)
    editor.add("GET", parse_path("/a/{x}.{y}"), "new", 2)
    after = editor.finish()
    paths = ["/a", "/a/1.2", "/b/1"]
    assert [answer(before, path) for path in paths] == ["/a", UNKNOWN, "/b/{x}"]
    assert [answer(after, path) for path in paths] == [UNKNOWN, "new", "/b/{x}"]
    assert (len(before), len(after)) == (2, 2)


def test_only_the_newest_matcher_is_edited_and_by_one_editor() -> None:
    first = matcher_of("/a")
    editor = MatcherEditor(first)
    with pytest.raises(ValueError, match="one editor at a time"):
        MatcherEditor(first)
    editor.finish()
    with pytest.raises(ValueError, match="only the newest Matcher"):
        MatcherEditor(first)
    with pytest.raises(ValueError, match="has finished"):
        editor.finish()


def test_an_editor_names_the_route_that_is_there_already() -> None:
    editor = MatcherEditor(matcher_of("/z", "/a/{x}"))
    with pytest.raises(DuplicateRoute) as caught:
        editor.add("GET", parse_path("/a/{y}"), "other", 7)
    assert caught.value.first == 1
    assert parameters(editor.finish(), "/a/1") == {"x": "1"}


@pytest.mark.parametrize("number", [0, 1, 2, 1000])
def test_a_route_that_is_not_there_cannot_be_removed(number: int) -> None:
    editor = MatcherEditor(matcher_of("/a", "/b"))
    editor.remove(0)
    editor.remove(1)
    with pytest.raises(KeyError):
        editor.remove(number)


@pytest.mark.parametrize(
    ("key", "names"),
    [("", ()), ("a", ()), ("/a{x", ()), ("/{}{}", ("x", "y")), ("/é", ()), ("/{}", ()), ("/{}/**", ("x", "y", "z"))],
)
def test_what_is_no_key_of_a_pattern_with_its_names_is_refused(key: str, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected the key|these literals|expected a name"):
        MatcherEditor[str]().add("GET", SimpleNamespace(key=key, parameter_names=names), "value", 0)


@pytest.mark.parametrize("count", [12, 13, 100, 5_000])
def test_any_number_of_siblings_comes_and_goes_in_any_order(count: int) -> None:
    order = random.Random(count)
    patterns = [f"/{'items' * (number % 5)}/{number}{'-long-' * (number % 4)}" for number in range(count)]
    numbers: dict[str, int] = {}
    matcher: Matcher[str] = Matcher([])
    for _ in range(10):
        editor = MatcherEditor(matcher)
        for pattern in order.sample(patterns, count // 2):
            if pattern in numbers:
                assert editor.remove(numbers.pop(pattern)) == pattern
            else:
                numbers[pattern] = editor.add("GET", parse_path(pattern), pattern, len(numbers))
        matcher = editor.finish()
        expected = [pattern if pattern in numbers else UNKNOWN for pattern in patterns]
        assert [answer(matcher, pattern) for pattern in patterns] == expected
    editor = MatcherEditor(matcher)
    for number in numbers.values():
        editor.remove(number)
    assert answer(editor.finish(), patterns[0]) == UNKNOWN


def test_methods_of_a_path_added_in_a_row_are_routes_of_their_own() -> None:
    """An editor goes no second way to the path it has just been to, unless something was removed meanwhile."""
    path = parse_path("/a/{x}/b.{y}/")
    editor = MatcherEditor(matcher_of("/a/{x}/c", "/a/{x}/{z}.b"))
    first = editor.add("GET", path, "first", 7)
    editor.add("PUT", path, "put", 8)
    with pytest.raises(DuplicateRoute):
        editor.add("PUT", path, "again", 9)
    editor.add("POST", path, "post", 10)
    editor.remove(first)
    editor.add("GET", parse_path("/a/{x}/b.{y}"), "other", 11)
    editor.add("GET", path, "second", 12)
    matcher = editor.finish()
    methods = [answer(matcher, "/a/1/b.2/", method) for method in ("GET", "PUT", "POST")]
    assert methods == ["second", "put", "post"]
    assert (answer(matcher, "/a/1/b.2"), answer(matcher, "/a/1/c")) == ("other", "/a/{x}/c")


def test_names_of_a_path_are_counted_for_each_of_its_methods() -> None:
    editor = MatcherEditor(matcher_of("/a"))
    editor.add("GET", SimpleNamespace(key="/b/{}", parameter_names=("x",)), "get", 1)
    with pytest.raises(ValueError, match="expected a name for each parameter"):
        editor.add("PUT", SimpleNamespace(key="/b/{}", parameter_names=("x", "y")), "put", 2)


def test_changes_all_day_long_take_no_more_room() -> None:
    matcher = matcher_of(*(f"/v1/{number % 7}/{{x}}/{number}.{{y}}" for number in range(500)))

    def change(matcher: Matcher[str]) -> Matcher[str]:
        for number in range(200):
            editor = MatcherEditor(matcher)
            added = editor.add("GET", parse_path(f"/v1/{number % 7}/{{x}}/new{number % 10}.{{y}}"), "new", 1000)
            matcher = editor.finish()
            editor = MatcherEditor(matcher)
            editor.remove(added)
            matcher = editor.finish()
        return matcher

    matcher = change(matcher)
    size_bytes = sys.getsizeof(matcher)
    assert sys.getsizeof(change(matcher)) == size_bytes


def test_a_removed_value_is_freed_once_no_matcher_has_it() -> None:
    class Value:
        pass

    value = Value()
    gone = weakref.ref(value)
    before: Matcher[Value] = Matcher([("GET", parse_path("/a"), value)])
    del value
    editor = MatcherEditor(before)
    editor.remove(0)
    after = editor.finish()
    assert gone() is not None
    del before
    assert gone() is None
    assert answer(after, "/a") == UNKNOWN  # type: ignore[arg-type]
