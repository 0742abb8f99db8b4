"""The app's control calls: PUT /bin/upsert/<id><path>, GET /bin/log/<id><path>, DELETE /bin/delete/<id><path>.

The header `insomnia-mock-method` names the method of the route; without it (app versions before 10.0) every method is
meant. The first route put on a missing mock server makes it. A PUT that changes nothing writes nothing, as with every
request that the app repeats.

The app cannot send a token. From this machine every caller except pages of other sites is admitted
(`refuse_strangers`); from elsewhere only callers that know --insomnia-key. Answers contain no headers of mocks, so that
none can have `x-insomnia-command`, which the app would obey; and no text of request headers, which may include the
app's login secret.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final
from urllib.parse import quote as escape
from urllib.parse import unquote_to_bytes

import msgspec

from mockwave.insomnia.app_log import SHOWN_ENTRIES, har_entries, har_log, newest_entries
from mockwave.insomnia.app_responses import read_response, refuse
from mockwave.insomnia.app_routes import adapt_route, make_route
from mockwave.management.auth import refuse_strangers
from mockwave.management.calls import Services
from mockwave.management.exchange import Answer, Headers, ManagementRequest, ReadBody, answer_bytes, without_body
from mockwave.management.mock_urls import find_public_base, mock_url
from mockwave.management.route_rules import MAXIMUM_PATH_CHARACTERS
from mockwave.model import METHODS, LogEntry, LogQuery
from mockwave.mounts import ControlAddress
from mockwave.paths import PathError, parse_path
from mockwave.problems import TITLES, Refusal
from mockwave.quoting import quote
from mockwave.store.protocol import StoreError
from mockwave.store.records import ServerRecord
from mockwave.templates import Template, TemplateError, load_engine

logger = logging.getLogger("mockwave.insomnia")

BODY_BYTES: Final = 4 << 20
"""The most bytes of an upsert, which is decoded in one go."""
WORKSPACE: Final = "insomnia"
"""The workspace of mock servers that the app made, since it does not name one."""
CHECKED_CHARACTERS: Final = 20_000
"""A longer template is not parsed before it is rendered."""
METHOD_HEADER: Final = b"insomnia-mock-method"
PREFLIGHT_HEADER: Final = b"access-control-request-method"
ALLOWED: Final = {"upsert": ("PUT",), "log": ("GET", "HEAD"), "delete": ("DELETE",)}
OPEN: Final = (b"access-control-allow-origin", b"*")
PREFLIGHT_AGE_S: Final = 600
WAY_OUT: Final = "elsewhere start the server with --insomnia-key KEY, and give the app <url>/KEY"

_ID: Final = re.compile(rb"mock_[0-9a-f]{32}")
_HEADER_NAMES: Final = re.compile(rb"[0-9A-Za-z!#$%&'*+.^_`|~ ,-]{1,1000}")
_APP_HEADERS: Final = (
    b"content-type, insomnia-mock-method, insomnia-request-id, x-insomnia-client, x-insomnia-org-id, x-mockbin-test, "
    b"x-origin, x-session-id"
)
_NOT_SHOWN: Final = re.compile(rb"[\x00-\x1f\x7f%/?#]")


class InsomniaPlane:
    """Answers control calls; one per worker."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: ManagementRequest, address: ControlAddress, read_body: ReadBody | None) -> Answer:
        """Answers a control call; errors have the form that the app shows. Never raises."""
        try:
            answer = await self._answer(request, address, read_body)
        except Refusal as refusal:
            answer = answer_error(refusal)
        except StoreError as error:
            logger.error("the store cannot be used: %s", error)
            answer = answer_error(Refusal(503, "store-unavailable", str(error), headers=[(b"retry-after", b"1")]))
        except Exception:
            fault_id = secrets.token_hex(8)
            logger.exception("fault %s in answering a call of the Insomnia app", fault_id)
            answer = answer_error(
                Refusal(500, "internal-fault", f"this is a fault of the server; its log tells more under {fault_id}")
            )
        return without_body(answer) if request.method == "HEAD" else answer

    async def _answer(self, request: ManagementRequest, address: ControlAddress, read_body: ReadBody | None) -> Answer:
        allowed = ALLOWED[address.action]
        if request.method == "OPTIONS":
            return answer_options(request, allowed)
        if request.method not in allowed:
            detail = f"{request.method[:100]} is not served here; the app sends {allowed[0]}"
            raise Refusal(405, "method-not-allowed", detail, headers=[(b"allow", ", ".join(allowed).encode())])
        if address.has_right_key is False:
            raise Refusal(403, "wrong-key", "the key in the URL is not the server's --insomnia-key")
        if address.has_right_key is None:
            refuse_strangers(request, WAY_OUT)
        mock_server_id = read_id(address.mock_server_id)
        path = read_path(request.path[address.start :])
        methods = read_methods(request)
        if address.action == "log":
            return await self._show_log(request, mock_server_id, path, methods)
        if address.action == "delete":
            return await self._delete(mock_server_id, path, methods)
        chunks: Sequence[bytes] = () if read_body is None else await read_body(BODY_BYTES, BODY_BYTES)
        return await self._put(mock_server_id, path, methods, b"".join(chunks))

    async def _put(self, mock_server_id: str, path: str, methods: Sequence[str], content: bytes) -> Answer:
        # In a thread: a megabyte of headers and cookies takes 60 ms.
        response = await asyncio.to_thread(read_response, content)
        routes = [make_route(mock_server_id, method, path, response) for method in methods]
        notes = list(response.notes)
        store = self._services.store
        standing = {
            route.method: route
            for route in await store.find_routes(mock_server_id, methods, routes[0].path_key)
            if not route.generated
        }
        if any(adapt_route(route, old := standing.get(route.method)) != old for route in routes):
            await self._services.commit(store.put_routes(make_server(mock_server_id), routes, adapt_route))
        if response.is_template:
            notes += await check_template(response.body.decode())
        location = f"/bin/{mock_server_id}{escape(path, safe='/%:*!$&()+,;=@~')}".encode()
        headers: Headers = [(b"location", location)]
        if notes:
            headers.append((b"mockwave-note", escape("; ".join(notes), safe=" /:;,.()'{}%`").encode()))
        return answer_open(200, msgspec.json.encode(mock_server_id), headers)

    async def _delete(self, mock_server_id: str, path: str, methods: Sequence[str]) -> Answer:
        store = self._services.store
        routes = await store.find_routes(mock_server_id, methods, parse_path(path).key)
        deleted = [await self._services.commit(store.delete_route(mock_server_id, route.id)) for route in routes]
        if not any(deleted):
            detail = f"mock server {mock_server_id} has no route {quote(path)}"
            raise Refusal(404, "mock-route-not-found", detail)
        return answer_open(200, msgspec.json.encode(mock_server_id))

    async def _show_log(
        self, request: ManagementRequest, mock_server_id: str, path: str, methods: Sequence[str]
    ) -> Answer:
        routes = await self._services.store.find_routes(mock_server_id, methods, parse_path(path).key)
        lists = [await self._read_log(mock_server_id, route.id) for route in routes]
        base_url = mock_url(find_public_base(self._services.settings, request), mock_server_id)
        pauses = self._services.begin_pauses()
        written: list[bytes] = []
        for entry in har_entries(newest_entries(lists), base_url):
            written.append(msgspec.json.encode(entry))
            if not len(written) % ENTRIES_AT_A_TIME:
                await pauses.let_others_run()
        return answer_open(200, har_log(written))

    async def _read_log(self, mock_server_id: str, route_id: str) -> list[LogEntry]:
        """Reads the newest entries of a route, newest first."""
        query = LogQuery(limit=SHOWN_ENTRIES, route_id=route_id)
        pauses = self._services.begin_pauses()
        entries: list[LogEntry] = []
        async with aclosing(self._services.logs.read_logs(mock_server_id, query)) as chunks:
            async for chunk in chunks:
                for entry in chunk:
                    if entry is not None:
                        entries.append(entry)
                    if len(entries) == SHOWN_ENTRIES:
                        return entries
                    if not len(entries) % ENTRIES_AT_A_TIME:
                        await pauses.let_others_run()
        return entries


