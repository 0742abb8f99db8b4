"""Bounds of the time that conditions take, whatever a rule and a request say."""

import random
from typing import Any

import pytest

from mockwave.patterns import bounded
from mockwave.patterns.whole_texts import compile_whole, is_proven_harmless
from mockwave.rules.conditions.operators import MAXIMUM_CONDITIONS, MAXIMUM_FAULTS
from mockwave.rules.json_paths import compile_path
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import OutOfSteps, Steps
from mockwave.validation.check_limits import TooLongForLoop
from tests.unit.rules.asked_conditions import compile_when, find_faults, view

NUMBERS = "[" + ",".join(map(str, range(3000))) + "]"
ELEMENTS = "<a>" + "<b>x</b>" * 3000 + "</a>"


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "a*a*a*a*a*b", "(?=(a+)+$)b", r"(\w+\s?)*!", "(.*)*x"]
)
def test_no_pattern_is_matched_without_end(pattern: str) -> None:
    condition = compile_when({"headers": {"X": {"matches": pattern}}, "query": {"q": {"not": {"matches": pattern}}}})

    assert not condition.holds(view(headers=[("X", "a" * 50_000 + "!?")], query="q=" + "a" * 50_000))


@pytest.mark.parametrize("matcher", [{"matches": "a.*b.*c"}, {"doesNotMatch": "a.*b.*c"}])
def test_of_a_text_too_long_to_match_neither_a_pattern_nor_its_opposite_holds(matcher: dict[str, Any]) -> None:
    request = view(body="a" * 1_200_000)

    assert not compile_when({"body": [matcher]}).holds(request)
    assert not compile_when({"body": [{"not": matcher}]}).holds(request)
    assert not compile_when({"not": {"body": [matcher]}}).holds(request)


def test_a_header_that_takes_too_many_steps_is_no_error() -> None:
    matcher = {"matchesJsonPath": "$[?$[?@ == -1]]"}
    request = view(headers=[("X", NUMBERS)], query="q=" + NUMBERS)

    assert not compile_when({"headers": {"X": matcher}}).holds(request)
    assert not compile_when({"not": {"query": {"q": matcher}}}).holds(request)
    difference = compile_when({"headers": {"X": matcher}}).explain(request)
    assert difference is not None
    assert "steps" in difference.actual


@pytest.mark.parametrize("pattern", ["(a{1,1000}){1,1000}", "\\p{L}{1,1000}" * 20, "a" * 20_000])
def test_a_pattern_that_takes_megabytes_is_refused(pattern: str) -> None:
    assert {rule for rule, _ in find_faults({"query": {"q": {"matches": pattern}}}).values()} == {"pattern"}


