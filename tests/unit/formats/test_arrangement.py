"""Stubs become routes and rules that answer like the tools that try a list from the top."""

import json
import sys
from types import FrameType
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedRoute
from mockwave.formats.notes import Notes
from mockwave.formats.stubs import arrangement, settling
from mockwave.formats.stubs.arrangement import Arranged, arrange_stubs
from mockwave.formats.stubs.stub_responses import Response
from mockwave.formats.stubs.stubs import Stub
from mockwave.state.states import LABEL_BYTES

HEADER: dict[str, Any] = {"headers": {"A": {"equalTo": "1"}}}
GET = ("GET",)


def stub(body: str, path: str | None, when: dict[str, Any] | None = None, **fields: Any) -> Stub:
    given: dict[str, Any] = {"methods": GET, **fields}
    return Stub(pointer=f"/{body}", path=path, when=when or {}, responses=[Response(body=body.encode())], **given)


def arrange(*stubs: Stub) -> tuple[Arranged, Notes]:
    notes = Notes()
    return arrange_stubs(list(stubs), notes), notes


def rules_of(route: ImportedRoute) -> list[str]:
    return [rule["then"]["responseBody"] for rule in json.loads(route.rules or b"[]")]


def answers(arranged: Arranged) -> dict[str, list[str]]:
    """Of each route the bodies of its rules in order, then its own."""
    return {f"{route.method} {route.path}": [*rules_of(route), route.body.decode()] for route in arranged.routes}


def server_rules(arranged: Arranged) -> list[Any]:
    found: list[Any] = json.loads(arranged.rules or b"[]")
    return found


NOBODY = "No stub of this path answers this request.\n"


def test_stubs_on_one_path_are_one_route_with_their_rules_in_order() -> None:
    arranged, _ = arrange(stub("a", "/x", HEADER), stub("b", "/x", {"query": {"q": {"equalTo": "1"}}}), stub("c", "/x"))
    assert answers(arranged) == {"GET /x": ["a", "b", "c"]}


def test_a_route_whose_stubs_all_have_conditions_answers_404_else() -> None:
    arranged, _ = arrange(stub("a", "/x", HEADER))
    assert answers(arranged) == {"GET /x": ["a", NOBODY]}
    assert arranged.routes[0].status_code == 404


def test_names_of_parameters_do_not_tell_paths_apart() -> None:
    arranged, _ = arrange(stub("a", "/x/{id}", HEADER), stub("b", "/x/{name}"))
    assert answers(arranged) == {"GET /x/{id}": ["a", "b"]}


def test_what_nothing_reaches_is_reported() -> None:
    arranged, notes = arrange(stub("a", "/x"), stub("b", "/x", HEADER))
    assert answers(arranged) == {"GET /x": ["a"]}
    assert [problem.pointer for problem in notes.left_out.listed] == ["/b"]


def test_a_stub_for_more_paths_answers_where_the_precise_one_does_not() -> None:
    arranged, _ = arrange(stub("a", "/x/y", HEADER), stub("b", "/x/{id}"))
    assert answers(arranged) == {"GET /x/y": ["a", "b"], "GET /x/{id}": ["b"]}


def test_a_stub_for_more_paths_that_comes_first_is_asked_first() -> None:
    arranged, _ = arrange(stub("a", "/x/{id}", HEADER), stub("b", "/x/y"))
    assert answers(arranged) == {"GET /x/y": ["b"]}
    assert [rule["when"]["path"] for rule in server_rules(arranged)] == [{"matches": "/x/[^/]+"}]


def test_a_stub_for_more_paths_without_a_condition_hides_later_ones() -> None:
    arranged, notes = arrange(stub("a", "/x/{id}"), stub("b", "/x/y", HEADER))
    assert answers(arranged) == {"GET /x/{id}": ["a"]}
    assert [problem.pointer for problem in notes.left_out.listed] == ["/b"]


