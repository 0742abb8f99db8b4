"""What a method of the clients does, told once for both: a *plan*, which a client carries out with or without waiting.

A plan is a generator that knows no I/O. It yields steps, and is sent what came of each:

    Call       one call of the API, tried again where that helps    → what the call returns
    Attempt    one HTTP request                                     → the Reply
    Pause      so many seconds                                      → nothing
    Give       items for whoever iterates                           → nothing
    Listen     a stream, whose events are for whoever iterates      → nothing

`yield from call` is typed, so that plans read like the code that they stand for.
"""

import email.utils
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import UNSET, Struct

from mockwave.client.errors import ERRORS, ProblemError, UnexpectedAnswer, read_problem

Result = TypeVar("Result")
Item = TypeVar("Item")

MAXIMUM_ATTEMPTS = 10

JSON = "application/json"


class Reply(Struct, frozen=True):
    """An HTTP response, whole; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Call(Struct, Generic[Result], frozen=True, kw_only=True):
    """One call: `path` is escaped, `query` and `body` are as `make_call` left them; `read` makes its result.

    `is_repeatable`: doing it twice is like doing it once (RFC 9110 §9.2.2), so that it may be tried again. `accepts`
    are statuses beyond 2xx that are results as well.
    """

    method: str
    path: str
    read: Callable[[Reply], Result]
    query: str = ""
    body: bytes | None = None
    media_type: str = ""
    is_repeatable: bool = False
    accepts: frozenset[int] = frozenset()

    def __iter__(self) -> Generator[Any, Any, Result]:
        result: Result = yield self
        return result


class Attempt(Struct, frozen=True):
    """The call, sent once."""

    call: Call[Any]


class Pause(Struct, frozen=True):
    duration_s: float


class Give(Struct, frozen=True):
    items: Sequence[Any]


class Listen(Struct, frozen=True):
    """A call whose answer is a stream of events; those after the one with the number `after`."""

    call: Call[Any]
    after: int | None = None


Step = Call[Any] | Attempt | Pause | Give | Listen
Plan = Generator[Step, Any, Result]


def make_call(
    method: str,
    path: str,
    read: Callable[[Reply], Result],
    *,
    ids: Sequence[str] = (),
    query: Mapping[str, object] | None = None,
    body: Any = UNSET,
    content: bytes | None = None,
    media_type: str = "",
    is_repeatable: bool | None = None,
    accepts: Sequence[int] = (),
) -> Call[Result]:
    """A Call: `ids` fill the `{}` of the path, values of the query that are None are left out, `body` becomes
    JSON (`content` is sent as it is). Whether it may be repeated is the method's nature, unless it is said."""
    return Call(
        method=method,
        path=path.format(*(quote(each, safe="") for each in ids)),
        read=read,
        query=urlencode({name: _write(value) for name, value in (query or {}).items() if value is not None}),
        body=content if body is UNSET else msgspec.json.encode(body),
        media_type=media_type or (JSON if body is not UNSET else ""),
        is_repeatable=method in ("GET", "PUT", "DELETE") if is_repeatable is None else is_repeatable,
        accepts=frozenset(accepts),
    )


def attempt(call: Call[Result], retry_for_s: float) -> Plan[Result]:
    """The call, tried again after a 503 that says when (Retry-After), for as long as that is less than `retry_for_s`
    in all. Raises ProblemError, UnexpectedAnswer."""
    waited_s = 0.0
    for number in range(1, MAXIMUM_ATTEMPTS + 1):
        reply: Reply = yield Attempt(call)
        if 200 <= reply.status < 300 or reply.status in call.accepts:
            break
        wait_s = read_retry_after(reply.headers.get("retry-after", ""))
        can_wait = wait_s is not None and waited_s + wait_s <= retry_for_s and number < MAXIMUM_ATTEMPTS
        if wait_s is None or not can_wait or reply.status != 503 or not call.is_repeatable:
            raise make_error(reply)
        yield Pause(wait_s)
        waited_s += wait_s
    try:
        return call.read(reply)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnexpectedAnswer(f"{call.method} {call.path} is not answered as by a mockwave server: {error}") from None


def make_error(reply: Reply) -> ProblemError:
    """What a reply that is none of the good ones is raised as."""
    wait_s = read_retry_after(reply.headers.get("retry-after", ""))
    return ERRORS.get(reply.status, ProblemError)(read_problem(reply.status, reply.body), wait_s)


def read_retry_after(text: str) -> float | None:
    """Seconds of a Retry-After: a number of them, or a date (RFC 9110 §10.2.3). None where it says neither."""
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text) if len(text) < 10 else float("inf")
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def reads(kind: type[Result]) -> Callable[[Reply], Result]:
    """Reads a JSON body of this type."""
    return lambda reply: msgspec.json.decode(reply.body, type=kind)


def read_text(reply: Reply) -> str:
    return reply.body.decode()


def read_nothing(reply: Reply) -> None:
    return None


def _write(value: object) -> str:
    """A value in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
