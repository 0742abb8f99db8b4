"""`mockwave stop` and `mockwave doctor`, on data folders with and without a server, whole and damaged."""

import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mockwave.data_folder import DataFolder
from mockwave.doctor.folder_checks import look_at_folder
from tests.conftest import StartMockwave
from tests.harness import CompletedCommand, MockwaveServer, is_alive, run_mockwave


class Stopped(NamedTuple):
    """What a stopped server has left."""

    data_dir: Path


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the data folder of a stopped server, with a mock server, its specification and 20 log entries."""
    folder = tmp_path_factory.mktemp("left-behind")
    server = MockwaveServer(folder / "data", folder, "--port", "0", "--workers", "2")
    try:
        server.wait_until_announced()
        document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/pets": {"get": {}}}}
        fields = {"name": "looked-at", "workspaceId": "wrk_1", "specification": json.dumps(document)}
        made = server.api("POST", "/mock-servers", fields).body
        for number in range(20):
            server.request("GET", f"/bin/{made['_id']}/pets?n={number}")
        server.stop()
    finally:
        server.kill()
    return server.data_dir


@pytest.fixture
def stopped(left_behind: Path, tmp_path: Path) -> Stopped:
    """Returns a copy of that folder, to be damaged."""
    shutil.copytree(left_behind, tmp_path / "copy")
    (tmp_path / "copy").chmod(0o700)
    return Stopped(tmp_path / "copy")


def look_at(folder: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = run_mockwave("doctor", "--data-dir", str(folder), "--json", *arguments)
    assert done.errors == ""
    return done.exit_code, json.loads(done.output)


def faults(found: list[dict[str, Any]]) -> list[str]:
    return [f"{finding['subject']}: {finding['text']}" for finding in found if finding["grade"] == "fault"]


def stop(folder: Path, *arguments: str) -> CompletedCommand:
    return run_mockwave("stop", "--data-dir", str(folder), *arguments)


def test_stop_ends_the_server_of_the_folder(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    workers = server.living_workers()
    done = stop(server.data_dir)
    assert done.exit_code == 0, done.errors
    assert done.output.startswith(f"stopped the server at {server.url} (process {server.pid}) after ")
    assert server.wait() == 0
    assert not any(map(is_alive, workers.values()))


def test_stop_is_done_where_there_is_nothing_to_stop(tmp_path: Path, stopped: Stopped) -> None:
    for folder in (tmp_path / "nothing", stopped.data_dir):
        assert stop(folder) == (0, f"no server runs on {folder}\n", "")


def test_stop_says_what_does_not_end(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        done = stop(server.data_dir, "--timeout", "1s")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert done.exit_code == 1
    assert f"(process {server.pid}) has not ended within 1 s" in done.errors
    assert server.wait() == 0


def test_stop_ends_nobody_whose_number_only_stands_in_the_file(stopped: Stopped) -> None:
    """Process numbers come again: the file of a server that is gone may name any process."""
    (stopped.data_dir / "lock").write_text(f"{os.getpid():<10d}")
    assert stop(stopped.data_dir).output == f"no server runs on {stopped.data_dir}\n"


def test_a_whole_folder_is_told_as_that(stopped: Stopped) -> None:
    exit_code, found = look_at(stopped.data_dir)
    assert (exit_code, faults(found)) == (0, [])
    texts = [finding["text"] for finding in found]
    assert "no server runs on the folder" in texts
    assert "is whole: 1 mock servers, 1 routes" in texts
    assert any(text.startswith("is whole: 20 entries in ") for text in texts)


def test_a_folder_in_use_can_be_looked_at(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    exit_code, found = look_at(server.data_dir)
    assert (exit_code, faults(found)) == (0, [])
    assert f"process {server.pid} serves it at {server.url}" in [finding["text"] for finding in found]
    assert server.api("GET", "/mock-servers").status == 200


def test_nothing_is_changed_by_looking(stopped: Stopped) -> None:
    before = {file: file.read_bytes() for file in sorted(stopped.data_dir.rglob("*")) if file.is_file()}
    look_at(stopped.data_dir)
    after = {file: file.read_bytes() for file in sorted(stopped.data_dir.rglob("*")) if file.is_file()}
    assert {name: content for name, content in after.items() if not name.name.endswith(("-shm", "-wal"))} == {
        name: content for name, content in before.items() if not name.name.endswith(("-shm", "-wal"))
    }


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    exit_code, found = look_at(tmp_path / "nothing")
    assert (exit_code, [finding["grade"] for finding in found]) == (0, ["note"])
    assert not (tmp_path / "nothing").exists()


def test_people_get_a_table(stopped: Stopped) -> None:
    done = run_mockwave("doctor", "--data-dir", str(stopped.data_dir))
    assert done.output.splitlines()[0].split() == ["WHAT", "FOUND"]
    assert "ok  store" in done.output


def test_a_file_in_the_folder_s_place_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (finding,) = look_at_folder(DataFolder(tmp_path / "file"))
    assert (finding.grade, finding.text) == (
        "fault",
        f"{tmp_path}/file is not a folder; choose another with --data-dir",
    )


def test_a_secret_that_others_can_read_is_a_fault(stopped: Stopped) -> None:
    (stopped.data_dir / "jwt-secret").chmod(0o644)
    exit_code, found = look_at(stopped.data_dir)
    assert exit_code == 1
    secret = stopped.data_dir / "jwt-secret"
    assert faults(found) == [f"folder: {secret} is open to other users: chmod 600 {secret}"]


def test_a_secret_that_cannot_be_used_is_a_fault(stopped: Stopped) -> None:
    (stopped.data_dir / "jwt-secret").write_text("short")
    exit_code, found = look_at(stopped.data_dir)
    assert (exit_code, [text.partition(":")[0] for text in faults(found)]) == (1, ["secret"])


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("PRAGMA user_version = 9999", "store: "),
        ("PRAGMA application_id = 7", "store: "),
        ("UPDATE log_chunks SET data = substr(data, 1, length(data) / 2)", "log: of mock_"),
        ("UPDATE log_chunks SET entry_count = entry_count + 1", "log: of mock_"),
        ("UPDATE specifications SET compressed_text = x'00ff00ff'", "store: the specification of mock_"),
        (
            "UPDATE specifications SET compressed_text = substr(compressed_text, 1, 20)",
            "store: the specification of mock",
        ),
        ("INSERT INTO specifications (server_key, compressed_text) VALUES (4711, x'')", "store: row 4711 of "),
    ],
)
def test_a_damaged_store_is_told_by_what_is_damaged(stopped: Stopped, statement: str, fault: str) -> None:
    with closing(sqlite3.connect(stopped.data_dir / "mockwave.sqlite3")) as connection:
        connection.execute(statement)
        connection.commit()
    exit_code, found = look_at(stopped.data_dir)
    assert exit_code == 1
    assert any(text.startswith(fault) for text in faults(found)), found


def test_a_store_with_torn_pages_is_a_fault(stopped: Stopped) -> None:
    file = stopped.data_dir / "mockwave.sqlite3"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = os.urandom(len(content) - len(content) // 2)
    file.write_bytes(content)
    exit_code, found = look_at(stopped.data_dir)
    assert exit_code == 1
    assert any(text.startswith("store: ") for text in faults(found))


def test_what_is_no_database_is_a_fault(stopped: Stopped) -> None:
    (stopped.data_dir / "mockwave.sqlite3").write_bytes(b"hello" * 1000)
    exit_code, found = look_at(stopped.data_dir)
    assert exit_code == 1
    assert any("is not a mockwave store" in text for text in faults(found))


def test_a_log_that_is_left_out_is_not_looked_at(stopped: Stopped) -> None:
    with closing(sqlite3.connect(stopped.data_dir / "mockwave.sqlite3")) as connection:
        connection.execute("UPDATE log_chunks SET data = x'00'")
        connection.commit()
    assert look_at(stopped.data_dir, "--quick")[0] == 0


def test_a_damaged_ring_is_a_fault_and_one_moved_aside_is_told(stopped: Stopped) -> None:
    (stopped.data_dir / "journal" / "ring-0").write_bytes(b"no ring")
    (stopped.data_dir / "journal" / "damaged-ring-1-1-1").write_bytes(b"old")
    exit_code, found = look_at(stopped.data_dir)
    assert exit_code == 1
    assert [text.partition(";")[0].partition(" ")[0] for text in faults(found)] == ["rings:"]
    assert any("damaged-ring-1-1-1 was found damaged" in finding["text"] for finding in found)
