"""Which example answers, and what is filled in, as Postman's own mock server does it: the rules of a collection."""

import json
from typing import Any

from mockwave.answers.imported import Problem
from mockwave.formats.postman.reading import names_example
from mockwave.reading.import_jobs import drop_unusable_templates
from tests.unit.formats.mock_files import read_data


def example(name: str, url: str, code: int, body: str) -> dict[str, Any]:
    headers = [{"key": "Content-Type", "value": "text/plain"}]
    asked = {"method": "GET", "url": url}
    return {"name": name, "originalRequest": asked, "code": code, "header": headers, "body": body}


def read_rules(url: str, *examples: dict[str, Any]) -> list[Any]:
    item = {"name": "a", "request": {"method": "GET", "url": url}, "response": list(examples)}
    return [rule for rule in read_all_rules(item) if not names_example(rule)]


def read_all_rules(item: dict[str, Any]) -> list[Any]:
    (server,) = read_data(json.dumps({"info": {"name": "c"}, "item": [item]}).encode()).servers
    return [rule for each in server.document_rules for rule in json.loads(each.rules)]


def test_a_request_may_name_the_example_that_it_wants() -> None:
    """Postman's mocks are asked so by tests; the headers did nothing."""
    saved = [
        {**example("found", "http://h/s", 200, "1"), "id": "ex-1"},
        {**example("gone", "http://h/s?old=1", 404, "2"), "id": "ex-2"},
        {**example("gone", "http://h/s", 410, "3"), "id": "ex-3"},
        {**example("none", "http://h/s", 404, "4"), "id": "ex-4"},
    ]
    rules = read_all_rules({"name": "a", "request": {"method": "GET", "url": "http://h/s"}, "response": saved})
    asked = [(rule["when"], rule["then"].get("example")) for rule in rules if names_example(rule)]

    def header(kind: str, value: str) -> dict[str, Any]:
        return {"headers": {f"x-mock-response-{kind}": {"equalTo": value}}}

    assert ({"any": [header("name", "found"), header("id", "ex-1")]}, "found") in asked
    assert ({"any": [header("name", "gone"), header("id", "ex-2")]}, "gone") in asked
    assert (header("id", "ex-3"), "gone") in asked
    by_status = [each for each in asked if "x-mock-response-code" in json.dumps(each[0])]
    assert by_status.index(({**header("code", "404"), "query": {"old": {"equalTo": "1"}}}, "gone")) < by_status.index(
        (header("code", "404"), "none")
    )


def test_rules_for_named_examples_stand_before_those_by_values() -> None:
    saved = [example("a", "http://h/s?q=a", 200, "A"), example("b", "http://h/s?q=b", 400, "B")]
    rules = read_all_rules({"name": "a", "request": {"method": "GET", "url": "http://h/s"}, "response": saved})
    kinds = [names_example(rule) for rule in rules]
    assert kinds == sorted(kinds, reverse=True)
    assert set(kinds) == {True, False}


def test_the_example_without_a_query_answers_what_asks_for_none() -> None:
    """`GET /s` was answered with the example for `/s?q=a`, as the first success, though one is saved for `/s` alone."""
    rules = read_rules(
        "http://h/s", example("a", "http://h/s?q=a", 200, "A"), example("none", "http://h/s", 400, "which?")
    )
    assert [(rule.get("when"), rule["then"]) for rule in rules] == [
        ({"query": {"q": {"equalTo": "a"}}}, {"response": "200", "example": "a"}),
        (None, {"response": "400", "example": "none"}),
    ]


def test_variables_of_postman_and_of_the_path_are_filled_into_each_answer() -> None:
    """They were sent as they stand: Postman sends another value each time, and what stood in the path."""
    body = "{{userId}} {{$guid}} {{$randomFullName}} {{$timestamp}} {{other}} {% x %}"
    (rule,) = read_rules("http://h/u/{{userId}}", example("w", "http://h/u/{{userId}}", 201, body))
    assert "when" not in rule
    assert rule["then"] == {
        "statusCode": 201,
        "responseHeaders": {},
        "contentType": "text/plain",
        "responseBody": "{{ request.pathParameters.userId }} {{ faker.guid }} {{ faker.randomFullName }} "
        '{{ now | date: "%s" }}{% raw %} {{other}} {% x %}{% endraw %}',
        "template": "liquid",
    }


def test_an_example_that_is_filled_in_keeps_what_it_asks_for() -> None:
    rules = read_rules(
        "http://h/u/:id",
        example("seven", "http://h/u/7", 200, "{{$guid}}"),
        example("other", "http://h/u/8", 404, "none"),
    )
    assert [(rule["when"], "template" in rule["then"]) for rule in rules] == [
        ({"pathParameters": {"id": {"equalTo": "7"}}}, True),
        ({"pathParameters": {"id": {"equalTo": "8"}}}, False),
    ]


def test_a_single_example_that_is_sent_as_it_stands_needs_no_rule() -> None:
    assert read_rules("http://h/s?q=a", example("a", "http://h/s?q=a", 200, "{{unknown}}")) == []


def test_a_body_is_not_filled_in_where_its_answer_can_be_no_rule() -> None:
    saved = {**example("a", "http://h/a", 200, "{{$guid}}"), "header": [{"key": "Content-Type", "value": "no type/{}"}]}
    item = {"request": {"url": "http://h/a"}, "response": [saved]}
    (server,) = read_data(json.dumps({"info": {"name": "c"}, "item": [item]}).encode()).servers
    left_out: list[Problem] = []
    drop_unusable_templates([server], left_out)
    assert [each.rules for each in server.document_rules] == [b"[]"]
    assert left_out[0].message.startswith("GET /a: a body is sent as it stands: ")


def test_credentials_of_requests_are_not_kept() -> None:
    """The collection was stored as it came, and whoever may read the mock server could read its tokens."""
    secret = "s3cr3t"
    collection = {
        "info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": {"type": "apikey", "apikey": [{"key": "value", "value": secret}, {"key": "key", "value": "X-Key"}]},
        "event": [{"listen": "prerequest", "script": {"exec": [f"let token = '{secret}'"]}}],
        "variable": [
            {"key": "base", "value": "http://h/{{version}}"},
            {"key": "version", "value": "v1"},
            {"key": "token", "value": secret},
            {"key": "marked", "value": secret, "type": "secret"},
        ],
        "item": [
            {
                "name": "a",
                "request": {
                    "method": "GET",
                    "url": "{{base}}/a",
                    "header": [{"key": "authorization", "value": f"Bearer {secret}"}],
                    "auth": {"type": "bearer", "bearer": {"token": "{{token}}"}},
                },
                "response": [
                    {
                        "code": 200,
                        "body": "{{marked}}",
                        "originalRequest": {"header": f"Cookie: {secret}", "url": "{{base}}/a"},
                    }
                ],
            }
        ],
    }
    (server,) = read_data(json.dumps(collection).encode()).servers
    assert secret.encode() not in server.specification
    assert b"X-Key" in server.specification
    kept = json.loads(server.specification)["variable"]
    assert [each["key"] for each in kept] == ["base", "version", "marked"]
