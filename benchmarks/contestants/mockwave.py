"""mockwave as users run it: `mockwave serve`, with either engine, and the log of requests on or off (`logRequests`).

Few routes are made one by one, as clients of the management API do; many come from an OpenAPI document.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from benchmarks.contestants.contract import START_PATIENCE_S, Running
from benchmarks.exchanges import Base, ManagementClient, WrongAnswer
from benchmarks.processes import Family, StartFailed
from benchmarks.sites import Route, Site, write_openapi

MADE_ONE_BY_ONE = 100
WORKSPACE = "wrk_benchmark"
MOCKWAVE_COMMAND = (sys.executable, "-m", "mockwave", "serve")


@dataclass
class RunningMockwave(Running):
    token: str
    data_dir: Path
    mock_server_id: str = ""

    def management(self) -> ManagementClient:
        return ManagementClient(self.base.port, self.token)

    def worker_pids(self) -> list[int]:
        return [pid for pid in self.family.pids() if pid != self.family.pid]

    def use(self, mock_server_id: str) -> None:
        """Asks go to this mock server from now on."""
        self.mock_server_id = mock_server_id
        self.base = Base(self.base.port, f"/bin/{mock_server_id}")


class Mockwave(Struct, frozen=True):
    name: str
    logs: bool
    engine: str = "granian"

    @property
    def answers_any_path(self) -> bool:
        return False

    def find_missing(self) -> str:
        return ""

    def is_right(self, body: bytes, answered: bytes) -> bool:
        return body == answered

    def start(self, site: Site, folder: Path, cores: str) -> RunningMockwave:
        running = start_mockwave(folder, cores, "--engine", self.engine, workers=site.workers)
        try:
            client = running.management()
            running.use(make_mock_server(client, site.routes, logs=self.logs))
            client.close()
        except (OSError, WrongAnswer) as error:
            running.family.stop()
            raise StartFailed(str(error)) from None
        except BaseException:
            running.family.stop()
            raise
        return running


def start_mockwave(
    folder: Path, cores: str, *options: str, workers: int = 1, data_dir: Path | None = None
) -> RunningMockwave:
    """A server with what the data folder holds; without one, with a new folder. Raises StartFailed."""
    data_dir = data_dir or folder / "data"
    common = ["--port", "0", "--workers", str(workers)]
    if "--ephemeral" not in options:
        common += ["--data-dir", str(data_dir)]
    family = Family([*MOCKWAVE_COMMAND, *common, *options], folder, cores)
    try:
        family.wait_until(lambda: "data folder" in family.output, "announcement", START_PATIENCE_S)
        port = int(_read_announced(family.output, "management", r"http://[^ ]*:(\d+)/"))
        token = _read_announced(family.output, "token", r"(\S+)")
    except BaseException:
        family.stop()
        raise
    return RunningMockwave(family, Base(port), token, data_dir)


def make_mock_server(client: ManagementClient, routes: tuple[Route, ...], *, logs: bool = True) -> str:
    """Makes a mock server with these routes; returns its id."""
    document: dict[str, object] = {"name": "benchmark", "workspaceId": WORKSPACE, "logRequests": logs}
    from_document = len(routes) > MADE_ONE_BY_ONE and not any(route.delay_ms or route.header for route in routes)
    if from_document:
        document["specification"] = write_openapi(routes)
    mock_server_id: str = client.call("POST", "/mock-servers", document)["_id"]
    if not from_document:
        for described in describe_routes(routes):
            client.call("POST", f"/mock-servers/{mock_server_id}/routes", described)
    return mock_server_id


def describe_routes(routes: tuple[Route, ...]) -> list[dict[str, object]]:
    """The routes as the management API takes them: those of one path that ask for a header are rules of one."""
    described: dict[str, dict[str, object]] = {}
    rules: dict[str, list[object]] = {}
    for route in routes:
        made = described.setdefault(route.path, describe_route(route))
        if route.header is not None:
            name, value = route.header
            when = {"headers": {name: {"equalTo": value}}}
            made["rules"] = rules.setdefault(route.path, [])
            rules[route.path].append({"when": when, "then": {"responseBody": route.body.decode()}})
    return list(described.values())


def describe_route(route: Route) -> dict[str, object]:
    """The route as the management API takes it."""
    return {
        "method": "GET",
        "path": route.path,
        "statusCode": 200,
        "responseBody": route.body.decode(),
        "delay": route.delay_ms,
    }


def _read_announced(output: str, label: str, pattern: str) -> str:
    found = re.search(rf"^ *{label} +{pattern}", output, re.MULTILINE)
    if not found:
        raise StartFailed(f"nothing is announced as {label}")
    return found[1]
