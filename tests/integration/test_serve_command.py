"""`mockwave serve`: its output, its refusals, and how it stops."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response, clean_environment, run_mockwave, wait_for

PETS = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets/{petId}:
    get:
      responses:
        "200": {description: one, content: {application/json: {example: {name: Rex}}}}
  /pets:
    post:
      responses:
        "201": {description: made}
    get:
      responses:
        "200": {description: all, content: {application/json: {example: [Rex, Tom]}}}
"""

OWNERS = """\
  /owners:
    get:
      responses:
        "200": {description: all, content: {application/json: {example: [Ann]}}}
"""

ERROR_LINE = re.compile(r"mockwave: error: .+\n")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    file = tmp_path / "pets.yaml"
    file.write_text(PETS)
    return file


def create_slow_route(server: MockwaveServer, delay_ms: int) -> str:
    """Returns the path of a mock that answers after the delay."""
    made = server.api("POST", "/mock-servers", {"name": "slow", "workspaceId": "wrk_tests"}).body
    route = {"method": "GET", "path": "/slow", "statusCode": 200, "responseBody": "late", "delay": delay_ms}
    server.api("POST", f"/mock-servers/{made['_id']}/routes", route)
    return f"/bin/{made['_id']}/slow"


def request_in_background(server: MockwaveServer, path: str) -> tuple[threading.Thread, list[Response | OSError]]:
    """Sends the request, and returns once it is sent; its answer is put into the list."""
    answers: list[Response | OSError] = []
    is_sent = threading.Event()

    def send_and_receive() -> None:
        with server.connection() as connection:
            connection.request("GET", path)
            is_sent.set()
            try:
                response = connection.getresponse()
                answers.append(Response(response.status, response.headers, response.read()))
            except OSError as error:
                answers.append(error)

    thread = threading.Thread(target=send_and_receive)
    thread.start()
    assert is_sent.wait(10)
    return thread, answers


# What it prints


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_it_prints_is_answered_by_the_mock(start_mockwave: StartMockwave, pets: Path) -> None:
    server = start_mockwave(str(pets))
    answer = subprocess.run(
        shlex.split(server.announced("try")), capture_output=True, text=True, timeout=10, check=True
    ).stdout
    assert json.loads(answer) == ["Rex", "Tom"]


def test_the_base_url_it_prints_is_that_of_the_mock(start_mockwave: StartMockwave, pets: Path) -> None:
    server = start_mockwave(str(pets))
    base = server.announced("base URL").removeprefix(server.url)
    assert server.request("GET", f"{base}/pets/7").body == {"name": "Rex"}


def test_the_token_it_prints_opens_the_management_api(start_mockwave: StartMockwave, pets: Path) -> None:
    server = start_mockwave(str(pets))
    assert [found["name"] for found in server.api("GET", "/mock-servers").body] == ["pets"]
    assert server.request("GET", "/mock-servers").status == 401


def test_several_documents_become_several_mock_servers(start_mockwave: StartMockwave, pets: Path) -> None:
    owners = pets.with_name("owners.yaml")
    owners.write_text(PETS + OWNERS)
    server = start_mockwave(str(pets), str(owners))
    assert sorted(found["name"] for found in server.api("GET", "/mock-servers").body) == ["owners", "pets"]


def test_what_was_created_before_is_served_after_a_restart(start_mockwave: StartMockwave, pets: Path) -> None:
    first = start_mockwave(str(pets))
    path = first.announced("base URL").removeprefix(first.url) + "/pets"
    first.stop()
    second = start_mockwave()
    assert second.request("GET", path).body == ["Rex", "Tom"]


def test_a_document_served_again_makes_no_second_mock_server(start_mockwave: StartMockwave, pets: Path) -> None:
    first = start_mockwave(str(pets))
    base = first.announced("base URL").removeprefix(first.url)
    first.stop()
    second = start_mockwave(str(pets))
    assert second.announced("base URL").removeprefix(second.url) == base
    assert len(second.api("GET", "/mock-servers").body) == 1


def test_a_document_that_changed_updates_its_mock_server(start_mockwave: StartMockwave, pets: Path) -> None:
    first = start_mockwave(str(pets))
    base = first.announced("base URL").removeprefix(first.url)
    custom = {"method": "GET", "path": "/custom", "statusCode": 299}
    first.api("POST", f"/mock-servers/{base.removeprefix('/bin/')}/routes", custom)
    first.stop()
    pets.write_text(PETS + OWNERS)
    second = start_mockwave(str(pets))
    assert second.request("GET", f"{base}/owners").body == ["Ann"]
    assert second.request("GET", f"{base}/custom").status == 299


