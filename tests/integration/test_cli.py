"""The commands that are clients of a server, as typed on its machine."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mockwave.cli import mockwave
from tests.harness import MockwaveServer, clean_environment, run_mockwave, wait_for

PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {"get": {"responses": {"200": {"description": "all"}}}},
        "/pets/{petId}": {"delete": {"responses": {"204": {"description": "gone"}}}},
    },
}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(PETS))
    return file


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Iterator[dict[str, str]]:
    """Yields a mock server with one route, GET /pets."""
    made = mockwave_server.api("POST", "/mock-servers", {"name": "cli-mock", "workspaceId": "wrk_cli"}).body
    route = {"method": "GET", "path": "/pets", "statusCode": 200, "responseBody": "[]"}
    mockwave_server.api("POST", f"/mock-servers/{made['_id']}/routes", route)
    yield made
    mockwave_server.api("DELETE", f"/mock-servers/{made['_id']}")


def every_option() -> list[tuple[str, click.Option]]:
    context = click.Context(mockwave)
    return [
        (name, option)
        for name in mockwave.list_commands(context)
        for command in [mockwave.get_command(context, name)]
        if command is not None
        for option in command.params
        if isinstance(option, click.Option)
    ]


@pytest.mark.parametrize(("command", "option"), every_option())
def test_every_option_is_an_environment_variable_too(command: str, option: click.Option) -> None:
    long_name = next(name for name in option.opts if name.startswith("--"))
    assert option.envvar == "MOCKWAVE_" + long_name[2:].upper().replace("-", "_")


def test_import_makes_a_mock_server_of_each_document(mockwave_server: MockwaveServer, pets: Path) -> None:
    others = [pets.with_name(f"others-{number}.json") for number in range(3)]
    for other in others:
        other.write_bytes(pets.read_bytes())
    done = mockwave_server.run_command("import", "--json", "--workspace", "wrk_import", str(pets), *map(str, others))
    assert done.exit_code == 0
    made = [imported["mockServer"] for imported in json.loads(done.output)]
    assert [server["name"] for server in made] == ["pets", "others-0", "others-1", "others-2"]
    assert {server["workspaceId"] for server in made} == {"wrk_import"}
    assert mockwave_server.request("GET", f"/bin/{made[3]['_id']}/pets").status == 200


def test_a_document_that_fails_does_not_stop_the_others(mockwave_server: MockwaveServer, pets: Path) -> None:
    broken = pets.with_name("broken.json")
    broken.write_text('{"openapi": "3.0.3", "info": 7}')
    done = mockwave_server.run_command("import", str(broken), "absent.yaml", str(pets))
    assert done.exit_code == 1
    assert "pets" in done.output
    assert re.search(r"mockwave: error: \S*broken\.json: ", done.errors)
    assert "mockwave: error: absent.yaml: No such file" in done.errors
    assert "imported 1 of 3 files" in done.errors


def test_servers_lists_them(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    done = mockwave_server.run_command("servers", "--workspace", "wrk_cli")
    assert done.exit_code == 0
    assert re.fullmatch(rf"ID .*\n{mock['_id']}  cli-mock  wrk_cli .* running .* http://.*\n", done.output), done.output


def test_routes_lists_those_of_a_server_by_id_or_name(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    by_id = mockwave_server.run_command("routes", mock["_id"])
    by_name = mockwave_server.run_command("routes", "cli-mock")
    assert by_id == by_name
    assert re.search(r"^GET +/pets +200 ", by_id.output, re.MULTILINE)


def test_a_server_that_does_not_exist_is_one_clear_line(mockwave_server: MockwaveServer) -> None:
    done = mockwave_server.run_command("routes", "nobody")
    assert done == (1, "", "mockwave: error: there is no mock server nobody (`mockwave servers` lists them)\n")


def test_logs_shows_requests_oldest_first(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    for path in ("/pets", "/pets?name=Rex", "/nowhere"):
        mockwave_server.request("GET", f"/bin/{mock['_id']}{path}")
    done = mockwave_server.run_command("logs", "cli-mock")
    assert re.findall(r"GET +(\S+) +(\d+)", done.output) == [
        ("/pets", "200"),
        ("/pets?name=Rex", "200"),
        ("/nowhere", "404"),
    ]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["--status", "4xx"], ["/nowhere"]),
        (["--path", "/pets"], ["/pets"]),
        (["--path", "/*", "--limit", "1"], ["/nowhere"]),
        (["--unmatched"], ["/nowhere"]),
        (["--matched"], ["/pets"]),
        (["--method", "put"], []),
    ],
)
def test_logs_takes_filters(
    mockwave_server: MockwaveServer, mock: dict[str, str], arguments: list[str], paths: list[str]
) -> None:
    for path in ("/pets", "/nowhere"):
        mockwave_server.request("GET", f"/bin/{mock['_id']}{path}")
    done = mockwave_server.run_command("logs", mock["_id"], "--json", *arguments)
    assert [entry["requestPath"] for entry in json.loads(done.output)] == paths


def test_logs_follow_shows_each_entry_once_as_it_comes(
    mockwave_server: MockwaveServer, mock: dict[str, str], tmp_path: Path
) -> None:
    output = tmp_path / "followed"
    mockwave_server.request("GET", f"/bin/{mock['_id']}/pets?n=0")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "mockwave", "logs", "--follow", "--json", mock["_id"]],
            stdout=file,
            env=clean_environment({"MOCKWAVE_DATA_DIR": str(mockwave_server.data_dir)}),
        )
    try:
        wait_for(lambda: len(output.read_bytes().splitlines()) == 1, "the first entry")
        for number in range(1, 500):
            mockwave_server.request("GET", f"/bin/{mock['_id']}/pets?n={number}")
        wait_for(lambda: len(output.read_bytes().splitlines()) >= 500, "the entries")
    finally:
        process.kill()
        process.wait(10)
    queries = [json.loads(line)["requestQuery"] for line in output.read_bytes().splitlines()]
    assert queries == [f"n={number}" for number in range(500)]


def test_a_token_reads_and_writes(mockwave_server: MockwaveServer) -> None:
    token = mockwave_server.run_command("token").output.strip()
    authorized = {"Authorization": f"Bearer {token}"}
    assert mockwave_server.request("GET", "/mock-servers", headers=authorized).status == 200


def test_a_token_with_scope_read_cannot_write(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    token = mockwave_server.run_command("token", "--scope", "read").output.strip()
    authorized = {"Authorization": f"Bearer {token}"}
    assert mockwave_server.request("GET", f"/mock-servers/{mock['_id']}", headers=authorized).status == 200
    assert mockwave_server.request("DELETE", f"/mock-servers/{mock['_id']}", headers=authorized).status == 403


def test_a_token_for_a_workspace_sees_no_other(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    token = mockwave_server.run_command("token", "--workspace", "wrk_elsewhere").output.strip()
    authorized = {"Authorization": f"Bearer {token}"}
    assert mockwave_server.request("GET", f"/mock-servers/{mock['_id']}", headers=authorized).status == 404


def test_a_token_needs_no_server(tmp_path: Path) -> None:
    done = run_mockwave("token", "--data-dir", str(tmp_path / "new"))
    assert done.exit_code == 0
    assert done.output.count(".") == 2
    assert (tmp_path / "new" / "jwt-secret").stat().st_mode & 0o777 == 0o600


def test_a_token_that_is_refused_is_told_with_the_way_out(mockwave_server: MockwaveServer) -> None:
    done = mockwave_server.run_command("servers", "--token", "nonsense")
    assert done.exit_code == 1
    assert done.errors.startswith("mockwave: error: ")
    assert "--token" in done.errors


def test_no_server_is_told_with_the_way_out(tmp_path: Path) -> None:
    done = run_mockwave("servers", "--server", "http://127.0.0.1:1", "--data-dir", str(tmp_path))
    assert done.exit_code == 1
    assert done.errors == (
        "mockwave: error: no server answers at http://127.0.0.1:1"
        " (start one with `mockwave serve`, or name it with --server)\n"
    )


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_version_names_what_it_runs_on(asked: str) -> None:
    """`mockwave --version`, which every command has, was an error."""
    done = run_mockwave(asked)
    assert done.exit_code == 0
    assert re.fullmatch(r"mockwave \d+\.\d+\.\d+\S* \(granian \d\S+, Python 3\.\d+\.\d+\S*\)\n", done.output)


def test_an_unknown_command_is_one_clear_line() -> None:
    done = run_mockwave("launch")
    assert done.exit_code == 2
    assert done.errors == "mockwave: error: No such command 'launch' (see `mockwave --help`)\n"


# Verifying


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--path", "/pets"], 0),
        (["--path", "/pets", "--exactly", "2"], 0),
        (["--path", "/pets", "--exactly", "1"], 1),
        (["--path", "/pets", "--at-most", "1"], 1),
        (["--path", "/pets", "--at-least", "3"], 1),
        (["--path", "/pets", "--at-least", "1", "--at-most", "2"], 0),
        (["--method", "get", "--path", "/{what}"], 0),
        (["--method", "POST"], 1),
        (["--method", "POST", "--exactly", "0"], 0),
        (["--query", "name=Rex", "--exactly", "1"], 0),
        (["--header", "X-Plan=pro", "--exactly", "1"], 0),
        (["--header", "X-Plan=pro", "--header", "X-Plan=free"], 1),
        (["--since", "2999-01-01T00:00:00Z"], 1),
        ([], 0),
    ],
)
def test_verify_says_by_its_exit_code_whether_requests_came(
    mockwave_server: MockwaveServer, mock: dict[str, str], arguments: list[str], exit_code: int
) -> None:
    mockwave_server.request("GET", f"/bin/{mock['_id']}/pets", headers={"X-Plan": "pro"})
    mockwave_server.request("GET", f"/bin/{mock['_id']}/pets?name=Rex")
    done = mockwave_server.run_command("verify", "cli-mock", *arguments)
    assert (done.exit_code, done.errors) == (exit_code, "")
    assert done.output.startswith("verified: " if exit_code == 0 else "not verified: ")


def test_verify_shows_the_entries_counted_or_what_the_nearest_differ_in(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    mockwave_server.request("GET", f"/bin/{mock['_id']}/pets", headers={"X-Plan": "free"})
    counted = mockwave_server.run_command("verify", mock["_id"], "--path", "/pets")
    assert re.search(r"^verified: 1 request like that\nTIME .*\n\S+ +GET +/pets +200$", counted.output, re.MULTILINE)
    missed = mockwave_server.run_command("verify", mock["_id"], "--path", "/pets", "--header", "X-Plan=pro")
    assert missed.output.startswith("not verified: 0 requests like that\n")
    assert re.search(r"GET +/pets +200 +\S*X-Plan\S* .*pro.*free", missed.output)


def test_verify_takes_a_condition_as_json_beside_its_options(
    mockwave_server: MockwaveServer, mock: dict[str, str], tmp_path: Path
) -> None:
    mockwave_server.request("GET", f"/bin/{mock['_id']}/pets?name=Rex")
    request = tmp_path / "request.json"
    request.write_text('{"query": {"name": {"matches": "R.*"}}}')
    done = mockwave_server.run_command("verify", mock["_id"], "--request", str(request), "--json")
    assert (done.exit_code, json.loads(done.output)["count"]) == (0, 1)
    both = mockwave_server.run_command("verify", mock["_id"], "--request", str(request), "--method", "PUT")
    assert both.exit_code == 1


def test_verify_waits_for_requests_to_come(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mockwave", "verify", mock["_id"], "--path", "/late", "--timeout", "30"],
        stdout=subprocess.PIPE,
        env=clean_environment({"MOCKWAVE_DATA_DIR": str(mockwave_server.data_dir)}),
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        mockwave_server.request("GET", f"/bin/{mock['_id']}/late")
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exactly", "1", "--at-least", "1"], "--exactly stands alone"),
        (["--at-least", "2", "--at-most", "1"], "no number is at least"),
        (["--header", "X-Plan"], "expected NAME=VALUE"),
        (["--timeout", "61"], "--timeout"),
        (["--since", "yesterday"], "since"),
        (["--request", "/nowhere.json"], "/nowhere.json"),
        (["--path", "pets"], "path"),
    ],
)
def test_verify_refuses_what_cannot_be_asked(
    mockwave_server: MockwaveServer, mock: dict[str, str], arguments: list[str], message: str
) -> None:
    done = mockwave_server.run_command("verify", mock["_id"], *arguments)
    assert done.exit_code in (1, 2)
    assert done.output == ""
    assert message in done.errors
