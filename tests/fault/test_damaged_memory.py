"""Shared memory that something else has written to: rings and the control block.

Offsets in shared memory were trusted, so that a damaged ring header killed every worker, again and again.
"""

import contextlib
import http.client
import os
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response, is_alive, kill_process, wait_for

HEADER_BYTES, COPY_OFFSET = 4096, 2048
CAPACITY_OFFSET, HEAD_OFFSET, TAIL_OFFSET = 8, 128, 192

DAMAGES: dict[str, list[tuple[int, bytes]]] = {
    "a head far ahead": [(HEAD_OFFSET, b"\xff" * 8)],
    "a head of nothing": [(HEAD_OFFSET, bytes(8))],
    "a head out of step": [(HEAD_OFFSET, b"\x03" + bytes(7))],
    "a tail far ahead": [(TAIL_OFFSET, b"\xff" * 8)],
    "a tail out of step": [(TAIL_OFFSET, b"\x05" * 8)],
    "another capacity": [(CAPACITY_OFFSET, b"\x00\xff\xff\xff\xff\x00\x00\x00")],
    "no capacity": [(CAPACITY_OFFSET, bytes(8))],
    "another magic": [(0, b"SOMETHIN")],
    "no identity": [(0, bytes(72)), (COPY_OFFSET, bytes(72))],
    "a header of zeros": [(0, bytes(HEADER_BYTES))],
    "a header of ones": [(0, b"\xff" * HEADER_BYTES)],
}


def make_mock(server: MockwaveServer) -> tuple[str, str]:
    """Returns (path of its log, path of the mock)."""
    created = server.api("POST", "/mock-servers", {"name": "damaged", "workspaceId": "wrk_fault"}).body
    route = {"method": "GET", "path": "/hit", "statusCode": 200}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    return f"/mock-servers/{created['_id']}/logs", urlsplit(created["url"]).path


def overwrite(file: Path, *pieces: tuple[int, bytes]) -> None:
    descriptor = os.open(file, os.O_RDWR)
    for offset, content in pieces:
        os.pwrite(descriptor, content, offset)
    os.close(descriptor)


