"""The messages to and from the process that judges requests: frames (`frames.py`) of msgpack.

A job is a JudgeJob, then the bytes of the request's body that it announces; its answer is Judged or Broken.
"""

from msgspec import Struct


class GivenRules(Struct, array_like=True, frozen=True):
    """A list of rules as stored."""

    stored: bytes
    of_server: bool


class JudgeJob(Struct, array_like=True):
    """Lists of rules, and the request on which they are tried."""

    lists: list[GivenRules]
    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int
    client: str
    path_parameters: dict[str, str]


class Judgment(Struct, array_like=True, frozen=True):
    """Of one list: the numbers of the rules whose conditions hold, ascending, and their keys."""

    numbers: list[int]
    keys: list[bytes]


class Judged(Struct, array_like=True, tag=True):
    """The Judgments of the lists, in order, with the memory of the process."""

    judgments: list[Judgment]
    resident_bytes: int


class Broken(Struct, array_like=True, tag=True):
    """The job failed because of a bug."""

    traceback: str


Answer = Judged | Broken
