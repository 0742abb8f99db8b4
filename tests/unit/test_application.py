"""The Application, called as an engine calls it: `respond` first, then `answer`."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from mockwave._responder import Responder
from mockwave.journal.journal import JournalFull
from mockwave.request_bodies import BrokenBody
from mockwave.store.protocol import StoreError
from tests.unit.apps import add_route, call, create_mock, make_request, problem, read_log, running_application
from tests.unit.piecewise_bodies import PiecewiseBody
from tests.waiting import wait_until

CLIENT = ("127.0.0.1", 50000)


async def test_a_plain_hit_is_responded_to_at_once_and_on_record(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        await add_route(application, mock, "GET", "/a", responseBody="plain")
        await application.answer(make_request("GET", f"{mock}/a"))  # loads the mock
        reply = application.respond("GET", f"{mock}/a".encode(), b"", [(b"host", b"localhost")], CLIENT)
        assert reply is not None
        assert reply.body == b"plain"
        assert len(await read_log(application, mock)) == 2


async def test_what_is_no_plain_hit_is_left_to_answer_and_nothing_is_done(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        assert application.respond("GET", f"{mock}/a".encode(), b"", [(b"host", b"localhost")], CLIENT) is None
        assert application.respond("GET", b"/healthz", b"", [], None) is None
        assert application.respond("GET", b"/mock-servers", b"", [], None) is None
        assert await read_log(application, mock) == []


async def test_each_path_is_answered_by_its_plane(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        assert (await application.answer(make_request("GET", "/healthz"))).body == b"ok\n"
        assert (await application.answer(make_request("GET", "/health%7A"))).body == b"ok\n"
        assert json.loads((await application.answer(make_request("GET", "/mock-servers"))).body)[0]["name"] == "m"
        reply = await application.answer(make_request("GET", f"{mock}/nowhere"))
        assert problem(reply)["type"] == "urn:mockwave:problem:path-not-mocked"


async def test_a_mock_answers_by_its_host_as_well(tmp_path: Path) -> None:
    async with running_application(tmp_path, mock_domain="Mocks.test") as application:
        mock = await create_mock(application)
        await add_route(application, mock, "GET", "/a", responseBody="by host")
        headers = [(b"host", b"mock-%b.mocks.test" % mock.removeprefix("/bin/mock_").encode())]
        request = make_request("GET", "/a")
        request.headers[:] = headers
        assert (await application.answer(request)).body == b"by host"
        reply = application.respond("GET", b"/a", b"", headers, CLIENT)
        assert reply is not None
        assert reply.body == b"by host"


# Every request that mockwave answers itself is on record


async def test_a_broken_body_is_a_problem_that_says_so_and_on_record(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application, captureBodies=True)
        await add_route(application, mock, "POST", "/a")
        pieces: list[bytes | Exception] = [b"half of", BrokenBody("the chunk has no size")]
        reply = await application.answer(make_request("POST", f"{mock}/a", pieces))
        assert problem(reply)["detail"] == "the chunk has no size"
        (entry,) = await read_log(application, mock)
        assert (entry["responseStatusCode"], entry["matched"], entry["mockedBy"]) == (400, False, "none")
        assert entry["requestBody"] == "half of"


async def test_a_body_that_is_too_large_is_on_record(tmp_path: Path) -> None:
    async with running_application(tmp_path, max_body_bytes=1000) as application:
        mock = await create_mock(application)
        reply = await application.answer(make_request("PUT", f"{mock}/a?b=c", [b"x" * 600] * 2))
        assert reply.status == 413
        (entry,) = await read_log(application, mock)
        assert (entry["responseStatusCode"], entry["requestMethod"]) == (413, "PUT")
        assert (entry["requestPath"], entry["requestQuery"], entry["matched"]) == ("/a", "b=c", False)


async def test_a_body_for_which_there_is_no_room_is_on_record(tmp_path: Path) -> None:
    async with running_application(tmp_path, max_body_bytes=1000, body_memory_bytes=1000) as application:
        mock = await create_mock(application, validateRequests=True)
        waiting = WaitingBody([b"x" * 900])
        first = asyncio.create_task(
            application.answer(msgspec.structs.replace(make_request("POST", mock, [b"x"]), body=waiting))
        )
        await wait_until(lambda: waiting.pieces_read == 1)
        reply = await application.answer(make_request("POST", f"{mock}/second", [b"x" * 600]))
        assert reply.status == 503
        assert (b"retry-after", b"1") in reply.headers
        waiting.may_end.set()
        await first
        entries = await read_log(application, mock)
        assert [entry["responseStatusCode"] for entry in entries] == [404, 503]


async def test_a_stopped_server_is_on_record(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        await call(application, "PUT", f"/mock-servers/{mock.removeprefix('/bin/')}", {"status": "stopped"})
        assert (await application.answer(make_request("POST", f"{mock}/a", [b"x"]))).status == 503
        (entry,) = await read_log(application, mock)
        assert (entry["responseStatusCode"], entry["matched"]) == (503, False)


async def test_a_fault_of_the_server_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        monkeypatch.setattr("mockwave.mock_plane.answer_request", fail)
        reply = await application.answer(make_request("GET", f"{mock}/a", headers=[(b"origin", b"https://a.test")]))
        assert problem(reply)["type"] == "urn:mockwave:problem:internal-fault"
        assert (b"access-control-allow-origin", b"https://a.test") in reply.headers
        (entry,) = await read_log(application, mock)
        assert (entry["responseStatusCode"], entry["matched"]) == (500, False)
        assert "a fault of ours" in caplog.text


async def test_a_server_that_cannot_be_loaded_is_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("the disk is gone")

    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        with monkeypatch.context() as broken:
            broken.setattr(application.worker.store, "load_server", fail)
            reply = await application.answer(make_request("GET", f"{mock}/a"))
        assert reply.status == 503
        (entry,) = await read_log(application, mock)
        assert (entry["responseStatusCode"], entry["requestPath"], entry["matched"]) == (503, "/a", False)


async def test_where_the_log_stays_full_the_request_is_counted_as_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_room() -> None:
        raise JournalFull("no log entry could be stored for 30 s")

    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        ring = application.worker.slot.ring
        monkeypatch.setattr(application.worker.journal, "make_room", no_room)
        monkeypatch.setattr(application.worker, "responder", WithoutRoom(application.worker.responder))
        reply = await application.answer(make_request("GET", f"{mock}/a"))
        assert (reply.status, ring.dropped, application.worker.responder.count_answered()) == (503, 1, 1)


async def test_an_answer_to_head_has_no_body(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        nowhere = f"/bin/mock_{'0' * 32}/a"
        get = await application.answer(make_request("GET", nowhere))
        head = await application.answer(make_request("HEAD", nowhere))
        assert (head.status, head.body) == (404, b"")
        assert (b"content-length", b"%d" % len(get.body)) in head.headers


# A body is kept where somebody needs it


async def test_a_body_is_logged_as_far_as_it_is_captured(tmp_path: Path) -> None:
    async with running_application(tmp_path, max_captured_body_bytes=10) as application:
        mock = await create_mock(application, captureBodies=True)
        await application.answer(make_request("POST", f"{mock}/a", [b"123456", b"789abc", b"def"]))
        assert (await read_log(application, mock))[0]["requestBody"] == "123456789a"


@pytest.mark.parametrize(
    ("fields", "kept"), [({}, 0), ({"captureBodies": True}, 11), ({"validateRequests": True}, 3000)]
)
async def test_a_mock_keeps_of_a_body_what_it_needs(tmp_path: Path, fields: dict[str, bool], kept: int) -> None:
    """Bodies were kept whole before anything was asked (43 to 940 MB, of eight requests). Of a captured one, a byte
    more is kept than the log takes, which tells that it is cut."""
    async with running_application(tmp_path, max_captured_body_bytes=10) as application:
        mock = await create_mock(application, **fields)
        room = application.free_body_bytes
        body = WaitingBody([b"x" * 1500] * 2)
        request = msgspec.structs.replace(make_request("POST", f"{mock}/a", [b"x"]), body=body)
        answering = asyncio.create_task(application.answer(request))
        await wait_until(lambda: body.pieces_read == 2)
        assert room - application.free_body_bytes == kept
        body.may_end.set()
        await answering
        assert application.free_body_bytes == room


@pytest.mark.parametrize("path", [f"/bin/mock_{'0' * 32}/a", "/nowhere", "/mock-servers/mock_1", "/healthz"])
async def test_nothing_is_kept_where_there_is_nothing_to_ask(tmp_path: Path, path: str) -> None:
    async with running_application(tmp_path) as application:
        room = application.free_body_bytes
        body = WaitingBody([b"x" * 1500] * 2)
        request = msgspec.structs.replace(make_request("POST", path, [b"x"]), body=body)
        answering = asyncio.create_task(application.answer(request))
        await wait_until(lambda: body.pieces_read == 2)
        assert application.free_body_bytes == room
        body.may_end.set()
        assert (await answering).status >= 400


class WaitingBody(PiecewiseBody):
    """One that ends when it may."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__(pieces)
        self.may_end = asyncio.Event()

    async def read_piece(self) -> bytes:
        if self.pieces_read == len(self._pieces):
            await self.may_end.wait()
        return await super().read_piece()


