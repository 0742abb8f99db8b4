"""A store whose files somebody truncates, overwrites, removes or replaces while workers use it (issue 12, F19).

/readyz stayed green while reads were 503, and after a database had been removed everything was written to a file that
nobody would ever see again. Now /readyz names the file, on every worker, and is green again when it is well.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, run_mockwave, wait_for

PAGE_BYTES = 8192
ASKED = 12
"""Times that /readyz is asked, on separate connections: both workers answer it."""


def start(start_mockwave: StartMockwave) -> tuple[MockwaveServer, str, str]:
    """Returns (the server, path of a log, path of a mock)."""
    server = start_mockwave()
    server.wait_until_whole(2)
    created = server.api("POST", "/mock-servers", {"name": "stored", "workspaceId": "wrk_fault"}).body
    route = {"method": "GET", "path": "/hit", "statusCode": 200, "responseBody": json.dumps("x" * 20_000)}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    url = urlsplit(created["url"]).path
    for _ in range(10):
        assert server.request("GET", f"{url}/hit").status == 200
    logs = f"/mock-servers/{created['_id']}/logs"
    wait_for(lambda: len(server.api("GET", logs).body) == 10, "the log", server)
    return server, logs, url


def readiness(server: MockwaveServer) -> list[str]:
    """Returns the reasons of /readyz, for each time it is asked; "" if it is green."""
    said = []
    for _ in range(ASKED):
        answer = server.request("GET", "/readyz")
        assert answer.status in (200, 503), answer.body
        said.append("; ".join(answer.body["reasons"]) if answer.status == 503 else "")
    return said


def wait_until_red(server: MockwaveServer, name: str) -> None:
    """Waits until /readyz is red on each worker, and each time for the file of this name."""
    wait_for(lambda: all(f"mockwave.sqlite3{name}:" in each for each in readiness(server)), "a red /readyz", server)


def wait_until_green(server: MockwaveServer) -> None:
    wait_for(lambda: not any(readiness(server)), "a green /readyz", server)


def overwrite(file: Path, offset: int, content: bytes) -> None:
    descriptor = os.open(file, os.O_RDWR)
    os.pwrite(descriptor, content, offset)
    os.close(descriptor)


def cut_short(file: Path) -> None:
    os.truncate(file, 4096)


def fill_with_nothing(file: Path) -> None:
    overwrite(file, 0, b"\xa5" * file.stat().st_size)


def remove(file: Path) -> None:
    file.unlink()


def replace_with_an_empty_file(file: Path) -> None:
    file.unlink()
    file.touch()


def replace_with_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [cut_short, fill_with_nothing])
def test_a_damaged_write_ahead_log_makes_every_worker_unready_and_kills_none(
    start_mockwave: StartMockwave, damage: Callable[[Path], None]
) -> None:
    server, logs, url = start(start_mockwave)
    before = server.living_workers()
    damage(server.data_dir / "mockwave.sqlite3-wal")
    wait_until_red(server, "")
    assert server.api("GET", logs).status == 503
    assert server.request("GET", f"{url}/hit").status == 200
    assert server.living_workers() == before


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("", remove),
        ("", replace_with_an_empty_file),
        ("", replace_with_a_folder),
        ("-wal", remove),
        ("-shm", replace_with_an_empty_file),
    ],
)
def test_a_file_that_is_gone_makes_the_server_unready_and_nothing_is_written_past_it(
    start_mockwave: StartMockwave, name: str, damage: Callable[[Path], None]
) -> None:
    server, _, url = start(start_mockwave)
    before = server.living_workers()
    file = server.data_dir / f"mockwave.sqlite3{name}"
    kept = server.data_dir / "kept"
    os.link(file, kept)
    damage(file)
    wait_until_red(server, name)
    refused = server.api("POST", "/mock-servers", {"name": "lost", "workspaceId": "wrk_fault"})
    assert (refused.status, "nothing of this write was stored" in refused.body["detail"]) == (503, True)
    assert server.request("GET", f"{url}/hit").status == 200
    if file.is_dir():
        file.rmdir()
    os.replace(kept, file)
    wait_until_green(server)
    assert server.api("POST", "/mock-servers", {"name": "kept", "workspaceId": "wrk_fault"}).status == 201
    assert server.living_workers() == before


def test_overwritten_pages_are_told_by_readyz_and_by_doctor_and_mended_pages_are_well(
    start_mockwave: StartMockwave,
) -> None:
    server, logs, _ = start(start_mockwave)
    assert server.stop() == 0  # so that nothing of it waits in the write-ahead log
    database = server.data_dir / "mockwave.sqlite3"
    server = start_mockwave()
    server.wait_until_whole(2)
    whole = database.read_bytes()
    overwrite(database, 2 * PAGE_BYTES, b"\xa5" * 4 * PAGE_BYTES)
    wait_until_red(server, "")
    found = run_mockwave("doctor", "--data-dir", str(server.data_dir))
    assert found.exit_code == 1 and "store" in found.output, found
    overwrite(database, 0, whole)
    wait_until_green(server)
    assert len(server.api("GET", logs).body) == 10
    assert run_mockwave("doctor", "--data-dir", str(server.data_dir)).exit_code == 0


def test_a_damaged_page_that_only_one_worker_has_met_makes_all_unready(start_mockwave: StartMockwave) -> None:
    """A store too large to be read through each time: the worker that could not read tells the others."""
    server = start_mockwave()
    server.wait_until_whole(2)
    ids = []
    for number in range(4):
        created = server.api("POST", "/mock-servers", {"name": str(number), "workspaceId": "wrk_fault"}).body
        ids.append(created["_id"])
        route = {
            "method": "GET",
            "path": "/large",
            "statusCode": 200,
            "responseBody": json.dumps(secrets.token_hex(1_000_000)),
        }
        assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    assert server.stop() == 0
    database = server.data_dir / "mockwave.sqlite3"
    pages = database.stat().st_size // PAGE_BYTES
    overwrite(database, pages // 2 * PAGE_BYTES, b"\xa5" * 4 * PAGE_BYTES)
    server = start_mockwave()
    server.wait_until_whole(2)
    assert not any(readiness(server))
    statuses = {server.api("GET", f"/mock-servers/{each}/routes").status for each in ids}
    assert 503 in statuses, statuses
    wait_until_red(server, "")


def test_a_write_ahead_log_that_was_lost_is_told_by_doctor(start_mockwave: StartMockwave, tmp_path: Path) -> None:
    """SQLite takes a log with a damaged head for empty, and its content is silently lost."""
    server, _, _ = start(start_mockwave)
    server.kill()
    wal = server.data_dir / "mockwave.sqlite3-wal"
    assert wal.stat().st_size > PAGE_BYTES
    for offset, told in ((0, "its head is damaged"), (32 + 24 + 100, "cannot be read from frame 1 on")):
        folder = tmp_path / f"damaged-{offset}"
        shutil.copytree(server.data_dir, folder)
        overwrite(folder / "mockwave.sqlite3-wal", offset, b"\xa5" * 20)
        found = run_mockwave("doctor", "--data-dir", str(folder))
        assert found.exit_code == 1 and told in found.output, found
    assert run_mockwave("doctor", "--data-dir", str(server.data_dir)).exit_code == 0


def test_the_table_of_rule_state_that_was_removed_makes_the_server_unready(start_mockwave: StartMockwave) -> None:
    server, _, url = start(start_mockwave)
    file = server.data_dir / "run" / "state"
    kept = file.with_name("kept")
    os.link(file, kept)
    file.unlink()
    assert all("state of rules" in each for each in readiness(server))
    os.replace(kept, file)
    assert not any(readiness(server))
    assert server.request("GET", f"{url}/hit").status == 200


@pytest.mark.parametrize("name", [".", "run"])
def test_a_folder_that_is_gone_stops_no_server(start_mockwave: StartMockwave, name: str) -> None:
    """/readyz was 500, and if only run/ was gone no worker came up any more."""
    server, _, _ = start(start_mockwave)
    shutil.rmtree(server.data_dir / name)
    seen: set[int] = set()
    deadline = time.monotonic() + 30
    while "all workers are replaced" not in server.errors:
        assert time.monotonic() < deadline, server.errors
        with contextlib.suppress(OSError, http.client.HTTPException):  # its worker was just being replaced
            seen.add(server.request("GET", "/readyz").status)
    wait_for(lambda: len(server.living_workers()) == 2, "workers", server)
    assert seen <= {200, 503}
    assert server.request("GET", "/healthz").status == 200
