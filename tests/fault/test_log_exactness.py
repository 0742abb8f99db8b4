"""SIGKILL under load: every request that got its response is in the log afterwards, once."""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, is_alive, kill_process, send, wait_for

CLIENTS = 4
ROUNDS = 20
SHORT_ROUNDS = 6
"""Rounds that follow the last one at once, while workers are still being replaced."""


class Load:
    """Clients that send without pause, number each request, and note which were answered."""

    def __init__(self, url: str, after: int = 0) -> None:
        self._parts = urlsplit(url)
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._next = after
        self.answered: list[int] = []
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _ask(self) -> None:
        connection = None
        while not self._ending.is_set():
            with self._lock:
                self._next += 1
                number = self._next
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self._parts.netloc, timeout=5)
                if send(connection, "GET", f"{self._parts.path}/hit?n={number}").status == 200:
                    with self._lock:
                        self.answered.append(number)
            except (OSError, http.client.HTTPException):
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(0.002)


def logged_numbers(server: MockwaveServer, mock_server_id: str) -> Counter[int]:
    numbers: Counter[int] = Counter()
    offset = 0
    while True:
        page = server.api("GET", f"/mock-servers/{mock_server_id}/logs?limit=1000&offset={offset}").body
        numbers.update(int(entry["requestQuery"].removeprefix("n=")) for entry in page)
        offset += len(page)
        if len(page) < 1000:
            return numbers


def make_mock(server: MockwaveServer) -> tuple[str, str]:
    created = server.api("POST", "/mock-servers", {"name": "exact", "workspaceId": "wrk_fault"}).body
    route = {"method": "GET", "path": "/hit", "statusCode": 200, "responseBody": "ok", "contentType": "text/plain"}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    return created["_id"], created["url"]


def wait_for_more_answers(load: Load, more: int = 50) -> None:
    wanted = len(load.answered) + more
    wait_for(lambda: len(load.answered) >= wanted, f"{more} more answers")


def are_gone(pids: Iterable[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def check_log(server: MockwaveServer, mock_server_id: str, answered: list[int]) -> None:
    numbers = logged_numbers(server, mock_server_id)
    assert [number for number in answered if number not in numbers] == []
    assert [number for number, times in numbers.items() if times > 1] == []


def test_workers_killed_under_load_lose_no_answered_request_and_store_none_twice(start_mockwave: StartMockwave) -> None:
    chance = random.Random(20)
    server = start_mockwave()
    server.wait_until_whole(2)
    mock_server_id, url = make_mock(server)
    load = Load(url)
    for number in range(ROUNDS):
        wait_for_more_answers(load)
        victims = list(server.living_workers().values())
        for victim in victims if number % 5 == 4 else victims[:1]:
            kill_process(victim)
        if number >= SHORT_ROUNDS:
            server.wait_until_whole(2)
            time.sleep(chance.random() * 0.3)
        else:
            time.sleep(chance.random() * 0.1)
    server.wait_until_whole(2)
    wait_for_more_answers(load)
    load.stop()
    check_log(server, mock_server_id, load.answered)
    assert server.process.poll() is None


KillAll = Callable[[MockwaveServer, random.Random], None]


def kill_and_start_again(start_mockwave: StartMockwave, kill: KillAll, chance: random.Random) -> None:
    """Kills a server under load five times, and starts it again on its data; its log must be exact."""
    server = start_mockwave()
    mock_server_id, url = make_mock(server)
    port = str(server.port)
    answered: list[int] = []
    for _ in range(5):
        server.wait_until_whole(2)
        load = Load(url, after=max(answered, default=0) + 1_000_000)
        wait_for_more_answers(load)
        kill(server, chance)
        load.stop()
        answered += load.answered
        server = start_mockwave("--port", port)
    check_log(server, mock_server_id, answered)


def test_a_killed_parent_takes_its_workers_along_and_loses_nothing(start_mockwave: StartMockwave) -> None:
    def kill_parent(server: MockwaveServer, chance: random.Random) -> None:
        workers = list(server.living_workers().values())
        time.sleep(chance.random() * 0.3)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        wait_for(partial(are_gone, workers), "the workers to go")

    kill_and_start_again(start_mockwave, kill_parent, random.Random(21))


def test_everything_killed_at_once_loses_nothing(start_mockwave: StartMockwave) -> None:
    def kill_everything(server: MockwaveServer, chance: random.Random) -> None:
        time.sleep(chance.random() * 0.5)
        pids = [*server.living_workers().values(), server.pid]
        chance.shuffle(pids)
        for pid in pids:
            kill_process(pid)
        server.wait()

    kill_and_start_again(start_mockwave, kill_everything, random.Random(22))
