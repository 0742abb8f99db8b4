"""Routes whose own answer is a template, on real servers of two workers."""

import json
from typing import Any

import pytest

from tests.harness import MockwaveServer
from tests.integration.ruled_mocks import Mock


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Mock:
    return Mock(mockwave_server)


def add_greeting(mock: Mock, **fields: Any) -> dict[str, Any]:
    created = mock.add_route(
        path="/hi/{name}",
        responseBody='{"hi": {{ request.pathParameters.name | json }}}',
        responseHeaders={"X-Of": "{{ request.query.of }}", "X-Set": ["1", "{{ request.method }}"]},
        template="liquid",
        **fields,
    )
    assert created.status == 201, created.body
    shown: dict[str, Any] = created.body
    return shown


def test_a_routes_own_body_and_headers_are_rendered_for_each_request(mock: Mock) -> None:
    created = add_greeting(mock)
    assert created["template"] == "liquid"
    for name in ("Ada", "Bob"):
        answer = mock.get(f"/hi/{name}?of={name}s")
        assert json.loads(answer.body) == {"hi": name}
        assert (answer.headers["x-of"], answer.headers["content-type"]) == (f"{name}s", "application/json")
    entry = mock.logs()[0]
    assert (entry["routeId"], entry["mockedBy"], "rule" in entry) == (created["_id"], "route", False)
    head = mock.get("/hi/Ada", method="HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", str(len('{"hi": "Ada"}')))


def test_rules_come_before_a_routes_own_template_and_leave_the_answer_to_it(mock: Mock) -> None:
    add_greeting(
        mock,
        delay=30,
        rules=[
            {"name": "no", "when": {"headers": {"X-No": {"equalTo": "1"}}}, "then": {"statusCode": 404}},
            {"name": "slow", "when": {"headers": {"X-Slow": {"equalTo": "1"}}}, "then": {"delay": 60}},
            {"name": "on", "when": {"headers": {"X-On": {"equalTo": "1"}}}, "then": {"next": True, "delay": 60}},
        ],
    )
    assert mock.get("/hi/Ada", X_No="1").status == 404
    for answer in (mock.get("/hi/Ada", X_Slow="1"), mock.get("/hi/Ada", X_On="1"), mock.get("/hi/Ada")):
        assert json.loads(answer.body) == {"hi": "Ada"}
    newest = mock.logs()
    assert [entry.get("rule") for entry in newest[:3]] == [None, "on", "slow"]
    assert [entry["responseTimeMs"] >= least for entry, least in zip(newest, (30, 90, 90), strict=False)] == [True] * 3


def test_a_templated_route_of_a_server_with_rules_sees_bodies_and_states(mock: Mock) -> None:
    mock.set_rules({"when": {"headers": {"X-Shut": {"equalTo": "1"}}}, "then": {"statusCode": 503}})
    mock.add_route(method="POST", responseBody="{{ request.json.items.size }} {{ state.door }}", template="liquid")
    assert mock.get(method="POST", body=b'{"items": [1, 2]}').body.strip() == b"2"
    assert mock.get(method="POST", body=b'{"items": [1, 2]}', X_Shut="1").status == 503


def test_a_routes_template_that_cannot_be_rendered_warns_and_answers_500(mock: Mock) -> None:
    created = mock.add_route(responseBody="{{ request.path }}\n{% if %}", template="liquid")
    assert created.status == 201
    ((pointer, message),) = [(each["pointer"], each["message"]) for each in created.body["warnings"]]
    assert pointer == "/responseBody"
    assert "line 2" in message
    answer = mock.get()
    assert answer.status == 500
    assert "the route's own template" in json.loads(answer.body)["detail"]
    assert mock.logs()[0]["routeId"] == created.body["_id"]


def test_a_put_without_template_sends_the_text_as_it_is(mock: Mock) -> None:
    created = add_greeting(mock)
    route = {name: created[name] for name in ("method", "path", "statusCode", "responseBody")}
    updated = mock.server.api("PUT", f"{mock.api_path}/routes/{created['_id']}", route)
    assert "template" not in updated.body
    assert mock.get("/hi/Ada").body.decode() == created["responseBody"]


@pytest.mark.parametrize("value", ["handlebars", "", True, 1, {}])
def test_a_template_of_no_dialect_is_refused(mock: Mock, value: Any) -> None:
    refused = mock.add_route(responseBody="{{ 1 }}", template=value)
    assert (refused.status, [each["pointer"] for each in refused.body["errors"]]) == (400, ["/template"])


def test_a_preflight_of_a_templated_route_gets_no_raw_template(mock: Mock) -> None:
    mock.add_route(method="OPTIONS", responseBody="{{ request.path }}", template="liquid")
    preflight = mock.get(method="OPTIONS", Origin="http://x", Access_Control_Request_Method="GET")
    assert b"{{" not in preflight.body
    assert mock.get(method="OPTIONS").body == b"/it"


def test_a_generated_route_made_a_template_stays_one_over_a_new_document(
    mockwave_server: MockwaveServer,
) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": ""}}}}},
    }
    mock = Mock(mockwave_server, specification=json.dumps(document))
    (route,) = mock.server.api("GET", f"{mock.api_path}/routes").body
    fields = {"method": "GET", "path": "/a", "statusCode": 201, "responseBody": "{{ request.path }}"}
    mock.server.api("PUT", f"{mock.api_path}/routes/{route['_id']}", {**fields, "template": "liquid"})
    mock.server.api("PUT", mock.api_path, {"specification": json.dumps(document)})
    answer = mock.get("/a")
    assert (answer.status, answer.body) == (201, b"/a")
