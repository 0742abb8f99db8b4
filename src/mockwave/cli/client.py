"""The management API from a client's side, and how a command finds the server that it is for.

A server that runs on the same data folder says in `run/server.json` where it answers, and the folder's secret makes the
token; so on one machine neither address nor token has to be given. A token is never made for a server elsewhere.
"""

import http.client
import ssl
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from mockwave.cli.command_errors import CommandFailed
from mockwave.data_folder import DataFolder
from mockwave.management.keys import KeyFileError, read_secret
from mockwave.management.tokens import mint_token
from mockwave.model import LogEntry, MockRoute, MockServer, MockServerCreate, MockServerUpdate
from mockwave.problems import ProblemDocument
from mockwave.server.certificates import trust_certificate
from mockwave.server.presence import RunningServer, find_running_server
from mockwave.settings import DEFAULT_PORT, default_data_dir

TIMEOUT_S = 120.0
"""Reading a large specification takes the server its time."""

OWN_TOKEN_LIVES_S = 3600
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}

Result = TypeVar("Result")


class ServerRefusal(CommandFailed):
    """The server answered with an error: its status, and a line for each fault it names."""

    def __init__(self, status: int, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.status = status
        self.lines = lines


class NoAnswer(CommandFailed):
    """The server did not answer; it may be gone, or one of its workers."""


class ManagementClient:
    """The calls that commands make, one connection for all of them."""

    def __init__(self, url: str, token: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandFailed(f"{url}: not the URL of a server; write http://HOST:PORT")
        self._base_path = parts.path
        self._has_next = False  # whether the last answer was a page that leads to another
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_S, context=tls)
        else:
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def list_servers(self, workspace: str = "") -> list[MockServer]:
        return self._read("/mock-servers", list[MockServer], {"workspaceId": workspace})

    def read_server(self, mock_server_id: str) -> MockServer:
        return self._read(f"/mock-servers/{_segment(mock_server_id)}", MockServer)

    def create_server(self, server: MockServerCreate) -> MockServer:
        return msgspec.json.decode(self.call("POST", "/mock-servers", body=server), type=MockServer)

    def update_server(self, mock_server_id: str, changes: MockServerUpdate) -> MockServer:
        path = f"/mock-servers/{_segment(mock_server_id)}"
        return msgspec.json.decode(self.call("PUT", path, body=changes), type=MockServer)

    def read_specification(self, mock_server_id: str) -> str:
        return self.call("GET", f"/mock-servers/{_segment(mock_server_id)}/specification").decode()

    def list_routes(self, mock_server_id: str) -> list[MockRoute]:
        return self._read(f"/mock-servers/{_segment(mock_server_id)}/routes", list[MockRoute])

    def list_logs(self, mock_server_id: str, limit: int, offset: int = 0, **query: Any) -> list[LogEntry]:
        """The newest entries, `limit` of them if there are so many. A page of the API has fewer where entries are
        long."""
        path = f"/mock-servers/{_segment(mock_server_id)}/logs"
        entries: dict[str, LogEntry] = {}  # those that come meanwhile move others to the next page
        while True:
            page = {"limit": limit - len(entries), "offset": offset}
            found = self._read(path, list[LogEntry], {**query, **page})
            entries.update((entry.id, entry) for entry in found)
            offset += len(found)
            if len(entries) >= limit or not found or not self._has_next:
                return list(entries.values())

    def find_server(self, name_or_id: str) -> MockServer:
        """The server with this id, or else the only one with this name. Raises CommandFailed."""
        servers = self.list_servers()
        found = [server for server in servers if server.id == name_or_id]
        found = found or [server for server in servers if server.name == name_or_id]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(server.id for server in found)
            raise CommandFailed(f"{len(found)} mock servers are named {name_or_id}; give the id of one: {ids}")
        raise CommandFailed(f"there is no mock server {name_or_id} (`mockwave servers` lists them)")

    def call(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> bytes:
        """The body of a good answer. Raises ServerRefusal for any other, NoAnswer if there is none."""
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        target = f"{self._base_path}{path}" + (f"?{urlencode(given)}" if given else "")
        headers = dict(self._headers)
        content = None
        if body is not None:
            content = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, target, content, headers)
            response = self._connection.getresponse()
            answer = response.read()
            self._has_next = 'rel="next"' in response.getheader("Link", "")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise NoAnswer(self._describe(error)) from None
        if 200 <= response.status < 300:
            return answer
        raise ServerRefusal(response.status, _explain(response.status, answer))

    def _read(self, path: str, kind: type[Result], query: dict[str, Any] | None = None) -> Result:
        answer = self.call("GET", path, query)
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError as error:
            raise CommandFailed(f"{self.url} does not answer like a mockwave server: {error}") from None

    def _describe(self, error: Exception) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"no server answers at {self.url} (start one with `mockwave serve`, or name it with --server)"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{self.url}: {error.verify_message} (name its authority's certificate in SSL_CERT_FILE)"
        return f"{self.url}: {error or type(error).__name__}"


def connect(data_dir: Path | None, server_url: str | None, token: str | None) -> ManagementClient:
    """The client for the options of `client_options`."""
    folder = DataFolder(data_dir or default_data_dir())
    running = find_running_server(folder)
    url = server_url or (running.url if running else f"http://127.0.0.1:{DEFAULT_PORT}")
    if not token:
        token = _make_token(folder, running) if urlsplit(url).hostname in LOOPBACK_HOSTS else ""
    tls = None
    if running and running.url == url and running.tls_certificate:
        tls = trust_certificate(running.tls_certificate)
    return ManagementClient(url, token, tls)


def _make_token(folder: DataFolder, running: RunningServer | None) -> str:
    try:
        secret = read_secret(folder)
    except KeyFileError as error:
        raise CommandFailed(f"{error}; give a token with --token") from None
    if not secret:
        return ""
    return mint_token(
        secret,
        expires_in_s=OWN_TOKEN_LIVES_S,
        subject="mockwave command",
        audience=running.audience if running else "",
        issuer=running.issuer if running else "",
    )


def _explain(status: int, answer: bytes) -> list[str]:
    """The answer in lines: its detail, then every fault with its pointer."""
    try:
        problem = msgspec.json.decode(answer, type=ProblemDocument)
    except msgspec.DecodeError:
        return [f"the server answered {status} {http.client.responses.get(status, '')}".rstrip()]
    hint = " (give the token of that server with --token, or its folder with --data-dir)" if status == 401 else ""
    if len(problem.errors) < 2 and not any(error.pointer for error in problem.errors):
        return [problem.detail + hint]
    return [f"{error.pointer or error.location}: {error.message}" for error in problem.errors]


def _segment(text: str) -> str:
    return quote(text, safe="")
