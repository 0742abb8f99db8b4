"""How a request's body is read: to its end, within its limits, and keeping no more than is needed."""

import asyncio
from collections.abc import Sequence

import pytest

from mockwave.pauses import PAUSE_S
from mockwave.problems import Refusal
from mockwave.request_bodies import (
    JOINED_AT_ONCE_BYTES,
    PAUSE_AFTER_BYTES,
    PROGRESS_BYTES,
    BodyReader,
    BrokenBody,
    IncomingBody,
    announced_bytes,
    announces_body,
    awaits_continue,
    join_pieces,
)
from tests.unit.piecewise_bodies import PiecewiseBody

EXPECT = (b"expect", b"100-Continue")


def make_reader(room_bytes: int = 1000, timeout_s: float = 30) -> BodyReader:
    return BodyReader(room_bytes=room_bytes, largest_bytes=0, timeout_s=timeout_s, count_answered=lambda: 0)


def incoming(
    reader: BodyReader,
    body: PiecewiseBody,
    *headers: tuple[bytes, bytes],
    limit_bytes: int = 100,
) -> IncomingBody:
    return reader.expect(body, headers, limit_bytes)


async def read(pieces: Sequence[bytes | Exception], keep_bytes: int = 100) -> bytes:
    with incoming(make_reader(), PiecewiseBody(pieces)) as body:
        return b"".join(await body.read(keep_bytes))


async def test_a_body_is_kept_as_far_as_it_is_needed_and_read_to_its_end() -> None:
    pieces = [b"abc", b"def", b"ghi"]
    assert await read(pieces) == b"abcdefghi"
    assert await read(pieces, keep_bytes=4) == b"abcd"
    body = PiecewiseBody(pieces)
    with incoming(make_reader(), body) as read_nothing_of_it:
        assert list(await read_nothing_of_it.read(0)) == []
    assert body.pieces_read == 3


async def test_a_body_that_is_not_there_is_not_read() -> None:
    assert await read([]) == b""


async def test_a_body_beyond_its_limit_is_read_to_its_end_and_refused() -> None:
    body = PiecewiseBody([b"x" * 40] * 5)
    with incoming(make_reader(), body) as too_large, pytest.raises(Refusal) as refused:
        await too_large.read(100)
    assert refused.value.status == 413
    assert body.pieces_read == 5


async def test_a_body_without_end_is_given_up() -> None:
    body = PiecewiseBody([b"x" * 40] * 1000)
    with incoming(make_reader(), body) as endless, pytest.raises(Refusal) as refused:
        await endless.read(100)
    assert refused.value.status == 413
    assert body.pieces_read == 11


async def test_a_body_said_to_be_too_large_is_not_sent_for() -> None:
    """Who waits for 100 Continue, or would be cut off in the middle, is told at once."""
    for headers in ([EXPECT, (b"content-length", b"101")], [(b"content-length", b"401")]):
        body = PiecewiseBody([b"x" * 101])
        with incoming(make_reader(), body, *headers) as too_large, pytest.raises(Refusal) as refused:
            await too_large.read(100)
        assert (refused.value.status, body.pieces_read) == (413, 0)


async def test_bodies_kept_at_once_share_a_room() -> None:
    """Eight bodies of 100 MB each took 940 MB."""
    reader = make_reader(room_bytes=150)
    with incoming(reader, PiecewiseBody([b"x" * 100])) as first:
        await first.read(100)
        with incoming(reader, PiecewiseBody([b"x" * 30, b"x" * 30])) as second, pytest.raises(Refusal) as refused:
            await second.read(100)
        assert refused.value.status == 503
        assert (b"retry-after", b"1") in refused.value.headers
        assert reader.free_bytes == 50
        with incoming(reader, PiecewiseBody([b"x" * 100])) as third:
            assert len(b"".join(await third.read(keep_bytes=50))) == 50
    assert reader.free_bytes == 150


async def test_large_bodies_leave_room_for_small_ones() -> None:
    """Or a few documents that wait to be imported would keep all mocks that capture bodies from answering."""
    reader = make_reader(room_bytes=400_000)
    large = [b"x" * 70_000] * 5
    with incoming(reader, PiecewiseBody(large), limit_bytes=400_000) as first, pytest.raises(Refusal) as refused:
        await first.read(400_000)
    assert refused.value.status == 503
    with incoming(reader, PiecewiseBody(large[:4]), limit_bytes=400_000) as second:
        await second.read(400_000)
        with incoming(reader, PiecewiseBody([b"x" * 60_000]), limit_bytes=400_000) as small:
            assert len(b"".join(await small.read(400_000))) == 60_000


async def test_a_body_of_the_largest_size_finds_room_where_there_is_no_other() -> None:
    reader = BodyReader(room_bytes=0, largest_bytes=400_000, timeout_s=30, count_answered=lambda: 0)
    with incoming(reader, PiecewiseBody([b"x" * 100_000] * 4), limit_bytes=400_000) as body:
        assert len(b"".join(await body.read(400_000))) == 400_000