def test_a_document_whose_mock_server_was_deleted_makes_a_new_one(start_mockwave: StartMockwave, pets: Path) -> None:
    first = start_mockwave(str(pets))
    first.api("DELETE", f"/mock-servers/{first.announced('base URL').rpartition('/')[2]}")
    first.stop()
    second = start_mockwave(str(pets))
    base = second.announced("base URL").removeprefix(second.url)
    assert second.request("GET", f"{base}/pets").status == 200


# What it takes


@pytest.mark.parametrize("host", ["localhost", "::1", "0.0.0.0"])
def test_it_listens_where_it_is_told(start_mockwave: StartMockwave, host: str) -> None:
    server = start_mockwave("--host", host)
    assert server.request("GET", "/readyz").status == 200


def test_options_come_from_the_environment_too(start_mockwave: StartMockwave) -> None:
    server = start_mockwave(environment={"MOCKWAVE_NO_AUTH": "1", "MOCKWAVE_MAX_BODY_BYTES": "1K"})
    assert server.token == ""
    assert server.api("GET", "/mock-servers").status == 200
    assert server.request("POST", "/mock-servers", b"x" * 2000).status == 413


def test_without_tokens_it_serves_this_machine_alone(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--no-auth")
    assert server.request("GET", "/mock-servers").status == 200
    assert server.request("GET", "/mock-servers", headers={"Host": "rebound.example.org"}).status == 421


def test_an_ephemeral_server_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mockwave", "serve", "--ephemeral", "--port", "0", "--workers", "1"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment({"TMPDIR": str(tmp_path)}),
    ) as process:
        try:
            assert process.stdout is not None
            said = next(line for line in process.stdout if line.startswith("data folder"))
            folder = Path(said.removeprefix("data folder").strip().partition(" ")[0])
            assert folder.parent == tmp_path
            assert (folder / "lock").exists()
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


def test_it_starts_its_workers_by_spawn_as_well(tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(
        "import multiprocessing\n"
        "from mockwave.cli import main\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    main()\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script), "serve", "--port", "0", "--workers", "2", "--data-dir", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        try:
            assert process.stdout is not None
            assert any(line.startswith("data folder") for line in process.stdout)
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_https_is_served_with_a_certificate(
    start_mockwave: StartMockwave, certificate: tuple[Path, Path], pets: Path
) -> None:
    server = start_mockwave(str(pets), "--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1]))
    assert server.url.startswith("https://")
    listed = server.run_command("servers", "--json")
    assert [found["name"] for found in json.loads(listed.output)] == ["pets"]


@pytest.mark.parametrize(("arguments", "protocol"), [([], "http/1.1"), (["--http2"], "h2")])
def test_http_2_is_served_where_it_is_asked_for(
    start_mockwave: StartMockwave, certificate: tuple[Path, Path], arguments: list[str], protocol: str
) -> None:
    """granian never closes a silent connection over TLS if that might turn out to be HTTP/2."""
    environment = {"MOCKWAVE_ENGINE": "granian"} if protocol == "h2" else {}
    options = ["--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1]), *arguments]
    server = start_mockwave(*options, environment=environment)
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.check_hostname = False
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        context.wrap_socket(plain) as connection,
    ):
        assert connection.selected_alpn_protocol() == protocol


# What it refuses


def assert_refused(exit_code: int, output: str, errors: str, *, reason: str) -> None:
    """Expects one clear line, exit code 2, and nothing else."""
    assert ERROR_LINE.fullmatch(errors), errors
    assert reason in errors
    assert exit_code == 2
    assert output == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "70000"], "--port"),
        (["--workers", "0"], "--workers"),
        (["--colour"], "--colour"),
        (["--host", "0.0.0.0", "--no-auth"], "--no-auth"),
        (["--host", "no-such-host.invalid"], "no-such-host.invalid"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
        (["--engine", "uvloop", "--http2"], "--http2"),
        (["--engine", "rocket"], "--engine"),
        (["--tls-cert", __file__], "--tls-key"),
        (["--tls-cert", __file__, "--tls-key", __file__], "PEM"),
        (["--jwks", __file__], "JWKS"),
        (["--jwt-secret", "short"], "32"),
        (["--log-retention", "some"], "100000"),
        (["--public-url", "mocks.example.org"], "--public-url"),
        (["--mock-domain", "not a domain"], "--mock-domain"),
        (["--ephemeral", "--data-dir", "."], "--ephemeral"),
        (["absent.yaml"], "absent.yaml"),
        (["."], "Is a directory"),
        (["--data-dir", __file__], "test_serve_command.py"),
    ],
)
def test_what_cannot_work_is_one_clear_line(tmp_path: Path, arguments: list[str], reason: str) -> None:
    environment = {} if {"--data-dir", "--ephemeral"} & {*arguments} else {"MOCKWAVE_DATA_DIR": str(tmp_path / "data")}
    assert_refused(*run_mockwave("serve", "--port", "0", *arguments, environment=environment), reason=reason)


