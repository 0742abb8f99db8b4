"""Closed-loop load by wrk: so many connections, each asking again as soon as it has its answer.

wrk's figures come through load.lua. A status over 399 counts as an error, as socket errors and timeouts do.
"""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
    with start_load(base, ask, connections, duration_s, cores) as running:
        return running.finish(duration_s + GRACE_S)


class RunningLoad:
    """wrk at work; `stop` ends it early, with the figures so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def stop(self) -> Load:
        self._process.send_signal(signal.SIGINT)
        return self.finish(GRACE_S)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def finish(self, deadline_s: float) -> Load:
        output, _ = self._process.communicate(timeout=deadline_s)
        for line in output.splitlines():
            if line.startswith(MARK):
                return msgspec.json.decode(line.removeprefix(MARK), type=Load)
        raise RuntimeError(f"wrk gave no figures: {output.strip()[-500:]}")


@contextmanager
def start_load(base: Base, ask: Ask, connections: int, duration_s: float, cores: str = "") -> Iterator[RunningLoad]:
    """Load that ends by itself after the duration, or by `stop`, and in any case with this block."""
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
                yield RunningLoad(process)
            finally:
                if process.poll() is None:
                    process.kill()
