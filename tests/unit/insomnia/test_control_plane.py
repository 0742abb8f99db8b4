"""The Insomnia app's control calls: what they make, keep, show and refuse."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mockwave.application import Application
from mockwave.model import METHODS
from tests.unit.apps import call, make_request, running_application
from tests.unit.insomnia.app_calls import SERVER_ID, SESSION, app_log, call_app, har_response, upsert

KEY = "a-key.of~mine_7"
MOCK = f"/bin/{SERVER_ID}"
ROUTES = f"/mock-servers/{SERVER_ID}/routes"


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    async with running_application(tmp_path, insomnia_key=KEY, path_prefix="/team/mocks") as made:
        yield made


async def ask(application: Application, method: str, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    reply = await application.answer(make_request(method, path))
    return reply.status, dict(reply.headers), reply.body


async def revision_of(application: Application) -> int:
    server = await application.worker.store.read_server(SERVER_ID)
    assert server is not None
    return server.revision


async def test_the_first_upsert_of_an_unknown_id_makes_the_mock_server(application: Application) -> None:
    answer = await upsert(application, "/pets")
    server = await call(application, "GET", f"/mock-servers/{SERVER_ID}")
    assert answer.headers[b"location"] == f"{MOCK}/pets".encode()
    assert (server["name"], server["status"], server["specificationSource"]) == (SERVER_ID, "running", "custom")
    assert await ask(application, "GET", f"{MOCK}/pets") == (
        200,
        {b"content-type": b"application/json", b"x-a": b"b", **OPEN_TO_ALL},
        b'{"message":"welcome"}',
    )


OPEN_TO_ALL = {
    b"access-control-allow-origin": b"*",
    b"access-control-allow-headers": b"*",
    b"access-control-allow-credentials": b"true",
    b"access-control-expose-headers": b"*",
}


async def test_dozens_of_first_upserts_at_once_make_one_mock_server_with_all_routes(application: Application) -> None:
    await asyncio.gather(*(upsert(application, f"/pets/{number}") for number in range(40)))
    routes = await call(application, "GET", f"{ROUTES}?limit=100")
    assert {route["path"] for route in routes} == {f"/pets/{number}" for number in range(40)}
    assert len(await call(application, "GET", "/mock-servers")) == 1


async def test_an_upsert_of_what_is_there_writes_nothing(application: Application) -> None:
    await upsert(application, "/pets")
    before = await revision_of(application)
    for _ in range(3):
        await upsert(application, "/pets")
    assert await revision_of(application) == before


@pytest.mark.parametrize("mock_method", ["POST", None])
async def test_an_upsert_keeps_id_delay_rules_and_log(application: Application, mock_method: str | None) -> None:
    await upsert(application, "/pets", mock_method=mock_method)
    routes = await call(application, "GET", ROUTES)
    route = next(each for each in routes if each["method"] == "POST")
    changed = {
        "method": "POST",
        "path": "/pets",
        "statusCode": 200,
        "delay": 5,
        "rules": [{"then": {"statusCode": 202}}],
    }
    await call(application, "PUT", f"{ROUTES}/{route['_id']}", changed)
    await ask(application, "POST", f"{MOCK}/pets")
    await upsert(application, "/pets", har_response("new", status=201), mock_method=mock_method)
    kept = await call(application, "GET", f"{ROUTES}/{route['_id']}")
    assert (kept["statusCode"], kept["responseBody"], kept["delay"]) == (201, "new", 5)
    assert kept["rules"] == changed["rules"]
    assert len(await app_log(application, "/pets", mock_method="POST")) == 1


async def test_routes_are_the_same_from_both_sides(application: Application) -> None:
    await call(application, "POST", "/mock-servers", {"name": "m", "workspaceId": "w"})
    await upsert(application, "/pets/%7Bid%7D")
    (route,) = await call(application, "GET", ROUTES)
    assert (route["path"], route["contentType"], route["responseHeaders"]) == (
        "/pets/{id}",
        "application/json",
        {"X-A": "b"},
    )
    await call(application, "PUT", f"{ROUTES}/{route['_id']}", {**route, "responseBody": "from the other side"})
    assert (await ask(application, "GET", f"{MOCK}/pets/7"))[2] == b"from the other side"
    await upsert(application, "/pets/%7Bname%7D", har_response("renamed"))
    (again,) = await call(application, "GET", ROUTES)
    assert (again["_id"], again["path"], again["responseBody"]) == (route["_id"], "/pets/{name}", "renamed")


@pytest.mark.parametrize(
    ("sent", "path", "asked"),
    [
        ("", "/", ""),
        ("/", "/", "/"),
        ("/a%20b/%C3%A4", "/a b/ä", "/a%20b/%C3%A4"),
        ("/a%2Fb", "/a%2Fb", "/a%2Fb"),
        ("/50%25", "/50%25", "/50%25"),
        ("/caf%E9", "/caf%E9", "/caf%E9"),
        ("/what%3F", "/what%3F", "/what%3F"),
        ("/pets/%7Bid%7D?x=1", "/pets/{id}", "/pets/1?x=2"),
        ("/pets/{id}", "/pets/{id}", "/pets/1"),
        ("/v1/files/%7Bname%7D.%7Bend%7D", "/v1/files/{name}.{end}", "/v1/files/a.b"),
        ("/all/**", "/all/**", "/all/1/2"),
    ],
)
async def test_a_path_is_decoded_once(application: Application, sent: str, path: str, asked: str) -> None:
    await upsert(application, sent)
    (route,) = await call(application, "GET", ROUTES)
    assert route["path"] == path
    assert (await ask(application, "GET", f"{MOCK}{asked}"))[0] == 200


async def test_without_the_method_header_every_method_answers(application: Application) -> None:
    await upsert(application, "/pets", mock_method=None)
    for method in METHODS:
        status, headers, _ = await ask(application, method, f"{MOCK}/pets")
        assert (status, headers[b"x-a"]) == (200, b"b"), method
    entries = await app_log(application, "/pets", mock_method=None)
    assert [entry["request"]["method"] for entry in entries] == list(METHODS)


async def test_the_method_header_keeps_methods_apart(application: Application) -> None:
    for method in ("POST", "get", "DELETE"):
        await upsert(application, "/pets", har_response(method), mock_method=method)
    assert (await ask(application, "POST", f"{MOCK}/pets"))[2] == b"POST"
    assert (await ask(application, "GET", f"{MOCK}/pets"))[2] == b"get"
    assert (await ask(application, "PUT", f"{MOCK}/pets"))[0] == 405
    assert len(await app_log(application, "/pets", mock_method="POST")) == 1


async def test_the_log_is_har_oldest_first_with_times_of_their_own_and_sizes(application: Application) -> None:
    await upsert(application, "/pets/%7Bid%7D")
    for number in range(5):
        await ask(application, "GET", f"{MOCK}/pets/{number}?n={number}")
    answer = await call_app(application, "GET", f"/bin/log/{SERVER_ID}/pets/%7Bid%7D")
    log = answer.body["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    urls = [entry["request"]["url"] for entry in log["entries"]]
    assert urls == [f"http://localhost:4010{MOCK}/pets/{number}?n={number}" for number in range(5)]
    times = [entry["startedDateTime"] for entry in log["entries"]]
    assert times == sorted(set(times))
    for entry in log["entries"]:
        assert entry["clientIPAddress"] == "127.0.0.1"
        assert entry["request"]["httpVersion"] == "HTTP/1.1"
        assert entry["request"]["headersSize"] > 0
        assert entry["request"]["bodySize"] == 0
        assert entry["response"]["status"] == 200


async def test_the_log_has_the_newest_thousand(application: Application) -> None:
    await upsert(application, "/pets/%7Bid%7D")
    for number in range(1_003):
        await ask(application, "GET", f"{MOCK}/pets/{number}")
    entries = await app_log(application, "/pets/%7Bid%7D")
    assert len(entries) == 1_000
    assert entries[0]["request"]["url"].endswith("/pets/3")
    assert entries[-1]["request"]["url"].endswith("/pets/1002")


async def test_the_log_of_nothing_is_empty(application: Application) -> None:
    assert await app_log(application, "/nothing") == []
    await upsert(application, "/pets")
    assert await app_log(application, "/pets") == []


async def test_a_deleted_route_is_gone_with_what_the_app_saw_of_its_log(application: Application) -> None:
    await upsert(application, "/pets")
    await upsert(application, "/pets", mock_method="POST")
    await ask(application, "GET", f"{MOCK}/pets")
    answer = await call_app(application, "DELETE", f"/bin/delete/{SERVER_ID}/pets")
    assert (answer.status, answer.body) == (200, SERVER_ID)
    assert [route["method"] for route in await call(application, "GET", ROUTES)] == ["POST"]
    assert (await ask(application, "GET", f"{MOCK}/pets"))[0] == 405
    await upsert(application, "/pets")
    assert await app_log(application, "/pets") == []
    again = await call_app(application, "DELETE", f"/bin/delete/{SERVER_ID}/other")
    assert (again.status, set(again.body)) == (404, {"error", "message"})


@pytest.mark.parametrize(
    "document", [har_response(status=0), har_response(status=None), {"content": {"text": "a"}}, {}]
)
async def test_without_a_status_it_is_200_with_a_note(application: Application, document: dict[str, Any]) -> None:
    answer = await upsert(application, "/pets", document)
    assert answer.headers[b"mockwave-note"] == b"no status was given: it answers 200"
    assert (await ask(application, "GET", f"{MOCK}/pets"))[0] == 200


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (har_response(status="200"), "status: expected a whole number, got a text"),
        (har_response(status=99), "status: expected a number from 200 to 999, got 99"),
        (har_response(status=1000), "status: expected a number from 200 to 999, got 1000"),
        (
            har_response(headers=[{"name": "a b", "value": "c"}]),
            'headers[0].name: "a b" cannot be the name of a header',
        ),
        (har_response(headers=[{"name": "a", "value": 1}]), "headers[0].value: expected a text, got a whole number"),
        (
            har_response(headers=[{"name": "a", "value": "b"}, {"name": "c", "value": "d\r\ne: f"}]),
            "headers[1].value: the value of c cannot contain control characters (found one at character 1)",
        ),
        (har_response(headers={"a": "b"}), "headers: expected a list, got an object"),
        (har_response(content={"text": 7}), "content.text: expected a text, got a whole number"),
        (
            har_response(content={"text": "%", "encoding": "base64"}),
            "content.text: expected base64, as content.encoding says",
        ),
        ([], "the body: expected an object, got a list"),
        (b"{", "the body is not JSON: Input data was truncated"),
        (b"", "the body is not JSON: Input data was truncated"),
    ],
)
async def test_a_response_that_cannot_be_is_told_with_its_place(
    application: Application, document: object, message: str
) -> None:
    answer = await call_app(application, "PUT", f"/bin/upsert/{SERVER_ID}/pets", document)
    assert (answer.status, answer.body) == (400, {"error": "Bad Request", "message": message})
    assert answer.headers[b"content-type"] == b"application/json"
    assert await call(application, "GET", "/mock-servers") == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/bin/upsert/mock_1/pets", 400),
        ("PUT", f"/bin/upsert/{SERVER_ID.upper()}/pets", 400),
        ("PUT", "/bin/upsert/", 400),
        ("PUT", f"/bin/upsert/{SERVER_ID}/%7Bid", 400),
        ("PUT", f"/bin/upsert/{SERVER_ID}/" + "a" * 9_000, 400),
        ("GET", f"/bin/upsert/{SERVER_ID}/pets", 405),
        ("POST", f"/bin/log/{SERVER_ID}/pets", 405),
        ("PUT", f"/not-the-key/bin/upsert/{SERVER_ID}/pets", 403),
        ("PUT", f"/{KEY}x/bin/upsert/{SERVER_ID}/pets", 403),
    ],
)
async def test_each_refusal_has_error_and_message(
    application: Application, method: str, path: str, status: int
) -> None:
    answer = await call_app(application, method, path, har_response())
    assert answer.status == status
    assert set(answer.body) == {"error", "message"}
    assert all(isinstance(value, str) and value for value in answer.body.values())
    assert SESSION not in json.dumps(answer.body)


async def test_an_unknown_method_of_a_route_is_refused(application: Application) -> None:
    answer = await call_app(application, "PUT", f"/bin/upsert/{SERVER_ID}/a", har_response(), mock_method="BREW")
    assert answer.status == 400
    assert "insomnia-mock-method: expected one of GET" in answer.body["message"]


@pytest.mark.parametrize(
    ("base", "has_key"),
    [
        ("", False),
        ("/", False),
        ("/team/mocks", False),
        (f"/{KEY}", True),
        (f"/{KEY}/", True),
        (f"/team/mocks/{KEY}", True),
    ],
)
@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.7"])
async def test_base_urls_with_a_slash_a_prefix_and_the_key(
    application: Application, base: str, has_key: bool, client: str
) -> None:
    path = f"{base}/bin/upsert/{SERVER_ID}/pets"
    host = b"localhost" if client == "127.0.0.1" else b"mocks.example.org"
    answer = await call_app(application, "PUT", path, har_response(), client=client, host=host)
    if client != "127.0.0.1" and not has_key:
        assert answer.status == 403
        assert "--insomnia-key" in answer.body["message"]
        return
    assert answer.status == 200
    assert (await ask(application, "GET", f"{base}/bin/{SERVER_ID}/pets?a=1"))[0] == 200
    log = await call_app(application, "GET", f"{base}/bin/log/{SERVER_ID}/pets", client=client, host=host)
    assert len(log.body["log"]["entries"]) == 1


async def test_a_mock_below_another_key_is_not_there(application: Application) -> None:
    await upsert(application, "/pets")
    assert (await ask(application, "GET", f"/not-the-key/bin/{SERVER_ID}/pets"))[0] == 404


async def test_the_management_api_is_below_the_prefix_too(application: Application) -> None:
    assert await call(application, "GET", "/team/mocks/mock-servers") == []
    assert (await ask(application, "GET", "/team/mocks/healthz"))[0] == 200
    assert (await ask(application, "GET", "/team/mocksy/healthz"))[0] == 404
    for number in range(3):
        await upsert(application, f"/pets/{number}")
    _, headers, _ = await ask(application, "GET", f"/team/mocks{ROUTES}?limit=2")
    assert headers[b"link"] == f'</team/mocks{ROUTES}?limit=2&offset=2>; rel="next"'.encode()


@pytest.mark.parametrize(
    "headers",
    [
        [(b"origin", b"https://evil.example")],
        [(b"origin", b"null")],
        [(b"sec-fetch-site", b"same-origin")],
    ],
)
async def test_pages_of_other_sites_and_of_mocks_are_refused(
    application: Application, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = await call_app(application, "PUT", f"/bin/upsert/{SERVER_ID}/a", har_response(), headers=headers)
    assert answer.status == 403


async def test_a_name_that_was_bound_to_this_machine_is_refused(application: Application) -> None:
    answer = await call_app(application, "GET", f"/bin/log/{SERVER_ID}/a", host=b"evil.example")
    assert (answer.status, set(answer.body)) == (421, {"error", "message"})


@pytest.mark.parametrize("origin", [[], [(b"origin", b"http://localhost:3000")]])
@pytest.mark.parametrize(("action", "asked"), [("upsert", b"PUT"), ("log", b"GET"), ("delete", b"DELETE")])
async def test_a_preflight_is_answered_by_what_it_asks_for(
    application: Application, origin: list[tuple[bytes, bytes]], action: str, asked: bytes
) -> None:
    names = b"content-type,insomnia-mock-method,x-insomnia-client,x-origin,x-session-id"
    asking = [(b"access-control-request-method", asked), (b"access-control-request-headers", names), *origin]
    answer = await call_app(application, "OPTIONS", f"/bin/{action}/{SERVER_ID}/pets", headers=asking, mock_method=None)
    assert answer.status == 204
    assert answer.headers[b"access-control-allow-origin"] == b"*"
    assert asked in answer.headers[b"access-control-allow-methods"]
    assert answer.headers[b"access-control-allow-headers"] == names
    assert b"access-control-allow-credentials" not in answer.headers


async def test_every_control_answer_is_open_and_has_no_command(application: Application) -> None:
    command = [{"name": "x-insomnia-command", "value": "insomnia://app/auth/login"}, {"name": "X-B", "value": "c"}]
    answers = [
        await upsert(application, "/pets", har_response(headers=command)),
        await call_app(application, "GET", f"/bin/log/{SERVER_ID}/pets"),
        await call_app(application, "PUT", f"/bin/upsert/{SERVER_ID}/pets", b"{"),
        await call_app(application, "OPTIONS", f"/bin/upsert/{SERVER_ID}/pets"),
        await call_app(application, "DELETE", f"/bin/delete/{SERVER_ID}/pets"),
    ]
    for answer in answers:
        assert answer.headers[b"access-control-allow-origin"] == b"*"
        assert b"x-insomnia-command" not in answer.headers
        assert b"x-b" not in answer.headers


async def test_what_a_response_cannot_have_is_left_out_with_a_note(application: Application) -> None:
    headers = [
        {"name": "Content-Length", "value": "7"},
        {"name": "Connection", "value": "close"},
        {"name": "", "value": "nameless"},
        {"value": "nameless"},
        {"name": "X-Off", "value": "1", "disabled": True},
        {"name": "X-Empty"},
        {"name": "X-Twice", "value": "1"},
        {"name": "X-Twice", "value": "2"},
    ]
    answer = await upsert(application, "/pets", har_response(headers=headers))
    assert answer.headers[b"mockwave-note"] == (
        b"the header Content-Length is the server's own, and was left out; "
        b"the header Connection is the server's own, and was left out"
    )
    (route,) = await call(application, "GET", ROUTES)
    assert route["responseHeaders"] == {"X-Empty": "", "X-Twice": ["1", "2"]}


@pytest.mark.parametrize(
    ("headers", "mime_type", "content_type"),
    [
        ([], "application/xml", b"application/xml"),
        ([], "not a media type", b"not a media type"),
        ([], "", None),
        ([{"name": "Content-Type", "value": "text/csv"}], "application/json", b"text/csv"),
        ([{"name": "content-type", "value": "text/csv", "disabled": True}], "text/yaml", b"text/yaml"),
    ],
)
async def test_a_header_says_the_content_type_else_the_mime_type(
    application: Application, headers: list[Any], mime_type: str, content_type: bytes | None
) -> None:
    document = har_response(headers=headers, content={"text": "a", "mimeType": mime_type})
    await upsert(application, "/pets", document)
    assert (await ask(application, "GET", f"{MOCK}/pets"))[1].get(b"content-type") == content_type


async def test_a_cookie_is_sent_once(application: Application) -> None:
    cookies = [
        {"name": "a", "value": "b", "path": "/", "domain": "x", "expires": "2030-01-01T00:00:00.000Z", "secure": True},
        {"name": "c", "value": "d", "httpOnly": True},
    ]
    headers = [{"name": "Set-Cookie", "value": "a=b; Path=/; Domain=x; Secure"}]
    await upsert(application, "/pets", har_response(cookies=cookies, headers=headers))
    (route,) = await call(application, "GET", ROUTES)
    assert route["responseHeaders"] == {"Set-Cookie": ["a=b; Path=/; Domain=x; Secure", "c=d; HttpOnly"]}


async def test_a_body_with_tags_is_a_template_of_the_apps_dialect(application: Application) -> None:
    await upsert(application, "/pets", har_response("Hi {{ req.queryParams.name | default: 'you' }}"))
    (route,) = await call(application, "GET", ROUTES)
    (rule,) = route["rules"]
    assert (rule["then"]["template"], rule["then"]["responseBody"]) == ("insomnia", route["responseBody"])
    before = await revision_of(application)
    await upsert(application, "/pets", har_response("Hi {{ req.queryParams.name | default: 'you' }}"))
    assert await revision_of(application) == before
    await upsert(application, "/pets", har_response("Hi"))
    (route,) = await call(application, "GET", ROUTES)
    assert "rules" not in route


async def test_a_template_that_cannot_be_read_is_noted(application: Application) -> None:
    answer = await upsert(application, "/pets", har_response("a\n{{ b | upcase }}"))
    assert b"line 2: unknown filter 'upcase'" in answer.headers[b"mockwave-note"]


async def test_the_login_secret_is_nowhere_on_the_disk(tmp_path: Path) -> None:
    async with running_application(tmp_path, log_secrets=True) as application:
        await upsert(application, "/pets", har_response("\"{{ req.headers['x-session-id'] }}\""))
        await call_app(application, "GET", f"{MOCK}/pets")
        await call_app(application, "GET", f"{MOCK}/nothing", har_response())
        entries = await app_log(application, "/pets")
        assert SESSION not in json.dumps(entries)
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert len(files) > 3
        assert [file for file in files if SESSION.encode() in file.read_bytes()] == []
    assert [file for file in files if file.exists() and SESSION.encode() in file.read_bytes()] == []
