"""Requests and answers: ManagementRequest, Answer, and the few ways to make an Answer.

An Answer is complete: it has Content-Type if it has a body, and Content-Length wherever HTTP allows one (RFC 9110 §8.6:
not on 204), so that an answer to HEAD shows the length that GET would have.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from mockwave.problems import PROBLEM_MEDIA_TYPE, Refusal
from mockwave.streamed_replies import Pieces

Headers = list[tuple[bytes, bytes]]

JSON_MEDIA_TYPE = b"application/json"

_encode = msgspec.json.Encoder().encode


ReadBody = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""Reads a request's body: how many of its first bytes are kept, and how many it may have. Raises Refusal."""


class ManagementRequest(Struct, frozen=True, kw_only=True):
    """A request as it was sent: `path` raw and without its query, header names in lower case, the body in chunks."""

    method: str
    path: bytes
    query: bytes = b""
    headers: Headers = []
    chunks: Sequence[bytes] = ()
    scheme: str = "http"
    client: str = ""
    wait_until_gone: Callable[[], Awaitable[None]] | None = None
    """Returns when the client has gone, so that nobody waits for the answer. Call it once the body is read."""

    @property
    def body(self) -> bytes:
        """The whole body; joining the chunks of a long one takes milliseconds."""
        return b"".join(self.chunks)

    def header_values(self, name: bytes) -> list[bytes]:
        """All values of the header `name` (lower case), in the order sent."""
        return [value for key, value in self.headers if key == name]


class Answer(Struct, kw_only=True):
    status: int
    headers: Headers
    body: bytes = b""
    pieces: Pieces | None = None
    """The body, where it is made while it is sent (StreamedReply)."""


def answer_bytes(status: int, media_type: bytes, body: bytes, headers: Headers | None = None) -> Answer:
    """An Answer with this body."""
    complete = [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
    if headers:
        complete += headers
    return Answer(status=status, headers=complete, body=body)


def answer_json(status: int, value: Any, headers: Headers | None = None) -> Answer:
    """An Answer with `value` (structs, or a list of them) as JSON."""
    return answer_bytes(status, JSON_MEDIA_TYPE, _encode(value), headers)


def answer_nothing(headers: Headers | None = None) -> Answer:
    """204: done, and nothing to say."""
    return Answer(status=204, headers=headers or [])


def answer_refusal(refusal: Refusal) -> Answer:
    """The refusal as a problem document."""
    return answer_bytes(refusal.status, PROBLEM_MEDIA_TYPE, refusal.document(), refusal.headers)


def answer_in_pieces(media_type: bytes, pieces: Pieces, headers: Headers | None = None, *, status: int = 200) -> Answer:
    """An Answer whose body is made while it is sent."""
    return Answer(status=status, headers=[(b"content-type", media_type), *(headers or ())], pieces=pieces)


def without_body(answer: Answer) -> Answer:
    """The answer to HEAD if this one is for GET (RFC 9110 §9.3.2)."""
    return Answer(status=answer.status, headers=answer.headers)
