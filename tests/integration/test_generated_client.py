"""A client made by openapi-python-client from /openapi.json runs the contract's ten operations."""

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.harness import MockwaveServer, clean_environment

PACKAGE = "mockwave_generated_client"

if importlib.util.find_spec("openapi_python_client") is None:
    pytest.skip("openapi-python-client is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def generated(mockwave_server: MockwaveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Returns the generated package, by the names of its modules: `generated("models")`."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_bytes(httpx.get(f"{mockwave_server.url}/openapi.json").content)
    words = ["generate", "--path", "openapi.json", "--output-path", PACKAGE, "--meta", "none", "--overwrite"]
    (folder / "config.yaml").write_text("post_hooks: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *words, "--config", "config.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def test_the_ten_operations_of_the_contract_run(generated: Any, mockwave_server: MockwaveServer) -> None:
    models = generated("models")
    servers = {
        name: generated(f"api.mock_servers.{name}_mock_server") for name in ("create", "get", "update", "delete")
    }
    routes = {name: generated(f"api.mock_routes.{name}_mock_route") for name in ("create", "update", "delete")}
    list_servers = generated("api.mock_servers.list_mock_servers")
    list_routes = generated("api.mock_routes.list_mock_routes")
    list_logs = generated("api.mock_logs.list_mock_server_logs")
    client = generated("client").AuthenticatedClient(base_url=mockwave_server.url, token=mockwave_server.token)

    # 1 to 4: a server is made, listed, read and changed
    body = models.MockServerCreate(name="generated", workspace_id="wrk_generated")
    server = servers["create"].sync(client=client, body=body)
    assert server.name == "generated"
    listed = list_servers.sync(client=client, workspace_id="wrk_generated")
    assert [each.field_id for each in listed] == [server.field_id]
    assert servers["get"].sync(server.field_id, client=client).url == server.url
    changes = models.MockServerUpdate(name="changed")
    assert servers["update"].sync(server.field_id, client=client, body=changes).name == "changed"

    # 5 to 7: a route is made, listed and changed
    method = models.MockRouteCreateMethod.GET
    fields = models.MockRouteCreate(method=method, path="/pets", status_code=200, response_body="[]")
    route = routes["create"].sync(server.field_id, client=client, body=fields)
    assert [each.field_id for each in list_routes.sync(server.field_id, client=client)] == [route.field_id]
    fields.response_body = "[1]"
    assert routes["update"].sync(server.field_id, route.field_id, client=client, body=fields).response_body == "[1]"

    # 8: the log
    assert httpx.get(f"{server.url}/pets").json() == [1]
    (entry,) = list_logs.sync(server.field_id, client=client)
    assert (entry.request_method, entry.request_path, entry.matched) == ("GET", "/pets", True)
    assert entry.route_id == route.field_id

    # 9 and 10: both are deleted
    assert routes["delete"].sync_detailed(server.field_id, route.field_id, client=client).status_code == 204
    assert servers["delete"].sync_detailed(server.field_id, client=client).status_code == 204
    problem = servers["get"].sync(server.field_id, client=client)
    assert isinstance(problem, models.Problem)
    assert problem.status == 404
