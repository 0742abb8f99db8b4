"""Files of other tools on real servers: mocks answer here as they did there."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response

MOCKS = Path(__file__).parents[1] / "specs" / "mocks"


def send(server: MockwaveServer, content: bytes, query: str = "") -> Response:
    headers = {"Authorization": f"Bearer {server.token}"}
    return server.request("POST", f"/mock-servers/import?{query}", content, headers)


class Mock:
    """An imported mock."""

    def __init__(self, server: MockwaveServer, name: str, query: str = "") -> None:
        self._server = server
        made = send(server, (MOCKS / name).read_bytes(), query)
        assert made.status == 201, made.body
        self.id = made.body["mockServers"][0]["_id"]
        self._base = urlsplit(made.body["mockServers"][0]["url"]).path

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._server.request(method, f"{self._base}{path}", body, sent)


def text(response: Response) -> str:
    return response.body.decode() if isinstance(response.body, bytes) else json.dumps(response.body)


def test_wiremock_stubs_answer_by_priority_and_template(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "wiremock/shop.json")
    assert mock.ask("GET", "/carts/7").body == {"id": 7}
    assert mock.ask("GET", "/carts/0").status == 404
    assert mock.ask("PUT", "/elsewhere").status == 418


def test_wiremock_scenarios_and_templates_answer(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "wiremock/scenario.json")
    assert text(mock.ask("GET", "/todo")) == "none"
    assert mock.ask("POST", "/todo").status == 201
    assert text(mock.ask("GET", "/todo")) == "one"
    assert text(mock.ask("GET", "/files/12.txt")) == "file"
    assert mock.ask("GET", "/files/x.txt").status == 404
    assert text(mock.ask("GET", "/hello?name=you")) == "Hello you at hello"
    assert mock.ask("GET", "/hello?name=me").status == 404


def test_recorded_answers_come_in_turn_and_redirects_stay_on_the_mock(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "har/chrome.har")
    assert [mock.ask("GET", "/api/state").status for _ in range(4)] == [202, 202, 200, 200]
    assert mock.ask("GET", "/api/carts?page=2").body == {"n": 2}
    assert mock.ask("GET", "/old").headers["location"] == "api/carts?page=1"


def test_mockoon_rules_choose_and_sequences_begin_again(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "mockoon/shop.json")
    assert mock.ask("GET", "/v1/carts/7").body == {"id": "7"}
    assert mock.ask("GET", "/v1/carts/0").status == 404
    assert mock.ask("GET", "/v1/carts/7?a=xyz", cookie="s=1").status == 409
    assert [text(mock.ask("POST", "/v1/jobs")) for _ in range(3)] == ["1", "2", "1"]
    assert text(mock.ask("GET", "/v1/dice")) in "16"


def test_a_mockoon_route_for_all_falls_through(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "samples/mockoon/global-route.json")
    assert mock.ask("GET", "/test").status == 403
    assert text(mock.ask("GET", "/test", authorization="x")) == "okget"
    assert mock.ask("GET", "/nowhere").status == 403
    assert mock.ask("GET", "/nowhere", authorization="x").status == 404


def test_insomnia_templates_render_as_in_the_app(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "insomnia/v5-mock.yaml")
    assert text(mock.ask("GET", "/carts/blue")) == "Hello blue"
    assert mock.ask("PUT", "/carts/7").status == 202
    mockwave_server.api("DELETE", f"/mock-servers/{mock.id}")


def test_postman_examples_answer_the_requests_they_were_saved_for(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "postman/queries.json")
    assert mock.ask("GET", "/api/carts/7?full=true").body == {"id": 7, "items": []}
    assert mock.ask("GET", "/api/carts/7").body == {"id": 7}
    assert mock.ask("GET", "/api/carts/0").status == 404


@pytest.mark.parametrize(
    ("name", "method", "path", "headers", "status"),
    [
        ("mockserver/shop.json", "GET", "/carts/7", {}, 200),
        ("mockserver/shop.json", "GET", "/carts/7?q=abc", {"X_A": "1"}, 409),
        ("mockserver/shop.json", "POST", "/not-post", {}, 405),
        ("mockserver/shop.json", "GET", "/regex/abc", {}, 200),
        ("hoverfly/captured.json", "GET", "/time", {}, 200),
        ("mountebank/imposters.json", "GET", "/carts", {"accept": "TEXT/html"}, 400),
        ("mountebank/binary.json", "GET", "/png", {}, 200),
        ("mountebank/one.json", "GET", "/users/x", {}, 400),
        ("pact/v3.json", "GET", "/carts/7", {}, 200),
        ("pact/v3.json", "DELETE", "/carts/12", {}, 204),
        ("pact/v4.json", "GET", "/raw", {}, 200),
    ],
)
def test_mocks_of_other_tools_answer(
    mockwave_server: MockwaveServer, name: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    if name == "mountebank/imposters.json":
        pytest.skip("holds a fault that only --engine uvloop can do")
    assert Mock(mockwave_server, name).ask(method, path, b"", **headers).status == status


def test_once_is_once_over_all_methods_and_workers(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "mockserver/shop.json")
    assert sorted(mock.ask(method, "/once").status for method in ("GET", "PUT", "GET", "POST"))[0] == 201
    assert mock.ask("GET", "/once").status == 404


def test_faults_of_stubs_reach_the_wire_on_the_engine_that_can(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1", "--engine", "uvloop")
    mock = Mock(server, "mountebank/imposters.json")
    assert mock.ask("GET", "/carts", accept="TEXT/html").status == 400
    with pytest.raises(OSError):
        mock.ask("POST", "/exact?a=1", b'{"x": 1}')
        mock.ask("POST", "/exact?a=1", b'{"x": 1}')


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_imports_a_folder_and_says_what_is_left_out(
    mockwave_server: MockwaveServer, tmp_path: Path
) -> None:
    folder = tmp_path / "stubs"
    (folder / "mappings").mkdir(parents=True)
    (folder / "__files").mkdir()
    stub = {"request": {"method": "GET", "urlPath": "/f"}, "response": {"bodyFileName": "f.txt", "statusMessage": "Hm"}}
    (folder / "mappings" / "f.json").write_text(json.dumps(stub))
    (folder / "__files" / "f.txt").write_text("from a file")
    done = mockwave_server.run_command("import", "--json", str(folder))
    assert done.exit_code == 0, done.errors
    (result,) = json.loads(done.output)
    assert (result["format"], result["mockServer"]["name"]) == ("wiremock", "stubs")
    assert result["report"]["leftOut"][0]["pointer"] == "mappings/f.json#/response/statusMessage"
    assert text(mockwave_server.request("GET", f"/bin/{result['mockServer']['_id']}/f")) == "from a file"


def test_the_command_refuses_a_folder_with_a_link_out_of_it(mockwave_server: MockwaveServer, tmp_path: Path) -> None:
    folder = tmp_path / "stubs"
    folder.mkdir()
    (folder / "passwd.json").symlink_to("/etc/passwd")
    done = mockwave_server.run_command("import", str(folder))
    assert done.exit_code == 1
    assert "a link that leads out of" in done.errors


def test_the_command_makes_nothing_on_a_dry_run(mockwave_server: MockwaveServer) -> None:
    before = mockwave_server.api("GET", "/mock-servers").body
    done = mockwave_server.run_command("import", "--dry-run", str(MOCKS / "wiremock" / "shop.json"))
    assert done.exit_code == 0
    assert "wiremock: 9 routes, 1 rules" in done.output
    assert "would import 1 of 1 files" in done.errors
    assert mockwave_server.api("GET", "/mock-servers").body == before


def test_the_command_takes_an_environment_beside_its_collection(
    mockwave_server: MockwaveServer, tmp_path: Path
) -> None:
    collection = {
        "info": {"name": "c"},
        "item": [
            {
                "name": "a",
                "request": {"url": "{{base}}/{{what}}"},
                "response": [{"name": "x", "code": 203, "body": "x"}],
            }
        ],
    }
    environment = {"name": "e", "_postman_variable_scope": "environment", "values": [{"key": "what", "value": "pets"}]}
    (tmp_path / "c.json").write_text(json.dumps(collection))
    (tmp_path / "e.json").write_text(json.dumps(environment))
    done = mockwave_server.run_command(
        "import", "--json", "--environment", str(tmp_path / "e.json"), str(tmp_path / "c.json")
    )
    assert done.exit_code == 0, done.errors
    (result,) = json.loads(done.output)
    assert mockwave_server.request("GET", f"/bin/{result['mockServer']['_id']}/pets").status == 203


def test_the_command_writes_a_server_out_and_tells_what_is_missing(
    mockwave_server: MockwaveServer, tmp_path: Path
) -> None:
    Mock(mockwave_server, "wiremock/scenario.json", "name=to-export")
    output = tmp_path / "out.json"
    done = mockwave_server.run_command("export", "to-export", "--format", "wiremock", "--output", str(output))
    assert done.exit_code == 0, done.errors
    assert not done.errors
    mappings = json.loads(output.read_text())["mappings"]
    assert [each["request"]["url"] for each in mappings if "url" in each["request"]] == ["/hello?name=you", "/todo"]
    done = mockwave_server.run_command("export", "to-export", "--format", "mockoon", "--output", str(output))
    assert done.exit_code == 0, done.errors
    assert "Mockoon has no words for a delay that is drawn" in done.errors
    unknown = mockwave_server.run_command("export", "to-export", "--format", "raml")
    assert unknown.exit_code == 2


def test_the_log_goes_out_as_an_archive(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, "har/one-exchange.json")
    mock.ask("DELETE", "/things/1?why=x")
    archive: Any = mockwave_server.api("GET", f"/mock-servers/{mock.id}/export?format=har").body
    (entry,) = archive["log"]["entries"]
    assert (entry["request"]["method"], entry["response"]["status"]) == ("DELETE", 204)
    assert entry["request"]["queryString"] == [{"name": "why", "value": "x"}]


def test_a_large_archive_is_read_aside_and_within_limits(mockwave_server: MockwaveServer) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * (60 << 20))
    refused = send(mockwave_server, packed.getvalue())
    assert refused.status == 400
    assert "once it is unpacked" in refused.body["detail"]
