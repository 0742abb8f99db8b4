"""Processes of a server killed at any time: workers come back, and no process is left once the parent is gone."""

import os
import random
import signal
import socket
import time

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, is_alive, kill_process, run_mockwave, wait_for

WORKERS = 2
ROUNDS = 20


def wait_until_replaced(server: MockwaveServer, killed: dict[int, int]) -> None:
    """Returns once every worker is up, and none of them is one of the killed."""

    def are_replaced() -> bool:
        living = server.living_workers()  # once: a worker may die between two looks
        return len(living) == WORKERS and not killed.items() & living.items()

    wait_for(are_replaced, "the workers' return", server)


def test_workers_killed_at_random_times_come_back_every_time(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    choose = random.Random(4010)
    server.wait_until_whole(WORKERS)
    for _ in range(ROUNDS):
        workers = server.living_workers()
        killed = dict(choose.sample(sorted(workers.items()), choose.randint(1, WORKERS)))
        for pid in killed.values():
            kill_process(pid)
            time.sleep(choose.choice((0, 0, 0.01, 0.1)))  # so that deaths fall into each other's replacement
        wait_until_replaced(server, killed)
        assert server.process.poll() is None
    assert server.request("GET", "/readyz").status == 200


def test_workers_killed_while_they_start_come_back(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    killed: list[int] = []
    for _ in range(ROUNDS):
        killed += (victims := children_of(server.pid))
        for pid in victims:
            kill_process(pid)
    wait_for(lambda: not any(is_alive(pid) for pid in killed), "the killed to be gone", server)
    server.wait_until_whole(WORKERS)
    assert server.request("GET", "/readyz").status == 200


def test_the_death_of_one_worker_disturbs_no_other(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    before = server.living_workers()
    kill_process(before[1])
    wait_until_replaced(server, {1: before[1]})
    assert server.living_workers()[2] == before[2]


def test_a_worker_that_is_told_to_stop_is_replaced(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    stopped = server.living_workers()[2]
    os.kill(stopped, signal.SIGTERM)
    wait_until_replaced(server, {2: stopped})


def test_workers_do_not_outlive_their_parent(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    workers = server.living_workers()
    kill_process(server.pid)
    server.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in workers.values()), "the workers' end")


def test_the_port_of_a_killed_parent_is_free(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    with server.connection() as kept_alive:
        kept_alive.request("GET", "/readyz")
        kept_alive.getresponse().read()
        kill_process(server.pid)
        server.wait()
        wait_for(lambda: can_listen(server.port), "the port")


@pytest.mark.parametrize("killed", ["parent", "everything"])
def test_a_killed_server_starts_again_at_once(start_mockwave: StartMockwave, killed: str) -> None:
    server = start_mockwave()
    made = server.api("POST", "/mock-servers", {"name": "kept", "workspaceId": "wrk_fault"}).body
    for _ in range(5):
        port = str(server.port)
        pids = [server.pid, *server.living_workers().values()]
        for pid in pids if killed == "everything" else pids[:1]:
            kill_process(pid)
        server = start_mockwave("--port", port)
        assert str(server.port) == port
        assert server.api("GET", f"/mock-servers/{made['_id']}").status == 200


def test_a_second_server_is_refused_while_the_first_replaces_its_workers(start_mockwave: StartMockwave) -> None:
    """Without workers nobody listens on the port; it is still the server's."""
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    for pid in server.living_workers().values():
        kill_process(pid)
    other = run_mockwave("serve", "--port", str(server.port), "--data-dir", str(server.data_dir.with_name("other")))
    assert other.exit_code == 2
    assert f"port {server.port}" in other.errors
    wait_for(lambda: len(server.living_workers()) == WORKERS, "the workers' return", server)


def test_the_drain_of_a_stopping_server_replaces_nobody(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(WORKERS)
    server.signal(signal.SIGTERM)
    for pid in server.living_workers().values():
        kill_process(pid)
    assert server.wait() == 0
    assert server.living_workers() == {}


def children_of(parent: int) -> list[int]:
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(pid) for pid in file.read().split()]


def can_listen(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
