"""What a worker holds in memory: the modules that it has loaded, as reported by the worker itself."""

import json
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.harness import wait_for

DOCUMENT = """
openapi: 3.1.0
info: {title: orders, version: "1"}
paths:
  /orders/{id}:
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, required: [amount], properties: {amount: {type: number}}}}
      responses:
        '200':
          description: kept
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
"""
JSON = {"Content-Type": "application/json"}

# Loaded by each Python that starts with its folder on the path, and so by workers, which are forked.
TELLS_ITS_MODULES = """
import os, signal, sys
from pathlib import Path

def tell(*_):
    folder = Path(os.environ["MODULES_FOLDER"])
    unfinished = folder / f"{os.getpid()}.unfinished"
    unfinished.write_text("\\n".join(sys.modules))
    unfinished.rename(folder / str(os.getpid()))

signal.signal(signal.SIGUSR1, tell)
"""


def read_modules(pid: int, folder: Path) -> set[str]:
    """Returns the modules that the process has loaded by now."""
    os.kill(pid, signal.SIGUSR1)
    told = folder / str(pid)
    wait_for(told.exists, "the worker to tell its modules")
    names = set(told.read_text().split())
    told.unlink()
    return names


def is_of_reader(name: str) -> bool:
    return name.startswith(("mockwave.openapi", "mockwave.formats"))


def test_a_worker_that_only_serves_loads_no_module_of_the_reader(start_mockwave: StartMockwave, tmp_path: Path) -> None:
    first = start_mockwave("--workers", "1")
    given = {"name": "orders", "workspaceId": "wrk_1", "specification": DOCUMENT}
    made = first.api("POST", "/mock-servers", {**given, "validateRequests": True, "dynamic": True})
    path = urlsplit(made.body["url"]).path
    first.stop()
    (tmp_path / "sitecustomize.py").write_text(TELLS_ITS_MODULES)
    environment = {"PYTHONPATH": str(tmp_path), "MODULES_FOLDER": str(tmp_path)}
    server = start_mockwave("--workers", "1", environment=environment)
    (worker,) = server.worker_pids().values()

    answers = [server.request("PUT", f"{path}/orders/1", b'{"amount": 1}', JSON) for _ in range(2)]
    refused = server.request("PUT", f"{path}/orders/1", b"{}", JSON)
    log = server.api("GET", f"/mock-servers/{made.body['_id']}/logs")

    assert [answer.status for answer in answers] == [200, 200]
    assert len({json.dumps(answer.body) for answer in answers}) == 2
    assert refused.status in (400, 422)
    assert len(log.body) == 3
    assert sorted(filter(is_of_reader, read_modules(worker, tmp_path))) == []

    assert server.api("POST", "/mock-servers", given).status == 201
    assert any(map(is_of_reader, read_modules(worker, tmp_path)))
