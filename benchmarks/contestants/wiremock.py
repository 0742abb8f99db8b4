"""WireMock: one mapping a route.

Best setting, from its pages on load testing: no request journal, no request logging, no response templating; with its
log: the journal on, as it is by default (in memory, without a limit).
"""

import json
import shutil
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import HOW_TO_INSTALL, NODE_MODULES, PortServer, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import RESPONSE_HEADERS, Route, Site


class Wiremock(PortServer, frozen=True):
    def find_missing(self) -> str:
        if not shutil.which("java"):
            return "java is not installed (Debian: apt install openjdk-17-jre-headless)"
        return "" if find_jar() else f"wiremock is not installed ({HOW_TO_INSTALL})"

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        mappings = folder / "mappings"
        mappings.mkdir()
        document = {"mappings": [describe_route(route) for route in site.routes]}
        (mappings / "site.json").write_text(json.dumps(document))
        port = find_free_port()
        options = ["--bind-address", "127.0.0.1", "--disable-banner", "--disable-response-templating", "--disable-gzip"]
        quiet = [] if self.logs else ["--no-request-journal", "--disable-request-logging"]
        return start_on_port(
            ["java", "-jar", find_jar(), "--port", str(port), "--root-dir", str(folder), *options, *quiet],
            port,
            folder,
            cores,
        )


def describe_route(route: Route) -> dict[str, object]:
    kind = "urlPathTemplate" if "{" in route.path else "urlPath"
    response: dict[str, object] = {
        "status": 200,
        "headers": {name.decode(): value.decode() for name, value in RESPONSE_HEADERS},
        "body": route.body.decode(),
    }
    if route.delay_ms:
        response["fixedDelayMilliseconds"] = route.delay_ms
    request: dict[str, object] = {"method": "GET", kind: route.path}
    if route.header is not None:
        name, value = route.header
        request["headers"] = {name: {"equalTo": value}}
    return {"request": request, "response": response}


def find_jar() -> str:
    return next((str(jar) for jar in (NODE_MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar")), "")
