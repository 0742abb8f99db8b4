"""Plain hits: what the responder answers by itself, and what it leaves to the long way."""

from pathlib import Path

import msgspec
import pytest

from mockwave._control import ControlBlock, create_control_block
from mockwave._responder import Reply, Responder
from mockwave._ring import Ring, create_ring_file
from mockwave.mocks.plane import answer_request
from mockwave.mocks.requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from tests.unit.store.samples import sample_route, sample_server

ORIGIN, OTHER = b"http://app.test", b"http://other.test"
SERVER = sample_server(1)
ROUTE = sample_route(SERVER, 1)


class Caller:
    def __init__(self, folder: Path, *, cors: bool) -> None:
        create_control_block(str(folder / "control"))
        create_ring_file(str(folder / "ring"), 1 << 20, b"r" * 16)
        control = ControlBlock(str(folder / "control"))
        self.responder = Responder(control, Ring(str(folder / "ring")), 0)
        self.responder.set_generation(control.generation)
        server = msgspec.structs.replace(SERVER, cors=cors)
        builder = SnapshotBuilder(server)
        builder.change(server, 1, [ROUTE], [])
        self.snapshot = builder.build()
        self.responder.snapshots[SERVER.id.encode()] = self.snapshot

    def hit(self, *headers: tuple[bytes, bytes]) -> Reply | None:
        path = f"/bin/{SERVER.id}{ROUTE.path}".encode()
        return self.responder.respond("GET", path, b"", [(b"host", b"x"), *headers], ("127.0.0.1", 1))

    def ask(self, origin: bytes) -> Reply:
        """The long way."""
        headers = [(b"origin", origin)]
        request = MockRequest(method="GET", path=ROUTE.path.encode(), query=b"", headers=headers)
        return answer_request(self.snapshot, request)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path, cors=True)


def test_an_origin_that_asked_before_gets_its_own_reply_at_once(caller: Caller) -> None:
    assert caller.hit((b"origin", ORIGIN)) is None

    named = caller.ask(ORIGIN)

    assert caller.hit((b"accept", b"*/*"), (b"origin", ORIGIN)) is named
    assert (b"access-control-allow-origin", ORIGIN) in named.headers
    plain = caller.hit()
    assert plain is not None and (b"access-control-allow-origin", b"*") in plain.headers
    assert caller.responder.count_answered() == 2


def test_another_origin_never_gets_the_reply_of_the_first(caller: Caller) -> None:
    caller.ask(ORIGIN)
    assert caller.hit((b"origin", OTHER)) is None
    caller.ask(OTHER)
    assert caller.hit((b"origin", ORIGIN)) is None
    found = caller.hit((b"origin", OTHER))
    assert found is not None and (b"access-control-allow-origin", OTHER) in found.headers


def test_of_two_origins_the_first_counts(caller: Caller) -> None:
    caller.ask(ORIGIN)
    assert caller.hit((b"origin", ORIGIN), (b"origin", OTHER)) is not None
    assert caller.hit((b"origin", OTHER), (b"origin", ORIGIN)) is None


def test_an_origin_too_long_to_be_one_is_not_kept(caller: Caller) -> None:
    long = b"http://" + b"a" * 1000
    caller.ask(long)
    assert caller.hit((b"origin", long)) is None


def test_where_no_origin_is_let_in_none_makes_a_difference(tmp_path: Path) -> None:
    caller = Caller(tmp_path, cors=False)
    assert caller.hit((b"origin", ORIGIN)) is caller.hit() is not None