def test_a_path_that_is_an_expression_is_a_rule_of_the_server() -> None:
    arranged, _ = arrange(stub("a", None, path_operator={"matches": "/x.*"}), stub("b", "/y"))
    assert answers(arranged) == {"GET /y": ["b"]}
    assert server_rules(arranged)[0]["when"] == {"path": {"matches": "/x.*"}, "method": "GET"}


def test_what_stands_before_an_expression_that_takes_all_of_it_stays_a_route() -> None:
    """It became a rule of the server, too, and with it all routes before a catch-all."""
    arranged, _ = arrange(stub("a", "/x/1"), stub("b", "/y"), stub("c", None, path_operator={"matches": "/x.*"}))
    assert answers(arranged) == {"GET /x/1": ["a"], "GET /y": ["b"]}
    (rule,) = server_rules(arranged)
    assert rule["when"]["not"] == {"path": {"equalTo": "/x/1"}}


def test_a_condition_on_every_path_between_routes_leaves_them_routes() -> None:
    arranged, _ = arrange(stub("a", "/x", HEADER), stub("b", "/x/{y}"), stub("c", "/**", HEADER), stub("d", "/x"))
    assert answers(arranged) == {"GET /x": ["a", "c", "d"], "GET /x/{y}": ["b"]}
    (rule,) = server_rules(arranged)
    assert rule["when"]["not"] == {"path": {"or": [{"equalTo": "/x"}, {"matches": "/x/[^/]+"}]}}


def test_what_stands_before_an_expression_that_may_take_some_of_it_is_one_too() -> None:
    arranged, _ = arrange(stub("a", "/x/{y}"), stub("b", "/y"), stub("c", None, path_operator={"matches": "/x/.*z"}))
    assert answers(arranged) == {"GET /y": ["b"]}
    assert [rule["then"]["responseBody"] for rule in server_rules(arranged)] == ["a", "c"]


def test_a_condition_on_every_path_is_a_rule_of_the_server_for_all_its_methods() -> None:
    """It was a route with a rest for those methods that had no other route, and a rule for the others."""
    arranged, _ = arrange(
        stub("a", "/**", HEADER, methods=("GET", "POST", "PUT")), stub("b", "/x"), stub("c", "/x", methods=("POST",))
    )
    assert answers(arranged) == {"GET /x": ["b"], "POST /x": ["c"]}
    (rule,) = server_rules(arranged)
    assert rule["when"]["any"] == [{"method": "GET"}, {"method": "POST"}, {"method": "PUT"}]


def test_what_counts_its_answers_counts_them_once_for_all_methods() -> None:
    several = Stub(pointer="/a", path="/x", methods=("GET", "POST"), responses=[Response(), Response(status_code=201)])
    arranged, _ = arrange(several)
    assert not arranged.routes
    assert len(server_rules(arranged)) == 1


def test_conditions_that_count_only_beside_others_are_dropped_where_there_is_none() -> None:
    exact: dict[str, Any] = {"query": {"strict": True}}
    alone, notes = arrange(stub("a", "/x", unless_alone=exact))
    assert answers(alone) == {"GET /x": ["a"]}
    assert len(notes.changed.listed) == 1
    beside, _ = arrange(stub("a", "/x", unless_alone=exact), stub("b", "/x"))
    assert json.loads(beside.routes[0].rules)[0]["when"] == exact


def test_rules_have_names_that_are_told_apart_and_can_be_logged() -> None:
    arranged, _ = arrange(*(stub(str(n), "/x", HEADER, name="#same\nname" + "é" * 90) for n in range(3)))
    names = [rule["name"] for rule in json.loads(arranged.routes[0].rules)]
    assert len(set(names)) == 3
    assert all(name.isprintable() and len(name.encode()) <= LABEL_BYTES and not name.startswith("#") for name in names)