class WithoutRoom:
    """A responder whose ring is full."""

    def __init__(self, responder: Responder) -> None:
        self.respond_below = responder.respond_below
        self.leave_out = responder.leave_out
        self.count_answered = responder.count_answered
        self.is_current = responder.is_current
        self.snapshots = responder.snapshots

    def record(self, *_: object) -> bool:
        return False


async def test_a_page_learns_that_there_is_no_such_mock(tmp_path: Path) -> None:
    """Its preflight was a 404, so that the browser told it of a network error (issue 11, item 2)."""
    origin = (b"origin", b"http://app.test")
    preflight = [origin, (b"access-control-request-method", b"PUT"), (b"access-control-request-headers", b"x-a")]
    path = f"/bin/mock_{'0' * 32}/a"
    async with running_application(tmp_path) as application:
        told = await application.answer(make_request("OPTIONS", path, headers=preflight))
        assert told.status == 204
        assert {(b"access-control-allow-methods", b"PUT"), (b"access-control-allow-headers", b"x-a")} <= set(
            told.headers
        )
        reply = await application.answer(make_request("PUT", path, headers=[origin]))
        assert problem(reply)["type"].endswith("unknown-mock-server")
        assert (b"access-control-allow-origin", b"http://app.test") in reply.headers
        assert (await application.answer(make_request("OPTIONS", path))).status == 404


