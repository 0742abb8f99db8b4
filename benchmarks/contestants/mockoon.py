"""Mockoon CLI (@mockoon/cli): an environment file with one inline response a route.

Best setting: templating off in every response, no log file; with its log: `--log-transaction`, each exchange as
JSON on stdout.
"""

import json
import re
import uuid
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import NODE_MODULES, PortServer, find_missing_module, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import RESPONSE_HEADERS, Route, Site

MODULE = "@mockoon/cli"


class Mockoon(PortServer, frozen=True):
    def find_missing(self) -> str:
        return find_missing_module(MODULE)

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        port = find_free_port()
        environment = folder / "site.json"
        environment.write_text(json.dumps(describe_environment(site, port)))
        options = ["--data", str(environment), "--hostname", "127.0.0.1", "--disable-log-to-file", "--repair"]
        logging = ["--log-transaction"] if self.logs else []
        return start_on_port(
            ["node", str(NODE_MODULES / MODULE / "bin" / "run.js"), "start", *options, "--disable-admin-api", *logging],
            port,
            folder,
            cores,
            environment={"NODE_ENV": "production"},
        )


def describe_environment(site: Site, port: int) -> dict[str, object]:
    routes = [describe_route(route) for route in site.routes]
    return {
        "uuid": str(uuid.uuid4()),
        "lastMigration": 33,
        "name": "benchmark",
        "port": port,
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "folders": [],
        "routes": routes,
        "proxyMode": False,
        "cors": False,
        "headers": [{"key": name.decode(), "value": value.decode()} for name, value in RESPONSE_HEADERS],
        "data": [],
        "callbacks": [],
    }


def describe_route(route: Route) -> dict[str, object]:
    response = {
        "uuid": str(uuid.uuid4()),
        "body": route.body.decode(),
        "latency": route.delay_ms,
        "statusCode": 200,
        "label": "",
        "headers": [],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    return {
        "uuid": str(uuid.uuid4()),
        "type": "http",
        "documentation": "",
        "method": "get",
        "endpoint": re.sub(r"\{(\w+)\}", r":\1", route.path).lstrip("/"),
        "responses": [response],
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }
