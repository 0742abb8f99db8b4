"""Closed-loop load by wrk: so many connections, each asking again as soon as it has its answer.

wrk's figures come through load.lua. A status over 399 counts as an error, as socket errors and timeouts do.
"""

import shutil
import subprocess
import tempfile
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
    """What wrk counted."""

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
    """Why there can be no load here; empty where there can."""
    return "" if shutil.which("wrk") else "wrk is not installed (Debian: apt install wrk)"


def run_load(base: Base, ask: Ask, connections: int, duration_s: float, cores: str = "") -> Load:
    """Loads for so many seconds. Raises RuntimeError where wrk gives no figures."""
    with tempfile.TemporaryDirectory(prefix="mockwave-load-") as folder:
        paths = Path(folder) / "paths"
        paths.write_text("".join(f"{path}\n" for path in ask.paths))
        headers = [word for name, value in ask.headers for word in ("-H", f"{name}: {value}")]
        # Whole seconds are all that wrk knows.
        options = ["-t1", f"-c{connections}", f"-d{max(1, round(duration_s))}s", f"--timeout={TIMEOUT_S}s"]
        command = ["wrk", *options, *headers, "-s", str(SCRIPT), f"http://{base.host}:{base.port}"]
        with subprocess.Popen(
            [*build_launcher(cores), *command, "--", base.path, str(paths)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=duration_s + GRACE_S)
            finally:
                if process.poll() is None:
                    process.kill()
    for line in output.splitlines():
        if line.startswith(MARK):
            return msgspec.json.decode(line.removeprefix(MARK), type=Load)
    raise RuntimeError(f"wrk gave no figures: {output.strip()[-500:]}")