def test_a_file_that_is_no_text_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "image.yaml"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    done = run_mockwave("serve", str(file), "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert_refused(*done, reason="image.yaml")
    assert not (tmp_path / "data").exists()


def test_a_document_that_is_refused_ends_the_server_with_each_fault(
    start_mockwave: StartMockwave, tmp_path: Path
) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: [1, 2]\n")
    server = start_mockwave(str(file), announced=False)
    assert server.wait() == 2
    assert server.output == ""
    assert "broken.yaml: /paths" in server.errors
    assert all(line.startswith("mockwave: error: ") for line in server.errors.splitlines())


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = run_mockwave("serve", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert_refused(*done, reason=f"port {port}")


def test_a_port_of_another_mockwave_is_refused(start_mockwave: StartMockwave, tmp_path: Path) -> None:
    port = str(start_mockwave().port)
    done = run_mockwave("serve", "--port", port, "--data-dir", str(tmp_path / "other"))
    assert_refused(*done, reason=f"port {port}")


def test_a_data_folder_of_another_mockwave_is_refused(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    done = run_mockwave("serve", "--port", "0", "--data-dir", str(server.data_dir))
    assert_refused(*done, reason=f"process {server.pid}")
    assert str(server.data_dir) in done.errors


# How it stops


def test_sigterm_lets_requests_in_flight_finish(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    thread, answers = request_in_background(server, create_slow_route(server, 1000))
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    thread.join(10)
    (answer,) = answers
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (200, b"late")


def test_ctrl_c_stops_it_with_exit_code_0(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.signal(signal.SIGINT)
    assert server.wait() == 0
    assert server.errors == ""


def test_a_second_ctrl_c_stops_it_at_once(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    thread, answers = request_in_background(server, create_slow_route(server, 60_000))
    server.signal(signal.SIGINT)
    wait_for(lambda: "in flight" in server.errors, "the drain", server)
    server.signal(signal.SIGINT)
    assert server.wait() == 130
    thread.join(10)
    assert isinstance(answers[0], OSError)


def test_sighup_changes_nothing_and_says_so(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(2)
    workers = server.worker_pids()
    server.signal(signal.SIGHUP)
    wait_for(lambda: "SIGHUP" in server.errors, "the answer to SIGHUP", server)
    assert server.request("GET", "/readyz").status == 200
    assert server.living_workers() == workers


def test_a_terminal_that_closes_stops_its_server(tmp_path: Path) -> None:
    child, terminal = os.forkpty()
    if child == 0:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "mockwave", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
            clean_environment(),
        )
    try:
        wait_for(lambda: (tmp_path / "data/run/server.json").exists(), "the server")
        os.close(terminal)
        wait_for(lambda: os.waitpid(child, os.WNOHANG)[0] == child, "its end")
    finally:
        if (tmp_path / "data/run/server.json").exists():
            os.kill(child, signal.SIGKILL)


def test_tokens_have_to_name_the_audience_and_the_issuer(start_mockwave: StartMockwave) -> None:
    """mockwave's own tokens do: the announced one, and those of its commands on this data folder."""
    server = start_mockwave("--audience", "mocks", "--issuer", "here", "--workers", "1")
    assert server.api("GET", "/mock-servers").status == 200
    assert server.run_command("servers").exit_code == 0
    minted = server.run_command("token").output.strip()
    assert server.request("GET", "/mock-servers", headers={"Authorization": f"Bearer {minted}"}).status == 200
    other = server.run_command("token", "--audience", "elsewhere").output.strip()
    refused = server.request("GET", "/mock-servers", headers={"Authorization": f"Bearer {other}"})
    assert (refused.status, "audience" in refused.body["detail"]) == (401, True)


def test_without_tokens_a_page_of_a_mock_cannot_call_the_management_api(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--no-auth", "--workers", "1")
    assert server.request("GET", "/mock-servers").status == 200
    page = {"Sec-Fetch-Site": "same-origin"}
    assert server.request("GET", "/mock-servers", headers=page).status == 403
    assert server.request("DELETE", "/mock-servers/x", headers={"Origin": server.url}).status == 403
