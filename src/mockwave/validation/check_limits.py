"""Limits on the cost of checking one request.

Each limit counts something that a client chooses: how many parameters, fields and cookies it sends. They are counted by
their separators, before anything is read. A request within the limits may still be long; then a separate process checks
it (`mockwave.checking`), so that no request holds up the event loop for more than some milliseconds.
"""

from typing import Final

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """How many of each a checked request may have."""

    query_parameters: int = 1_000
    form_fields: int = 10_000
    cookies: int = 500


USUAL_LIMITS: Final = Limits()

EVALUATIONS_ON_LOOP: Final = 100_000
"""Evaluations of subschemas, at 40 to 100 nanoseconds each."""
EXPLAINED_ON_LOOP: Final = 2_000
"""Evaluations that may each be a violation, at 5 microseconds each: all are found before the first can be read."""
BODY_BYTES_ON_LOOP: Final = 32 << 10
NUMBERS_BYTES_ON_LOOP: Final = 4 << 10  # bytes of a body with numbers of dozens of digits
HEAD_BYTES_ON_LOOP: Final = 4 << 10
"""Bytes of path, query and headers, whose texts are read one by one, at some microseconds each."""
PARAMETERS_ON_LOOP: Final = 100  # parameters that the operation declares
READ_BYTES_ON_LOOP: Final = 100_000
"""Bytes of the head, times the parameters that are looked for in it."""
FIELDS_ON_LOOP: Final = 200
FORM_BYTES_ON_LOOP: Final = 8 << 10
"""Bytes of a urlencoded form. A multipart form is never read on the loop; its parser takes 25 ms to load."""
WEIGHED_BYTES_ON_LOOP: Final = 4 << 10
"""Bytes of a schema with its definitions, at half a microsecond each."""
COMPILATION_ON_LOOP_S: Final = 0.005
COMPILATIONS_ON_LOOP: Final = 5
"""Schemas compiled for one request: each takes a third of a millisecond, however short it is."""

EXPLAINED_BYTES_ON_LOOP: Final = 256 << 10
"""Bytes of a value times the weight of its schema: the most that messages may quote, at ten nanoseconds each."""
EXPLAINED_ASIDE: Final = 100_000
EXPLAINED_BYTES_ASIDE: Final = 32 << 20


class TooMany(Exception):
    """A request has too many of something to be checked; the message says what to do."""

    def __init__(self, count: int, what: str, limit: int, option: str) -> None:
        super().__init__(f"the request has {count} {what}, and {limit} are checked; send fewer, or raise {option}")


def hold_to(limit: int, count: int, what: str, option: str) -> None:
    """Raises TooMany if `count` is more than `limit`."""
    if count > limit:
        raise TooMany(count, what, limit, option)


class TooLongForLoop(Exception):
    """A check, or the rest of it, takes longer than the event loop can spare."""
