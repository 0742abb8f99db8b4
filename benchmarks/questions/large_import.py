"""(i) Import of GitHub's REST document (npm package @octokit/openapi, 13 MB): its time, from the call to the answer and
to the first answer of a mock; and the latency that a client with a steady rate sees on other mocks during imports.
"""

import json
import time

import msgspec

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants.mockwave import WORKSPACE, make_mock_server, start_mockwave
from benchmarks.contestants.servers import HOW_TO_INSTALL, NODE_MODULES
from benchmarks.exchanges import Base, ManagementClient, fetch
from benchmarks.questions.route_changes import watch_latency
from benchmarks.results import Absence, Result
from benchmarks.sites import SMALL_SITE
from mockwave.model import METHODS

DOCUMENT = NODE_MODULES / "@octokit" / "openapi" / "generated" / "api.github.com.json"
CONTESTANT = "mockwave"
QUIET, IMPORTING = "quiet", "during imports"


def measure(bench: Bench, result: Result) -> None:
    if not DOCUMENT.is_file():
        result.absences.append(Absence("", CONTESTANT, f"@octokit/openapi is not installed ({HOW_TO_INSTALL})"))
        return
    text = DOCUMENT.read_text()
    # Encoded once: the client's own work would stand in the way of whoever watches the latency.
    body = json.dumps({"name": "github", "workspaceId": WORKSPACE, "specification": text}).encode()
    result.add(IMPORTING, CONTESTANT, "document MB", len(text.encode()) / 1e6)
    with make_folder() as folder, start_mockwave(folder, bench.server_cores) as running:
        client = running.management()
        running.use(make_mock_server(client, SMALL_SITE.routes))
        for _ in range(bench.pairs):
            with watch_latency(running, bench, result, QUIET):
                time.sleep(bench.duration_s)
            with watch_latency(running, bench, result, IMPORTING):
                _import_once(client, running.base.port, body, result)
        client.close()


def _import_once(client: ManagementClient, port: int, body: bytes, result: Result) -> None:
    start_s = time.perf_counter()
    made = client.call("POST", "/mock-servers", body)
    answered_s = time.perf_counter()
    fetch(Base(port, f"/bin/{made['_id']}"), "/meta")
    result.add(IMPORTING, CONTESTANT, "import ms", (answered_s - start_s) * 1000)
    result.add(IMPORTING, CONTESTANT, "first mock answer after it, ms", (time.perf_counter() - answered_s) * 1000)
    result.add(IMPORTING, CONTESTANT, "routes", made.get("routeCount", 0))
    client.call("DELETE", f"/mock-servers/{made['_id']}")


def read_operations() -> list[tuple[str, str]]:
    """Method and path of each operation of GitHub's document; none where it is not installed."""
    if not DOCUMENT.is_file():
        return []
    paths = msgspec.json.decode(DOCUMENT.read_bytes())["paths"]
    return [(name.upper(), path) for path, item in paths.items() for name in item if name.upper() in METHODS]
