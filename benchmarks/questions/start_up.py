"""(j) From the start of the process to the first answer: mockwave with an empty data folder (its /healthz), and with
100 mock servers of 100 routes each (the first answer of a mock). Others, for scale: a small site.
"""

import time
from pathlib import Path

from benchmarks.bench import Bench, make_folder
from benchmarks.contestants import CONTESTANTS, EVERYONE
from benchmarks.contestants.contract import START_PATIENCE_S
from benchmarks.contestants.mockwave import MOCKWAVE_COMMAND, make_mock_server, start_mockwave
from benchmarks.exchanges import Base, fetch
from benchmarks.processes import Family, StartFailed, find_free_port
from benchmarks.results import Absence, Result
from benchmarks.sites import ASK_LITERAL, SMALL_SITE, build_large_site

ROUTES_A_SERVER = 100
EMPTY = "empty"
SMALL = "a small site"
FIGURE = "ms to the first answer"


def measure(bench: Bench, result: Result) -> None:
    names = bench.choose(EVERYONE)
    others = [name for name in names if not name.startswith("mockwave")]
    with make_folder() as folder:
        stored, base_path, path = _store_servers(bench, folder)
        case = f"{bench.stored_servers} servers, {ROUTES_A_SERVER} routes each"
        for _ in range(bench.pairs):
            if "mockwave" in names:
                result.add(EMPTY, "mockwave", FIGURE, _time_mockwave(bench, None, "", "/healthz"))
                result.add(case, "mockwave", FIGURE, _time_mockwave(bench, stored, base_path, path))
            for name in list(others):
                reason = CONTESTANTS[name].find_missing()
                try:
                    if not reason:
                        result.add(SMALL, name, FIGURE, _time_other(bench, name))
                except StartFailed as failure:
                    reason = str(failure)
                if reason:
                    others.remove(name)
                    result.absences.append(Absence(SMALL, name, reason))


def _store_servers(bench: Bench, folder: Path) -> tuple[Path, str, str]:
    """A data folder with servers and routes, and the base and the path of a mock in it."""
    site, ask = build_large_site(ROUTES_A_SERVER)
    with start_mockwave(folder, "") as running:
        client = running.management()
        for _ in range(bench.stored_servers):
            running.use(make_mock_server(client, site.routes))
        client.close()
        return running.data_dir, running.base.path, ask.paths[0]


def _time_mockwave(bench: Bench, data_dir: Path | None, base_path: str, path: str) -> float:
    with make_folder() as folder:
        port = find_free_port()
        options = ["--port", str(port), "--workers", "1", "--data-dir", str(data_dir or folder / "data")]
        with Family([*MOCKWAVE_COMMAND, *options], folder, bench.server_cores) as family:
            family.wait_until(lambda: _answers(Base(port, base_path), path), "answer", START_PATIENCE_S)
            return (time.perf_counter() - family.started_s) * 1000


def _time_other(bench: Bench, name: str) -> float:
    with make_folder() as folder, CONTESTANTS[name].start(SMALL_SITE, folder, bench.server_cores) as running:
        family = running.family
        family.wait_until(lambda: _answers(running.base, ASK_LITERAL.paths[0]), "answer", START_PATIENCE_S)
        return (time.perf_counter() - family.started_s) * 1000


def _answers(base: Base, path: str) -> bool:
    try:
        return fetch(base, path).status == 200
    except OSError:
        return False
