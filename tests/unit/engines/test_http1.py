"""Our own engine over sockets: order, framing, half-closed clients, limits, and its end."""

import asyncio
import json
import re
import socket
import struct
from pathlib import Path

import pytest

from mockwave.engines.http1.connection import Connection
from tests.sanitized import reads_documents
from tests.unit.apps import add_route, read_log
from tests.unit.engines.served import DEADLINE_S, Client, Served, serving
from tests.waiting import wait_until

DATE = re.compile(rb"date: [^\r]*")


def statuses(answered: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answered)]


async def test_a_plain_hit_has_the_headers_of_its_route_and_one_of_each_that_the_engine_adds(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as client:
        client.send(served.request("/a"))
        status, headers, body = await client.read_answer()
        assert (status, body) == (200, b"plain a")
        assert headers["server"] == "mockwave"
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])
        assert headers["content-length"] == "7"
        assert "connection" not in headers


async def test_pipelined_requests_are_answered_in_order_behind_late_and_long_answers_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        asked = ["/a", "/late", "/b", "/nope", "/big", "/a", "/none", "/late", "/b"]
        answered = await served.exchange(b"".join(served.request(path) for path in asked))
        assert statuses(answered) == [200, 200, 200, 404, 200, 200, 204, 200, 200]
        bodies = [b"plain a", b"late", b"plain b", b"/nope", b"x" * 1_000_000, b"plain a", b"late", b"plain b"]
        at = 0
        for body in bodies:
            at = answered.index(body, at) + len(body)
        log = await read_log(served.application, served.mock)
        assert [entry["requestPath"] for entry in log[len(asked) - 1 :: -1]] == asked


