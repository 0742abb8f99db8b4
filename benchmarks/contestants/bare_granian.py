"""granian with the least application there is (`bare_granian_server.py`): the floor under mockwave on the same server,
with the same settings.
"""

from collections.abc import Sequence
from typing import Literal

from benchmarks.contestants.bare_servers import BareServer
from benchmarks.sites import Site


class BareGranian(BareServer, frozen=True, kw_only=True):
    interface: Literal["asgi", "rsgi"]

    def program(self, site: Site, port: int) -> Sequence[str]:
        return "benchmarks.contestants.bare_granian_server", self.interface, str(port), str(site.workers)
