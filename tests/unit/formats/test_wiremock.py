"""WireMock mappings: which stub wins, what its conditions and answers become, what is refused, and what is left out."""

import json
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedServer, ImportNotes
from mockwave.formats.handlebars.translation import translate_template
from mockwave.formats.notes import Notes
from mockwave.formats.wiremock.templates import WIREMOCK
from tests.unit.formats.mock_files import read_data

GET: dict[str, Any] = {"method": "GET", "urlPath": "/a"}


def read(*mappings: dict[str, Any]) -> tuple[ImportedServer, ImportNotes]:
    done = read_data(json.dumps({"mappings": list(mappings)}).encode())
    return done.servers[0], done.notes


def rules(server: ImportedServer) -> list[Any]:
    found: list[Any] = json.loads(server.routes[0].rules or b"[]")
    return found


def refusal(mapping: dict[str, Any]) -> str:
    with pytest.raises(SpecificationError) as caught:
        read(mapping)
    return str(caught.value)


def answer(body: str) -> dict[str, Any]:
    return {"status": 200, "body": body}


def test_the_lowest_priority_wins_and_of_equal_ones_the_newest() -> None:
    condition = {"headers": {"X": {"equalTo": "1"}}}
    server, _ = read(
        {"request": GET, "response": answer("default")},
        {"priority": 9, "request": GET | condition, "response": answer("late")},
        {"priority": 2, "request": GET | condition, "response": answer("old")},
        {"priority": 2, "request": GET | condition, "response": answer("new")},
    )
    assert [rule["then"]["responseBody"] for rule in rules(server)] == ["new", "old"]
    assert server.routes[0].body == b"default"


def test_private_insertion_indices_say_which_is_newest() -> None:
    server, _ = read(
        {"insertionIndex": 2, "request": GET, "response": answer("second")},
        {"insertionIndex": 1, "request": GET, "response": answer("first")},
    )
    assert server.routes[0].body == b"second"


@pytest.mark.parametrize(
    "operator",
    [
        {"equalTo": "a", "caseInsensitive": True},
        {"contains": "a"},
        {"doesNotContain": "a"},
        {"matches": "a+"},
        {"doesNotMatch": "a+"},
        {"absent": True},
        {"equalToJson": {"a": 1}, "ignoreArrayOrder": True, "ignoreExtraElements": True},
        {"matchesJsonPath": "$.a"},
        {"matchesJsonPath": {"expression": "$.a", "contains": "x"}},
        {"matchesJsonSchema": {"type": "object"}},
        {"equalToXml": "<a/>"},
        {"matchesXPath": "//a"},
        {"equalToNumber": 1},
        {"greaterThanNumber": 1},
        {"before": "2026-01-01T00:00:00Z"},
        {"after": "now", "expectedOffset": 3, "expectedOffsetUnit": "days"},
        {"or": [{"equalTo": "a"}, {"not": {"contains": "b"}}]},
        {"and": [{"contains": "a"}, {"contains": "b"}]},
        {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]},
        {"includes": [{"equalTo": "a"}]},
    ],
    ids=lambda operator: "/".join(operator),
)
def test_every_operator_travels_as_it_is(operator: dict[str, Any]) -> None:
    server, _ = read({"request": GET | {"headers": {"X": operator}}, "response": answer("a")})
    assert rules(server)[0]["when"] == {"headers": {"X": operator}}


def test_anything_is_no_condition() -> None:
    server, _ = read({"request": GET | {"headers": {"X": {"anything": "anything"}}}, "response": answer("a")})
    assert not rules(server)


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"headers": {"X": {"frobs": "a"}}}, "/mappings/0/request/headers/X/frobs"),
        (
            {"bodyPatterns": [{"matchesJsonPath": {"expression": "$", "frobs": 1}}]},
            "bodyPatterns/0/matchesJsonPath/frobs",
        ),
        ({"queryParameters": {"q": {"or": [{"frobs": 1}]}}}, "/queryParameters/q/or/0/frobs"),
        ({"headers": {"X": "plain"}}, "/request/headers/X"),
        ({"frobnicate": True}, "/request/frobnicate"),
        ({"headers": {"X": {"matches": "("}}}, "/mappings/0"),
    ],
)
def test_an_unknown_operator_is_refused_with_its_place(request_: dict[str, Any], place: str) -> None:
    """Left out, the stub would answer requests that it refuses."""
    assert place in refusal({"request": GET | request_, "response": answer("a")})


def test_two_urls_of_one_request_are_refused() -> None:
    assert "url and urlPath" in refusal({"request": {"url": "/a", "urlPath": "/b"}, "response": answer("a")})


@pytest.mark.parametrize(
    ("request_", "path", "when"),
    [
        (
            {"url": "/a?x=1&x=2&y="},
            "/a",
            {
                "query": {
                    "strict": True,
                    "x": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]},
                    "y": {"equalTo": ""},
                }
            },
        ),
        ({"urlPattern": "/a\\?x=([0-9]+)&y=z"}, "/a", {"query": {"x": {"matches": "([0-9]+)"}, "y": {"equalTo": "z"}}}),
        ({"urlPathPattern": "/a/[0-9]+"}, "/a/{p1}", {"pathParameters": {"p1": {"matches": "[0-9]+"}}}),
        (
            {"urlPathTemplate": "/a/{id}", "pathParameters": {"id": {"equalTo": "7"}}},
            "/a/{id}",
            {"pathParameters": {"id": {"equalTo": "7"}}},
        ),
        (
            {"urlPath": "/a", "cookies": {"c": {"equalTo": "1"}}, "formParameters": {"f": {"contains": "x"}}},
            "/a",
            {"cookies": {"c": {"equalTo": "1"}}, "form": {"f": {"contains": "x"}}},
        ),
        (
            {"urlPath": "/a", "basicAuthCredentials": {"username": "u", "password": "p"}},
            "/a",
            {"basicAuth": {"username": "u", "password": "p"}},
        ),
        (
            {"urlPath": "/a", "host": {"equalTo": "h"}, "clientIp": {"equalTo": "1.2.3.4"}},
            "/a",
            {"headers": {"Host": {"equalTo": "h"}}, "client": {"equalTo": "1.2.3.4"}},
        ),
    ],
)
def test_urls_and_fields_become_conditions(request_: dict[str, Any], path: str, when: dict[str, Any]) -> None:
    server, _ = read({"request": {"method": "GET", **request_}, "response": answer("a")})
    assert server.routes[0].path == path
    assert rules(server)[0]["when"] == when


