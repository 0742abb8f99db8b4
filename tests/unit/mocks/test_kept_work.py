"""What routes keep of their first requests is bounded for all of them together, and made again when it is needed."""

import json

import msgspec
import pytest

from mockwave.mocks.answering import answer_request
from mockwave.mocks.kept_work import KeptWork
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import ServerRecord
from tests.unit.documents import build_snapshots

SERVER = ServerRecord(id="mock_" + "a" * 32, name="n", workspace_id="w", created_us=0, modified_us=0)
EXAMPLES = {f"e{number}": {"value": number} for number in range(500)}
SCHEMA = {"properties": {f"p{number}": {"type": "string", "maxLength": 5} for number in range(100)}}
OPERATION = {
    "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
    "responses": {"200": {"description": "d", "content": {"application/json": {"examples": EXAMPLES}}}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {f"/r{number}": {"post": OPERATION} for number in range(50)},
}


class Maker:
    def __init__(self) -> None:
        self.has_forgotten = False

    def forget(self) -> None:
        self.has_forgotten = True


def test_whoever_has_kept_something_for_the_longest_time_forgets_first() -> None:
    work, makers = KeptWork(most_bytes=100), [Maker() for _ in range(3)]
    for maker in makers:
        work.count(maker, 40)
    assert [maker.has_forgotten for maker in makers] == [True, False, False]
    assert work.total_bytes == 80


def test_a_maker_at_work_keeps_even_what_exceeds_the_bound() -> None:
    work, first, second = KeptWork(most_bytes=100), Maker(), Maker()
    work.count(first, 40)
    work.count(second, 40)
    work.count(first, 400)
    assert (first.has_forgotten, second.has_forgotten) == (False, True)
    assert work.total_bytes == 440


def test_what_makers_kept_does_not_count_once_they_are_gone() -> None:
    work, maker = KeptWork(), Maker()
    work.count(maker, 40)
    del maker
    assert work.total_bytes == 0


@pytest.mark.parametrize("settings", [{}, {"validate_requests": True}, {"dynamic": True}], ids=str)
def test_routes_that_have_forgotten_answer_as_before(
    settings: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each route kept its own decoded form of a response that all share, and its compiled checks, without end: a
    document of 2.6 MB took 12 GB of a worker once all of its routes had been asked for."""
    account = KeptWork(most_bytes=1_000_000)
    monkeypatch.setattr("mockwave.mocks.route_options.kept_work", account)
    server = msgspec.structs.replace(SERVER, **settings)
    snapshots = build_snapshots(json.dumps(DOCUMENT), server)
    for _ in range(2):
        for number in range(50):
            assert ask(snapshots, number) == (200, b"7")
    assert 0 < account.total_bytes <= 1_000_000
    assert ask(snapshots, 0, b'{"p1": "too long"}') == ((422 if server.validate_requests else 200), None)


def ask(snapshots: SnapshotBuilder, number: int, body: bytes = b'{"p1": "x"}') -> tuple[int, bytes | None]:
    """Status and body, which is None where the body asked with is another than the usual one."""
    headers = [(b"content-type", b"application/json"), (b"prefer", b"example=e7")]
    request = MockRequest(method="POST", path=b"/r%d" % number, query=b"", headers=headers, body=body)
    reply = answer_request(snapshots.build(), request)
    return reply.status, reply.body if body == b'{"p1": "x"}' else None