def ask(server: MockwaveServer, path: str) -> Response:
    """Asks once more if the worker at the other end has died."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return server.request("GET", path)
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline, server.errors
            time.sleep(0.01)


def logged(server: MockwaveServer, logs: str) -> list[str]:
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = server.api("GET", f"{logs}?limit=1000")
            if answer.status == 200:
                return [entry["requestQuery"] for entry in answer.body]
        assert time.monotonic() < deadline, server.errors
        time.sleep(0.05)


def wait_until_logged(server: MockwaveServer, logs: str, expected: list[str]) -> None:
    """Until these entries, each once, are the log: what a damaged ring held is stored after its slot was given up."""
    wait_for(lambda: sorted(logged(server, logs)) == sorted(expected), f"{len(expected)} entries", server)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_ring_header_kills_nobody_and_loses_nothing(
    start_mockwave: StartMockwave, damage: list[tuple[int, bytes]]
) -> None:
    server = start_mockwave()
    server.wait_until_whole(2)
    before = server.living_workers()
    logs, path = make_mock(server)
    sent = 0
    for _ in range(40):  # some stored already, some not
        assert server.request("GET", f"{path}/hit?n={sent}").status == 200
        sent += 1
        time.sleep(0.005)
    for slot in (0, 1):
        overwrite(server.data_dir / "journal" / f"ring-{slot}", *damage)
    for _ in range(40):
        assert server.request("GET", f"{path}/hit?n={sent}").status == 200
        sent += 1
        time.sleep(0.005)
    assert server.request("GET", "/healthz").status == 200
    wait_until_logged(server, logs, [f"n={number}" for number in range(sent)])
    assert server.living_workers() == before


def test_a_damaged_ring_makes_the_server_unready_and_its_worker_take_another_slot(
    start_mockwave: StartMockwave,
) -> None:
    server = start_mockwave()
    server.wait_until_whole(2)
    make_mock(server)
    overwrite(server.data_dir / "journal" / "ring-0", (0, b"\xff" * HEADER_BYTES))
    wait_for(lambda: server.request("GET", "/readyz").status == 503, "a red /readyz", server)
    assert any("slot 0" in reason for reason in server.request("GET", "/readyz").body["reasons"])
    wait_for(lambda: (server.data_dir / "journal" / "ring-2").exists(), "another slot", server)
    wait_for(lambda: not (server.data_dir / "journal" / "ring-0").exists(), "the ring to be moved aside", server)
    assert "goes on in slot 2, not 0" in server.errors


@pytest.mark.parametrize("removed", ["ring-0", "."])
def test_entries_of_a_ring_whose_file_was_removed_are_not_lost(start_mockwave: StartMockwave, removed: str) -> None:
    """Requests were answered and never appeared in the log, and /readyz stayed green (issue 12, F19)."""
    server = start_mockwave("--workers", "1")
    server.wait_until_whole(1)
    logs, url = make_mock(server)
    assert ask(server, f"{url}/hit?n=before").status == 200
    journal = server.data_dir / "journal"
    if removed == ".":
        shutil.rmtree(journal)
    else:
        (journal / removed).unlink()
    assert ask(server, f"{url}/hit?n=between").status == 200
    wait_for(lambda: "goes on in slot" in server.errors, "another slot", server)
    assert ask(server, f"{url}/hit?n=after").status == 200
    wait_for(lambda: logged(server, logs) == ["n=after", "n=between", "n=before"], "all entries", server)
    assert server.errors.count("removed or replaced") == 1


def test_a_ring_cut_short_ends_its_worker_at_most_once(start_mockwave: StartMockwave) -> None:
    """A truncated ring caused a SIGBUS again and again."""
    server = start_mockwave()
    server.wait_until_whole(2)
    logs, path = make_mock(server)
    deaths_before = server.errors.count("another one starts")
    os.truncate(server.data_dir / "journal" / "ring-0", 0)
    for number in range(100):
        assert ask(server, f"{path}/hit?n={number}").status == 200
        time.sleep(0.01)
    server.wait_until_whole(2)
    assert server.errors.count("another one starts") - deaths_before <= 2  # of each worker
    last = f"n={100}"
    assert ask(server, f"{path}/hit?{last}").status == 200
    wait_for(lambda: logged(server, logs)[:1] == [last], "the last entry", server)


def test_a_worker_that_comes_up_to_a_damaged_ring_passes_it_by(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1")
    server.wait_until_whole(1)
    logs, path = make_mock(server)
    pid = server.living_workers()[1]
    os.kill(pid, signal.SIGSTOP)  # so that it cannot repair it itself
    overwrite(server.data_dir / "journal" / "ring-0", (0, b"\xff" * HEADER_BYTES))
    kill_process(pid)
    wait_for(lambda: not is_alive(pid), "the end")
    server.wait_until_whole(1)
    assert ask(server, f"{path}/hit?n=1").status == 200
    wait_until_logged(server, logs, ["n=1"])
    wait_for(lambda: not (server.data_dir / "journal" / "ring-0").exists(), "the ring to be moved aside", server)


def test_a_damaged_record_costs_itself_alone(start_mockwave: StartMockwave) -> None:
    """Everything up to the head was lost with it."""
    server = start_mockwave("--workers", "1")
    server.wait_until_whole(1)
    logs, path = make_mock(server)
    pid = server.living_workers()[1]
    for number in range(20):
        assert server.request("GET", f"{path}/hit?n={number}").status == 200
    os.kill(pid, signal.SIGSTOP)
    ring = server.data_dir / "journal" / "ring-0"
    place = ring.read_bytes().find(b"n=19")
    damaged_place = ring.read_bytes().find(b"n=7")
    assert HEADER_BYTES < damaged_place < place
    overwrite(ring, (damaged_place, b"n=x"))
    kill_process(pid)
    wait_for(lambda: not is_alive(pid), "the end")
    server.wait_until_whole(1)
    wait_for(lambda: "n=19" in logged(server, logs), "the entries behind the damage", server)
    found = logged(server, logs)
    assert {f"n={number}" for number in range(20)} - set(found) <= {"n=7"}
    assert len(found) == len(set(found))


@pytest.mark.parametrize("size", [0, 100, None], ids=["empty", "cut short", "of another version"])
def test_a_damaged_control_block_is_replaced_with_all_workers(start_mockwave: StartMockwave, size: int | None) -> None:
    """Every worker that came up found it damaged and gave up, forever."""
    server = start_mockwave()
    server.wait_until_whole(2)
    logs, path = make_mock(server)
    assert server.request("GET", f"{path}/hit?n=0").status == 200
    before = server.living_workers()
    block = server.data_dir / "run" / "control"
    if size is None:
        overwrite(block, (0, b"MWCTRL99"))
    else:
        os.truncate(block, size)
    wait_for(lambda: not any(is_alive(pid) for pid in before.values()), "the workers' end", server)
    server.wait_until_whole(2)
    assert "the control block is damaged" in server.errors
    created = server.api("POST", "/mock-servers", {"name": "later", "workspaceId": "wrk_fault"}).body
    for _ in range(10):  # whichever worker answers
        assert server.api("GET", f"/mock-servers/{created['_id']}").status == 200
    assert ask(server, f"{path}/hit?n=1").status == 200
    wait_until_logged(server, logs, ["n=0", "n=1"])


def test_a_server_starts_over_damaged_files(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(2)
    logs, path = make_mock(server)
    for number in range(10):
        assert server.request("GET", f"{path}/hit?n={number}").status == 200
    server.kill()
    overwrite(server.data_dir / "journal" / "ring-0", (HEAD_OFFSET, b"\xff" * 16))
    overwrite(server.data_dir / "journal" / "ring-1", (0, bytes(72)))  # the copy of its identity is whole
    (server.data_dir / "journal" / "ring-7").write_bytes(b"not a ring")
    (server.data_dir / "run" / "control").write_bytes(b"not a control block")
    server = start_mockwave()
    wait_until_logged(server, logs, [f"n={number}" for number in range(10)])
    assert server.request("GET", "/readyz").status == 200
