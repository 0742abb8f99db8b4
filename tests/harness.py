"""A real server for tests: the process of `python -m mockwave serve`, its workers, and a client for its API.

Everything that waits has a deadline. Processes are ended by their pids, and what a server said on stderr is kept.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

DEADLINE_S = 30.0
POLL_INTERVAL_S = 0.01


class Response(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: Any
    """Decoded, where it is JSON; else bytes."""


class MockwaveServer:
    """A server that was started; `url`, `port` and `token` are as it announced them."""

    def __init__(
        self, data_dir: Path, folder: Path, *arguments: str, environment: dict[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir
        self.output_file = folder / "stdout"
        self.error_file = folder / "stderr"
        with self.output_file.open("wb") as output, self.error_file.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mockwave", "serve", "--data-dir", str(data_dir), *arguments],
                stdout=output,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                env=clean_environment(environment),
                # nohup(1) hands its ignored SIGHUP on, and a server heeds that.
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
            )
        self.url = ""
        self.token = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    @property
    def errors(self) -> str:
        return self.error_file.read_text()

    def wait_until_announced(self) -> None:
        wait_for(lambda: self.process.poll() is not None or "data folder" in self.output, "the announcement", self)
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with exit code {self.process.returncode}\n{self.errors}")
        self.url = self.announced("management").removesuffix("/mock-servers")
        self.token = self.announced("token") if "eyJ" in self.output else ""

    def announced(self, label: str) -> str:
        """What the announcement says behind the label."""
        found = re.search(rf"^ *{label}  +(.*)$", self.output, re.MULTILINE)
        assert found, f"nothing is announced as {label}:\n{self.output}"
        return found[1]

    def worker_pids(self) -> dict[int, int]:
        """worker id → pid, of the workers that came up last."""
        pids = {}
        for file in (self.data_dir / "run").glob("worker-*.ready"):
            pids[int(file.stem.removeprefix("worker-"))] = int(file.read_text())
        return pids

    def living_workers(self) -> dict[int, int]:
        return {worker: pid for worker, pid in self.worker_pids().items() if is_alive(pid)}

    def wait_until_whole(self, workers: int) -> None:
        """Until this many workers are up."""
        wait_for(lambda: len(self.living_workers()) == workers, f"{workers} workers", self)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        """One request on a connection of its own."""
        with self.connection() as connection:
            return send(connection, method, path, body, headers)

    def api(
        self, method: str, path: str, json: Any = None, connection: http.client.HTTPConnection | None = None
    ) -> Response:
        """One management call with the server's token, on a connection of its own or the one given."""
        if connection is not None:
            return self._call(connection, method, path, json)
        with self.connection() as fresh:
            return self._call(fresh, method, path, json)

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=DEADLINE_S)
        try:
            yield connection
        finally:
            connection.close()

    def run_command(self, *arguments: str, environment: dict[str, str] | None = None) -> "CompletedCommand":
        """Another mockwave command on this server's data folder."""
        return run_mockwave(*arguments, environment={"MOCKWAVE_DATA_DIR": str(self.data_dir), **(environment or {})})

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait(DEADLINE_S)

    def stop(self) -> int:
        """Stops it gracefully, if it still runs; gives the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """Kills what is left of it, workers too."""
        for pid in (*self.living_workers().values(), self.pid):
            kill_process(pid)
        self.process.wait(DEADLINE_S)

    def _call(self, connection: http.client.HTTPConnection, method: str, path: str, document: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if document is None:
            return send(connection, method, path, None, headers)
        body = json.dumps(document).encode()
        return send(connection, method, path, body, {**headers, "Content-Type": "application/json"})


@contextmanager
def running_server(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[MockwaveServer]:
    """A server of one worker with its data and output below `folder`, ready when it is handed over, killed after."""
    defaults = ("--port", "0", "--workers", "1")
    server = MockwaveServer(folder / "data", folder, *defaults, *arguments, environment=environment)
    try:
        server.wait_until_announced()
        yield server
    finally:
        server.kill()


class CompletedCommand(NamedTuple):
    exit_code: int
    output: str
    errors: str


def run_mockwave(*arguments: str, environment: dict[str, str] | None = None) -> CompletedCommand:
    """A mockwave command, from start to end."""
    done = subprocess.run(
        [sys.executable, "-m", "mockwave", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
        env=clean_environment(environment),
    )
    return CompletedCommand(done.returncode, done.stdout, done.stderr)


def clean_environment(added: dict[str, str] | None = None) -> dict[str, str]:
    """The environment, without options that whoever runs the tests has set for servers of their own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKWAVE_")} | (added or {})


def send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    is_json = "json" in (response.getheader("content-type") or "")
    return Response(response.status, response.headers, json.loads(content) if is_json and content else content)


def wait_for(condition: Callable[[], object], what: str, server: MockwaveServer | None = None) -> None:
    """Until the condition holds. Fails with what the server said where it takes too long."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() >= deadline:
            said = f"\n{server.errors}" if server else ""
            raise AssertionError(f"waited {DEADLINE_S:g} s in vain for {what}{said}")
        time.sleep(POLL_INTERVAL_S)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet reaped does not."""
    return read_state(pid) not in "ZX"


def read_state(pid: int) -> str:
    """The kernel's letter for what the process does (proc_pid_stat(5)): T is stopped, Z and X are dead, as one that is
    gone is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def kill_process(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def answers(url: str) -> bool:
    """Whether a server does, at this base."""
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
