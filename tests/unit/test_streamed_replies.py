"""Replies in pieces: one like another keeps them."""

from collections.abc import AsyncGenerator

from mockwave.streamed_replies import StreamedReply


async def pieces() -> AsyncGenerator[bytes]:
    yield b"a"


def test_a_streamed_reply_like_another_has_the_same_pieces() -> None:
    """`Reply.replacing` lost them: it made a Reply with an empty body."""
    reply = StreamedReply(200, ((b"a", b"1"),), pieces(), delay_ms=7)

    like = reply.replacing(status=201, headers=())

    assert isinstance(like, StreamedReply)
    assert (like.status, like.headers, like.delay_ms, like.pieces) == (201, (), 7, reply.pieces)


def test_a_streamed_reply_that_gets_a_body_in_one_has_no_pieces() -> None:
    like = StreamedReply(200, ((b"a", b"1"),), pieces()).replacing(body=b"whole")

    assert not isinstance(like, StreamedReply)
    assert (like.status, like.headers, like.body) == (200, ((b"a", b"1"),), b"whole")
