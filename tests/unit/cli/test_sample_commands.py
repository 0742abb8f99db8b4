"""The curl command that `serve` prints: the best route for it, in words that a shell and HTTP take."""

import pytest

from mockwave.cli.announcement import choose_sample, sample_command
from mockwave.model import MockRoute

BASE = "http://127.0.0.1:4010/bin/mock_1"


def route(method: str, path: str, status_code: int = 200, delay: int = 0) -> MockRoute:
    return MockRoute(id="r", mock_server_id="m", method=method, path=path, status_code=status_code, delay=delay)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "url_path"),
    [
        ("/pets", "/pets"),
        ("/pets/{petId}", "/pets/1"),
        ("/files/{name}.{extension}", "/files/1.1"),
        ("/static/{rest:*}", "/static/1"),
        ("/static/**", "/static/"),
        ("/a%2Fb", "/a%2Fb"),
        ("/über/a b", "/%C3%BCber/a%20b"),
    ],
)
def test_every_path_becomes_a_url_that_it_matches(path: str, url_path: str) -> None:
    assert sample_command(BASE, route("GET", path)) == f"curl {BASE}{url_path}"


def test_what_a_shell_would_read_is_quoted() -> None:
    assert sample_command(BASE, route("GET", "/a;$(reboot)&'b'")) == f"curl '{BASE}/a;$(reboot)&'\"'\"'b'\"'\"''"


def test_another_method_than_get_is_named() -> None:
    assert sample_command(BASE, route("POST", "/pets")) == f"curl --request POST {BASE}/pets"
    assert sample_command(BASE, route("HEAD", "/pets")) == f"curl --head {BASE}/pets"


def test_a_get_without_parameters_that_succeeds_at_once_is_preferred() -> None:
    best = route("GET", "/pets")
    others = [
        route("POST", "/pets", 201),
        route("GET", "/pets/{petId}"),
        route("GET", "/broken", 500),
        route("GET", "/slow", delay=2000),
    ]
    assert choose_sample([*others, best]) is best


def test_there_is_no_sample_of_no_routes() -> None:
    assert choose_sample([]) is None
