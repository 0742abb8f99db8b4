"""Requests that the server makes for routes are valid: with checks on, their mocks answer them as declared."""

import http.client
from urllib.parse import urlsplit

from tests.harness import MockwaveServer

DOCUMENT = """
openapi: 3.0.3
info: {title: shop, version: '1'}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    cookie: {type: apiKey, in: cookie, name: session}
  schemas:
    Base: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind}}
    Cat:
      allOf:
        - $ref: '#/components/schemas/Base'
        - {type: object, required: [lives], properties: {lives: {type: integer, minimum: 1, maximum: 9}}}
paths:
  /pets/{petId}/toys/{toy}:
    get:
      security: [{bearer: [], cookie: []}]
      parameters:
        - {name: petId, in: path, required: true, schema: {type: integer, minimum: 100, maximum: 101}}
        - {name: toy, in: path, required: true, schema: {type: string, pattern: '^[a-f]{5}$'}}
        - {name: ids, in: query, required: true, style: pipeDelimited, explode: false,
           schema: {type: array, minItems: 2, items: {type: integer}}}
        - {name: where, in: query, required: true, style: deepObject, explode: true,
           schema: {type: object, required: [city], properties: {city: {type: string}}}}
        - {name: filter, in: query, required: true, content: {application/json: {schema: {type: object}}}}
        - {name: X-When, in: header, required: true, schema: {type: string, format: date-time}}
        - {name: seen, in: cookie, required: true, schema: {type: boolean}}
      responses: {'200': {description: ok}}
  /cats:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {oneOf: [{$ref: '#/components/schemas/Cat'}]}}}
      responses: {'201': {description: made}}
  /forms:
    post:
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [a, b], properties: {a: {type: integer, minimum: 3}, b: {type: string}}}
      responses: {'201': {description: made}}
  /parts:
    post:
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: {type: object, required: [a], properties: {a: {type: string, minLength: 9}}}
      responses: {'201': {description: made}}
  /texts:
    put:
      requestBody:
        required: true
        content: {text/plain: {schema: {type: string, maxLength: 5}}}
      responses: {'200': {description: ok}}
"""


def test_requests_made_for_the_routes_of_a_document_pass_its_checks(mockwave_server: MockwaveServer) -> None:
    body = {"name": "samples", "workspaceId": "w", "specification": DOCUMENT, "validateRequests": True}
    server = mockwave_server.api("POST", "/mock-servers", body).body
    routes = mockwave_server.api("GET", f"/mock-servers/{server['_id']}/routes").body
    assert len(routes) == 5
    for route in routes:
        path = f"/mock-servers/{server['_id']}/routes/{route['_id']}/sample-request"
        made = mockwave_server.api("GET", path).body
        connection = http.client.HTTPConnection("127.0.0.1", mockwave_server.port, timeout=10)
        target = urlsplit(server["url"]).path + made["path"]
        connection.request(made["method"], target, made.get("body", "").encode() or None, made["headers"])
        response = connection.getresponse()
        assert (response.status, response.read()[:500]) == (route["statusCode"], b""), made
        connection.close()
    mockwave_server.api("DELETE", f"/mock-servers/{server['_id']}")
