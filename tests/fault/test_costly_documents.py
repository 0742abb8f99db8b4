"""Documents that take long to read, or that expand to much: each gets its answer, and no other request waits for it.

The cases are small; one worker answers /healthz meanwhile.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.heartbeats import answers_meanwhile
from tests.harness import DEADLINE_S, MockwaveServer, Response, kill_process, running_server, wait_for
from tests.integration.test_reading_limits import with_large_string

WITHIN_S = 2.0
HEAD = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}}
PLAIN = json.dumps(HEAD | {"paths": {"/a": {"get": {"responses": {"200": {"description": "d"}}}}}})


def slow_document(seed: int) -> str:
    """Returns a document of some MB that takes seconds: it has many responses that are not responses."""
    responses: dict[str, Any] = {f"no{seed}-{number}": {} for number in range(60_000)}
    return json.dumps(HEAD | {"paths": {"/slow": {"get": {"responses": responses}}}})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockwaveServer]:
    with running_server(tmp_path_factory.mktemp("costly-documents"), "--max-import-bytes", "16M") as server:
        yield server


def create(server: MockwaveServer, workspace: str, specification: str) -> Response:
    fields = {"name": "x", "workspaceId": workspace, "specification": specification}
    return server.api("POST", "/mock-servers", fields)


class Creation(threading.Thread):
    """A call that creates a server, in a thread."""

    def __init__(self, server: MockwaveServer, workspace: str, specification: str) -> None:
        super().__init__()
        self.answer: Response | None = None
        self._arguments = server, workspace, specification
        self.start()

    def run(self) -> None:
        self.answer = create(*self._arguments)


def find_readers(server: MockwaveServer) -> list[int]:
    """Returns the processes of the one worker that read specifications."""
    (worker,) = server.living_workers().values()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    return [int(each) for each in children if "reading_process" in Path(f"/proc/{each}/cmdline").read_text()]


def stop_readers(server: MockwaveServer) -> set[int]:
    """Returns the processes that read, stopped: they do not end, whatever they get next."""
    create(server, "wrk_warm", PLAIN)
    readers = set(find_readers(server))
    for each in readers:
        os.kill(each, signal.SIGSTOP)
    return readers


def test_a_small_document_of_another_workspace_does_not_wait_for_the_slow_ones_of_one(server: MockwaveServer) -> None:
    documents = [slow_document(seed) for seed in range(3)]
    with answers_meanwhile(server, WITHIN_S):
        slow = [Creation(server, "wrk_slow", document) for document in documents]
        wait_for(lambda: find_readers(server), "a slow document that is read", server)
        answer = create(server, "wrk_other", PLAIN)
        are_waiting = [thread.is_alive() for thread in slow]
        for thread in slow:
            thread.join(DEADLINE_S * 3)
    assert answer.status == 201
    assert any(are_waiting)
    assert [thread.answer.status if thread.answer else None for thread in slow] == [201, 201, 201]


def test_the_document_of_a_client_who_has_left_is_not_read(server: MockwaveServer) -> None:
    readers = stop_readers(server)
    fields = {"name": "left", "workspaceId": "wrk_left", "specification": slow_document(9)}
    with answers_meanwhile(server, WITHIN_S):
        with server.connection() as connection:
            headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
            connection.request("POST", "/mock-servers", json.dumps(fields), headers)
            time.sleep(1)  # for the text to arrive; earlier, the body would be cut
        wait_for(lambda: readers - set(find_readers(server)), "the end of what reads for nobody", server)
    for each in find_readers(server):
        os.kill(each, signal.SIGCONT)
    assert create(server, "wrk_left", PLAIN).status == 201
    names = [each["name"] for each in server.api("GET", "/mock-servers?workspaceId=wrk_left").body]
    assert names == ["x"]


ONE_LARGE = {"responses": {"200": {"content": {"text/plain": {"example": "x" * (17 << 20)}}}}}
METHODS = ("get", "put", "post", "delete", "patch", "head", "trace")
OK = {"responses": {"200": {"description": "d"}}}


def with_shared_item(count: int, item: dict[str, Any]) -> str:
    """Returns so many paths that share one path item."""
    paths = {f"/{number}": {"$ref": "#/components/pathItems/p"} for number in range(count)}
    return json.dumps(HEAD | {"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"p": item}}})


LONG_PATHS = {f"/{number}/{'x' * 10_000}": dict.fromkeys(METHODS, OK) for number in range(90)}
OWN_SERVERS = [{"url": f"https://h/{number}{'u' * 1_900}"} for number in range(30)]
LARGE = {
    "bodies": ("output", with_large_string(1 << 18, 300)),
    "one part": ("part", json.dumps(HEAD | {"paths": {"/a": {"get": ONE_LARGE}}})),
    "long paths": ("output", json.dumps(HEAD | {"paths": LONG_PATHS})),
    "many routes": ("output", with_shared_item(4_000, dict.fromkeys(METHODS, OK))),
    "servers of their own": ("output", with_shared_item(300, {"servers": OWN_SERVERS, "get": OK})),
}


@pytest.mark.parametrize("case", LARGE)
def test_a_document_of_which_too_much_is_made_is_refused(server: MockwaveServer, case: str) -> None:
    """Rows count with their size in a worker and in the Store: 2.5 MB of long paths were 90 MB there, 1.8 MB of
    references to one path item 380 MB of a worker, and 0.2 MB with a long server 1.9 GB."""
    limit, document = LARGE[case]
    with answers_meanwhile(server, WITHIN_S):
        answer = create(server, "wrk_large", document)
    assert (answer.status, answer.body["errors"][0]["rule"]) == (400, f"{limit}-limit")


def test_who_kills_the_reading_process_is_not_taken_for_a_fault_of_the_document(server: MockwaveServer) -> None:
    readers = stop_readers(server)
    creation = Creation(server, "wrk_killed", PLAIN)
    time.sleep(1)  # for the text to arrive; killed earlier, the process would be replaced
    with answers_meanwhile(server, WITHIN_S):
        for process_id in readers:
            kill_process(process_id)
        creation.join(DEADLINE_S)
    assert creation.answer is not None
    assert creation.answer.status == 503
    assert creation.answer.headers["retry-after"]
    assert create(server, "wrk_killed", PLAIN).status == 201
