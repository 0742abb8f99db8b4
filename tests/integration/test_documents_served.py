"""Real documents, imported by a real server: every operation is a route, and each answers with its declared status."""

import http.client
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.harness import MockwaveServer, send

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[1] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)
BODILESS = (204, 304)


def fill_parameters(path: str) -> str:
    """The path with a sample for each parameter."""
    return re.sub(r"\{[^}]*\}", "1", path).replace("/**", "/rest")


def test_there_are_enough_documents_to_mean_something() -> None:
    assert len(DOCUMENTS) >= 20


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_route_of_a_document_answers_as_listed(mockwave_server: MockwaveServer, document: Path) -> None:
    created = mockwave_server.api(
        "POST",
        "/mock-servers",
        {"name": document.stem, "workspaceId": "wrk_documents", "specification": document.read_text()},
    )
    assert created.status == 201, created.body
    report = created.body["importReport"]
    routes = mockwave_server.api("GET", f"/mock-servers/{created.body['_id']}/routes").body
    assert len(routes) == report["routes"] > 0
    base = urlsplit(created.body["url"])
    connection = http.client.HTTPConnection(base.netloc, timeout=30)
    wrong = []
    for route in routes:
        answer = send(connection, route["method"], base.path + fill_parameters(route["path"]), b"{}")
        expected = route["statusCode"]
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        served = "application/problem+json" not in (answer.headers["content-type"] or "")
        has_right_body = not body or expected not in BODILESS
        if (answer.status, served, has_right_body) != (expected, True, True):
            wrong.append((route["method"], route["path"], expected, answer.status))
    connection.close()
    assert wrong == []
    assert mockwave_server.api("DELETE", f"/mock-servers/{created.body['_id']}").status == 204