def test_long_names_of_stubs_and_scenarios_are_cut_to_what_rules_take() -> None:
    """A stub with a name or a scenario of 97 bytes or more was left out whole: the limit here was 100, not 96."""
    states = {"name": "s" * 200, "from": "a" * 150 + "1", "to": "a" * 150 + "2"}
    arranged, _ = arrange(stub("a", "/x", HEADER, name="n" * 120, limits={"scenario": states}))
    (rule,) = json.loads(arranged.routes[0].rules)
    assert len(rule["name"]) == LABEL_BYTES
    assert all(len(each) == LABEL_BYTES for each in rule["scenario"].values())
    assert len(set(rule["scenario"].values())) == 3


def test_many_stubs_are_arranged_in_little_time() -> None:
    stubs = [stub(str(number), f"/items/{number}") for number in range(5000)]
    stubs += [stub(f"t{number}", f"/{{x}}/p{number}/{{y}}", HEADER) for number in range(500)]
    arranged, _ = arrange(*stubs, stub("last", "/**"))
    assert len(arranged.routes) == 5501


def test_a_stub_with_parameters_may_be_a_rule_of_the_server_in_its_place() -> None:
    """It was asked after the stub for an expression that stands after it, since its path was an expression, too."""
    response = Response(body=b"{{ request.pathParameters.id }}", template="liquid")
    first = Stub(
        pointer="/0",
        methods=("GET",),
        path="/a/{id}",
        when={"pathParameters": {"id": {"equalTo": "x7"}}},
        responses=[response],
    )
    second = Stub(pointer="/1", methods=("GET",), path_operator={"matches": ".*x.*"}, responses=[Response()])
    notes = Notes()
    arranged = arrange_stubs([first, second], notes)
    rules = json.loads(arranged.rules)
    assert [rule["name"] for rule in rules] == ["/0", "/1"]
    assert rules[0]["when"] == {"path": "/a/{id}", "method": "GET", "pathParameters": {"id": {"equalTo": "x7"}}}
    assert rules[0]["then"]["responseBody"] == "{{ request.pathSegments[1] }}"
    assert not notes.changed.as_list()


def count_calls(stubs: list[Stub]) -> int:
    """The function calls that arranging the stubs takes: a cost that does not depend on the machine."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        arrange_stubs(stubs, Notes())
    finally:
        sys.setprofile(None)
    return calls


def general_and_precise(count: int) -> tuple[list[Stub], list[Stub]]:
    """Stubs with conditions for one broad path, and as many for paths that it takes."""
    general = [stub(f"g{n}", "/a/{x}", {"headers": {"N": {"equalTo": str(n)}}}) for n in range(count)]
    return general, [stub(f"p{n}", f"/a/p{n}") for n in range(count)]


@pytest.mark.parametrize("is_general_first", [False, True])
def test_the_cost_grows_with_the_stubs_not_with_their_pairs(is_general_first: bool) -> None:
    """Thousands of stubs whose patterns take each other's paths were arranged for 90 s, and then refused."""
    costs = []
    for count in (100, 400):
        general, precise = general_and_precise(count)
        costs.append(count_calls([*general, *precise] if is_general_first else [*precise, *general]))
    assert costs[1] < 6 * costs[0]


def test_stubs_that_would_be_rules_of_too_many_routes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrangement, "MAXIMUM_ROUTED", 100)
    general, _ = general_and_precise(20)
    precise = [stub(f"p{n}", f"/a/p{n}", HEADER) for n in range(20)]
    with pytest.raises(SpecificationError, match="more than 100 in all"):
        arrange(*precise, *general)


def test_too_many_pairs_of_paths_of_which_one_takes_the_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "MAXIMUM_COVERINGS", 10)
    broad = [stub("a", "/{x}/b/c"), stub("b", "/a/{x}/c"), stub("c", "/a/b/{x}")]
    with pytest.raises(SpecificationError, match="more than 10 pairs"):
        arrange(stub("d", "/a/b/c"), *broad, *(stub(f"e{n}", f"/a/b/{n}") for n in range(9)))
