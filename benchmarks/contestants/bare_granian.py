"""granian with the least application there is: the floor under mockwave on the same server, with the same settings.

Its answers are those of `bare_granian_server.py`, with the headers and the body that mockwave sends; it is asked the
same requests, to the byte, but for the mock server's id.
"""

import sys
from pathlib import Path
from typing import Literal

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import PortServer, start_on_port
from benchmarks.exchanges import Base
from benchmarks.processes import CHECKOUT, find_free_port
from benchmarks.sites import Site

# As long as a mock server's: what granian does for a request grows with its path.
BASE_PATH = f"/bin/mock_{'0' * 32}"


class BareGranian(PortServer, frozen=True, kw_only=True):
    interface: Literal["asgi", "rsgi"]

    @property
    def answers_any_path(self) -> bool:
        return True

    def find_missing(self) -> str:
        return ""

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        body_file = folder / "body"
        body_file.write_bytes(site.body)
        port = find_free_port()
        command = [sys.executable, "-m", "benchmarks.contestants.bare_granian_server"]
        running = start_on_port(
            [*command, self.interface, str(port), str(site.workers), str(body_file)],
            port,
            folder,
            cores,
            working_folder=CHECKOUT,
        )
        running.base = Base(port, BASE_PATH)
        return running
