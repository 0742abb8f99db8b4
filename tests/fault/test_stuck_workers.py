"""Workers that hang instead of dying: the parent notices, replaces them, and nothing is lost."""

import contextlib
import fcntl
import http.client
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from mockwave._control import ControlBlock
from mockwave.liveness.steps import Steps
from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response, is_alive, kill_process, read_state, send, wait_for

STUCK_AFTER_S = 2
ANSWER_WITHIN_S = 20.0

PATCH = """
import os
import time
from mockwave.mocks import answering

find_reply = answering.find_reply

def hang_at_some(snapshot, request):
    while b"hang" in request.body or b"hang" in request.query:
        time.sleep(0.1)
    if b"crash" in request.body:
        os.abort()
    return find_reply(snapshot, request)

answering.find_reply = hang_at_some
"""
"""Stands for a hostile request of an unknown kind: it keeps the event loop for ever."""


@pytest.fixture
def hanging_code(tmp_path: Path) -> dict[str, str]:
    """Returns the environment of a server that hangs at a body with `hang` in it, and crashes at one with `crash`."""
    folder = tmp_path / "patch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PATCH)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def start(start_mockwave: StartMockwave, *arguments: str, environment: dict[str, str] | None = None) -> MockwaveServer:
    return start_mockwave("--stuck-after", str(STUCK_AFTER_S), *arguments, environment=environment)


def make_mock(server: MockwaveServer) -> tuple[str, str]:
    """Returns (id, path of the mock)."""
    made = {"name": "stuck", "workspaceId": "wrk_fault", "validateRequests": True}
    created = server.api("POST", "/mock-servers", made).body
    for method in ("GET", "POST"):
        route = {"method": method, "path": "/hit", "statusCode": 200}
        assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    return created["_id"], urlsplit(created["url"]).path


class Fragile(NamedTuple):
    """A server whose only worker can be made to hang or crash, with a mock on it."""

    server: MockwaveServer
    mock_server_id: str
    path: str
    pid: int


def start_fragile(start_mockwave: StartMockwave, hanging_code: dict[str, str]) -> Fragile:
    server = start(start_mockwave, "--workers", "1", environment=hanging_code)
    server.wait_until_whole(1)
    return Fragile(server, *make_mock(server), server.living_workers()[1])


def ask_patiently(server: MockwaveServer, method: str, path: str, body: bytes | None = None) -> Response:
    """Asks on one connection after another until answered: one of them may lead to a worker that hangs."""
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.5)
        headers = {"Authorization": f"Bearer {server.token}"}
        with contextlib.closing(connection):
            try:
                return send(connection, method, path, body, headers)
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, server.errors


