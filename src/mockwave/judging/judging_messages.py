"""The messages to and from the process that judges requests: frames (`frames.py`) of msgpack.

A JudgeJob is followed by the bytes of the request's body that it announces; its answer is Judged or Broken, or Missing,
after which it is sent again with all its rules. The answer to a CheckJob is Faults or Broken.
"""

from hashlib import blake2b

from msgspec import Struct

from mockwave.model import Violation
from mockwave.rules.outcomes.then import RouteTraits

DIGEST_BYTES = 16


class GivenRules(Struct, array_like=True, frozen=True):
    """A list of rules as stored, known by its digest; `stored` is empty where the process should have it."""

    digest: bytes
    stored: bytes
    of_server: bool

    @classmethod
    def of(cls, stored: bytes, *, of_server: bool) -> "GivenRules":
        return cls(blake2b(stored, digest_size=DIGEST_BYTES).digest(), stored, of_server)

    def without_text(self) -> "GivenRules":
        return GivenRules(self.digest, b"", self.of_server)


class JudgeJob(Struct, array_like=True, tag=True):
    """Lists of rules, and the request on which they are tried."""

    lists: list[GivenRules]
    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int
    client: str
    path_parameters: dict[str, str]


class CheckJob(Struct, array_like=True, tag=True):
    """A list of rules that is to be stored, and what it is checked against."""

    stored: bytes
    route: RouteTraits | None
    engine_faults: list[str]


Job = JudgeJob | CheckJob


class Judgment(Struct, array_like=True, frozen=True):
    """The judgment on one list: the numbers of the rules whose conditions hold, ascending, and their keys."""

    numbers: list[int]
    keys: list[bytes]


class Judged(Struct, array_like=True, tag=True):
    """The Judgments of the lists, in order, with the memory of the process."""

    judgments: list[Judgment]
    resident_bytes: int


class Missing(Struct, array_like=True, tag=True):
    """The process does not have all lists that were named without their text."""


class Faults(Struct, array_like=True, tag=True):
    """The faults of a list of rules, with the memory of the process."""

    faults: list[Violation]
    resident_bytes: int


class Broken(Struct, array_like=True, tag=True):
    """The job failed because of a bug."""

    traceback: str


Answer = Judged | Missing | Faults | Broken
