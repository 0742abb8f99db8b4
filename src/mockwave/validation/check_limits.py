"""What checking one request may cost.

Each limit counts what a client chooses: how many parameters, fields and cookies it sends. They are counted before
anything is read, by what separates them. What remains may still be long, and is then checked in a process of its own
(`mockwave.checking`), so that the event loop is held up by no request for longer than some milliseconds.
"""

from typing import Final

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """How many of each a request that is checked may have."""

    query_parameters: int = 1_000
    form_fields: int = 10_000
    cookies: int = 500


USUAL_LIMITS: Final = Limits()

EVALUATIONS_ON_LOOP: Final = 100_000
"""Of subschemas, at 40 to 100 nanoseconds each."""
EXPLAINED_ON_LOOP: Final = 2_000
"""Evaluations that may each be a violation, at 5 microseconds each: all are found before the first can be read."""
BODY_BYTES_ON_LOOP: Final = 32 << 10
NUMBERS_BYTES_ON_LOOP: Final = 4 << 10  # of a body with numbers of dozens of digits
HEAD_BYTES_ON_LOOP: Final = 4 << 10
"""Of path, query and headers, whose texts are read one by one, at some microseconds each."""
PARAMETERS_ON_LOOP: Final = 100  # that the operation declares
READ_BYTES_ON_LOOP: Final = 100_000
"""Bytes of the head times the parameters that are looked for in it."""
FIELDS_ON_LOOP: Final = 200
FORM_BYTES_ON_LOOP: Final = 8 << 10
"""Of a urlencoded form; one of several parts is never read there, and what reads it takes 25 ms to load."""
WEIGHED_BYTES_ON_LOOP: Final = 4 << 10
"""Of a schema with its definitions, at half a microsecond each."""
COMPILATION_ON_LOOP_S: Final = 0.005
COMPILATIONS_ON_LOOP: Final = 5
"""Of schemas, for one request: each takes a third of a millisecond, however short it is."""

EXPLAINED_BYTES_ON_LOOP: Final = 256 << 10
"""Bytes of a value times the weight of its schema: what messages may come to quote, at ten nanoseconds each."""
EXPLAINED_ASIDE: Final = 100_000
EXPLAINED_BYTES_ASIDE: Final = 32 << 20


class TooMany(Exception):
    """A request has more of something than a request that is checked may have; the message says what to do."""

    def __init__(self, count: int, what: str, limit: int, option: str) -> None:
        super().__init__(f"the request has {count} {what}, and {limit} are checked; send fewer, or raise {option}")


def hold_to(limit: int, count: int, what: str, option: str) -> None:
    """Raises TooMany if `count` is more than `limit`."""
    if count > limit:
        raise TooMany(count, what, limit, option)


class TooLongForLoop(Exception):
    """A check, or the rest of it, takes longer than the event loop can spare."""
