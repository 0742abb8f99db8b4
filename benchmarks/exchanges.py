"""Single requests, for all that is not load: is the answer right, to the byte? And calls of management APIs."""

import gzip
import http.client
import json
import time
from typing import Any, NamedTuple

from msgspec import Struct

TIMEOUT_S = 120.0
LONGEST_IDLE_S = 10.0
"""After this a kept connection is replaced: a server closes one that is idle for half a minute."""
OWN_HEADERS = {"date", "server", "connection", "keep-alive"}
"""Headers that differ between servers, or between two answers of one, without being part of the answer."""


class Base(Struct, frozen=True):
    """Where a site is served: paths of its routes are appended to `path`."""

    port: int
    path: str = ""
    host: str = "127.0.0.1"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def essence(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Returns what two servers that send the same bytes have in common."""
        headers = [(name.lower(), value) for name, value in self.headers if name.lower() not in OWN_HEADERS]
        return self.status, sorted(headers), self.body


class WrongAnswer(Exception):
    """A contestant answered differently from what it was set up for: its figures would mean nothing."""


def fetch(base: Base, path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Answer:
    """Sends one GET, or with a body POST, on a new connection; a compressed body is unpacked."""
    connection = http.client.HTTPConnection(base.host, base.port, timeout=TIMEOUT_S)
    try:
        connection.request("POST" if body else "GET", base.path + path, body or None, headers=dict(headers))
        response = connection.getresponse()
        answered = response.read()
        if response.getheader("content-encoding") == "gzip":
            answered = gzip.decompress(answered)
        return Answer(response.status, response.getheaders(), answered)
    finally:
        connection.close()


class ManagementClient:
    """Calls of a mockwave's management API on one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._used_s = time.monotonic()

    def call(self, method: str, path: str, document: object = None) -> Any:
        """Returns the decoded answer to a document, or to bytes that are JSON already; raises WrongAnswer for a status
        that is not 2xx."""
        body = document if document is None or isinstance(document, bytes) else json.dumps(document).encode()
        if time.monotonic() - self._used_s > LONGEST_IDLE_S:
            self._connection.close()
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        self._used_s = time.monotonic()
        if not 200 <= response.status < 300:
            raise WrongAnswer(f"{method} {path}: {response.status} {content[:300].decode(errors='replace')}")
        return json.loads(content) if content else None

    def close(self) -> None:
        self._connection.close()


def read_metrics(port: int) -> dict[str, float]:
    """Returns mockwave's metrics without labels, by name."""
    text = fetch(Base(port), "/metrics").body.decode()
    pairs = [line.split() for line in text.splitlines() if not line.startswith("#") and "{" not in line]
    return {name: float(value) for name, value in pairs}
