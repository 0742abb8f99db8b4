"""The README's blocks, typed unchanged, against a real server; the two set-up commands are `.ci/run`'s."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.harness import MockwaveServer, clean_environment

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text()


def block_below(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_tour_creates_a_server_adds_a_route_calls_it_and_reads_the_log(
    mockwave_server: MockwaveServer, tmp_path: Path
) -> None:
    tour = block_below("tour").replace("http://127.0.0.1:4010", mockwave_server.url)
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", tour],
        cwd=tmp_path,
        env=clean_environment({"PATH": path, "MOCKWAVE_DATA_DIR": str(mockwave_server.data_dir)}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    server = json.loads((tmp_path / "server.json").read_text())
    assert server["routeCount"] == 9
    assert '{"hello": "you"}' in done.stdout
    (entry,) = json.loads(done.stdout[done.stdout.rindex("[{") :])
    assert (entry["requestPath"], entry["matched"]) == ("/hello/ada", True)


def test_the_set_up_commands_open_the_readme() -> None:
    first_block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert first_block
    commands = [line.partition("#")[0].strip() for line in first_block[1].splitlines()]
    assert commands == ["pip install . && mockwave serve tests/specs/petstore.yaml", "pip install '.[dev]' && pytest"]
