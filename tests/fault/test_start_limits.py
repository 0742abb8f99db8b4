"""A machine without room for the server: one clear line and exit code 1, not a traceback or a worker that spins."""

import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import StartMockwave
from tests.fault.small_disks import mounted_disk
from tests.harness import DEADLINE_S, clean_environment, wait_for

ERROR_LINE = re.compile(r"mockwave: error: .+\n")


def serve_limited(folder: Path, set_limits: Callable[[], None], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a server that should end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "mockwave", "serve", "--port", "0", "--data-dir", str(folder), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
        env=clean_environment(),
        preexec_fn=set_limits,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], reason: str) -> None:
    assert ERROR_LINE.fullmatch(done.stderr), done.stderr
    assert reason in done.stderr
    assert done.returncode == 1
    assert done.stdout == ""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB: room for the store, and for one ring of 16 MiB."""
    with mounted_disk(tmp_path / "small-disk", "24m") as folder:
        yield folder


def test_a_disk_without_room_for_the_rings_is_one_line(small_disk: Path) -> None:
    done = serve_limited(small_disk / "data", lambda: None, "--workers", "2")
    assert_one_line(done, "no room for the rings of 2 workers, 32 MB")
    assert list((small_disk / "data" / "journal").glob("ring-*")) == []


def test_files_too_small_for_a_ring_are_one_line(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024**2, 8 * 1024**2))

    assert_one_line(serve_limited(tmp_path / "data", limit, "--workers", "1"), "no room for the rings of 1 workers")


@pytest.mark.parametrize("files", [40, 64, 100])
def test_too_few_open_files_are_one_line(tmp_path: Path, files: int) -> None:
    """A server started even so, and its workers spun because they could not accept a connection."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    assert_one_line(serve_limited(tmp_path / "data", limit), f"the hard limit on open files is {files}")


def test_few_open_files_are_enough_for_a_few_connections(start_mockwave: StartMockwave) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        server = start_mockwave("--workers", "1", "--max-connections", "64")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    created = server.api("POST", "/mock-servers", {"name": "few", "workspaceId": "wrk_fault"})
    assert created.status == 201


def test_a_full_disk_makes_the_server_unready_and_a_free_one_ready_again(
    start_mockwave: StartMockwave, small_disk: Path
) -> None:
    server = start_mockwave("--workers", "1", "--ring-bytes", "1M", data_dir=small_disk / "data")
    assert server.request("GET", "/readyz").status == 200
    filler = small_disk / "filler"
    with filler.open("wb") as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(65_536))
            file.flush()
    wait_for(lambda: server.request("GET", "/readyz").status == 503, "a red /readyz", server)
    assert "is full" in server.request("GET", "/readyz").body["detail"]
    assert server.request("GET", "/healthz").status == 200
    filler.unlink()
    wait_for(lambda: server.request("GET", "/readyz").status == 200, "a green /readyz", server)
