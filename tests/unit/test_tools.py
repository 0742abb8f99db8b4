"""Utility endpoints: what each answers, and what it does not."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mockwave._responder import Reply
from mockwave.application import Application
from mockwave.streamed_replies import StreamedReply
from tests.unit.apps import call, create_mock, make_request, read_log, running_application

SECRET = (b"x-session-id", b"sess_secret")


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    async with running_application(tmp_path, path_prefix="/team") as made:
        yield made


async def ask(application: Application, path: str, method: str = "GET", **options: Any) -> Reply:
    return await application.answer(make_request(method, path, **options))


@pytest.mark.parametrize(("status", "reason"), [(200, "OK"), (404, "Not Found"), (999, "")])
async def test_status_has_its_standard_reason(application: Application, status: int, reason: str) -> None:
    """It was empty."""
    reply = await ask(application, f"/tools/status/{status}")
    assert json.loads(reply.body) == {"status": status, "reason": reason}


@pytest.mark.parametrize("status", [200, 201, 204, 304, 404, 418, 503, 999])
async def test_status_answers_with_that_status(application: Application, status: int) -> None:
    reply = await ask(application, f"/tools/status/{status}/I%27m%20a%20teapot")
    assert reply.status == status
    assert bool(reply.body) == (status not in (204, 304))
    if reply.body:
        assert json.loads(reply.body) == {"status": status, "reason": "I'm a teapot"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/tools/status/100", 'status: expected a whole number from 200 to 999, got "100"'),
        ("/tools/status/1000", 'status: expected a whole number from 200 to 999, got "1000"'),
        ("/tools/status/abc", 'status: expected a whole number from 200 to 999, got "abc"'),
        ("/tools/delay/60001", 'delay in milliseconds: expected a whole number from 0 to 60000, got "60001"'),
        ("/tools/delay/-1", 'delay in milliseconds: expected a whole number from 0 to 60000, got "-1"'),
        ("/tools/stream/101", 'number of chunks: expected a whole number from 1 to 100, got "101"'),
        ("/tools/redirect/302/101", 'number of redirects: expected a whole number from 1 to 100, got "101"'),
        ("/tools/redirect/304", "status of a redirect: expected one of 301, 302, 303, 307, 308, got 304"),
        ("/tools/redirect/302?to=%0d%0aa:b", "to: expected a URL, in printable ASCII without spaces"),
    ],
)
async def test_each_has_its_limit(application: Application, path: str, message: str) -> None:
    reply = await ask(application, path)
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, message)


@pytest.mark.parametrize("path", ["/tools/", "/tools/nothing", "/tools/ip/1", "/tools/status/200/a/b"])
async def test_what_is_not_there_is_told(application: Application, path: str) -> None:
    reply = await ask(application, path)
    assert reply.status == 404
    assert "there are cookies, delay, echo" in json.loads(reply.body)["detail"]


async def test_delay_waits_as_long_as_it_is_told(application: Application) -> None:
    assert (await ask(application, "/tools/delay/1500")).delay_ms == 1500
    assert (await ask(application, "/tools/delay")).delay_ms == 200


async def test_echo_returns_the_body_inert(application: Application) -> None:
    page = b"<script>alert(1)</script>"
    reply = await ask(application, "/tools/echo", "POST", pieces=[page], headers=[(b"content-type", b"text/html")])
    assert reply.body == page
    assert {(b"content-type", b"text/html"), (b"content-security-policy", b"sandbox")} <= set(reply.headers)
    assert (await ask(application, "/tools/echo")).body == b""


async def test_echo_takes_a_mebibyte(application: Application) -> None:
    assert (await ask(application, "/tools/echo", "PUT", pieces=[b"a" * (1 << 20)])).status == 200
    assert (await ask(application, "/tools/echo", "PUT", pieces=[b"a" * (1 << 20), b"a"])).status == 413


async def test_headers_cookies_and_address_are_shown_and_no_secret(application: Application) -> None:
    headers = [(b"x-a", b"1"), (b"x-a", b"2"), (b"cookie", b"a=b; c=d"), SECRET]
    shown = json.loads((await ask(application, "/tools/headers", headers=headers)).body)
    assert shown == {"headers": {"host": "localhost", "x-a": "1, 2", "cookie": "a=b; c=d"}}
    assert json.loads((await ask(application, "/tools/cookies", headers=headers)).body) == {
        "cookies": {"a": "b", "c": "d"}
    }
    assert json.loads((await ask(application, "/tools/ip")).body) == {"ip": "127.0.0.1"}


async def test_redirects_are_counted_down_and_end(application: Application) -> None:
    path, seen = "/team/tools/redirect/307/3?to=/there%3Fa%3Db", []
    for _ in range(3):
        reply = await ask(application, path)
        assert reply.status == 307
        path = dict(reply.headers)[b"location"].decode()
        seen.append(path)
    assert seen == [
        "/team/tools/redirect/307/2?to=/there%3Fa%3Db",
        "/team/tools/redirect/307/1?to=/there%3Fa%3Db",
        "/there?a=b",
    ]
    last = await ask(application, "/tools/redirect/302")
    assert (await ask(application, dict(last.headers)[b"location"].decode())).status == 200


async def test_stream_sends_so_many_pieces(application: Application) -> None:
    reply = await ask(application, "/tools/stream/3")
    assert isinstance(reply, StreamedReply)
    assert [json.loads(piece) async for piece in reply.pieces] == [{"chunk": n, "of": 3} for n in (1, 2, 3)]


async def test_gzip_is_compressed(application: Application) -> None:
    reply = await ask(application, "/tools/gzip", "POST", headers=[SECRET])
    assert (b"content-encoding", b"gzip") in reply.headers
    shown = json.loads(gzip.decompress(reply.body))
    assert (shown["gzipped"], shown["method"], list(shown["headers"])) == (True, "POST", ["host"])


async def test_they_are_open_to_pages_and_answer_preflights(application: Application) -> None:
    assert (b"access-control-allow-origin", b"*") in (await ask(application, "/tools/ip")).headers
    preflight = await ask(application, "/tools/echo", "OPTIONS", headers=[(b"access-control-request-method", b"PUT")])
    assert preflight.status == 204
    assert b"PUT" in dict(preflight.headers)[b"access-control-allow-methods"]


async def test_to_head_there_is_no_body(application: Application) -> None:
    reply = await ask(application, "/tools/headers", "HEAD")
    assert (reply.status, reply.body) == (200, b"")


async def test_no_log_has_them(application: Application) -> None:
    mock = await create_mock(application)
    await ask(application, "/tools/ip")
    assert await read_log(application, mock) == []
    assert len(await call(application, "GET", "/mock-servers")) == 1
