"""The pytest plugin: suites run in a separate pytest, which starts real servers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import answers, clean_environment, wait_for

SUITE = """
import os
import httpx
import pytest

@pytest.mark.parametrize("number", range(6))
def test_pets(mock_server, number):
    mock_server.route("GET", "/pets", json=[number])
    assert httpx.get(mock_server.url + "/pets").json() == [number]
    mock_server.assert_called(times=1)
    with open("seen", "a") as seen:
        seen.write(mock_server.url.partition("/bin")[0] + " " + os.environ.get("PYTEST_XDIST_WORKER", "") + "\\n")
"""


def run_suite(folder: Path, suite: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs pytest on a separate suite, with the plugin as an installed mockwave brings it."""
    (folder / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").touch()
    words = [sys.executable, "-m", "pytest", *([] if is_installed() else ["-p", "mockwave.pytest_plugin"]), "-q"]
    return subprocess.run(
        [*words, *arguments], cwd=folder, capture_output=True, text=True, env=clean_environment(), timeout=120
    )


def is_installed() -> bool:
    """Whether pytest finds the plugin by its entry point, as wherever mockwave is installed."""
    from importlib.metadata import entry_points

    return any(each.value == "mockwave.pytest_plugin" for each in entry_points(group="pytest11"))


def read_seen(folder: Path) -> list[tuple[str, str]]:
    """Returns the server and process of each test."""
    lines = (folder / "seen").read_text().split("\n")[:-1]
    return [(url, worker) for url, _, worker in (line.partition(" ") for line in lines)]


def test_each_test_has_a_mock_server_of_its_own_on_one_server(tmp_path: Path) -> None:
    done = run_suite(tmp_path, SUITE)
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    assert len({url for url, _ in read_seen(tmp_path)}) == 1
    assert not answers(read_seen(tmp_path)[0][0])


@pytest.mark.parametrize(("option", "servers"), [("shared", 1), ("each", 2)])
def test_processes_of_xdist_share_a_server_or_have_one_each(tmp_path: Path, option: str, servers: int) -> None:
    done = run_suite(tmp_path, SUITE, "-n", "2", f"--mockwave-server={option}")
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    seen = read_seen(tmp_path)
    assert {worker for _, worker in seen} == {"gw0", "gw1"}
    assert len({url for url, _ in seen}) == servers
    wait_for(lambda: not any(answers(url) for url, _ in seen), "the end of the servers")


def test_a_failure_shows_the_nearest_requests_and_no_line_of_the_plugin(tmp_path: Path) -> None:
    suite = """
import httpx

def test_pets(mock_server):
    mock_server.route("GET", "/pets", json=[])
    httpx.get(mock_server.url + "/pets?page=1")
    mock_server.assert_called(path="/pets", query={"page": "2"})
"""
    done = run_suite(tmp_path, suite)
    assert "query parameter page is '1', expected '2'" in done.stdout
    assert "live_mocks.py" not in done.stdout


def test_a_suite_without_the_fixture_pays_for_nothing(tmp_path: Path) -> None:
    suite = """
import sys

def test_nothing_is_loaded():
    loaded = [name for name in sys.modules if name.split(".")[0] in ("mockwave", "httpx", "msgspec", "granian")]
    assert loaded == ["mockwave", "mockwave.pytest_plugin"], loaded
"""
    done = run_suite(tmp_path, suite, "-p", "no:xdist", "-p", "no:anyio", "-p", "no:hypothesispytest")
    assert "1 passed" in done.stdout, done.stdout


def test_loading_the_plugin_takes_milliseconds() -> None:
    """Takes the least CPU time of five processes: pytest is loaded before, as with a real plugin."""
    script = (
        "import pytest, time; begin = time.process_time(); import mockwave.pytest_plugin;"
        " print(time.process_time() - begin)"
    )
    times = [float(subprocess.check_output([sys.executable, "-c", script], env=clean_environment())) for _ in range(5)]
    assert min(times) < 0.02


def test_types_of_client_and_fixture_hold_in_strict_mode(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "test_user.py").write_text(USER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "test_user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=clean_environment({"MYPYPATH": os.path.abspath("src")}),
        timeout=240,
    )
    assert done.stdout.splitlines()[-1].startswith("Success"), done.stdout + done.stderr


USER = '''
"""A user's file, as mypy --strict reads it."""

from mockwave.client import AsyncMockwaveClient, LogEntry, MockRouteCreate, MockServerCreate, MockwaveClient
from mockwave.client import ProblemError
from mockwave.testing import LiveMock, LiveRoute, start


def test_pets(mock_server: LiveMock) -> None:
    route: LiveRoute = mock_server.route("GET", "/pets", json=[{"id": 1}], status=200)
    entries: list[LogEntry] = mock_server.assert_called(times=0, path="/pets")
    assert not entries and not route.requests


def make(client: MockwaveClient) -> str:
    try:
        server = client.create_server(MockServerCreate(name="pets", workspace_id="wrk"))
    except ProblemError as error:
        return ", ".join(fault.pointer for fault in error.errors)
    for route in client.iterate_routes(server.id):
        print(route.path.upper(), route.status_code + 1)
    client.create_route(server.id, MockRouteCreate(method="GET", path="/", status_code=200))
    return server.id


async def watch(client: AsyncMockwaveClient, mock_server_id: str) -> None:
    server = await client.read_server(mock_server_id)
    async for entry in client.follow(server.id, status="4xx"):
        print(entry.request_path.upper())


def test_alone() -> None:
    with start() as server, server.mock(validate_requests=True) as mock:
        url: str = mock.url
        assert url
'''
