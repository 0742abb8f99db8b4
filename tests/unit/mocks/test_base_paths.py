"""Base paths of single routes: where a document's path item or operation has servers of its own."""

import json
from typing import Any

import msgspec
import pytest

from mockwave._matcher import Match, NotMatched
from mockwave._responder import Snapshot
from mockwave.management.routes import new_route_id
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import RouteRecord, ServerRecord
from tests.unit.documents import build_snapshots

SERVER = ServerRecord(
    id="mock_" + "0" * 32,
    name="n",
    workspace_id="w",
    created_us=1,
    modified_us=1,
    base_paths=("/v1",),
    has_own_base_paths=True,
)


def answer(text: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": "d", "content": {"text/plain": {"example": text}}}}}


FILES = [{"url": "https://files.test/upload/v2"}, {"url": "https://files.test/u"}]
PATHS = {
    "/up": {"get": answer("up") | {"servers": FILES}, "post": answer("post")},
    "/{any}": {"get": answer("any")},
    "/users/{id}": {"servers": FILES, "get": answer("user")},
    "/rest/**": {"servers": FILES, "get": answer("rest")},
}
DOCUMENT = json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": PATHS})


@pytest.fixture
def builder() -> SnapshotBuilder:
    return build_snapshots(DOCUMENT, SERVER)


def ask(snapshot: Snapshot, path: str, method: str = "GET") -> str | tuple[str, ...]:
    found = snapshot.match(method, path.encode())
    return found.value.body.decode() if isinstance(found, Match) else found.allow


def custom(path: str, body: str, base_paths: tuple[str, ...] | None = None) -> RouteRecord:
    return RouteRecord(
        new_route_id(), SERVER.id, False, "GET", path, path, 200, 90, body=body.encode(), base_paths=base_paths
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/up", "up"),
        ("/upload/v2/up", "up"),
        ("/u/up", "up"),
        ("/upload/v2/up/", "up"),
        ("/upload%2Fv2/up", ()),
        ("/%75pload/v2/up", "up"),
        ("/upload/v2/users/7", "user"),
        ("/upload/v2/rest/a/b", "rest"),
        ("/upload/v2/rest", "rest"),
        ("/upload/v2/other", ()),
        ("/v1/other", "any"),
        ("/v1/users/7", ()),
        ("/v1/rest/a", ()),
    ],
)
def test_a_request_may_begin_with_the_base_path_of_its_route(builder: SnapshotBuilder, path: str, body: Any) -> None:
    """`/upload/v2/up` was 404, for servers of operations and path items were not looked at (exegesis#1, scalar#702)."""
    assert ask(builder.build(), path) == body


def test_base_paths_of_a_route_override_those_of_the_document(builder: SnapshotBuilder) -> None:
    """Below the document's base path the others are found as if that route were not there."""
    snapshot = builder.build()
    assert ask(snapshot, "/v1/up") == "any"
    assert ask(snapshot, "/v1/up", "POST") == "post"


def test_methods_are_those_that_the_path_has_below_the_base_path(builder: SnapshotBuilder) -> None:
    snapshot = builder.build()
    assert ask(snapshot, "/upload/v2/up", "POST") == ("GET", "HEAD", "OPTIONS")
    assert ask(snapshot, "/v1/up", "DELETE") == ("GET", "HEAD", "POST", "OPTIONS")
    assert isinstance(snapshot.match("GET", b"/upload/v2/nothing/here"), NotMatched)


def test_parameters_are_those_of_the_path_alone(builder: SnapshotBuilder) -> None:
    found = builder.build().match("GET", b"/upload/v2/users/a%2Fb")
    assert isinstance(found, Match)
    assert found.parameters() == {"id": "a/b"}


def test_a_custom_route_shadows_a_generated_one_below_its_base_paths_too(builder: SnapshotBuilder) -> None:
    shadowing = custom("/up", "custom", ("/upload/v2", "/u"))
    builder.change(SERVER, 2, [shadowing], [])
    assert {ask(builder.build(), path) for path in ("/up", "/u/up", "/upload/v2/up")} == {"custom"}
    builder.change(SERVER, 3, [], [shadowing.id])
    assert {ask(builder.build(), path) for path in ("/up", "/u/up", "/upload/v2/up")} == {"up"}


def test_a_route_that_goes_is_gone_below_its_base_paths(builder: SnapshotBuilder) -> None:
    other = custom("/other", "other", ("/o",))
    builder.change(SERVER, 2, [other], [])
    assert (ask(builder.build(), "/o/other"), ask(builder.build(), "/v1/other")) == ("other", "any")
    builder.change(SERVER, 3, [msgspec.structs.replace(other, base_paths=None)], [])
    assert (ask(builder.build(), "/o/other"), ask(builder.build(), "/v1/other")) == ((), "other")
    builder.change(SERVER, 4, [], [other.id])
    assert ask(builder.build(), "/v1/other") == "any"


def test_a_path_that_is_spelled_out_wins_over_one_below_a_base_path(builder: SnapshotBuilder) -> None:
    builder.change(SERVER, 2, [custom("/u/up", "spelled out")], [])
    assert ask(builder.build(), "/u/up") == "spelled out"


def test_of_two_routes_that_are_one_below_a_base_path_the_first_serves(builder: SnapshotBuilder) -> None:
    assert not builder.has_twins
    builder.change(SERVER, 2, [custom("/v2/up", "second", ("/upload",))], [])
    assert ask(builder.build(), "/upload/v2/up") == "up"
    assert builder.has_twins
