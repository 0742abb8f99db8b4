"""MockwaveClient and AsyncMockwaveClient: the same calls, with or without waiting.

Plans (call_plans.py) say what a call is, how often it is tried and what its answer means; callers.py carries out their
steps; this file sends them with httpx.
"""

import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from mockwave.client.call_plans import Call, Listen, Reply, make_error
from mockwave.client.callers import RETRY_FOR_S, AwaitingCaller, BlockingCaller
from mockwave.client.errors import MockwaveError, NoAnswer
from mockwave.client.event_streams import EventReader, StreamEvent
from mockwave.client.http import httpx
from mockwave.client.management_calls import ManagementCalls

TIMEOUT_S = 120.0
"""Reading a large specification takes the server a while."""

LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}


class HttpClient(ManagementCalls):
    """How both clients are made."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        retry_for_s: float = RETRY_FOR_S,
    ) -> None:
        self.url = url.rstrip("/")
        self.retry_for_s = retry_for_s
        self._open(_http_options(self.url, token, tls, timeout_s))

    def _open(self, options: dict[str, Any]) -> None:
        """Makes the httpx client."""
        raise NotImplementedError


class MockwaveClient(HttpClient, BlockingCaller):
    """Calls the management API of the server at `url`, over connections that are kept. Safe to use from any thread.

    `token` is a bearer token; `tls` decides which certificates are trusted (None: those of the system). One request may
    take `timeout_s` seconds. Repeatable calls are retried after a 503 with Retry-After, for at most `retry_for_s`
    seconds (0: never). Raises ValueError for an invalid URL.

        with MockwaveClient("http://127.0.0.1:4010", token) as client:
            server = client.create_server(MockServerCreate(name="pets", workspace_id="wrk_ci"))
    """

    def _open(self, options: dict[str, Any]) -> None:
        self._http = httpx.Client(**options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def send(self, call: Call[Any]) -> Reply:
        try:
            return _read_reply(self._http.send(_build(self._http, call)))
        except httpx.TransportError as error:
            raise explain(self.url, error) from error

    def listen(self, step: Listen) -> Iterator[StreamEvent]:
        reader = EventReader()
        try:
            response = self._http.send(_build(self._http, step.call, step.after), stream=True)
            with closing(response):
                if response.status_code != 200:
                    response.read()
                    raise make_error(_read_reply(response))
                for piece in response.iter_bytes():
                    yield from reader.feed(piece)
        except httpx.TransportError as error:
            raise explain(self.url, error) from error


class AsyncMockwaveClient(HttpClient, AwaitingCaller):
    """Like MockwaveClient, for asyncio: calls are awaited, lists are iterated with `async for`.

    async with AsyncMockwaveClient("http://127.0.0.1:4010", token) as client:
        async for entry in client.follow(server.id):
            …
    """

    def _open(self, options: dict[str, Any]) -> None:
        self._http = httpx.AsyncClient(**options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def send(self, call: Call[Any]) -> Reply:
        try:
            return _read_reply(await self._http.send(_build(self._http, call)))
        except httpx.TransportError as error:
            raise explain(self.url, error) from error

    async def listen(self, step: Listen) -> AsyncGenerator[StreamEvent, None]:
        reader = EventReader()
        try:
            response = await self._http.send(_build(self._http, step.call, step.after), stream=True)
            async with aclosing(response):
                if response.status_code != 200:
                    await response.aread()
                    raise make_error(_read_reply(response))
                async for piece in response.aiter_bytes():
                    for event in reader.feed(piece):
                        yield event
        except httpx.TransportError as error:
            raise explain(self.url, error) from error


def explain(url: str, error: Exception) -> MockwaveError:
    """Describes a failed request. For an untrusted certificate it says what to do."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return NoAnswer(f"no server answers at {url}", is_refused=True)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NoAnswer(f"{url}: {cause.verify_message} (name its authority's certificate in SSL_CERT_FILE)")
        cause = cause.__cause__ or cause.__context__
    return NoAnswer(f"{url}: {error or type(error).__name__}")


def _http_options(url: str, token: str, tls: ssl.SSLContext | None, timeout_s: float) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url}: not the URL of a server; write http://HOST:PORT")
    if tls is None:
        # Loading the system's certificates takes longer than most calls, and without TLS nobody needs them.
        tls = ssl.create_default_context() if parts.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {
        "base_url": url,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "timeout": timeout_s,
        "verify": tls,
        "trust_env": parts.hostname not in LOOPBACK_HOSTS,  # no proxy leads to this machine
    }


def _build(http: "httpx.Client | httpx.AsyncClient", call: Call[Any], last_event: int | None = None) -> "httpx.Request":
    headers = {"Content-Type": call.media_type} if call.media_type else {}
    if last_event is not None:
        headers["Last-Event-ID"] = str(last_event)
    target = f"{call.path}?{call.query}" if call.query else call.path
    return http.build_request(call.method, target, content=call.body, headers=headers)


def _read_reply(response: "httpx.Response") -> Reply:
    return Reply(response.status_code, response.headers, response.content)
