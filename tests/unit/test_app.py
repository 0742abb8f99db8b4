"""What answers, asked as an engine asks it: `respond` first, then `answer`."""

import json
from pathlib import Path

from mockwave.request_bodies import BrokenBody
from tests.unit.apps import add_route, create_mock, make_request, problem, read_log, running_application

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


async def test_a_body_that_breaks_off_is_a_problem_that_says_so(tmp_path: Path) -> None:
    async with running_application(tmp_path) as application:
        mock = await create_mock(application)
        pieces = [b"half of", BrokenBody("the chunk has no size")]
        reply = await application.answer(make_request("POST", f"{mock}/a", pieces))
        assert reply.status == 400
        assert problem(reply)["detail"] == "the chunk has no size"
