"""Plain hits: what the responder answers by itself, and what it leaves to the long way."""

import gc
from pathlib import Path

import msgspec
import pytest

from mockwave._chunks import ChunkReader, read_header_block
from mockwave._control import ControlBlock, create_control_block
from mockwave._responder import Choice, Reply, Responder, RuledReply
from mockwave._ring import Ring, create_ring_file, monotonic_now_ns
from mockwave._segments import encode_rings
from mockwave.answers.request_rules import ApiKeys
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.route_options import Options
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.openapi import read_specification
from mockwave.store.records import RouteRecord
from tests.unit.documents import read_routes
from tests.unit.store.samples import sample_route, sample_server

ORIGIN, OTHER = b"http://app.test", b"http://other.test"
SERVER = sample_server(1)
NO_KEYS = ApiKeys()
ROUTE = sample_route(SERVER, 1)
WITH_OTHERS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      responses:
        '200': {description: all, content: {text/plain: {example: all}}}
        '404': {description: none, content: {text/plain: {example: none}}}
"""


WITH_SCHEMA = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      responses:
        '200':
          description: all
          content: {application/json: {schema: {type: string, format: uuid}}}
"""


class Caller:
    def __init__(
        self,
        folder: Path,
        *,
        cors: bool,
        route: RouteRecord = ROUTE,
        keys: ApiKeys = NO_KEYS,
        redacts_secrets: bool = True,
    ) -> None:
        create_control_block(str(folder / "control"))
        create_ring_file(str(folder / "ring"), 1 << 20, b"r" * 16)
        control = ControlBlock(str(folder / "control"))
        self.responder_ring = Ring(str(folder / "ring"), redacts_secrets=redacts_secrets)
        self.responder = Responder(control, self.responder_ring, 0)
        self.responder.set_generation(control.generation)
        server = msgspec.structs.replace(SERVER, cors=cors, header_keys=keys.headers, query_keys=keys.queries)
        builder = SnapshotBuilder(server)
        builder.change(server, 1, [route], [])
        self.path = route.path
        self.snapshot = builder.build()
        self.responder.snapshots[SERVER.id.encode()] = self.snapshot

    @classmethod
    def of_document(cls, folder: Path, document: str, *, redacts_secrets: bool = True) -> "Caller":
        """Of its first operation, with the API keys that it declares."""
        keys = read_specification(document).keys
        route = read_routes(document, SERVER)[0]
        return cls(folder, cors=True, route=route, keys=keys, redacts_secrets=redacts_secrets)

    def record(self, *headers: tuple[bytes, bytes], query: bytes) -> None:
        """Puts a request on record that was answered the long way."""
        reply = self.ask(ORIGIN)
        given = [(b"host", b"x"), *headers]
        assert self.responder.record(
            self.snapshot, reply, monotonic_now_ns(), "GET", self.path.encode(), query, given, None
        )

    def hit(self, *headers: tuple[bytes, bytes], query: bytes = b"") -> Reply | None:
        path = f"/bin/{SERVER.id}{self.path}".encode()
        return self.responder.respond("GET", path, query, [(b"host", b"x"), *headers], ("127.0.0.1", 1))

    def ask(self, origin: bytes, *, query: bytes = b"") -> Reply:
        """The long way."""
        headers = [(b"origin", origin)]
        request = MockRequest(method="GET", path=self.path.encode(), query=query, headers=headers)
        return answer_request(self.snapshot, request)

    def ask_with(self, *headers: tuple[bytes, bytes], query: bytes = b"") -> Reply:
        """The long way, without an Origin."""
        request = MockRequest(method="GET", path=self.path.encode(), query=query, headers=[(b"host", b"x"), *headers])
        return answer_request(self.snapshot, request)

    def miss(self, method: str, path: str) -> Reply | None:
        return self.responder.respond(
            method, f"/bin/{SERVER.id}{path}".encode(), b"", [(b"host", b"x")], ("127.0.0.1", 1)
        )

    def answer_miss(self, method: str, path: str) -> Reply:
        """The long way."""
        request = MockRequest(method=method, path=path.encode(), query=b"", headers=[(b"host", b"x")])
        return answer_request(self.snapshot, request)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path, cors=True)


@pytest.fixture
def chooser(tmp_path: Path) -> Caller:
    """Of a route that has others than its own response."""
    return Caller(tmp_path, cors=True, route=read_routes(WITH_OTHERS, SERVER)[0])


def test_a_route_with_others_answers_who_wants_none_of_them_at_once(chooser: Caller) -> None:
    own = chooser.hit(query=b"page=2")
    assert isinstance(own, Choice)
    assert own.body == b"all"
    assert chooser.hit((b"accept", b"text/plain")) is None
    assert chooser.hit((b"prefer", b"code=404")) is None
    assert chooser.hit(query=b"__code=404") is None
    assert chooser.ask(ORIGIN, query=b"__code=404").body == b"none"
    crossing = chooser.ask(ORIGIN)
    assert chooser.hit((b"origin", ORIGIN)) is crossing
    assert (crossing.route_id, crossing.body) == (own.route_id, own.body)
    assert crossing.route_id == own.default.route_id


