"""Rules that WireMock says differently: several demands on one path, or on a name that a request repeats."""

import json
from typing import Any

import pytest

from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.wiremock.reading import URL_KEYS
from mockwave.formats.wiremock.writing import write_when
from tests.unit.formats.exported_files import write_server
from tests.unit.formats.mock_files import read_data


def export_rules(path: str, *whens: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The request patterns of the rules of a route, with that of its own answer; and what was left out."""
    rules = json.dumps([{"when": when, "then": {"responseBody": str(n)}} for n, when in enumerate(whens)])
    route = ImportedRoute(pointer="", method="GET", path=path, path_key=path, status_code=200, rules=rules.encode())
    written = write_server(ImportedServer(name="m", routes=[route]), "wiremock")
    read_data(written.content, format="wiremock")
    requests = [mapping["request"] for mapping in json.loads(written.content)["mappings"]]
    return requests, [problem.message for problem in written.left_out]


@pytest.mark.parametrize(
    ("path", "demand", "url"),
    [
        ("/v1/a", {"matches": "/v1/.*"}, {"urlPath": "/v1/a"}),
        ("/v1/**", {"equalTo": "/v1/a"}, {"urlPath": "/v1/a"}),
        ("/v1/a", {"matches": "[\\s\\S]*"}, {"urlPath": "/v1/a"}),
        ("/v1/{id}", "/v1/{id}", {"urlPathTemplate": "/v1/{id}"}),
        ("/v1/{id}", {"matches": ".*[0-9]"}, {"urlPathPattern": "(?=(?:/v1/[^/]+)$)(?:.*[0-9])"}),
    ],
)
def test_a_mapping_has_one_url_whatever_rule_and_route_ask_of_the_path(path: str, demand: Any, url: Any) -> None:
    """A mapping had both `urlPath` and `urlPathPattern`, which WireMock refuses; or the route was lost."""
    requests, left_out = export_rules(path, {"path": demand})
    assert left_out == []
    assert {key: text for key, text in requests[0].items() if key in URL_KEYS} == url


@pytest.mark.parametrize(
    "when",
    [
        {"path": {"equalTo": "/other"}},
        {"path": {"matches": "/other/.*"}},
        {"all": [{"path": {"matches": "/v1/.*"}}, {"path": "/v2/**"}]},
        {"method": "POST"},
        {"all": [{"basicAuth": {"username": name, "password": "p"}} for name in "ab"]},
    ],
)
def test_what_cannot_hold_at_once_is_left_out_and_not_half_of_it_written(when: dict[str, Any]) -> None:
    requests, left_out = export_rules("/v1/a", when)
    assert len(requests) == len(left_out) == 1


def test_a_path_parameter_that_a_joined_expression_cannot_name_is_reported() -> None:
    when = {"path": {"matches": ".*[0-9]"}, "pathParameters": {"id": {"equalTo": "7"}}}
    _, left_out = export_rules("/v1/{id}", when)
    assert left_out == ["WireMock has no words for parameters of a path of which more is asked"]


@pytest.mark.parametrize("name", ["hasExactly", "includes", "and"])
def test_a_list_of_no_operators_is_left_out(name: str) -> None:
    """It was written, and refused when it came in again: "expected an array of operators, got an array"."""
    with pytest.raises(CannotSay, match=f"{name} of no operators"):
        write_when({"headers": {"X-A": {name: []}}})


@pytest.mark.parametrize("kind", ["query", "headers", "form"])
def test_all_on_one_name_may_be_fulfilled_by_different_values(kind: str) -> None:
    """`all` on one name became `and`, which asks for one value that fulfils everything: `a=x&a=y` got none."""
    when = {"all": [{kind: {"a": {"contains": "x"}}}, {kind: {"a": {"contains": "y"}}}]}
    (written,) = next(value for key, value in write_when(when).items() if isinstance(value, dict)).values()
    assert written == {"includes": [{"contains": "x"}, {"contains": "y"}]}


def test_all_on_a_name_that_may_be_missing_has_no_words() -> None:
    with pytest.raises(CannotSay, match="may be missing"):
        write_when({"all": [{"query": {"a": {"doesNotContain": text}}} for text in "xy"]})


def test_a_not_on_a_name_that_may_be_repeated_is_reported() -> None:
    """WireMock's `not` is fulfilled by one value that is not such, that of a rule by none that is: it was not said."""
    _, left_out = export_rules(
        "/a", {"not": {"query": {"q": {"equalTo": "1"}}}}, {"query": {"q": {"not": {"equalTo": "1"}}}}
    )
    assert left_out == [
        "of query q, sent several times, WireMock asks that one value is not such; the rule, that none is such"
    ]
    assert export_rules("/a", {"not": {"cookies": {"q": {"equalTo": "1"}}}})[1] == []
