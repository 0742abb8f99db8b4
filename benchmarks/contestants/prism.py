"""Prism (@stoplight/prism-cli): static answers from examples.

Best setting: production mode and no log lines; with its log: level info, the default, a few lines a request on stdout.
Production mode turns `--multiprocess` on, meant for faster logging; 5.16.0 does not start with it on Node 20 (which is
older than it asks for, and serves well otherwise), so that is off.
"""

from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import NODE_MODULES, PortServer, find_missing_module, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import Site, write_site

MODULE = "@stoplight/prism-cli"


class Prism(PortServer, frozen=True):
    def find_missing(self) -> str:
        return find_missing_module(MODULE)

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        document = write_site(site, folder)
        port = find_free_port()
        level = "info" if self.logs else "silent"
        options = ["--port", str(port), "--host", "127.0.0.1", "--multiprocess=false", "--verboseLevel", level]
        return start_on_port(
            ["node", str(NODE_MODULES / MODULE / "dist" / "index.js"), "mock", str(document), *options],
            port,
            folder,
            cores,
            environment={"NODE_ENV": "production"},
        )
