"""Request validation on a real server with two workers: the answers, and what the log says about them."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.harness import MockwaveServer, Response, send

DOCUMENT = """
openapi: 3.1.0
info: {title: orders, version: "1"}
servers: [{url: https://api.example.com/v1}]
paths:
  /orders/{id}:
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, required: [amount], properties: {amount: {type: number}}}}
          multipart/form-data: {schema: {type: object, required: [amount], properties: {amount: {type: number}}}}
      responses: {'200': {description: kept, content: {application/json: {example: kept}}}}
"""
JSON = {"Content-Type": "application/json"}
REQUESTS_A_WORKER = 8


class Mock:
    """A mock server made from the document, on a server with several workers."""

    def __init__(self, server: MockwaveServer, **fields: object) -> None:
        self._server = server
        given = {"name": "orders", "workspaceId": "wrk_validation", "specification": DOCUMENT, **fields}
        created = server.api("POST", "/mock-servers", given)
        assert created.status == 201, created.body
        self.api_path = f"/mock-servers/{created.body['_id']}"
        self.path = urlsplit(created.body["url"]).path

    def put(self, path: str, body: bytes, headers: dict[str, str] = JSON) -> list[Response]:
        return self.ask("PUT", path, body, headers)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] = JSON) -> list[Response]:
        """Returns the answers to one request, on enough connections that each worker sends some."""
        answers = []
        for _ in range(REQUESTS_A_WORKER * 2):
            connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=10)
            answers.append(send(connection, method, self.path + path, body, headers))
            connection.close()
        return answers

    def change(self, **fields: object) -> None:
        assert self._server.api("PUT", self.api_path, fields).status == 200

    def log(self) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = self._server.api("GET", f"{self.api_path}/logs").body
        return entries

    def routes(self) -> list[dict[str, object]]:
        routes: list[dict[str, object]] = self._server.api("GET", f"{self.api_path}/routes").body
        return routes

    def route_id(self) -> str:
        return str(self.routes()[0]["_id"])


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Iterator[Mock]:
    made = Mock(mockwave_server, validateRequests=True)
    yield made
    mockwave_server.api("DELETE", made.api_path)


def statuses(answers: list[Response]) -> set[int]:
    return {answer.status for answer in answers}


def test_every_worker_refuses_what_is_invalid_and_takes_what_is_valid(mock: Mock) -> None:
    assert statuses(mock.put("/orders/1", b'{"amount": 5}')) == {200}
    refused = mock.put("/orders/x", b'{"amount": "five"}')
    assert statuses(refused) == {422}
    assert {
        tuple((each["location"], each["pointer"], each["rule"]) for each in answer.body["errors"]) for answer in refused
    } == {(("path", "/id", "type"), ("body", "/amount", "type"))}
    assert statuses(mock.put("/orders/1", b"amount=5", {"Content-Type": "text/plain"})) == {415}


def test_multipart_forms_are_read_to_their_end(mock: Mock) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n5\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert statuses(mock.put("/orders/1", body, headers)) == {200}
    assert statuses(mock.put("/orders/1", body[:-6], headers)) == {422}


def test_what_is_validated_changes_on_every_worker_at_once(mock: Mock) -> None:
    assert statuses(mock.put("/orders/x", b"")) == {422}
    mock.change(validateRequests=False)
    assert statuses(mock.put("/orders/x", b"")) == {200}
    mock.change(validateRequests=True)
    assert statuses(mock.put("/orders/x", b"")) == {422}


def test_a_refused_request_is_on_record_as_matched(mock: Mock) -> None:
    mock.put("/orders/x", b"{}")
    entry = mock.log()[0]
    assert (entry["matched"], entry["routeId"], entry["responseStatusCode"]) == (True, mock.route_id(), 422)
    assert (entry["requestMethod"], entry["requestPath"]) == ("PUT", "/orders/x")


def test_the_base_path_of_the_document_may_stand_before_a_path_and_is_on_record(mock: Mock) -> None:
    assert statuses(mock.put("/v1/orders/1", b'{"amount": 5}')) == {200}
    entry = mock.log()[0]
    assert (entry["requestPath"], entry["matched"], entry["routeId"]) == ("/v1/orders/1", True, mock.route_id())
    mock.change(specification=DOCUMENT.replace("/v1", "/v2"))
    assert statuses(mock.put("/v1/orders/1", b'{"amount": 5}')) == {404}
    assert statuses(mock.put("/v2/orders/1", b'{"amount": 5}')) == {200}


def test_the_base_path_of_an_operation_may_stand_before_its_path(mockwave_server: MockwaveServer) -> None:
    """Servers of operations and path items were ignored (exegesis#1, scalar#702)."""
    operation = {"responses": {"204": {"description": "d"}}}
    item = {"servers": [{"url": "https://files.test/upload/v2"}], "put": operation}
    document = {"openapi": "3.1.0", "servers": [{"url": "/v1"}], "paths": {"/up": item, "/down": {"put": operation}}}
    mock = Mock(mockwave_server, specification=json.dumps(document))
    wanted = {"/up": 204, "/upload/v2/up": 204, "/v1/up": 404, "/v1/down": 204, "/upload/v2/down": 404}
    assert {path: statuses(mock.put(path, b"")) for path in wanted} == {path: {code} for path, code in wanted.items()}
    mock.change(specification=json.dumps(document).replace("/upload/v2", "/upload/v3"))
    assert statuses(mock.put("/upload/v2/up", b"")) == {404}
    assert statuses(mock.put("/upload/v3/up", b"")) == {204}


@pytest.mark.parametrize("method", ["TRACE", "QUERY", "COPY", "x-Mine"])
def test_methods_beyond_the_usual_are_served_and_shown(mockwave_server: MockwaveServer, method: str) -> None:
    """OpenAPI 3.2: they were left out."""
    operation = {"responses": {"203": {"description": "d"}}}
    further = {"COPY": operation, "x-Mine": operation}
    item = {"trace": operation, "query": operation, "additionalOperations": further}
    mock = Mock(mockwave_server, specification=json.dumps({"openapi": "3.2.0", "paths": {"/a": item}}))
    assert statuses(mock.ask(method, "/a")) == {203}
    assert statuses(mock.ask("x-mine", "/a")) == {405}
    assert method in {route["method"] for route in mock.routes()}
    assert mock.log()[-1]["requestMethod"] == method


def test_a_postman_collection_makes_a_mock_server(mockwave_server: MockwaveServer) -> None:
    response = {"code": 200, "header": [{"key": "Content-Type", "value": "text/plain"}], "body": "saved"}
    item = {"request": {"method": "PUT", "url": {"path": ["saved", ":id"]}}, "response": [response]}
    mock = Mock(mockwave_server, specification=json.dumps({"info": {"name": "c"}, "item": [item]}))
    assert {answer.body for answer in mock.put("/saved/5", b"")} == {b"saved"}
