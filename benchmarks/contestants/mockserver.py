"""MockServer: one expectation a route, out of an initialisation file.

Its settings for performance, from its page on them: log level ERROR, nothing to standard output, an event log of its
smallest size; with its log: the event log as it is by default (a ring in memory). The jars come from Maven, since its
package for npm has none.
"""

import json
import re
import shutil
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import PEERS, PortServer, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import RESPONSE_HEADERS, Route, Site

JARS = PEERS / "mockserver" / "jars"
HOW_TO_INSTALL = "mvn dependency:copy-dependencies -DoutputDirectory=jars in benchmarks/peers/mockserver"


class Mockserver(PortServer, frozen=True):
    def find_missing(self) -> str:
        if not shutil.which("java"):
            return "java is not installed (Debian: apt install openjdk-17-jre-headless)"
        return "" if any(JARS.glob("mockserver-netty*.jar")) else f"mockserver is not installed ({HOW_TO_INSTALL})"

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        expectations = folder / "expectations.json"
        expectations.write_text(json.dumps([describe_route(route) for route in site.routes]))
        port = find_free_port()
        settings = {
            "localBoundIP": "127.0.0.1",
            "initializationJsonPath": str(expectations),
            # By default as many as the heap is thought to hold: 15,000 at most.
            "maxExpectations": str(max(len(site.routes), 1000)),
            "logLevel": "ERROR",
            "disableSystemOut": "true",
        }
        if not self.logs:
            settings["maxLogEntries"] = "1"
        options = [f"-Dmockserver.{name}={value}" for name, value in settings.items()]
        command = ["java", *options, "-cp", str(JARS / "*"), "org.mockserver.cli.Main", "-serverPort", str(port)]
        return start_on_port(command, port, folder, cores)


def describe_route(route: Route) -> dict[str, object]:
    request: dict[str, object] = {"method": "GET", "path": route.path}
    names = re.findall(r"{([^}]*)}", route.path)
    if names:
        request["pathParameters"] = {name: [".*"] for name in names}
    if route.header is not None:
        name, value = route.header
        request["headers"] = {name: [value]}
    response: dict[str, object] = {
        "statusCode": 200,
        "headers": {name.decode(): [value.decode()] for name, value in RESPONSE_HEADERS},
        "body": route.body.decode(),
    }
    if route.delay_ms:
        response["delay"] = {"timeUnit": "MILLISECONDS", "value": route.delay_ms}
    return {"httpRequest": request, "httpResponse": response}
