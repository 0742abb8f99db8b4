"""Load tests by Locust: what they need is made at their start and removed at their end, on one machine or many."""

import csv
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import MockwaveServer, clean_environment

pytestmark = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="locust is not installed")
# It is not imported here: gevent would patch the modules of all other tests.

CHECKOUT = Path(__file__).resolve().parents[2]
LOCUSTFILE = CHECKOUT / "benchmarks" / "locustfile.py"
DEADLINE_S = 180

PETS = f"""
from mockwave.locust import ManagementUser, MockUser


class Pets(MockUser):
    specification = {str(CHECKOUT / "tests/specs/petstore.yaml")!r}
    server_options = {{"validate_requests": True}}
    weights = {{"listPets": 4, "GET /health": 0}}


class Managers(ManagementUser):
    weight = 1
"""


def launch(folder: Path, locustfile: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    with (folder / f"output-{len(list(folder.iterdir()))}").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "locust", "--locustfile", str(locustfile), *arguments],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=clean_environment(),
        )


def finish(folder: Path, *processes: "subprocess.Popen[bytes]") -> dict[str, int]:
    """Waits for the processes; returns how many requests each name had. Fails if one failed."""
    try:
        codes = [process.wait(DEADLINE_S) for process in processes]
    finally:
        for process in processes:
            process.kill()
    said = "\n".join(file.read_text() for file in folder.glob("output-*"))
    assert set(codes) == {0}, said[-5000:]
    with (folder / "run_stats.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["Name"] != "Aggregated"]
    assert {row["Name"]: row["Failure Count"] for row in rows if row["Failure Count"] != "0"} == {}, said[-5000:]
    return {row["Name"]: int(row["Request Count"]) for row in rows}


def run_options(users: int, seconds: int) -> list[str]:
    return [
        "--headless",
        *("--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s"),
        *("--csv", "run", "--html", "report.html", "--only-summary"),
    ]


def test_the_locustfile_runs_with_nothing_prepared(tmp_path: Path) -> None:
    """Run by hand, all of its requests were 404: they used a mock server and routes that nobody had made."""
    counts = finish(tmp_path, launch(tmp_path, LOCUSTFILE, *run_options(20, 15)))
    assert {"literal", "parametric", "with a body", "unknown path"} <= counts.keys()
    assert sum(counts.values()) > 20
    assert (tmp_path / "report.html").stat().st_size > 100_000


def test_requests_of_a_document_are_valid_and_leave_nothing_behind(
    tmp_path: Path, mockwave_server: MockwaveServer
) -> None:
    (tmp_path / "pets.py").write_text(PETS)
    before = mockwave_server.api("GET", "/mock-servers?workspaceId=wrk_locust").body
    options = ["--host", mockwave_server.url, "--mockwave-data-dir", str(mockwave_server.data_dir)]
    counts = finish(tmp_path, launch(tmp_path, tmp_path / "pets.py", *options, *run_options(6, 8)))
    assert counts["GET /pets"] > counts["POST /pets"] > 0
    assert "GET /health" not in counts
    assert counts["/mock-servers/{mock_…}/routes/{mock-route_…}"] > 0
    assert mockwave_server.api("GET", "/mock-servers?workspaceId=wrk_locust").body == before


def test_a_master_makes_what_its_workers_ask(tmp_path: Path) -> None:
    (tmp_path / "pets.py").write_text(PETS)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "2"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    processes = [
        launch(tmp_path, tmp_path / "pets.py", *master, *run_options(8, 12)),
        *(launch(tmp_path, tmp_path / "pets.py", *worker) for _ in range(2)),
    ]
    counts = finish(tmp_path, *processes)
    assert counts["GET /pets"] > 0
    assert counts["/mock-servers/{mock_…}/routes"] > 0
