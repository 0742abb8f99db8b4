"""uvloop and httptools with the least program there is (`bare_uvloop_server.py`), in Python: the floor under mockwave's
own engine.
"""

from collections.abc import Sequence

from benchmarks.contestants.bare_servers import BareServer
from benchmarks.sites import Site


class BareUvloop(BareServer, frozen=True, kw_only=True):
    def program(self, site: Site, port: int) -> Sequence[str]:
        return "benchmarks.contestants.bare_uvloop_server", str(port)
