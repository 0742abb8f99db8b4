"""The pytest plugin: `mock_server`, a MockServer per test, on one server process per session.

Everything is imported when a test uses the fixture: pytest loads this module for every suite where mockwave is
installed, and suites that do not use it must not pay for it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockwave.testing import EphemeralServer, LiveMock

ENGINES = ("uvloop", "granian")
SHARED, EACH = "shared", "each"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockwave")
    group.addoption(
        "--mockwave-server",
        choices=(SHARED, EACH),
        help="with pytest-xdist: one server for all of its processes (shared, the default), or one for each",
    )
    group.addoption("--mockwave-engine", choices=ENGINES, help="the server's engine (default: uvloop)")
    parser.addini("mockwave_server", "shared or each, like --mockwave-server", default=SHARED)
    parser.addini("mockwave_engine", "uvloop or granian, like --mockwave-engine", default=ENGINES[0])


@pytest.fixture(scope="session")
def mockwave_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["EphemeralServer"]:
    """The server process for the mock servers of all tests: a mockwave.testing.EphemeralServer."""
    from mockwave.testing.ephemeral_servers import share, start

    engine = _choose(request.config, "mockwave_engine", ENGINES)
    is_shared = _choose(request.config, "mockwave_server", (SHARED, EACH)) == SHARED
    if is_shared and "PYTEST_XDIST_WORKER" in os.environ:
        # Each xdist process has a folder; their common parent belongs to this run only.
        folder = Path(tmp_path_factory.getbasetemp()).parent / "mockwave-server"
        server = share(folder, engine=engine)  # type: ignore[arg-type]  # one of ENGINES
    else:
        server = start(engine=engine)  # type: ignore[arg-type]
    with server:
        yield server


@pytest.fixture
def mock_server(mockwave_process: "EphemeralServer", request: pytest.FixtureRequest) -> Iterator["LiveMock"]:
    """An empty MockServer for one test, which is deleted after it: a mockwave.testing.LiveMock."""
    with mockwave_process.mock(request.node.name[:100]) as mock:
        yield mock


def _choose(config: pytest.Config, name: str, choices: tuple[str, ...]) -> str:
    """The option, or else the value of the ini file."""
    chosen = str(config.getoption(name) or config.getini(name))
    if chosen not in choices:
        raise pytest.UsageError(f"{name} = {chosen}: expected {' or '.join(choices)}")
    return chosen
