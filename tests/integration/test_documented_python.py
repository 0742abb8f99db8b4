"""The Python blocks of the documentation, run unchanged against a real server."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import MockwaveServer, clean_environment
from tests.integration.test_pytest_plugin import is_installed

CHECKOUT = Path(__file__).resolve().parents[2]


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / page).read_text(), re.DOTALL)


@pytest.mark.parametrize("block", blocks_of("client.md"))
def test_blocks_about_the_client_run(block: str, mockwave_server: MockwaveServer) -> None:
    names = {"url": mockwave_server.url, "token": mockwave_server.token, "data_dir": mockwave_server.data_dir}
    exec(compile(block, "client.md", "exec"), names)
    if "watch" in names:
        # It never ends by itself: it runs until it follows.
        async def run() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(names["watch"](made["_id"]), 1)  # type: ignore[operator]

        made = mockwave_server.api("POST", "/mock-servers", {"name": "watched", "workspaceId": "wrk_docs"}).body
        asyncio.run(run())


def test_blocks_about_testing_run(tmp_path: Path) -> None:
    fixture, unittest, locust = blocks_of("testing.md")
    (tmp_path / "test_fixture.py").write_text(fixture)
    (tmp_path / "test_unittest.py").write_text(unittest)
    compile(locust, "testing.md", "exec")  # tests of Locust run one like it
    words = [sys.executable, "-m", "pytest", *([] if is_installed() else ["-p", "mockwave.pytest_plugin"]), "-q"]
    done = subprocess.run(
        [*words, "test_fixture.py", "test_unittest.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=120,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
