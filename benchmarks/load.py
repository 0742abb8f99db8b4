"""Closed-loop load by wrk: so many connections, each sending again as soon as it has its answer.

wrk's figures come through load.lua. A status over 399 counts as an error, like socket errors and timeouts.
"""

import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.exchanges import Base
from benchmarks.processes import build_launcher
from benchmarks.sites import Ask

SCRIPT = Path(__file__).with_name("load.lua")
MARK = "MEASURED "
TIMEOUT_S = 10
GRACE_S = 30


class Load(Struct, frozen=True):
    """The counts of wrk."""

    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    p999_us: int
    socket_errors: int
    timeouts: int
    bad_statuses: int

    @property
    def requests_per_s(self) -> float:
        return self.requests * 1e6 / self.duration_us

    @property
    def errors(self) -> int:
        return self.socket_errors + self.timeouts + self.bad_statuses


def find_missing() -> str:
    """Returns why there can be no load here; empty if there can."""
    return "" if shutil.which("wrk") else "wrk is not installed (Debian: apt install wrk)"


def run_load(base: Base, ask: Ask, connections: int, duration_s: float, cores: str = "") -> Load:
    """Loads for so many whole seconds. Raises RuntimeError if wrk returns no figures."""
    seconds = max(1, round(duration_s))
    with _start_wrk(base, ask, connections, seconds, cores) as wrk:
        output, _ = wrk.communicate(timeout=seconds + GRACE_S)
    for line in output.splitlines():
        if line.startswith(MARK):
            return msgspec.json.decode(line.removeprefix(MARK), type=Load)
    raise RuntimeError(f"wrk gave no figures: {output.strip()[-500:]}")


def warm_up(base: Base, ask: Ask, connections: int, duration_s: float, cores: str = "") -> None:
    """Runs the same load without figures, also for parts of a second."""
    with _start_wrk(base, ask, connections, math.ceil(duration_s), cores) as wrk, suppress(subprocess.TimeoutExpired):
        wrk.communicate(timeout=duration_s)


@contextmanager
def _start_wrk(base: Base, ask: Ask, connections: int, seconds: int, cores: str) -> Iterator["subprocess.Popen[str]"]:
    """Runs wrk, which knows only whole seconds. It is killed if the block ends before."""
    with tempfile.TemporaryDirectory(prefix="mockwave-load-") as folder:
        paths = Path(folder) / "paths"
        paths.write_text("".join(f"{path}\n" for path in ask.paths))
        body = Path(folder) / "body"
        body.write_bytes(ask.body)
        headers = [word for name, value in ask.headers for word in ("-H", f"{name}: {value}")]
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT_S}s"]
        command = ["wrk", *options, *headers, "-s", str(SCRIPT), f"http://{base.host}:{base.port}"]
        with subprocess.Popen(
            [*build_launcher(cores), *command, "--", base.path, str(paths), str(body), str(ask.depth)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