@pytest.mark.parametrize("pattern", ["a+", "[0-9]{3,}x", "abc|x", "^a[bc]*$", "ab?c"])
def test_a_plain_pattern_is_proven_harmless(pattern: str) -> None:
    assert is_proven_harmless(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+", "a+b+", "(ab)*c*", "a$b", ".", r"\s", "(?i)a", "a{2,}{3,}", "(a|b+)+"])
def test_a_pattern_that_is_not_proven_harmless_runs_elsewhere(pattern: str) -> None:
    assert not is_proven_harmless(pattern)


def test_both_engines_agree_on_what_is_proven_harmless() -> None:
    from mockwave.patterns.bounded import BoundedPattern

    drawn = random.Random(5)
    for pattern in ("a+", "[a-c]{2,}d?", "a|bc", "^x[0-9]*$", r"\d+x", r"[^a]*", r"\w{1,3}-"):
        bounded = BoundedPattern(f"^(?:{pattern})$")
        for _ in range(300):
            text = "".join(drawn.choices("abcdx09-_\n \xe9\u0663", k=drawn.randrange(6)))
            assert compile_whole(pattern)(text) is bounded.is_found_in(text), (pattern, text)


def nest(levels: int, key: str) -> dict[str, Any]:
    when: dict[str, Any] = {"method": "GET"}
    for _ in range(levels):
        when = {"not": when} if key == "not" else {key: [when]}
    return when


@pytest.mark.parametrize("key", ["all", "any", "not"])
def test_thirty_levels_are_taken_and_thirty_three_refused(key: str) -> None:
    assert compile_when(nest(30, key)).holds(view()) is True
    assert {rule for rule, _ in find_faults(nest(33, key)).values()} == {"limit"}


def test_operators_are_nested_within_the_same_limit() -> None:
    matcher: dict[str, Any] = {"equalTo": "a"}
    for _ in range(5_000):
        matcher = {"not": matcher}

    assert {rule for rule, _ in find_faults({"query": {"q": matcher}}).values()} == {"limit"}


def test_a_when_has_so_many_conditions() -> None:
    few = {"any": [{"method": "GET"} for _ in range(MAXIMUM_CONDITIONS // 3)]}
    many = {"any": [{"method": "GET"} for _ in range(MAXIMUM_CONDITIONS * 2)]}

    assert find_faults(few) == {}
    assert {rule for rule, _ in find_faults(many).values()} == {"limit"}


def test_so_many_faults_are_kept() -> None:
    assert len(find_faults({str(number): 1 for number in range(2 * MAXIMUM_FAULTS)})) == MAXIMUM_FAULTS


@pytest.mark.parametrize(
    "expression",
    [
        "$" + ".a" * 50_000,
        "$" + "[?@" * 500 + "]" * 500,
        "$[?" + "(" * 900 + "@.a" + ")" * 900 + "]",
        "$[" + "9" * 1000 + "]",
    ],
)
def test_a_json_path_that_is_too_much_is_refused(expression: str) -> None:
    faults = find_faults({"body": [{"matchesJsonPath": expression}]})

    assert {rule for rule, _ in faults.values()} == {"jsonPath"}
    assert all(len(message) < 500 for _, message in faults.values())


@pytest.mark.parametrize("expression", ["//" + "*//" * 5_000 + "a", "(" * 900 + "1" + ")" * 900])
def test_an_xpath_that_is_too_much_is_refused(expression: str) -> None:
    assert {rule for rule, _ in find_faults({"body": [{"matchesXPath": expression}]}).values()} == {"xPath"}


SLOW = [
    ({"matchesJsonPath": "$..[?$..[?$..[?@ == -1]]]"}, NUMBERS),
    ({"matchesJsonPath": "$[?$[?@ == -1]]"}, NUMBERS),
    ({"matchesJsonPath": "$[?count($..*) == 1]"}, NUMBERS),
    ({"equalToJson": [*range(2999, -1, -1)], "ignoreArrayOrder": True, "ignoreExtraItems": True}, NUMBERS),
    ({"matchesXPath": "//b[//b[//b[. = 'y']]]"}, ELEMENTS),
    ({"matchesXPath": "//b[. = /a]"}, ELEMENTS),
    ({"matchesXPath": "//b/following::b/following::b"}, ELEMENTS),
    ({"matchesXPath": "//b/preceding-sibling::b/following-sibling::b"}, ELEMENTS),
    ({"equalToXml": "<a>" + "<b>x</b>" * 2999 + "<b>y</b></a>", "ignoreOrderOfSameNode": True}, ELEMENTS),
    (
        {
            "matchesJsonSchema": {
                "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(40)}
                | {"40": {"type": "null"}},
                "items": {"$ref": "#/$defs/0"},
            }
        },
        NUMBERS,
    ),
]


@pytest.mark.parametrize(("matcher", "body"), SLOW)
def test_what_takes_too_many_steps_does_not_hold_and_neither_does_its_opposite(matcher: Any, body: str) -> None:
    condition, opposite = compile_when({"body": [matcher]}), compile_when({"not": {"body": [matcher]}})

    request = view(body=body)

    assert condition.is_costly
    assert not condition.holds(request)
    assert request.steps.left < 0
    assert not opposite.holds(view(body=body))


def test_an_explanation_says_that_it_takes_too_many_steps() -> None:
    difference = compile_when({"body": [SLOW[1][0]]}).explain(view(body=SLOW[1][1]))

    assert difference is not None
    assert "steps" in difference.actual


@pytest.mark.parametrize(("matcher", "body"), SLOW)
def test_on_an_event_loop_it_is_told_to_go_elsewhere(matcher: Any, body: str) -> None:
    condition = compile_when({"body": [matcher]})
    request = RequestView(method="GET", path=b"/", query=b"", headers=[], body=body.encode(), is_on_loop=True)

    with pytest.raises(TooLongForLoop):
        condition.holds(request)


def test_the_steps_of_a_request_are_shared_by_its_conditions() -> None:
    steps = Steps()
    path = compile_path("$[*]")
    values = [*range(100_000)]

    with pytest.raises(OutOfSteps):
        for _ in range(1_000):
            path.find(values, steps)


def test_a_document_that_nests_deeply_is_compared_without_a_crash() -> None:
    deep = "[" * 900 + "]" * 900
    condition = compile_when(
        {"any": [{"body": [{"equalToJson": []}]}, {"body": [{"equalToJson": [], "ignoreArrayOrder": True}]},
                 {"body": [{"matchesJsonSchema": {"type": "object"}}]}, {"body": [{"matchesJsonPath": "$..x"}]}]}
    )  # fmt: skip

    assert not condition.holds(view(body=deep))


def test_a_pattern_that_is_too_large_is_refused_without_being_measured_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To find out that it takes megabytes took the event loop 67 ms, for each of five hundred rules."""
    asked: list[int] = []
    compile_one = bounded._compile

    def note_size(pattern: str, is_linear: bool, size_bytes: int) -> Any:
        asked.append(size_bytes)
        return compile_one(pattern, is_linear, size_bytes)

    monkeypatch.setattr(bounded, "_compile", note_size)
    faults = find_faults({"query": {"q": {"matches": r"(\p{L}{1,100}){1,101}"}}})
    assert faults and max(asked) <= bounded.COMPILED_BYTES


def test_the_patterns_of_a_schema_are_bounded_together() -> None:
    """A hundred that are harmless alone took 60 ms in one go."""
    patterns = {f"p{n}": {"pattern": r"^\p{L}{1,200}$" + str(n)} for n in range(100)}
    assert find_faults({"body": [{"matchesJsonSchema": {"properties": patterns}}]})
    ordinary = {f"p{n}": {"pattern": f"^[a-z]{{1,20}}-{n}$"} for n in range(100)}
    assert not find_faults({"body": [{"matchesJsonSchema": {"properties": ordinary}}]})


@pytest.mark.parametrize("where", ["headers", "query"])
def test_patterns_on_long_values_take_steps(where: str) -> None:
    """They were held to them on the event loop, however many there were."""
    condition = compile_when({"all": [{where: {"X": {"doesNotMatch": f"(x+x+)+y{n}"}}} for n in range(400)]})
    text = "x" * 9_000
    asked = view(headers=[("X", text)] if where == "headers" else [], query=f"X={text}")
    asked.is_on_loop = True

    with pytest.raises(TooLongForLoop):
        condition.holds(asked)
