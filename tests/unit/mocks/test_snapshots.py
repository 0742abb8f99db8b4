"""A server's Snapshots follow its records: what is added, changed, deleted, shadowed and put back."""

import pytest

from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.paths import parse_path
from mockwave.store.records import RouteRecord, ServerRecord

SERVER = ServerRecord(id="mock_" + "a" * 32, name="x", workspace_id="wrk_1", created_us=0, modified_us=0)


def record(number: int, path: str, body: str, generated: bool = False) -> RouteRecord:
    return RouteRecord(
        id=f"mock-route_{number:032x}",
        mock_server_id=SERVER.id,
        position=number,
        generated=generated,
        method="GET",
        path=path,
        path_key=parse_path(path).key,
        status_code=200,
        body=body.encode(),
        content_type="text/plain",
    )


def ask(builder: SnapshotBuilder, path: str) -> str:
    """The body, or the status where no route answers."""
    reply = answer_request(builder.build(), MockRequest(method="GET", path=path.encode(), query=b"", headers=[]))
    return reply.body.decode() if reply.status == 200 else str(reply.status)


@pytest.fixture
def builder() -> SnapshotBuilder:
    builder = SnapshotBuilder(SERVER)
    builder.change(SERVER, 1, [record(1, "/a", "generated", generated=True), record(2, "/b/{x}", "b")], [])
    return builder


def test_a_snapshot_stays_as_it_was_when_its_server_changes(builder: SnapshotBuilder) -> None:
    before = builder.build()
    builder.change(SERVER, 2, [record(3, "/c", "c")], [record(2, "/b/{x}", "b").id])
    request = MockRequest(method="GET", path=b"/b/1", query=b"", headers=[])
    assert answer_request(before, request).body == b"b"
    assert [ask(builder, path) for path in ("/a", "/b/1", "/c")] == ["generated", "404", "c"]


def test_a_custom_route_shadows_a_generated_one_until_it_goes(builder: SnapshotBuilder) -> None:
    custom = record(3, "/%61", "custom")
    builder.change(SERVER, 2, [custom], [])
    shadowed = ask(builder, "/a")
    builder.change(SERVER, 3, [], [custom.id])
    assert (shadowed, ask(builder, "/a")) == ("custom", "generated")


def test_a_generated_route_that_comes_later_is_shadowed_too(builder: SnapshotBuilder) -> None:
    builder.change(SERVER, 2, [record(4, "/b/{y}", "generated", generated=True)], [])
    shadowed = ask(builder, "/b/1")
    builder.change(SERVER, 3, [], [record(2, "/b/{x}", "b").id])
    assert (shadowed, ask(builder, "/b/1")) == ("b", "generated")


def test_a_shadowed_route_can_change_and_go(builder: SnapshotBuilder) -> None:
    custom = record(3, "/a", "custom")
    builder.change(SERVER, 2, [custom], [])
    builder.change(SERVER, 3, [record(1, "/a", "generated anew", generated=True)], [])
    builder.change(SERVER, 4, [], [custom.id])
    changed = ask(builder, "/a")
    builder.change(SERVER, 5, [custom], [])
    builder.change(SERVER, 6, [], [record(1, "/a", "").id])
    builder.change(SERVER, 7, [], [custom.id])
    assert (changed, ask(builder, "/a")) == ("generated anew", "404")


def test_two_routes_change_places(builder: SnapshotBuilder) -> None:
    builder.change(SERVER, 2, [record(3, "/c", "c")], [])
    builder.change(SERVER, 3, [record(2, "/c", "b"), record(3, "/b/{x}", "c")], [])
    assert [ask(builder, path) for path in ("/b/1", "/c")] == ["c", "b"]


def test_a_generated_route_that_becomes_custom_stays_where_it_is(builder: SnapshotBuilder) -> None:
    builder.change(SERVER, 2, [record(1, "/a", "custom")], [])
    answered = ask(builder, "/a")
    builder.change(SERVER, 3, [], [record(1, "/a", "").id])
    assert (answered, ask(builder, "/a")) == ("custom", "404")


def test_parts_of_a_server_that_overlap_come_to_one_state(builder: SnapshotBuilder) -> None:
    """A server that is read in parts may show a path twice: its old route in one part, its new one in another."""
    builder.change(SERVER, 2, [record(3, "/b/{y}", "new")], [])
    builder.change(SERVER, 3, [record(3, "/b/{y}", "new")], [record(2, "/b/{x}", "b").id])
    answered = ask(builder, "/b/1")
    builder.change(SERVER, 4, [], [record(3, "/b/{y}", "new").id])
    assert (answered, ask(builder, "/b/1")) == ("new", "404")