async def test_a_request_is_answered_alike_however_it_is_cut_into_pieces(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        chunked = served.request("/a", "Transfer-Encoding: chunked", method="POST") + b"2\r\nab\r\n0\r\nX: y\r\n\r\n"
        requests = served.request("/a") + served.request("/a", method="POST", body=b"abc") + chunked
        requests += served.request("/b", "Connection: close")
        whole = DATE.sub(b"", await served.exchange(requests))
        assert statuses(whole) == [200, 201, 201, 200]
        for size in (1, 2, 3, 7, 50):
            pieces = [requests[at : at + size] for at in range(0, len(requests), size)]
            assert DATE.sub(b"", await served.exchange(*pieces)) == whole


async def test_a_client_that_closes_its_half_gets_its_answers(tmp_path: Path) -> None:
    """Issue 12, F15: granian drops it."""
    async with serving(tmp_path) as served:
        answered = await served.exchange(served.request("/late") + served.request("/a") + served.request("/nope"))
        assert statuses(answered) == [200, 200, 404]


async def test_a_body_that_its_client_cut_short_is_answered_and_on_record(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        request = served.request("/a", "Content-Length: 9", method="POST") + b"abc"
        assert statuses(await served.exchange(request)) == [400]
        assert (await read_log(served.application, served.mock))[0]["responseStatusCode"] == 400


async def test_whoever_waits_for_a_client_to_go_hears_of_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as client:
        client.send(served.request("/late"))
        await wait_until(lambda: bool(served.lane.connections))
        (connection,) = served.lane.connections
        assert isinstance(connection, Connection)
        waiting = asyncio.create_task(connection.wait_until_gone())
        client.writer.write_eof()
        await asyncio.wait_for(waiting, DEADLINE_S)
        assert (await client.read_answer())[2] == b"late"


@pytest.mark.parametrize("body", [b"a", b"x" * 60_000, b"y" * 200_000])
async def test_a_body_is_on_record_whichever_lane_it_took(tmp_path: Path, body: bytes) -> None:
    async with serving(tmp_path, server={"captureBodies": True}) as served:
        chunks = b"".join(
            b"%x\r\n%b\r\n" % (len(body[at : at + 999]), body[at : at + 999]) for at in range(0, len(body), 999)
        )
        await served.exchange(served.request("/a", method="POST", body=body))
        await served.exchange(served.request("/a", "Transfer-Encoding: chunked", method="POST") + chunks + b"0\r\n\r\n")
        entries = (await read_log(served.application, served.mock))[:2]
        assert [entry["requestBody"] for entry in entries] == [body[:65_536].decode()] * 2
        assert [entry["responseStatusCode"] for entry in entries] == [201, 201]


async def test_a_client_that_waits_is_told_to_continue_when_its_body_is_wanted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as client:
        client.send(served.request("/a", "Expect: 100-continue", "Content-Length: 3", method="POST"))
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        assert (await client.read_answer())[0] == 201
        client.send(served.request("/b"))
        assert (await client.read_answer())[2] == b"plain b"


async def test_head_is_answered_as_get_without_the_body(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answered = await served.exchange(
            served.request("/a", method="HEAD")
            + served.request("/late", method="HEAD")
            + served.request("/big", method="HEAD")
        )
        assert statuses(answered) == [200, 200, 200]
        assert re.findall(rb"content-length: (\d+)", answered) == [b"7", b"4", b"1000000"]
        assert answered.endswith(b"\r\n\r\n")


async def test_an_answer_without_content_says_no_length(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answered = await served.exchange(served.request("/none"))
        assert statuses(answered) == [204]
        assert b"content-length" not in answered


async def test_an_old_client_is_left_after_its_answer_unless_it_asks_to_stay(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answered = await served.exchange(served.request("/a", version="1.0"), half_closes=False)
        assert b"connection: close" in answered
        async with served.client() as client:
            for _ in range(2):
                client.send(served.request("/a", "Connection: Keep-Alive", version="1.0"))
                assert (await client.read_answer())[1]["connection"] == "keep-alive"


async def test_an_absolute_target_has_the_last_word_on_the_host(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        request = served.request("/a").replace(b"GET ", b"GET http://other.test")
        assert statuses(await served.exchange(request)) == [200]
        assert (await read_log(served.application, served.mock))[0]["requestHeaders"]["host"] == "other.test"


@reads_documents
async def test_what_is_a_secret_in_the_log_is_none_to_the_application(tmp_path: Path) -> None:
    """The log's `[redacted]` stood in the request, too, if it was not a plain hit after all."""
    document = """
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /mine:
    get:
      security: [{token: []}]
      responses: {'200': {description: mine, content: {text/plain: {example: mine}}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
"""
    async with serving(tmp_path, server={"specification": document, "validateRequests": True}) as served:
        answered = await served.exchange(
            served.request("/mine", "Authorization: Bearer abc"), served.request("/mine", "Authorization: Basic abc")
        )
        assert statuses(answered) == [200, 401]
        log = await read_log(served.application, served.mock)
        assert log[0]["requestHeaders"]["authorization"] == "[redacted]"


async def test_a_body_behind_much_that_was_sent_ahead_is_read(tmp_path: Path) -> None:
    """Reading had been paused for what was ahead, and nobody resumed it for the body."""
    async with serving(tmp_path) as served:
        ahead = served.request("/late") + served.request("/a") * 1_000
        answered = await served.exchange(ahead, served.request("/a", method="POST", body=b"x" * 500_000))
        assert statuses(answered) == [200] * 1_001 + [201]


async def test_a_reset_content_has_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await add_route(served.application, served.mock, "GET", "/reset", statusCode=205, responseBody="none of it")
        answered = await served.exchange(served.request("/reset"))
        assert statuses(answered) == [205]
        assert b"content-length: 0\r\n" in answered
        assert answered.endswith(b"\r\n\r\n")


# Limits


async def test_a_head_that_takes_too_long_is_answered_408(tmp_path: Path) -> None:
    async with serving(tmp_path, header_timeout_s=0.05) as served:
        answered = await served.exchange(served.request("/a")[:-3], half_closes=False)
        assert statuses(answered) == [408]


async def test_a_head_that_trickles_in_does_not_put_its_deadline_off(tmp_path: Path) -> None:
    async with serving(tmp_path, header_timeout_s=0.2) as served, served.client() as client:

        async def trickle() -> None:
            for byte in served.request("/a", "X: " + "y" * 10_000):
                client.send(bytes((byte,)))
                await asyncio.sleep(0.01)

        trickling = asyncio.create_task(trickle())
        assert (await client.read_answer())[0] == 408
        trickling.cancel()


async def test_a_connection_without_requests_is_closed(tmp_path: Path) -> None:
    async with serving(tmp_path, keep_alive_s=0.05) as served:
        assert await served.exchange(half_closes=False) == b""
        assert statuses(await served.exchange(served.request("/a"), half_closes=False)) == [200]
        await wait_until(lambda: not served.lane.connections)


async def test_a_late_answer_outlives_the_limits_of_idle_connections(tmp_path: Path) -> None:
    async with serving(tmp_path, keep_alive_s=0.02, header_timeout_s=0.02) as served:
        assert statuses(await served.exchange(served.request("/late"), half_closes=False)) == [200]


async def test_a_client_that_does_not_read_is_let_go_and_slows_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path, progress_timeout_s=0.2) as served, served.client(limit=1024) as client:
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        client.send(served.request("/big") * 50)
        connection = None
        await wait_until(lambda: bool(served.lane.connections))
        (connection,) = served.lane.connections
        assert statuses(await served.exchange(served.request("/a"))) == [200]
        await wait_until(lambda: connection not in served.lane.connections)
        # Of fifty answers of a megabyte it was given those that the kernel took, and no more were made ready.
        assert len(await read_log(served.application, served.mock)) < 40


async def test_a_last_answer_is_read_to_its_end_however_slowly(tmp_path: Path) -> None:
    """The time in which a connection closes begins when all has been written, not before."""
    async with serving(tmp_path) as served, served.client(limit=1 << 16) as client:
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        client.send(served.request("/big", "Connection: close"))
        await client.reader.readuntil(b"\r\n\r\n")
        read = 0
        async with asyncio.timeout(DEADLINE_S):
            while piece := await client.reader.read(1 << 16):
                read += len(piece)
                await asyncio.sleep(0.04)
        assert read == 1_000_000


async def test_connections_beyond_the_limit_are_told_to_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path, max_connections=2) as served, served.client() as first, served.client() as second:
        for client in (first, second):
            client.send(served.request("/a"))
            assert (await client.read_answer())[0] == 200
        async with served.client() as third:
            status, headers, body = await third.read_answer()
            assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
            assert json.loads(body)["type"] == "urn:mockwave:problem:too-many-connections"
        first.writer.close()
        await wait_until(lambda: len(served.lane.connections) < 2)
        assert statuses(await served.exchange(served.request("/a"))) == [200]


async def test_what_a_client_sends_ahead_is_bounded(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as client:
        client.send(served.request("/late") + served.request("/a") * 20_000)
        client.writer.write_eof()
        answered = await client.read_all()
        assert len(statuses(answered)) == 20_001


async def test_a_refused_head_is_the_last_that_is_read(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answered = await served.exchange(
            served.request("/a") + b"GET / HTTP/1.1\r\nA : b\r\n\r\n" + served.request("/b")
        )
        assert statuses(answered) == [200, 400]


# Answers that are sent together


@reads_documents
async def test_what_waits_to_be_sent_to_a_client_that_is_gone_reaches_no_other(tmp_path: Path) -> None:
    """Its descriptor may be that of the next connection by then."""
    async with serving(tmp_path, server={"validateRequests": True, "specification": CHECKED}) as served:
        for number in range(100):
            async with served.client() as gone:
                gone.send(served.request("/checked/1") * 2)
                await gone.writer.drain()
                reset(gone)
            async with served.client() as client:
                client.send(served.request(f"/checked/{number}x") + served.request("/a"))
                assert (await client.read_answer())[0] == 422
                assert (await client.read_answer())[2] == b"plain a"
                client.writer.write_eof()
                assert await client.read_all() == b""


@reads_documents
async def test_answers_of_either_lane_leave_in_order(tmp_path: Path) -> None:
    async with serving(tmp_path, server={"validateRequests": True, "specification": CHECKED}) as served:
        asked = ["/checked/1", "/a", "/checked/x", "/late", "/checked/2", "/big", "/checked/3"]
        answered = await served.exchange(b"".join(served.request(path) for path in asked))
        assert statuses(answered) == [200, 200, 422, 200, 200, 200, 200]


CHECKED = """
openapi: 3.0.3
info: {title: checked, version: "1"}
paths:
  /checked/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: one, content: {application/json: {example: {id: 1}}}}}
"""


def reset(client: Client) -> None:
    """Lets the connection go at once, with nothing more to be read or sent."""
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()


# Delays of pipelined requests


async def test_the_delays_of_pipelined_requests_run_at_once(tmp_path: Path) -> None:
    """Each used to begin when the answer before had gone: the tenth of ten delayed requests was ten delays late."""
    async with serving(tmp_path) as served, served.client() as client, served.client() as other:
        await add_route(served.application, served.mock, "GET", "/minutes", responseBody="minutes", delay=600_000)
        await ask(served, other, "/nope")  # a later request finds the new route
        client.send(b"".join(served.request(path) for path in ("/minutes", "/late", "/minutes", "/a")))
        await wait_for_requests(served, "/minutes", 2)
        assert [entry["requestPath"] for entry in await read_log(served.application, served.mock)][:4] == [
            "/a",
            "/minutes",
            "/late",
            "/minutes",
        ]


async def test_answers_behind_a_delay_keep_their_order_whatever_they_are(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        asked = [
            served.request("/late"),
            served.request("/a"),
            served.request("/late", method="HEAD"),
            served.request("/nope"),
            served.request("/late"),
            served.request("/a", "Transfer-Encoding: chunked", method="POST") + b"2\r\nab\r\n0\r\n\r\n",
            served.request("/late"),
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            served.request("/late"),
            b"what is this\r\n\r\n",
        ]
        answered = await served.exchange(b"".join(asked))
        assert statuses(answered) == [200, 200, 200, 404, 200, 201, 200, 200, 200, 400]


async def test_so_many_delays_of_a_connection_run_at_once_as_the_limit_says(tmp_path: Path) -> None:
    async with serving(tmp_path, max_in_flight=2) as served, served.client() as client, served.client() as other:
        await add_route(served.application, served.mock, "GET", "/minutes", responseBody="minutes", delay=600_000)
        await ask(served, other, "/nope")
        client.send(served.request("/minutes") * 5)
        await wait_for_requests(served, "/minutes", 2)
        await ask(served, other, "/a")
        log = await read_log(served.application, served.mock)
        assert [entry["requestPath"] for entry in log][:3] == ["/a", "/minutes", "/minutes"]
        assert len([entry for entry in log if entry["requestPath"] == "/minutes"]) == 2
        client.writer.close()
    async with serving(tmp_path, max_in_flight=2) as served:
        assert statuses(await served.exchange(served.request("/late") * 7)) == [200] * 7


async def test_delayed_answers_to_a_client_that_does_not_read_are_not_all_kept(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client(limit=2**16) as client, served.client() as other:
        body = "x" * 1_000_000
        await add_route(served.application, served.mock, "GET", "/big-and-late", responseBody=body, delay=20)
        await ask(served, other, "/big-and-late")
        client.send(served.request("/big-and-late") * 40)
        await wait_for_requests(served, "/big-and-late", 41)
        await ask(served, other, "/big-and-late")  # asked later, so those of the client are due
        assert sum(one.transport.get_write_buffer_size() for one in served.lane.connections) < 3_000_000
        for _ in range(40):
            assert (await client.read_answer())[2] == body.encode()


async def ask(served: Served, client: Client, path: str) -> None:
    client.send(served.request(path))
    await client.read_answer()


async def wait_for_requests(served: Served, path: str, count: int) -> None:
    """Returns once so many requests with this path are on record."""
    async with asyncio.timeout(DEADLINE_S):
        while [entry["requestPath"] for entry in await read_log(served.application, served.mock)].count(path) < count:
            await asyncio.sleep(0.01)


# Its end


async def drained(served: Served) -> None:
    served.lane.drain()
    async with asyncio.timeout(DEADLINE_S):
        await wait_until(lambda: not served.lane.connections)


async def test_at_the_end_idle_connections_close_and_requests_under_way_are_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as idle, served.client() as busy:
        idle.send(served.request("/a"))
        await idle.read_answer()
        busy.send(served.request("/late") + served.request("/b"))
        await wait_until(lambda: len(served.lane.connections) == 2)
        await asyncio.sleep(0.01)
        draining = asyncio.create_task(drained(served))
        assert await idle.read_all() == b""
        status, headers, body = await busy.read_answer()
        assert (status, headers.get("connection"), body) == (200, None, b"late")
        status, headers, body = await busy.read_answer()
        assert (status, headers["connection"], body) == (200, "close", b"plain b")
        assert await busy.read_all() == b""
        busy.writer.close()
        await draining
