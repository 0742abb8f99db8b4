"""mountebank: one HTTP imposter with one stub a route.

Best setting: no log file, log level error, requests not recorded; with its log: `recordRequests`, in memory.
"""

import json
import re
from pathlib import Path

from benchmarks.contestants.contract import START_PATIENCE_S, Running
from benchmarks.contestants.servers import NODE_MODULES, PortServer, find_missing_module, start_on_port
from benchmarks.exchanges import Base
from benchmarks.processes import find_free_port, is_listening
from benchmarks.sites import RESPONSE_HEADERS, Route, Site

MODULE = "mountebank"


class Mountebank(PortServer, frozen=True):
    def find_missing(self) -> str:
        return find_missing_module(MODULE)

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        admin_port, port = find_free_port(), find_free_port()
        imposter = {
            "protocol": "http",
            "port": port,
            "host": "127.0.0.1",
            "recordRequests": self.logs,
            "stubs": [describe_route(route) for route in site.routes],
        }
        configuration = folder / "imposters.json"
        configuration.write_text(json.dumps({"imposters": [imposter]}))
        options = ["--port", str(admin_port), "--host", "127.0.0.1", "--nologfile", "--loglevel", "error"]
        running = start_on_port(
            ["node", str(NODE_MODULES / MODULE / "bin" / "mb"), *options, "--configfile", str(configuration)],
            admin_port,
            folder,
            cores,
            working_folder=folder,
        )
        try:
            running.family.wait_until(lambda: is_listening(port), "imposter", START_PATIENCE_S)
        except BaseException:
            running.family.stop()
            raise
        return Running(running.family, Base(port))


def describe_route(route: Route) -> dict[str, object]:
    if "{" in route.path:
        pattern = re.sub(r"{[^}]*}", "[^/]+", route.path)
        path: dict[str, object] = {"matches": {"method": "^GET$", "path": f"^{pattern}$"}}
    else:
        path = {"equals": {"method": "GET", "path": route.path}}
    headers = {name.decode(): value.decode() for name, value in RESPONSE_HEADERS}
    # Else mountebank closes the connection after each answer.
    headers["connection"] = "keep-alive"
    answer: dict[str, object] = {"is": {"statusCode": 200, "headers": headers, "body": route.body.decode()}}
    if route.delay_ms:
        answer["behaviors"] = [{"wait": route.delay_ms}]
    return {"predicates": [path], "responses": [answer]}
