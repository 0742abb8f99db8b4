"""Servers with the least program there is: floors under mockwave, which give one answer to every request.

What answers is a module beside this one, with the headers and the body that mockwave sends. Such a server is asked the
same requests as mockwave, to the byte, but for the mock server's id.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import PortServer, start_on_port
from benchmarks.exchanges import Base
from benchmarks.processes import CHECKOUT, find_free_port
from benchmarks.sites import Site

# As long as a mock server's: what granian does for a request grows with its path.
BASE_PATH = f"/bin/mock_{'0' * 32}"


class BareServer(PortServer, frozen=True, kw_only=True):
    @property
    def answers_any_path(self) -> bool:
        return True

    def find_missing(self) -> str:
        return ""

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        body_file = folder / "body"
        body_file.write_bytes(site.body)
        port = find_free_port()
        command = [sys.executable, "-m", *self.program(site, port), str(body_file)]
        running = start_on_port(command, port, folder, cores, working_folder=CHECKOUT)
        running.base = Base(port, BASE_PATH)
        return running

    def program(self, site: Site, port: int) -> Sequence[str]:
        """The module that answers, and its arguments but for the last, the file of the body."""
        raise NotImplementedError