@pytest.mark.parametrize(
    "pieces", [[b"x" * 60, BrokenBody("cut")], [b"x" * 60] * 2, [b"x" * 60, RuntimeError("of an engine")]]
)
async def test_whatever_goes_wrong_the_room_is_given_back(pieces: list[bytes | Exception]) -> None:
    reader = make_reader()
    with pytest.raises((Refusal, RuntimeError)), incoming(reader, PiecewiseBody(pieces)) as body:
        await body.read(100)
    assert reader.free_bytes == 1000


async def test_a_body_of_many_tiny_chunks_is_kept_in_few() -> None:
    """Each chunk of one byte was an object of 40 bytes or more."""
    with incoming(make_reader(100_000), PiecewiseBody([b"x"] * 9000), limit_bytes=100_000) as body:
        chunks = await body.read(100_000)
    assert sum(map(len, chunks)) == 9000
    assert len(chunks) <= 3


async def test_a_body_that_does_not_go_on_is_given_up() -> None:
    body = StalledBody([b"x" * 10])
    with incoming(make_reader(timeout_s=0.02), body) as stalled, pytest.raises(Refusal) as refused:
        await stalled.read(100)
    assert refused.value.status == 408
    assert "--body-timeout" in refused.value.detail


async def test_a_slow_body_has_time_as_long_as_it_goes_on() -> None:
    pieces = [b"x" * PROGRESS_BYTES] * 8
    body = StalledBody(pieces, pause_s=0.2, ends=True)
    with incoming(make_reader(100_000, timeout_s=1), body, limit_bytes=100_000) as slow:
        assert len(b"".join(await slow.read(100_000))) == PROGRESS_BYTES * 8


async def test_a_body_that_comes_byte_by_byte_does_not_go_on() -> None:
    body = StalledBody([b"x"] * 10_000, pause_s=0.001, ends=True)
    reader = make_reader(100_000, timeout_s=0.1)
    with incoming(reader, body, limit_bytes=100_000) as dripping, pytest.raises(Refusal) as refused:
        await dripping.read(100_000)
    assert refused.value.status == 408


async def test_what_was_refused_is_discarded_whatever_it_is() -> None:
    bodies: tuple[Sequence[bytes | Exception], ...] = ([b"x" * 10] * 3, [b"x", BrokenBody("cut")], [b"x" * 101])
    for pieces in bodies:
        body = PiecewiseBody(pieces)
        with incoming(make_reader(), body) as refused:
            await refused.discard()
        assert body.pieces_read == len(pieces)


async def test_a_client_that_waits_for_100_continue_is_not_asked_to_send_what_is_thrown_away() -> None:
    body = PiecewiseBody([b"x" * 10])
    with incoming(make_reader(), body, EXPECT) as refused:
        await refused.discard()
    assert body.pieces_read == 0


async def test_long_bodies_are_read_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def note(length_s: float) -> None:
        slept.append(length_s)

    monkeypatch.setattr("mockwave.pauses.asyncio.sleep", note)
    body = PiecewiseBody([b"x" * (PAUSE_AFTER_BYTES // 2)] * 5)
    reader = BodyReader(room_bytes=1, largest_bytes=1, timeout_s=30, count_answered=lambda: body.pieces_read // 2 + 1)
    with reader.expect(body, (), PAUSE_AFTER_BYTES * 5) as long:
        await long.read(0)
    assert slept == [0, PAUSE_S]


@pytest.mark.parametrize(
    ("headers", "announced", "size"),
    [
        ([], False, None),
        ([(b"content-length", b"0")], False, 0),
        ([(b"content-length", b"12")], True, 12),
        ([(b"transfer-encoding", b"chunked")], True, None),
        ([(b"content-length", b"9" * 30)], True, None),
        ([(b"content-length", b"twelve")], True, None),
    ],
)
def test_headers_announce_a_body(headers: list[tuple[bytes, bytes]], announced: bool, size: int | None) -> None:
    assert announces_body(headers) is announced
    assert announced_bytes(headers) == size


def test_an_expectation_is_read_by_any_case() -> None:
    assert awaits_continue([EXPECT])
    assert not awaits_continue([(b"expect", b"something else")])


class StalledBody(PiecewiseBody):
    """Waits before each piece; after the last one for ever, unless it `ends`."""

    def __init__(self, pieces: Sequence[bytes], pause_s: float = 0.0, *, ends: bool = False) -> None:
        super().__init__(pieces)
        self._pause_s = pause_s
        self._ends = ends

    async def read_piece(self) -> bytes:
        await asyncio.sleep(self._pause_s)
        piece = await super().read_piece()
        if not piece and not self._ends:
            await asyncio.Event().wait()
        return piece


async def test_a_long_body_is_put_together_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 MB of spaces kept it for 18 ms."""
    threads: list[object] = []
    to_thread = asyncio.to_thread

    async def count_threads(*arguments: object) -> object:
        threads.append(arguments)
        return await to_thread(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "to_thread", count_threads)
    short, long = [b"ab", b"c"], [b"x" * JOINED_AT_ONCE_BYTES, b"y"]
    assert await join_pieces(short) == b"abc" and not threads
    assert await join_pieces(long) == b"".join(long) and len(threads) == 1
    assert await join_pieces([]) == b""
