"""The work of a client's method, written once for both clients: a *plan*, which a client carries out blocking or async.

A plan is a generator without I/O. It yields steps, and is sent the result of each:

    Call       one call of the API, retried if that helps → the call's result
    Attempt    one HTTP request                                     → the Reply
    Pause      some seconds → nothing
    Give       items for the iterating caller → nothing
    Listen     a stream, whose events go to the iterating caller → nothing

`yield from call` is typed, so that plans read like ordinary code.
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
    """A whole HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Call(Struct, Generic[Result], frozen=True, kw_only=True):
    """One call: `path` is escaped, `query` and `body` are as `make_call` makes them; `read` makes the result.

    If `is_repeatable`, it is idempotent (RFC 9110 §9.2.2) and may be retried. `accepts` are statuses beyond 2xx that
    are also results.
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
    """A call whose answer is a stream of the events after number `after`."""

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
    """Makes a Call: `ids` fill the `{}` of the path, query values that are None are left out, `body` becomes JSON
    (`content` is sent as it is). The method decides whether it may be repeated, unless the caller says so."""
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
    """The call, retried after a 503 with Retry-After, for at most `retry_for_s` in all. Raises ProblemError,
    UnexpectedAnswer."""
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
    """Makes the exception for a reply that is not a success."""
    wait_s = read_retry_after(reply.headers.get("retry-after", ""))
    return ERRORS.get(reply.status, ProblemError)(read_problem(reply.status, reply.body), wait_s)


def read_retry_after(text: str) -> float | None:
    """The seconds of a Retry-After, which is a number or a date (RFC 9110 §10.2.3); None if it is neither."""
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
