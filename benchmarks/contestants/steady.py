"""Steady (@stdy/cli): answers from the examples of an OpenAPI document, after validating the request.

Best setting: `--quiet`, no line a request; with its log: the default, a summary line a request on stdout.
"""

import shutil
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import NODE_MODULES, JsonPrinter, find_missing_module, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import Site, write_site

MODULE = "@stdy/cli"


class Steady(JsonPrinter, frozen=True):
    def find_missing(self) -> str:
        return find_missing_module(MODULE)

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        document = write_site(site, folder)
        port = find_free_port()
        node = shutil.which("node") or "node"
        options = ["--port", str(port), "--host", "127.0.0.1", "--no-color"]
        return start_on_port(
            [
                node,
                str(NODE_MODULES / MODULE / "steady.js"),
                *options,
                *([] if self.logs else ["--quiet"]),
                str(document),
            ],
            port,
            folder,
            cores,
        )
