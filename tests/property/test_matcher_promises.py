"""The Matcher answers as its rules say, for any routes and any paths."""

from random import Random
from urllib.parse import quote, quote_from_bytes

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave._matcher import Match, Matcher, MatcherEditor, NotMatched
from mockwave.paths import RULES, PathError, parse_path
from tests.property import reference_matcher
from tests.property.reference_matcher import Found, Refused, canonical, names, split

METHODS = st.sampled_from(["GET", "HEAD", "POST", "PURGE"])

# Few characters, so that texts meet; among them those of the escapes that are kept while a path is searched.
CHARACTERS = "ab.2F5é"
ESCAPES = ["%2F", "%2f", "%25", "%C3%A9", "%61", "%2E", "%00", "%FF", "%7B"]
BAD_ESCAPES = ["%", "%2", "%zz", "%%61", "%2G"]

literals = st.lists(st.sampled_from([*CHARACTERS, *ESCAPES]), min_size=1, max_size=4).map("".join)
sent_texts = st.lists(st.sampled_from([*CHARACTERS, *ESCAPES, *BAD_ESCAPES]), max_size=6).map("".join)


@st.composite
def partly_literal_segments(draw: st.DrawFn) -> str:
    between = draw(st.lists(literals, max_size=2))
    return draw(st.just("") | literals) + "{}" + "".join(text + "{}" for text in between) + draw(st.just("") | literals)


segments = st.one_of(
    st.sampled_from(["a", "b", "ab", "a.b", "%61", ""]),
    literals,
    st.just("{}"),
    partly_literal_segments(),
)


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """A pattern; its parameters are named by an initial of its own and their places."""
    parts = draw(st.lists(segments, max_size=4))
    ending = draw(st.sampled_from(["", "", "/", "/**", "/{}"]))
    text = "".join(f"/{part}" for part in parts) + ending or "/"
    initial = draw(st.sampled_from("xyz"))
    pieces = text.split("{}")
    named = pieces[0] + "".join(f"{{{initial}{place}}}{piece}" for place, piece in enumerate(pieces[1:]))
    if ending == "/{}":
        return named[:-1] + draw(st.sampled_from(["}", ":*}"]))
    return named


