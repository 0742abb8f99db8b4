"""The calls over the standard library's HTTP: for a process that makes a few of them and ends, or that others wait for.

httpx takes as much CPU time to load as everything else that `mockwave serve` announces with, and for a small call four
times as long. Connections are kept: one that the server has closed meanwhile, which is one that can be read from, is
not used again.
"""

import contextlib
import http.client
import select
import ssl
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from mockwave.client.call_plans import Call, Reply
from mockwave.client.callers import BlockingCaller
from mockwave.client.errors import NoAnswer
from mockwave.client.management_calls import ManagementCalls

TIMEOUT_S = 120.0
KEPT_CONNECTIONS = 8


class PlainClient(ManagementCalls, BlockingCaller):
    """Calls the management API of the server at `url` with a bearer token; `tls` decides which certificates are
    trusted. It follows no stream. Safe to use from any thread. Raises as MockwaveClient does."""

    def __init__(self, url: str, token: str = "", *, tls: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls
        self._kept: deque[http.client.HTTPConnection] = deque()

    def close(self) -> None:
        """Closes the connections."""
        while self._kept:
            self._kept.pop().close()

    def send(self, call: Call[Any]) -> Reply:
        headers = {**self._headers, "Content-Type": call.media_type} if call.media_type else self._headers
        target = f"{self._parts.path}{call.path}" + (f"?{call.query}" if call.query else "")
        connection = self._take_kept() or self._connect()
        try:
            connection.request(call.method, target, body=call.body, headers=headers)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.headers.items()}
            reply = Reply(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(f"{self.url}: {error or type(error).__name__}") from error
        except BaseException:
            connection.close()  # in the midst of an answer, which is not that of the next request
            raise
        if response.will_close or len(self._kept) >= KEPT_CONNECTIONS:
            connection.close()
        else:
            self._kept.append(connection)
        return reply

    def _take_kept(self) -> http.client.HTTPConnection | None:
        """A connection that is still open; None if there is none."""
        with contextlib.suppress(IndexError):  # another thread may take the last one
            while True:
                connection = self._kept.pop()
                if connection.sock is not None and not _is_readable(connection.sock.fileno()):
                    return connection
                connection.close()
        return None

    def _connect(self) -> http.client.HTTPConnection:
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(self._parts.netloc, timeout=TIMEOUT_S, context=self._tls)
        return http.client.HTTPConnection(self._parts.netloc, timeout=TIMEOUT_S)


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
