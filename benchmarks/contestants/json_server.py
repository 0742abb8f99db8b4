"""json-server (0.17, the last one with a rewriter for routes): one resource, and a rewrite rule a route.

Best setting: `--quiet`, read-only, no gzip; with its log: the default, a line a request on stdout.
"""

import json
import re
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import NODE_MODULES, JsonPrinter, find_missing_module, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import Site

MODULE = "json-server"


class JsonServer(JsonPrinter, frozen=True):
    def find_missing(self) -> str:
        return find_missing_module(MODULE)

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        database = folder / "database.json"
        database.write_text(json.dumps({"resource": json.loads(site.body)}))
        rules = {re.sub(r"\{(\w+)\}", r":\1", route.path): "/resource" for route in site.routes}
        routes = folder / "routes.json"
        routes.write_text(json.dumps(rules))
        port = find_free_port()
        options = ["--port", str(port), "--host", "127.0.0.1", "--routes", str(routes), "--read-only", "--no-gzip"]
        return start_on_port(
            ["node", str(NODE_MODULES / MODULE / "lib" / "cli" / "bin.js"), str(database), *options]
            + ([] if self.logs else ["--quiet"]),
            port,
            folder,
            cores,
            environment={"NODE_ENV": "production"},
            working_folder=folder,
        )