@pytest.mark.parametrize("fault", [MemoryError(), RuntimeError("can't start new thread")])
async def test_what_there_is_no_memory_for_is_refused_with_that_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Under a small `ulimit -v` it was a 500 with a traceback in the log (issue 12, F20)."""

    def fail(*_: object) -> None:
        raise fault

    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        monkeypatch.setattr("mockwave.mock_plane.answer_request", fail)
        monkeypatch.setattr("mockwave.management.servers.show_server", fail)
        for path in (f"{mock}/a", "/mock-servers"):
            reply = await application.answer(make_request("GET", path))
            assert (reply.status, problem(reply)["type"]) == (503, "urn:mockwave:problem:out-of-memory")


async def test_a_ring_that_cannot_be_mapped_is_why_a_server_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/readyz was a 500, so the parent waited for ever, without a word (issue 12, F20)."""

    def fail(*_: object) -> None:
        raise OSError("ring-7: cannot be mapped into memory: Cannot allocate memory")

    async with running_application(tmp_path) as application:
        monkeypatch.setattr("mockwave.journal.drain.map_ring", fail)
        (tmp_path / "journal" / "ring-7").touch()
        reply = await application.answer(make_request("GET", "/readyz"))
        assert (reply.status, problem(reply)["reasons"]) == (
            503,
            ["ring-7: cannot be mapped into memory: Cannot allocate memory"],
        )


async def test_a_worker_that_cannot_map_the_rings_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("ring-0: cannot be mapped into memory")

    monkeypatch.setattr("mockwave.journal.drain.map_ring", fail)
    with pytest.raises(OSError, match="cannot be mapped"):
        async with running_application(tmp_path):
            pass
