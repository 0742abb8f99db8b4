"""Servers that validate requests: what an invalid one is answered with, and which routes stay plain hits."""

import json

import msgspec
import pytest

from mockwave._responder import Choice, Reply, Snapshot
from mockwave.mocks.answering import answer_request
from mockwave.mocks.choices import ConsideredChoice
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import RouteRecord, ServerRecord
from tests.unit.documents import read_routes

SERVER = ServerRecord(
    id="mock_" + "a" * 32, name="pets", workspace_id="wrk_1", created_us=0, modified_us=0, validate_requests=True
)
KEY = {"x-key": "1"}

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, basic: {type: http, scheme: basic}}}
paths:
  /plain: {get: {responses: {'200': {description: d}}}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {description: d}}}
    head: {responses: {'204': {description: d}}}
  /own:
    post:
      security: [{key: []}]
      parameters: [{name: age, in: query, required: true, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        '200': {description: d}
        '400': {description: d, content: {application/json: {example: wrong}}}
        '401': {description: d, content: {text/plain: {example: who}}}
        '422':
          description: d
          content:
            application/json: {examples: {short: {value: short}, long: {value: long}}}
            text/plain: {example: unprocessable}
  /second:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d}, 4XX: {description: d, content: {text/plain: {example: range}}}}
  /last:
    post:
      security: [{basic: []}]
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d}, default: {description: d, content: {text/plain: {example: default}}}}
  /none:
    post:
      security: [{basic: []}, {key: []}]
      requestBody: {required: true, content: {application/json: {schema: {required: [a, b]}}}}
      responses: {'200': {description: d}}
