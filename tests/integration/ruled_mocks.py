"""Mock servers with rules, on a real server, and what may be asked of them."""

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

from tests.harness import MockwaveServer, Response


class Mock:
    """A mock server with routes, and what may be asked of it."""

    def __init__(self, server: MockwaveServer, **fields: Any) -> None:
        self.server = server
        created = server.api("POST", "/mock-servers", {"name": "rules", "workspaceId": "wrk_rules", **fields})
        assert created.status == 201, created.body
        self.api_path = f"/mock-servers/{created.body['_id']}"
        self.path = urlsplit(created.body["url"]).path

    def add_route(self, **fields: Any) -> Response:
        return self.server.api(
            "POST", f"{self.api_path}/routes", {"method": "GET", "path": "/it", "statusCode": 200, **fields}
        )

    def set_rules(self, *rules: Any, route: str = "") -> Response:
        return self.server.api("PUT", f"{self.api_path}{route}/rules", {"rules": list(rules)})

    def get(self, path: str = "/it", method: str = "GET", body: bytes | None = None, **headers: str) -> Response:
        """One request on a connection of its own; its body as bytes."""
        with self.server.connection() as connection:
            return ask(connection, method, self.path + path, body, **headers)

    def logs(self, query: str = "") -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.server.api("GET", f"{self.api_path}/logs{query}").body
        return entries

    def exchange(self, path: str = "/it", method: str = "GET") -> tuple[bytes, str]:
        """All bytes that come for one request, and how they end: "end" or "reset"."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as client:
            client.sendall(f"{method} {self.path}{path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode())
            try:
                while piece := client.recv(65_536):
                    received += piece
            except ConnectionResetError:
                return received, "reset"
        return received, "end"


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, **headers: str
) -> Response:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return Response(response.status, response.headers, response.read())