def test_a_route_with_others_goes_with_its_snapshot(chooser: Caller) -> None:
    before = count_options()
    chooser.ask(ORIGIN, query=b"__code=404")
    assert count_options() == before + 1
    chooser.responder.snapshots.clear()
    del chooser.snapshot
    assert count_options() == before


def count_options() -> int:
    gc.collect()
    return sum(type(one) is Options for one in gc.get_objects())


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


def test_a_body_is_seen_though_a_header_before_it_is_too_long_to_be_kept(caller: Caller) -> None:
    """Headers after one over 64 KB were not looked at, so a request with an unread body was a plain hit."""
    long = (b"x-long", b"h" * 70_000)
    assert caller.hit(long) is not None
    assert caller.hit(long, (b"content-length", b"5")) is None
    assert caller.hit(*[(b"x-many", b"1")] * 300, (b"content-length", b"5")) is None


# Credentials that a document declares


WITH_KEYS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
components:
  securitySchemes:
    header: {type: apiKey, in: header, name: X-Pet-Key}
    query: {type: apiKey, in: query, name: pet key}
    cookie: {type: apiKey, in: cookie, name: session}
    bearer: {type: http, scheme: bearer}
paths: {/pets: {get: {responses: {'200': {description: d}}}}}
"""


def log_of(caller: Caller) -> tuple[bytes, dict[bytes, bytes]]:
    """Query and headers of the one entry."""
    ring = caller.responder_ring
    segments, *_ = encode_rings([ring], [0], cut_ns=monotonic_now_ns(), offset_us=0, max_entries=9)
    ((_, count, *_, data),) = segments
    assert count == 1
    _, _, _, query, block, *_ = ChunkReader(data).entry(0)
    return query, dict(read_header_block(block))


SECRETS = ((b"x-pet-key", b"s3cret"), (b"x-pet", b"open"), (b"cookie", b"session=s3cret"))
SECRET_QUERY = b"a=1&pet%20key=s3cret&pet+key=s3cret&pet key=&pet%20keys=open&&b"


@pytest.mark.parametrize("is_plain", [True, False])
def test_keys_that_a_document_declares_are_redacted(tmp_path: Path, is_plain: bool) -> None:
    """Only the usual names were, as X-Api-Key, and queries were logged whole."""
    caller = Caller.of_document(tmp_path, WITH_KEYS)
    if is_plain:
        assert caller.hit(*SECRETS, query=SECRET_QUERY) is not None
    else:
        caller.record(*SECRETS, query=SECRET_QUERY)
    query, headers = log_of(caller)
    assert query == b"a=1&pet%20key=[redacted]&pet+key=[redacted]&pet key=&pet%20keys=open&&b"
    assert headers == {b"host": b"x", b"x-pet-key": b"[redacted]", b"x-pet": b"open", b"cookie": b"[redacted]"}


def test_declared_keys_are_logged_where_secrets_are(tmp_path: Path) -> None:
    caller = Caller.of_document(tmp_path, WITH_KEYS, redacts_secrets=False)
    assert caller.hit(*SECRETS, query=SECRET_QUERY) is not None
    query, headers = log_of(caller)
    assert query == SECRET_QUERY
    assert headers[b"x-pet-key"] == b"s3cret"


def test_a_server_that_declares_no_keys_logs_queries_as_they_are(caller: Caller) -> None:
    assert caller.hit((b"x-pet-key", b"1"), query=SECRET_QUERY) is not None
    query, headers = log_of(caller)
    assert query == SECRET_QUERY
    assert headers[b"x-pet-key"] == b"1"


def test_a_query_too_long_to_be_kept_is_redacted_all_the_same(tmp_path: Path) -> None:
    caller = Caller.of_document(tmp_path, WITH_KEYS)
    assert caller.hit(query=b"pet%20key=s3cret&" + b"&" * 100_000) is not None
    query, _ = log_of(caller)
    assert query.startswith(b"pet%20key=[redacted]&&")
    assert len(query) <= 65_536


def test_a_choice_made_once_is_a_plain_hit_for_the_same_wishes_and_no_others(chooser: Caller) -> None:
    chooser.ask_with((b"prefer", b"code=404"))
    found = chooser.hit((b"prefer", b"code=404"))
    assert found is not None and (found.status, found.body) == (404, b"none")
    assert chooser.hit((b"prefer", b"code=404"), (b"accept", b"text/plain")) is None
    assert chooser.hit((b"prefer", b"code=404"), query=b"__code=200") is None
    assert chooser.hit((b"accept", b"code=404")) is None
    chooser.ask_with((b"accept", b"text/plain"), query=b"__code=404")
    assert chooser.hit((b"accept", b"text/plain"), query=b"__code=404") is not None
    assert chooser.hit((b"accept", b"text/plain")) is None


def test_a_choice_that_is_made_anew_each_time_is_never_a_plain_hit(tmp_path: Path) -> None:
    caller = Caller(tmp_path, cors=True, route=read_routes(WITH_SCHEMA, SERVER)[0])
    made = {caller.ask_with((b"prefer", b"dynamic=true")).body for _ in range(5)}
    assert len(made) > 1
    assert caller.hit((b"prefer", b"dynamic=true")) is None
    assert caller.hit() is not None


def test_choices_that_are_kept_are_bounded(chooser: Caller) -> None:
    for number in range(200):
        chooser.ask_with((b"accept", b"text/plain;q=0.%d" % number))
    kept = [chooser.hit((b"accept", b"text/plain;q=0.%d" % number)) is not None for number in range(200)]
    assert kept.count(True) == 64
    long = b"text/plain, " * 100 + b"*/*"
    chooser.ask_with((b"accept", long))
    assert chooser.hit((b"accept", long)) is None


def test_a_path_that_no_route_has_is_a_plain_miss_the_second_time(caller: Caller) -> None:
    assert caller.miss("GET", "/nowhere") is None
    answered = caller.answer_miss("GET", "/nowhere")
    found = caller.miss("GET", "/nowhere")
    assert found is answered
    assert found.status == 404 and b"/nowhere" in found.body
    assert caller.miss("POST", "/nowhere") is None
    assert caller.miss("GET", "/nowhere/") is None
    assert caller.responder.count_answered() == 1


def test_a_method_that_a_path_has_not_is_a_plain_miss_as_well(caller: Caller) -> None:
    caller.answer_miss("PUT", caller.path)
    found = caller.miss("PUT", caller.path)
    assert found is not None and found.status == 405
    assert (b"allow", b"GET, HEAD, OPTIONS") in found.headers


def test_misses_that_are_kept_are_bounded(caller: Caller) -> None:
    for number in range(1_000):
        caller.answer_miss("GET", f"/nowhere/{number}")
    kept = sum(caller.miss("GET", f"/nowhere/{number}") is not None for number in range(1_000))
    assert 0 < kept <= 64
    caller.answer_miss("GET", "/" + "y" * 2_000)
    assert caller.miss("GET", "/" + "y" * 2_000) is None


def test_a_miss_is_forgotten_with_a_change_of_routes(caller: Caller) -> None:
    """A route that is added must be found: misses are kept with the Snapshot that has not got it."""
    caller.answer_miss("GET", "/nowhere")
    assert caller.miss("GET", "/nowhere") is not None
    builder = SnapshotBuilder(SERVER)
    builder.change(SERVER, 2, [msgspec.structs.replace(ROUTE, path="/nowhere", path_key="/nowhere")], [])
    caller.responder.snapshots[SERVER.id.encode()] = builder.build()
    caller.responder.set_generation(caller.responder.generation)  # as the keeper does after a refresh
    found = caller.miss("GET", "/nowhere")
    assert found is not None and found.status == ROUTE.status_code


def test_a_reply_like_another_differs_in_what_is_given_alone() -> None:
    reply = Reply(201, ((b"a", b"1"),), b"body", delay_ms=7, route_id=b"r" * 16, flags=1)
    assert said_by(reply.replacing()) == said_by(reply)
    assert said_by(reply.replacing(status=404)) == {**said_by(reply), "status": 404}
    assert said_by(reply.replacing(headers=())) == {**said_by(reply), "headers": ()}
    assert said_by(reply.replacing(body=b"")) == {**said_by(reply), "body": b""}


def test_a_reply_like_another_is_not_kept_by_the_engine_or_for_an_origin() -> None:
    reply = Reply(200, (), b"")
    reply.prepared = "sent as this"
    reply.crossing = (ORIGIN, reply)
    assert (reply.replacing().prepared, reply.replacing().crossing) == (None, None)


def test_no_reply_is_made_of_another_with_a_status_that_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="expected 200 to 999, got 100"):
        Reply(200, (), b"").replacing(status=100)


def said_by(reply: Reply) -> dict[str, object]:
    """Everything that a Reply says."""
    return {name: getattr(reply, name) for name in ("status", "headers", "body", "delay_ms", "route_id", "flags")}


def test_only_the_reply_of_a_rule_ever_says_that_it_is_one() -> None:
    """Compiled code takes a Reply with these flags for a RuledReply, unchecked."""
    ruled = RuledReply(Reply(200, (), b""), b"x", fault=3)
    assert ruled.replacing(body=b"a").flags == ruled.flags == 16 | 256
    assert (Choice(ruled, None).flags, Reply(200, (), b"", flags=16 | 256).flags) == (0, 0)