"""


def make_routes() -> list[RouteRecord]:
    return read_routes(DOCUMENT, SERVER)


def make_custom_route(method: str, path: str, path_key: str) -> RouteRecord:
    return RouteRecord(
        id="mock-route_" + "f" * 32,
        mock_server_id=SERVER.id,
        generated=False,
        method=method,
        path=path,
        path_key=path_key,
        status_code=201,
    )


def make_snapshot(**server_fields: object) -> Snapshot:
    server = msgspec.structs.replace(SERVER, **server_fields)
    builder = SnapshotBuilder(server)
    builder.change(server, 1, make_routes(), [])
    return builder.build()


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot()


def ask(snapshot: Snapshot, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
    path, _, query = target.partition("?")
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if body:
        pairs.append((b"content-type", headers.get("content_type", "application/json").encode()))
    return answer_request(
        snapshot, MockRequest(method=method, path=path.encode(), query=query.encode(), headers=pairs, body=body)
    )


def test_routes_that_ask_nothing_stay_plain_hits(snapshot: Snapshot) -> None:
    kinds: dict[str, type] = {
        route.path: type(value) for route, value in zip(make_routes(), snapshot.matcher.values, strict=True)
    }
    assert kinds["/plain"] is Choice
    assert kinds["/own"] is ConsideredChoice
    unvalidated = make_snapshot(validate_requests=False)
    assert {type(value) for value in unvalidated.matcher.values} == {Choice}


def test_nothing_is_checked_unless_the_server_asks_for_it() -> None:
    assert ask(make_snapshot(validate_requests=False), "GET", "/pets/x").status == 200


def test_changing_what_is_validated_needs_all_routes() -> None:
    builder = SnapshotBuilder(SERVER)
    assert builder.needs_all_routes(msgspec.structs.replace(SERVER, validate_requests=False))


def test_a_valid_request_is_answered_as_ever(snapshot: Snapshot) -> None:
    assert ask(snapshot, "POST", "/own?age=5", b"{}", **KEY).status == 200
    assert ask(snapshot, "GET", "/pets/5").status == 200


def test_a_problem_document_tells_every_violation(snapshot: Snapshot) -> None:
    reply = ask(snapshot, "POST", "/none", b"{}", x_key="1")
    problem = json.loads(reply.body)
    assert (reply.status, problem["type"]) == (422, "urn:mockwave:problem:invalid-request")
    assert dict(reply.headers)[b"content-type"] == b"application/problem+json"
    assert [(each["location"], each["pointer"], each["rule"]) for each in problem["errors"]] == [
        ("body", "", "required"),
        ("body", "", "required"),
    ]
    assert reply.route_id != b""


def test_missing_credentials_are_challenged(snapshot: Snapshot) -> None:
    reply = ask(snapshot, "POST", "/none", b'{"a": 1, "b": 2}')
    assert (reply.status, dict(reply.headers)[b"www-authenticate"]) == (401, b'Basic realm="*"')


@pytest.mark.parametrize(
    ("target", "body", "headers", "status", "answer"),
    [
        ("/own?age=5", b"{}", {}, 401, b"who"),
        ("/own", b"{}", {}, 401, b"who"),
        ("/own?age=x", b"{}", KEY, 422, b'"short"'),
        ("/own?age=x", b"{}", {**KEY, "accept": "text/plain"}, 422, b"unprocessable"),
        ("/own?age=x", b"{}", {**KEY, "accept": "image/png"}, 422, b'"short"'),
        ("/own?age=5", b"x", {**KEY, "content_type": "text/plain"}, 422, b'"short"'),
        ("/second", b"", {}, 422, b"range"),
        ("/second", b"x", {"content_type": "text/plain"}, 415, b"range"),
        ("/last", b"", {"authorization": "Basic dGVzdDp0ZXN0"}, 422, b"default"),
        ("/last", b"{}", {}, 401, b"default"),
    ],
)
def test_the_documents_own_response_refuses_an_invalid_request(
    snapshot: Snapshot, target: str, body: bytes, headers: dict[str, str], status: int, answer: bytes
) -> None:
    reply = ask(snapshot, "POST", target, body, **headers)
    assert (reply.status, reply.body) == (status, answer)


def test_an_example_of_the_refusing_response_can_be_asked_for(snapshot: Snapshot) -> None:
    assert ask(snapshot, "POST", "/own?age=x", b"", **KEY, prefer="code=422, example=long").body == b'"long"'
    assert ask(snapshot, "POST", "/own?age=x", b"", **KEY, prefer="code=200, example=long").body == b'"short"'
    assert ask(snapshot, "POST", "/own?age=x", b"", **KEY, prefer="code=422, example=none").status == 404


def test_a_preference_for_a_status_does_not_make_a_request_valid(snapshot: Snapshot) -> None:
    assert ask(snapshot, "GET", "/pets/x", prefer="code=200").status == 422


def test_a_body_that_no_operation_takes_is_unsupported(snapshot: Snapshot) -> None:
    assert ask(snapshot, "GET", "/plain").status == 200
    assert ask(snapshot, "GET", "/plain", b"x").status == 415


def test_an_empty_path_parameter_is_an_invalid_request_and_a_missing_segment_an_unknown_path(
    snapshot: Snapshot,
) -> None:
    reply = ask(snapshot, "GET", "/pets/")
    assert (reply.status, json.loads(reply.body)["errors"][0]["pointer"]) == (422, "/id")
    assert ask(snapshot, "GET", "/pets").status == 404
    assert ask(snapshot, "GET", "//plain").status == 404
    assert ask(make_snapshot(validate_requests=False), "GET", "/pets/").status == 404


def test_head_is_answered_where_the_document_declares_it(snapshot: Snapshot) -> None:
    assert ask(snapshot, "HEAD", "/pets/5").status == 204
    refused = ask(snapshot, "HEAD", "/plain")
    assert (refused.status, dict(refused.headers)[b"allow"]) == (405, b"GET, OPTIONS")
    assert ask(snapshot, "OPTIONS", "/plain").headers[0] == (b"allow", b"GET, OPTIONS")
    assert ask(make_snapshot(validate_requests=False), "HEAD", "/plain").status == 200


def test_custom_routes_are_not_checked() -> None:
    builder = SnapshotBuilder(SERVER)
    custom = make_custom_route("POST", "/own", "/own")
    builder.change(SERVER, 1, [*make_routes(), custom], [])
    assert ask(builder.build(), "POST", "/own", b"x").status == 201


def test_a_path_may_begin_with_a_base_path_of_the_document() -> None:
    snapshot = make_snapshot(base_paths=("/v1", "/api/v1"))
    assert ask(snapshot, "GET", "/v1/plain").status == 200
    assert ask(snapshot, "GET", "/api/v1/plain").status == 200
    assert ask(snapshot, "GET", "/v1/pets/x").status == 422
    assert ask(snapshot, "GET", "/v1").status == 404
    assert ask(snapshot, "GET", "/v1plain").status == 404
    assert ask(snapshot, "GET", "/v1/v1/plain").status == 404
    refused = ask(snapshot, "PUT", "/v1/plain")
    assert (refused.status, dict(refused.headers)[b"allow"]) == (405, b"GET, OPTIONS")


def test_a_path_that_is_spelled_out_wins_over_one_below_the_base_path() -> None:
    server = msgspec.structs.replace(SERVER, base_paths=("/v1",))
    builder = SnapshotBuilder(server)
    custom = make_custom_route("GET", "/{any}/plain", "/{}/plain")
    builder.change(server, 1, [*make_routes(), custom], [])
    assert ask(builder.build(), "GET", "/v1/plain").status == 201
