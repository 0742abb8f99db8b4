"""uvloop and httptools with the least program there is: the floor under mockwave's own engine, in Python.

Its answers are those of `bare_uvloop_server.py`, with the headers and the body that mockwave sends.
"""

import sys
from pathlib import Path

from benchmarks.contestants.bare_granian import BASE_PATH
from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import PortServer, start_on_port
from benchmarks.exchanges import Base
from benchmarks.processes import CHECKOUT, find_free_port
from benchmarks.sites import Site


class BareUvloop(PortServer, frozen=True):
    @property
    def answers_any_path(self) -> bool:
        return True

    def find_missing(self) -> str:
        return ""

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        body_file = folder / "body"
        body_file.write_bytes(site.body)
        port = find_free_port()
        command = [sys.executable, "-m", "benchmarks.contestants.bare_uvloop_server"]
        running = start_on_port([*command, str(port), str(body_file)], port, folder, cores, working_folder=CHECKOUT)
        running.base = Base(port, BASE_PATH)
        return running
