"""Servers that live as long as somebody uses them, in a process of their own; nothing of them stays on disk.

What is not needed to start the process is loaded while it starts, and httpx only for those who ask for `client`.
"""

import importlib
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from mockwave.errors import ForeseenError
from mockwave.server.meeting_folders import MeetingFolder, MeetingPoint, release

if TYPE_CHECKING:
    from mockwave.client.clients import MockwaveClient
    from mockwave.testing.live_mocks import LiveMock

Engine = Literal["granian", "uvloop"]

READY_WITHIN_S = 60.0
ENDS_WITHIN_S = 30.0
POLL_INTERVAL_S = 0.002
SHOWN_OUTPUT = 2000

WORKSPACE = "wrk_tests"


class ServerNotStarted(ForeseenError):
    """The server's process ended, or did not answer in time; the text has what it said."""


class EphemeralServer:
    """A mockwave server for tests, at `url`; `token` is for its management API, `client` calls that.

    It ends with `stop`, with its `with` block, or with the process that started it, however that ends.
    """

    def __init__(self, point: MeetingPoint, lease: int, owned: "_Owned | None") -> None:
        from mockwave.client.plain_client import PlainClient

        self.url = point.url
        self.token = point.token
        self._calls = PlainClient(point.url, point.token)
        self._lease: int | None = lease
        self._owned = owned

    @cached_property
    def client(self) -> "MockwaveClient":
        """Calls the management API."""
        from mockwave.client.clients import MockwaveClient

        return MockwaveClient(self.url, self.token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def mock(self, name: str = "test", **options: Any) -> "LiveMock":
        """A new MockServer, deleted at the end of its `with` block or by `delete`. `options` are further fields of
        MockServerCreate, such as `validate_requests`; bodies of requests are captured. Raises InvalidRequest."""
        from mockwave.model import MockServerCreate
        from mockwave.testing.live_mocks import LiveMock

        fields: dict[str, Any] = {"workspace_id": WORKSPACE, "capture_bodies": True, **options}
        server = self._calls.create_server(MockServerCreate(name=name, **fields))
        return LiveMock(self._calls, server, lambda: self.client)

    def stop(self) -> None:
        """Ends its use; the server ends if nobody else uses it. Once is enough."""
        if self._lease is None:
            return
        self._calls.close()
        if "client" in self.__dict__:
            self.client.close()
        release(self._lease)
        self._lease = None
        if self._owned is not None:
            self._owned.wait_for_end()


class _Owned:
    """The process and the folder of a server that one user has for itself."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: "tempfile.TemporaryDirectory[str]") -> None:
        self._process = process
        self._folder = folder

    def wait_for_end(self) -> None:
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def start(*, workers: int = 1, engine: Engine = "uvloop") -> EphemeralServer:
    """Starts a server of one's own, in a process that ends with this one. Raises ServerNotStarted.

    with mockwave.testing.start() as server, server.mock() as mock:
        mock.route("GET", "/pets", json=[])
        requests.get(mock.url + "/pets")
    """
    folder = tempfile.TemporaryDirectory(prefix="mockwave-testing-")
    meeting = MeetingFolder(Path(folder.name))
    lease = meeting.take_lease()
    process = _launch(meeting, workers, engine)
    owned = _Owned(process, folder)
    try:
        return EphemeralServer(_await_server(meeting, process), lease, owned)
    except BaseException:
        release(lease)
        owned.wait_for_end()
        raise


def share(path: Path, *, workers: int = 1, engine: Engine = "uvloop") -> EphemeralServer:
    """The server that all processes share that name the same folder: the first of them starts it, and it ends with the
    last. Raises ServerNotStarted."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    meeting = MeetingFolder(path)
    lease = meeting.take_lease()
    try:
        starting = meeting.take_start_lock()
        try:
            point = meeting.find() or _await_server(meeting, _launch(meeting, workers, engine))
        finally:
            release(starting)
        return EphemeralServer(point, lease, None)
    except BaseException:
        release(lease)
        raise


def _launch(meeting: MeetingFolder, workers: int, engine: Engine) -> "subprocess.Popen[bytes]":
    with meeting.output_file.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "mockwave.server.server_for_tests", str(meeting.path), str(workers), engine],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests: they may still have something to clear away
        )


def _await_server(meeting: MeetingFolder, process: "subprocess.Popen[bytes]") -> MeetingPoint:
    # Here, while the process starts: what the first mock server will need.
    importlib.import_module("mockwave.testing.live_mocks")
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        point = meeting.find()
        if point is not None:
            return point
        if process.poll() is not None or time.monotonic() >= deadline:
            ended = process.poll()
            process.kill()
            said = meeting.output_file.read_text(errors="replace")[-SHOWN_OUTPUT:].strip()
            what = f"ended with exit code {ended}" if ended is not None else f"did not answer in {READY_WITHIN_S:g} s"
            raise ServerNotStarted(f"the mockwave server for tests {what}: {said or 'it said nothing'}")
        time.sleep(POLL_INTERVAL_S)
