"""The Insomnia app's control calls, as its versions make them, for tests of their effects."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from mockwave.application import Application
from mockwave.served_requests import Request
from tests.unit.piecewise_bodies import PiecewiseBody

SERVER_ID = "mock_" + "0a1b2c3d" * 4
SESSION = "sess_do-not-keep-this"


class AppAnswer(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    body: Any


def har_response(text: str = '{"message":"welcome"}', **fields: Any) -> dict[str, Any]:
    """The body of an upsert, whole, as the app writes it; `fields` replace some of it."""
    content = {"size": len(text.encode()), "mimeType": "application/json", "text": text, "compression": 0}
    return {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "HTTP/1.1",
        "headers": [{"id": "pair_1", "name": "X-A", "value": "b", "description": "", "disabled": False}],
        "cookies": [],
        "content": content,
        "headersSize": -1,
        "bodySize": -1,
        "redirectURL": "",
        **fields,
    }


async def call_app(
    application: Application,
    method: str,
    path: str,
    document: object = None,
    *,
    mock_method: str | None = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
    host: bytes = b"localhost:4010",
    client: str = "127.0.0.1",
) -> AppAnswer:
    """What a control call of the app answers; `document` is its body, bytes as they are."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    pieces = [] if document is None else [content]
    given = [
        (b"host", host),
        (b"x-insomnia-client", b"production::linux::10.1.1"),
        (b"insomnia-request-id", b"desk_0123456789abcdef"),
        (b"x-origin", b"http://localhost:4010"),
        (b"x-session-id", SESSION.encode()),
    ]
    if mock_method is not None:
        given.append((b"insomnia-mock-method", mock_method.encode()))
    if pieces:
        given += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    raw_path, _, query = path.partition("?")
    request = Request(
        method=method,
        path=raw_path.encode(),
        query=query.encode(),
        headers=[*given, *headers],
        client=(client, 50000),
        scheme="http",
        body=PiecewiseBody(pieces),
    )
    reply = await application.answer(request)
    sent = dict(reply.headers)
    is_json = b"json" in sent.get(b"content-type", b"")
    return AppAnswer(reply.status, sent, json.loads(reply.body) if is_json and reply.body else reply.body)


async def upsert(application: Application, path: str, document: object = None, **options: Any) -> AppAnswer:
    """PUT /bin/upsert/<id><path>, which succeeds."""
    document = har_response() if document is None else document
    answer = await call_app(application, "PUT", f"/bin/upsert/{SERVER_ID}{path}", document, **options)
    assert (answer.status, answer.body) == (200, SERVER_ID), answer
    return answer


async def app_log(application: Application, path: str, **options: Any) -> list[Any]:
    """The entries of GET /bin/log/<id><path>."""
    answer = await call_app(application, "GET", f"/bin/log/{SERVER_ID}{path}", **options)
    assert answer.status == 200, answer
    assert answer.headers[b"content-type"] == b"application/json"
    entries: list[Any] = answer.body["log"]["entries"]
    return entries
