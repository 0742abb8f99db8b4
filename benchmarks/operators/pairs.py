"""Both servers with the same condition at the same path, and what each says to the same request.

mockwave's runs as users run it, WireMock's from its jar. A server that refuses a condition says so in place of an
answer to its requests.
"""

import http.client
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from benchmarks.contestants.mockwave import WORKSPACE, start_mockwave
from benchmarks.contestants.servers import start_on_port
from benchmarks.contestants.wiremock import find_jar
from benchmarks.exchanges import Base
from benchmarks.operators.questions import Case, Request, translate
from benchmarks.processes import Family, find_free_port

REFUSED: Final = "refused"
FITS: Final = "fits"
FITS_NOT: Final = "does not"
TIMEOUT_S = 30.0


class Difference(Struct, frozen=True):
    """A request of which the two servers say different things; `why` is how one of them refused the condition."""

    when: str
    request: str
    mine: str
    theirs: str
    why: str = ""

    def __str__(self) -> str:
        why = f" ({self.why[:300]})" if self.why else ""
        return f"{self.when}, {self.request}: mockwave {self.mine}, WireMock {self.theirs}{why}"


class Judge:
    """A running server that is asked about cases."""

    def __init__(self, family: Family, base: Base) -> None:
        self._family = family
        self._base = base
        self._connection = http.client.HTTPConnection(base.host, base.port, timeout=TIMEOUT_S)
        self.reason = ""
        """Why the last refused condition was refused."""

    def stop(self) -> None:
        self._connection.close()
        self._family.stop()

    def learn(self, number: int, case: Case) -> bool:
        """Sets the condition of a case up; False if it is refused."""
        raise NotImplementedError

    def ask(self, number: int, request: Request) -> str:
        target = f"{self._base.path}/case/{number}{request.path_end}" + (f"?{request.query}" if request.query else "")
        status, content = self._send(request.method, target, request.headers, request.body)
        if status not in (200, 404):
            return f"{status} {content[:200].decode(errors='replace')}"
        return FITS if status == 200 else FITS_NOT

    def _send(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> tuple[int, bytes]:
        connection = self._connection
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value.encode())
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        if any(name == "Cookie" for name, _ in headers):
            connection.close()  # Jetty takes cookies that differ in case from the last ones of a connection for those
        return response.status, content

    def _set_up(self, target: str, document: Any, headers: Sequence[tuple[str, str]] = ()) -> dict[str, Any] | None:
        body = json.dumps(document).encode()
        status, content = self._send("POST", target, [("Content-Type", "application/json"), *headers], body)
        if status >= 300:
            self.reason = content.decode(errors="replace")
            return None
        found: dict[str, Any] = json.loads(content)
        return found


class MockwaveJudge(Judge):
    def __init__(self, folder: Path) -> None:
        running = start_mockwave(folder, "", "--ephemeral", "--engine", "uvloop")
        super().__init__(running.family, running.base)
        self._headers = [("Authorization", f"Bearer {running.token}")]
        made = self._set_up("/mock-servers", {"name": "operators", "workspaceId": WORKSPACE}, self._headers)
        assert made is not None, self.reason
        self._routes = f"/mock-servers/{made['_id']}/routes"
        self._base = Base(running.base.port, f"/bin/{made['_id']}")

    def learn(self, number: int, case: Case) -> bool:
        end = "/{X}" if "pathParameters" in case.when else ""
        rules = [{"when": case.when, "then": {"statusCode": 200}}]
        route = {"method": "POST", "path": f"/case/{number}{end}", "statusCode": 404, "rules": rules}
        return self._set_up(self._routes, route, self._headers) is not None


class WiremockJudge(Judge):
    def __init__(self, folder: Path) -> None:
        port = find_free_port()
        options = ["--bind-address", "127.0.0.1", "--disable-banner", "--root-dir", str(folder)]
        running = start_on_port(["java", "-jar", find_jar(), "--port", str(port), *options], port, folder, "")
        super().__init__(running.family, running.base)

    def learn(self, number: int, case: Case) -> bool:
        path = {"urlPath": f"/case/{number}"}
        if "pathParameters" in case.when:
            path = {"urlPathTemplate": f"/case/{number}/{{X}}"}
        request = {"method": "ANY", **path, **translate(case.when)}
        return self._set_up("/__admin/mappings", {"request": request, "response": {"status": 200}}) is not None


def ask_both(mine: Judge, theirs: Judge, number: int, case: Case) -> list[Difference]:
    """Sets up the case on both servers and sends its requests; returns those on which they differ."""
    judges = (mine, theirs)
    takes = [judge.learn(number, case) for judge in judges]
    if not any(takes):
        return []
    why = "" if all(takes) else judges[takes.index(False)].reason
    when = json.dumps(case.when, ensure_ascii=False)
    found = []
    for request in case.requests:
        said = [judge.ask(number, request) if took else REFUSED for judge, took in zip(judges, takes, strict=True)]
        if said[0] != said[1]:
            found.append(Difference(when, request.shown, said[0], said[1], why))
    return found