@pytest.mark.parametrize(
    ("method", "methods"),
    [
        ("ANY", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
        ("GET_OR_HEAD", ["GET", "HEAD"]),
        ({"oneOf": ["PUT", "post"]}, ["PUT", "POST"]),
        ({"noneOf": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]}, ["OPTIONS"]),
    ],
)
def test_methods(method: Any, methods: list[str]) -> None:
    server, _ = read({"request": {"method": method, "urlPath": "/a"}, "response": answer("a")})
    assert {route.method for route in server.routes} == set(methods)


@pytest.mark.parametrize(
    ("response", "then"),
    [
        ({"base64Body": "AAH/"}, {"responseBase64": "AAH/"}),
        ({"fault": "EMPTY_RESPONSE"}, {"fault": "EMPTY_RESPONSE"}),
        (
            {"delayDistribution": {"type": "lognormal", "median": 80, "sigma": 0.4, "maxValue": 500}},
            {"delay": {"type": "lognormal", "median": 80, "sigma": 0.4, "max": 500}},
        ),
        ({"delayDistribution": {"type": "fixed", "milliseconds": 7}}, {"delay": 7}),
        (
            {"chunkedDribbleDelay": {"numberOfChunks": 5, "totalDuration": 1000}},
            {"throttle": {"chunks": 5, "durationMs": 1000}},
        ),
        (
            {"status": 503, "headers": {"Retry-After": "3", "Transfer-Encoding": "chunked"}},
            {"statusCode": 503, "responseHeaders": {"Retry-After": "3"}},
        ),
        ({"body": {"data": "4.x", "format": "text"}}, {"responseBody": "4.x"}),
    ],
)
def test_responses_become_answers(response: dict[str, Any], then: dict[str, Any]) -> None:
    condition = {"headers": {"X": {"equalTo": "1"}}}
    server, _ = read({"request": GET | condition, "response": response})
    made = rules(server)[0]["then"]
    assert {key: made.get(key) for key in then} == then


def test_json_bodies_keep_their_numbers() -> None:
    server, _ = read({"request": GET, "response": {"jsonBody": {"big": 1234567890.12, "float": 2.0, "int": 2}}})
    assert server.routes[0].body == b'{"big": 1234567890.12, "float": 2.0, "int": 2}'


def test_scenarios_travel() -> None:
    server, _ = read(
        {
            "request": GET,
            "response": answer("a"),
            "scenarioName": "s",
            "requiredScenarioState": "Started",
            "newScenarioState": "b",
        }
    )
    assert rules(server)[0]["scenario"] == {"name": "s", "from": "Started", "to": "b"}


@pytest.mark.parametrize(
    ("tag", "liquid"),
    [
        ("request.query.search", "{{ request.query.search }}"),
        ("request.query.search.[0]", "{{ request.query.search }}"),
        ("request.headers.X-Request-Id", '{{ request.headers["X-Request-Id"] }}'),
        ("request.path.[1]", "{{ request.pathSegments[1] }}"),
        ("request.pathSegments.[0]", "{{ request.pathSegments[0] }}"),
        ("request.path.id", "{{ request.pathParameters.id }}"),
        ("request.cookies.session", "{{ request.cookies.session }}"),
        ("request.body", "{{ request.body }}"),
        ("jsonPath request.body '$.a.b[0]'", "{{ request.json.a.b[0] | text }}"),
        ("randomValue type='UUID'", "{{ random.uuid }}"),
        ("request.query", None),
        ("jsonPath request.body '$..a'", None),
        ("math 1 '~' 2", None),
    ],
)
def test_plain_references_become_liquid(tag: str, liquid: str | None) -> None:
    expected = ("{% raw %}{{" + tag + "}}{% endraw %}", True) if liquid is None else (liquid, True)
    text, is_template = translate_template("{{request.method}}{{" + tag + "}}", WIREMOCK, "", Notes())
    assert (text.removeprefix("{{ request.method }}"), is_template) == expected


def test_what_cannot_be_translated_is_sent_as_it_stands_and_reported() -> None:
    notes = Notes()
    text, is_template = translate_template("{{request.method}} {{math 1}} {% x %}", WIREMOCK, "/b", notes)
    assert is_template
    assert text == "{{ request.method }}{% raw %} {% endraw %}".replace("{% raw %} {% endraw %}", " ") + (
        "{% raw %}{{math 1}}{% endraw %}{% raw %} {% x %}{% endraw %}"
    )
    assert [problem.pointer for problem in notes.left_out.listed] == ["/b"]


def test_a_block_makes_the_whole_text_no_template() -> None:
    notes = Notes()
    text = "{{#lookAt x}}{{request.method}}{{/lookAt}}"
    assert translate_template(text, WIREMOCK, "", notes) == (text, False)


def test_message_mappings_are_refused_by_name() -> None:
    with pytest.raises(SpecificationError, match="WebSocket"):
        read_data(b'{"trigger": {"type": "message"}, "actions": []}')