def metric(server: MockwaveServer, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", ask_patiently(server, "GET", "/metrics").body.decode(), re.MULTILINE)
    assert found
    return float(found[1])


def wait_until_replaced(server: MockwaveServer, pid: int, workers: int) -> None:
    wait_for(lambda: not is_alive(pid), f"the end of {pid}", server)
    server.wait_until_whole(workers)
    wait_for(lambda: is_listening(server), "somebody who listens", server)


def is_listening(server: MockwaveServer) -> bool:
    """Whether a connection is accepted: a worker is ready a moment before it listens."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_stopped_worker_is_killed_and_replaced_and_the_cause_is_told(start_mockwave: StartMockwave) -> None:
    server = start(start_mockwave)
    server.wait_until_whole(2)
    pid = server.living_workers()[1]
    with stopped(pid):
        wait_until_replaced(server, pid, 2)
    assert f"worker 1 (process {pid}) is stuck" in server.errors
    assert "it is stopped by a signal" in server.errors
    assert metric(server, "mockwave_workers_killed_stuck_total") == 1


def test_workers_that_only_wait_are_left_alone(start_mockwave: StartMockwave) -> None:
    server = start(start_mockwave, "--stuck-after", "1")
    server.wait_until_whole(2)
    before = server.living_workers()
    time.sleep(3)  # three times as long as a worker may be stuck
    assert server.living_workers() == before


def test_nobody_is_killed_when_parent_and_workers_slept_alike(start_mockwave: StartMockwave) -> None:
    """Like a laptop that was closed, or a whole process group that was stopped."""
    server = start(start_mockwave, "--stuck-after", "1")
    server.wait_until_whole(2)
    before = server.living_workers()
    pids = [server.pid, *before.values()]
    with stopped(*pids):
        wait_for(lambda: all(read_state(pid) in "Tt" for pid in pids), "all to stop")
        time.sleep(4)  # several times as long as a worker may be stuck
        os.kill(server.pid, signal.SIGCONT)  # the parent wakes first: the worst order
        time.sleep(0.3)
    time.sleep(1)
    assert server.living_workers() == before
    assert "is stuck" not in server.errors


def test_the_holder_of_the_drain_lock_may_hang_and_no_entry_is_lost_or_double(start_mockwave: StartMockwave) -> None:
    """F7: GET …/logs on other workers never answered, mocks were 503 in the end, and /readyz stayed green."""
    server = start(start_mockwave, "--stuck-after", "9")
    server.wait_until_whole(2)
    mock_server_id, path = make_mock(server)
    control = ControlBlock(str(server.data_dir / "run" / "control"))
    sent = 0
    holder = 0

    def ask_and_stop_a_drainer() -> bool:
        nonlocal sent, holder
        for _ in range(20):
            assert server.request("GET", f"{path}/hit?n={sent}").status == 200
            sent += 1
        holder = stop_a_drainer(control)
        return holder > 0

    wait_for(ask_and_stop_a_drainer, "a worker that drains", server)
    began_s = time.monotonic()
    wait_for(lambda: ask_patiently(server, "GET", "/readyz").status == 503, "a red /readyz", server)
    assert is_alive(holder)
    assert time.monotonic() - began_s < 9
    ready = ask_patiently(server, "GET", "/readyz")
    assert any(f"process {holder}" in reason for reason in ready.body["reasons"])
    assert ask_patiently(server, "GET", "/healthz").status == 200
    for _ in range(20):
        assert ask_patiently(server, "GET", f"{path}/hit?n={sent}").status == 200
        sent += 1
    wait_until_replaced(server, holder, 2)
    wait_for(lambda: server.request("GET", "/readyz").status == 200, "a green /readyz", server)
    entries = server.api("GET", f"/mock-servers/{mock_server_id}/logs?limit=1000").body
    assert {entry["requestQuery"] for entry in entries} == {f"n={number}" for number in range(sent)}
    answered_once = [entry["requestQuery"] for entry in entries]
    assert len(answered_once) - len(set(answered_once)) <= 1  # ask_patiently may have asked twice


def test_the_holder_of_the_write_lock_may_hang_and_writes_go_on_when_it_is_killed(
    start_mockwave: StartMockwave,
) -> None:
    server = start(start_mockwave, "--stuck-after", "4")
    server.wait_until_whole(2)
    make_mock(server)
    victim = server.living_workers()[1]
    lock = os.open(server.data_dir / "mockwave.sqlite3-lock", os.O_RDWR)
    with stopped(victim), contextlib.closing(os.fdopen(lock)):
        fcntl.flock(lock, fcntl.LOCK_EX)  # as the stopped worker would hold it
        began_s = time.monotonic()
        wait_for(lambda: not is_alive(victim), "its end", server)
        assert ask_patiently(server, "GET", "/healthz").status == 200
        assert time.monotonic() - began_s < 15
    assert server.api("POST", "/mock-servers", {"name": "later", "workspaceId": "wrk_fault"}).status == 201


def stop_a_drainer(control: ControlBlock) -> int:
    """Stops a worker while it holds the drain lock; returns its pid, or 0 if none was caught."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        for pid, draining_s, _ in control.holders():
            if draining_s:
                os.kill(pid, signal.SIGSTOP)
                if (pid, True) in [(other, seconds > 0) for other, seconds, _ in control.holders()]:
                    return pid
                os.kill(pid, signal.SIGCONT)
    return 0


def test_a_request_that_hangs_a_worker_is_refused_to_the_next_one(
    start_mockwave: StartMockwave, hanging_code: dict[str, str]
) -> None:
    """The same hostile request, repeated, took the server down, worker after worker."""
    server, _, path, pid = start_fragile(start_mockwave, hanging_code)
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.request("POST", f"{path}/nowhere", b"please hang")
    wait_until_replaced(server, pid, 1)
    assert f"it hangs at POST {path}/nowhere" in server.errors
    replacement = server.living_workers()[1]
    again = ask_patiently(server, "POST", f"{path}/nowhere", b"please hang")
    assert again.status == 503
    assert again.body["type"] == "urn:mockwave:problem:refused-for-a-while"
    assert int(again.headers["retry-after"]) > 0
    assert server.request("POST", f"{path}/nowhere", b"something else").status == 404
    assert server.living_workers()[1] == replacement
    assert metric(server, "mockwave_requests_refused_total") == 1


def test_a_request_that_crashes_a_worker_is_refused_to_the_next_one(
    start_mockwave: StartMockwave, hanging_code: dict[str, str]
) -> None:
    server, _, path, pid = start_fragile(start_mockwave, hanging_code)
    with pytest.raises((OSError, http.client.HTTPException)):
        server.request("POST", f"{path}/nowhere", b"crash")
    wait_until_replaced(server, pid, 1)
    assert ask_patiently(server, "POST", f"{path}/nowhere", b"crash").status == 503


def test_a_request_without_a_body_is_known_again_too(
    start_mockwave: StartMockwave, hanging_code: dict[str, str]
) -> None:
    server, mock_server_id, path, pid = start_fragile(start_mockwave, hanging_code)
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.request("GET", f"{path}/nowhere?hang")
    wait_until_replaced(server, pid, 1)
    assert server.request("GET", f"{path}/nowhere?hang").status == 503
    assert server.request("GET", f"{path}/nowhere?other").status == 404
    entries = server.api("GET", f"/mock-servers/{mock_server_id}/logs").body
    assert [entry["responseStatusCode"] for entry in entries] == [404, 503]  # refused, and on record


def test_a_request_during_which_a_worker_was_stopped_is_not_blamed(
    start_mockwave: StartMockwave, hanging_code: dict[str, str]
) -> None:
    server, _, path, pid = start_fragile(start_mockwave, hanging_code)
    with server.connection() as connection:
        connection.request("POST", f"{path}/nowhere", b"please hang")
        wait_for(lambda: names_step(server, path), "the step", server)
        with stopped(pid):
            wait_until_replaced(server, pid, 1)
    assert "refused for" not in server.errors


def test_a_killed_worker_leaves_nobody_refused(start_mockwave: StartMockwave, hanging_code: dict[str, str]) -> None:
    """SIGKILL is somebody's wish, and says nothing about the worker's step."""
    server, mock_server_id, path, pid = start_fragile(start_mockwave, hanging_code)
    body = b"please hang"
    with server.connection() as connection:
        connection.request("POST", f"{path}/nowhere", body)
        wait_for(lambda: names_step(server, path), "the step", server)
        kill_process(pid)
        wait_until_replaced(server, pid, 1)
    control = ControlBlock(str(server.data_dir / "run" / "control"))
    key = Steps(control, 0).key_of_request(mock_server_id, "POST", f"{path}/nowhere".encode(), b"", [], [body])
    assert control.refused_for(key) == 0


def names_step(server: MockwaveServer, path: str) -> bool:
    return f"POST {path}".encode() in (server.data_dir / "run" / "control").read_bytes()