@st.composite
def route_lists(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Routes of (method, pattern), no two of one path and one method."""
    drawn = draw(st.lists(st.tuples(METHODS, patterns()), max_size=12))
    return list({(method, canonical(pattern)): (method, pattern) for method, pattern in drawn}.values())


def filled(pattern: str, values: list[str]) -> str:
    """A path of the pattern: its parameters, and the rest, in order, from values, cycled."""
    parts, has_final_slash = split(pattern)
    turn = iter(range(10**6))
    written = []
    for part in parts:
        for name in names(part):
            value = values[next(turn) % len(values)]
            part = part.replace(f"{{{name}:*}}", value).replace(f"{{{name}}}", value)
        written.append(values[next(turn) % len(values)] if part == "**" else part)
    return "".join(f"/{part}" for part in written) + ("/" if has_final_slash else "")


@st.composite
def routes_and_paths(draw: st.DrawFn) -> tuple[list[tuple[str, str]], str]:
    """Routes, and a path: of one of them, somewhat changed perhaps, or of parts like theirs."""
    routes = draw(route_lists())
    random_path = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "%61", ""]) | sent_texts, max_size=6).map(
        lambda parts: "".join(f"/{part}" for part in parts)
    )
    if not routes or draw(st.integers(0, 3)) == 0:
        return routes, draw(random_path)
    values = draw(st.lists(sent_texts.filter(bool), min_size=1, max_size=3))
    path = filled(draw(st.sampled_from(routes))[1], values)
    return routes, path + draw(st.sampled_from(["", "", "", "/", "//", "/a", "b", "%"]))


def matcher_of(routes: list[tuple[str, str]]) -> Matcher[int]:
    return Matcher((method, parse_path(pattern), place) for place, (method, pattern) in enumerate(routes))


def answer(matcher: Matcher[int], method: str, path: str) -> Found | Refused:
    return answer_bytes(matcher, method, path.encode())


def answer_bytes(matcher: Matcher[int], method: str, path: bytes) -> Found | Refused:
    given = matcher.match(method, path)
    if isinstance(given, NotMatched):
        return Refused(frozenset(given.allow))
    assert given.value == given.route
    return Found(given.route, given.parameters())


@settings(max_examples=800)
@given(routes_and_paths(), METHODS)
def test_every_path_is_answered_as_the_rules_say(given: tuple[list[tuple[str, str]], str], method: str) -> None:
    routes, path = given
    assert answer(matcher_of(routes), method, path) == reference_matcher.match(routes, method, path)


Edit = list[tuple[bool, int]]
"""Of each route changed, whether it is added or removed, and its place in a list of routes."""


@st.composite
def edit_rows(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[Edit]]:
    """Routes, and edits one after the other, each of which adds routes of these and removes some that are there."""
    routes = draw(st.lists(st.tuples(METHODS, patterns()), max_size=24))
    routes = list({(method, canonical(pattern)): (method, pattern) for method, pattern in routes}.values())
    there: set[int] = set()
    edits = []
    for _ in range(draw(st.integers(1, 6))):
        places = draw(st.lists(st.integers(0, max(len(routes) - 1, 0)), max_size=12)) if routes else []
        edit = []
        for place in places:
            edit.append((place not in there, place))
            there ^= {place}
        edits.append(edit)
    return routes, edits


def edited(matcher: Matcher[int], edit: Edit, routes: list[tuple[str, str]], numbers: dict[int, int]) -> Matcher[int]:
    """The Matcher after the edit; `numbers` of the routes that it has, by place."""
    editor = MatcherEditor(matcher)
    for is_added, place in edit:
        method, pattern = routes[place]
        if is_added:
            numbers[place] = editor.add(method, parse_path(pattern), place, place)
        else:
            assert editor.remove(numbers.pop(place)) == place
    return editor.finish()


def answer_value(matcher: Matcher[int], method: str, path: str) -> Found | Refused:
    given = matcher.match(method, path.encode())
    if isinstance(given, NotMatched):
        return Refused(frozenset(given.allow))
    return Found(given.value, given.parameters())


@settings(max_examples=500)
@given(edit_rows(), st.data(), METHODS)
def test_an_edited_matcher_answers_as_if_it_were_made_of_what_is_left(
    given: tuple[list[tuple[str, str]], list[Edit]], data: st.DataObject, method: str
) -> None:
    """And so do those it was made from: they are kept, and asked again at the end."""
    routes, edits = given
    numbers: dict[int, int] = {}
    row = [(Matcher[int]([]), list[int]())]
    for edit in edits:
        matcher = edited(row[-1][0], edit, routes, numbers)
        row.append((matcher, sorted(numbers)))
        if data.draw(st.booleans()):
            row.pop(0)
    values = data.draw(st.lists(sent_texts.filter(bool), min_size=1, max_size=3))
    paths = [filled(pattern, values) for _, pattern in routes]
    for matcher, places in row:
        left = [routes[place] for place in places]
        assert len(matcher) == len(left)
        for path in paths:
            expected = reference_matcher.match(left, method, path)
            if isinstance(expected, Found):
                expected = Found(places[expected.route], expected.parameters)
            assert answer_value(matcher, method, path) == expected


@settings(max_examples=200)
@given(route_lists(), st.randoms(use_true_random=False))
def test_the_order_in_which_routes_are_learned_of_does_not_count(routes: list[tuple[str, str]], order: Random) -> None:
    """Workers learn of routes in different order, and answer alike: a route's position is what counts."""
    editor = MatcherEditor[int]()
    for place, (method, pattern) in order.sample(list(enumerate(routes)), len(routes)):
        editor.add(method, parse_path(pattern), place, place)
    matcher, whole = editor.finish(), matcher_of(routes)
    paths = [filled(pattern, ["a", "b.a", "ab"]) for _, pattern in routes]
    assert [answer_value(matcher, "GET", path) for path in paths] == [answer(whole, "GET", path) for path in paths]


@settings(max_examples=200)
@given(route_lists(), st.lists(literals, min_size=1, max_size=3))
def test_what_was_inserted_matches(routes: list[tuple[str, str]], values: list[str]) -> None:
    matcher = matcher_of(routes)
    unmatched = [
        (method, pattern)
        for method, pattern in routes
        if not isinstance(matcher.match(method, filled(pattern, values).encode()), Match)
    ]
    assert unmatched == []


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_a_parameter_comes_back_as_it_was_before_escaping(first: bytes, second: bytes) -> None:
    matcher = Matcher([("GET", parse_path("/{x}/between/{y}"), None)])
    path = f"/{quote_from_bytes(first, safe='')}/between/{quote_from_bytes(second, safe='')}"
    found = matcher.match("GET", path.encode())
    assert isinstance(found, Match)
    assert found.parameters() == {"x": first.decode("utf-8", "replace"), "y": second.decode("utf-8", "replace")}


@settings(max_examples=200)
@given(patterns())
def test_a_literal_is_one_path_however_it_is_written(pattern: str) -> None:
    assert parse_path(quote(pattern, safe="/{}*:%")).key == parse_path(pattern).key


@settings(max_examples=300)
@given(patterns(), patterns())
def test_keys_are_equal_for_patterns_that_are_one_path_alone(one: str, other: str) -> None:
    assert (parse_path(one).key == parse_path(other).key) == (canonical(one) == canonical(other))


# Bytes that no client should send, among those that are parts of paths.
raw_bytes = st.lists(
    st.binary(min_size=1, max_size=3) | st.sampled_from([b"/", b"a", b"%", b"%2", b"%61", b"{x}", b"\xc3\xa9", b"\0"])
).map(b"".join)


@settings(max_examples=500)
@given(route_lists(), raw_bytes)
def test_any_bytes_are_answered_as_their_escapes_are(routes: list[tuple[str, str]], below: bytes) -> None:
    """The promise was asserted of the answer's type alone, which no answer could break."""
    path = b"/" + below
    escaped = quote_from_bytes(path, safe="/%")
    assert answer_bytes(matcher_of(routes), "GET", path) == reference_matcher.match(routes, "GET", escaped)


@settings(max_examples=200)
@given(st.text(st.sampled_from("/{}*:%2Fa?#\n\ud800é") | st.characters()))
def test_any_text_is_read_or_refused_by_a_rule(text: str) -> None:
    refused: str | None = None
    try:
        parse_path(text)
    except PathError as error:
        refused = error.rule
    assert refused is None or refused in RULES
