"""schemathesis against a running server, all checks on: by the contract file, and by mockwave's own document.

What either document cannot express is stated in the .toml files beside this one, each with its reason. Runs are seeded.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockwave.management.contract import read_contract
from mockwave.openapi.document.document import read_document

if TYPE_CHECKING:
    from tests.harness import MockwaveServer

FOLDER = Path(__file__).parent
DEADLINE_S = 300
CASES_AN_OPERATION = 25

# (status, operation) that the server has to answer, though the contract lists the status for other operations only.
UNLISTED_STATUSES: tuple[tuple[str, str], ...] = (
    # `security` puts the bearer token before every operation.
    ("401", "getMockServer"),
    ("401", "updateMockServer"),
    ("401", "deleteMockServer"),
    ("401", "listMockRoutes"),
    ("401", "createMockRoute"),
    ("401", "updateMockRoute"),
    ("401", "deleteMockRoute"),
    ("401", "listMockServerLogs"),
    # It takes the body that createMockRoute takes, which lists 400.
    ("400", "updateMockRoute"),
    # A limit that is not a number.
    ("400", "listMockServerLogs"),
)


def run_schemathesis(document: dict[str, Any], configuration: str, server: "MockwaveServer", folder: Path) -> None:
    """Fails with schemathesis' own report where it finds a fault."""
    schema = folder / "schema.json"
    schema.write_text(json.dumps(document))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(FOLDER / configuration)),
            *("run", str(schema), "--url", server.url, "--header", f"Authorization: Bearer {server.token}"),
            *("--seed", "1", "--max-examples", str(CASES_AN_OPERATION), "--continue-on-failure", "--no-color"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"


def test_the_server_keeps_the_contract(mockwave_server: "MockwaveServer", tmp_path: Path) -> None:
    contract = read_document((FOLDER / "mock-server-api.yaml").read_text())
    operations = {
        operation["operationId"]: operation
        for item in contract["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    for status, operation_id in UNLISTED_STATUSES:
        assert status not in operations[operation_id]["responses"]
        operations[operation_id]["responses"][status] = {"description": "see UNLISTED_STATUSES"}
    run_schemathesis(contract, "schemathesis-contract.toml", mockwave_server, tmp_path)


def test_the_server_keeps_its_own_document(mockwave_server: "MockwaveServer", tmp_path: Path) -> None:
    run_schemathesis(json.loads(read_contract()), "schemathesis-own.toml", mockwave_server, tmp_path)
