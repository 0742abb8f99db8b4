"""Prism's own black-box cases, replayed against a real server. They are not part of the checkout: the folder beside it
that holds them, or the one that MOCKWAVE_CONFORMANCE names, has a script that runs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import MockwaveServer

CASES = Path(os.environ.get("MOCKWAVE_CONFORMANCE") or Path(__file__).resolve().parents[3] / "shared" / "conformance")
SCRIPT = CASES / "prism_cases.py"
DEADLINE_S = 300


@pytest.mark.skipif(not SCRIPT.exists(), reason=f"the cases are not there: no {SCRIPT.name} in shared/conformance")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the cases are curl commands, and there is no curl")
def test_every_case_of_prism_holds(mockwave_server: MockwaveServer) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(SCRIPT),
            str(CASES / "prism-cases"),
            *("--base", mockwave_server.url, "--token", mockwave_server.token),
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
