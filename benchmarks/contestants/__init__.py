"""Who is measured: every contestant by name, in the order of reports; `contract.py` says what a contestant is."""

from benchmarks.contestants.bare_granian import BareGranian
from benchmarks.contestants.bare_uvloop import BareUvloop
from benchmarks.contestants.contract import Contestant
from benchmarks.contestants.json_server import JsonServer
from benchmarks.contestants.mockoon import Mockoon
from benchmarks.contestants.mockserver import Mockserver
from benchmarks.contestants.mockwave import Mockwave
from benchmarks.contestants.mountebank import Mountebank
from benchmarks.contestants.nginx import Nginx
from benchmarks.contestants.prism import Prism
from benchmarks.contestants.steady import Steady
from benchmarks.contestants.wiremock import Wiremock

MOCKWAVE = Mockwave("mockwave", logs=True)
MOCKWAVE_NO_LOG = Mockwave("mockwave_no_log", logs=False)
MOCKWAVE_UVLOOP = Mockwave("mockwave_uvloop", logs=True, engine="uvloop")
BARE_GRANIAN_ASGI = BareGranian("bare_granian_asgi", interface="asgi")
BARE_GRANIAN_RSGI = BareGranian("bare_granian_rsgi", interface="rsgi")

CONTESTANTS: dict[str, Contestant] = {
    contestant.name: contestant
    for contestant in (
        MOCKWAVE,
        MOCKWAVE_NO_LOG,
        MOCKWAVE_UVLOOP,
        BARE_GRANIAN_ASGI,
        BARE_GRANIAN_RSGI,
        BareUvloop("bare_uvloop"),
        Nginx("nginx", logs=False),
        Nginx("nginx_log", logs=True),
        Prism("prism", logs=False),
        Prism("prism_log", logs=True),
        Mockoon("mockoon", logs=False),
        Mockoon("mockoon_log", logs=True),
        Wiremock("wiremock", logs=False),
        Wiremock("wiremock_log", logs=True),
        Mockserver("mockserver", logs=False),
        Mockserver("mockserver_log", logs=True),
        Mountebank("mountebank", logs=False),
        Mountebank("mountebank_log", logs=True),
        Steady("steady", logs=False),
        Steady("steady_log", logs=True),
        JsonServer("json_server", logs=False),
        JsonServer("json_server_log", logs=True),
    )
}

EVERYONE = tuple(CONTESTANTS)
MOCKS_AND_FLOORS = (
    *("mockwave", "mockwave_no_log", "mockwave_uvloop"),
    *("bare_granian_asgi", "bare_granian_rsgi", "bare_uvloop", "nginx", "nginx_log"),
)
LOGGING_PEERS = tuple(name for name in EVERYONE if name.endswith("_log") and not name.startswith(("nginx", "mockwave")))
