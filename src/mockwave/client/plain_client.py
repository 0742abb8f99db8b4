"""The calls over the standard library's HTTP, a connection each: for a process that makes one or two of them and ends,
or that others wait for. httpx takes as much CPU time to load as everything else that `mockwave serve` announces with.
"""

import http.client
import ssl
from typing import Any
from urllib.parse import urlsplit

from mockwave.client.call_plans import Call, Reply
from mockwave.client.callers import BlockingCaller
from mockwave.client.errors import NoAnswer
from mockwave.client.management_calls import ManagementCalls

TIMEOUT_S = 120.0


class PlainClient(ManagementCalls, BlockingCaller):
    """Calls the management API of the server at `url` with a bearer token; `tls` decides which certificates are
    trusted. It follows no stream. Raises as MockwaveClient does."""

    def __init__(self, url: str, token: str = "", *, tls: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls

    def send(self, call: Call[Any]) -> Reply:
        headers = {**self._headers, "Content-Type": call.media_type} if call.media_type else self._headers
        target = f"{self._parts.path}{call.path}" + (f"?{call.query}" if call.query else "")
        connection = self._connect()
        try:
            connection.request(call.method, target, body=call.body, headers=headers)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{self.url}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(self._parts.netloc, timeout=TIMEOUT_S, context=self._tls)
        return http.client.HTTPConnection(self._parts.netloc, timeout=TIMEOUT_S)