ENTRIES_AT_A_TIME: Final = 20


def read_id(given: bytes) -> str:
    """Reads the mock server's id. Raises Refusal (400)."""
    if _ID.fullmatch(given) is None:
        shown = quote(given.decode("latin-1"))
        raise Refusal(400, "invalid-id", f"the id of a mock server is mock_ and 32 hexadecimal digits, not {shown}")
    return given.decode()


def read_path(given: bytes) -> str:
    """Reads the route's path after the id; `%7Bid%7D` is a parameter. Raises Refusal (400)."""
    path = _decode(given) or "/"
    if len(path) > MAXIMUM_PATH_CHARACTERS:
        raise refuse(f"the path has {len(path)} characters; the limit is {MAXIMUM_PATH_CHARACTERS}")
    try:
        parse_path(path)
    except PathError as error:
        raise refuse(str(error)) from None
    return path


def _decode(given: bytes) -> str:
    """The path with its escapes decoded once, except those of characters that would have another meaning there."""
    pieces = re.split(rb"((?:%[0-9A-Fa-f]{2})+)", given)
    for index in range(1, len(pieces), 2):
        decoded = unquote_to_bytes(pieces[index])
        try:
            decoded.decode()
        except UnicodeDecodeError:
            continue
        pieces[index] = _NOT_SHOWN.sub(lambda found: b"%%%02X" % found[0][0], decoded)
    return b"".join(pieces).decode(errors="replace")


def read_methods(request: ManagementRequest) -> tuple[str, ...]:
    """Reads the meant methods. HEAD is answered like GET, so "every method" does not include it. Raises Refusal
    (400)."""
    values = request.header_values(METHOD_HEADER)
    method = values[0].decode("latin-1").strip().upper() if values else ""
    if not method:
        return tuple(each for each in METHODS if each != "HEAD")
    if method not in METHODS:
        shown = quote(method)
        raise refuse(f"insomnia-mock-method: expected one of {', '.join(METHODS)}, got {shown}")
    return (method,)


def make_server(mock_server_id: str) -> ServerRecord:
    """Makes a mock server for the app."""
    now_us = time.time_ns() // 1000
    return ServerRecord(
        id=mock_server_id, name=mock_server_id, workspace_id=WORKSPACE, created_us=now_us, modified_us=now_us
    )


async def check_template(text: str) -> list[str]:
    """Says what is wrong with the template, if it was checked."""
    if len(text) > CHECKED_CHARACTERS:
        return []

    def check() -> list[str]:
        load_engine()
        try:
            Template(text, "insomnia").check()
        except TemplateError as error:
            return [f"the body is a template that cannot be read ({error}), so it is answered with 500"]
        return []

    return await asyncio.to_thread(check)


def answer_open(status: int, body: bytes, headers: Headers | None = None) -> Answer:
    """Answers with JSON that a page of any origin may read; forbidden requests are refused before."""
    return answer_bytes(status, b"application/json", body, [OPEN, *(headers or ())])


def answer_error(refusal: Refusal) -> Answer:
    """The refusal in the form that all versions of the app show: both keys, and a status of 4xx or 5xx."""
    faults = "; ".join(violation.message for violation in refusal.violations[:10])
    error = {"error": TITLES[refusal.status], "message": faults or refusal.detail}
    return answer_open(refusal.status, msgspec.json.encode(error), refusal.headers)


def answer_options(request: ManagementRequest, allowed: Sequence[str]) -> Answer:
    """Allows preflights what they ask for, since the app strips their Origin."""
    methods = ", ".join((*allowed, "OPTIONS")).encode()
    headers: Headers = [(b"allow", methods), OPEN]
    if request.header_values(PREFLIGHT_HEADER):
        asked = b", ".join(request.header_values(b"access-control-request-headers"))
        headers += [
            (b"access-control-allow-methods", methods),
            (b"access-control-allow-headers", asked if _HEADER_NAMES.fullmatch(asked) else _APP_HEADERS),
            (b"access-control-max-age", b"%d" % PREFLIGHT_AGE_S),
        ]
    return Answer(status=204, headers=headers)
