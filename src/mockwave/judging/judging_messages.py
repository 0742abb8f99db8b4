"""What the process that judges requests is told, and what it answers: frames (`frames.py`) of msgpack.

A job is a JudgeJob, then as many bytes as it says of the request's body; its answer is Judged or Broken.
"""

from msgspec import Struct


class GivenRules(Struct, array_like=True, frozen=True):
    """A list of rules as it is stored."""

    stored: bytes
    of_server: bool


class JudgeJob(Struct, array_like=True):
    """Lists of rules, and the request that they are asked about."""

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
    """Of each list, in their order, with the memory that the process has come to hold."""

    judgments: list[Judgment]
    resident_bytes: int


class Broken(Struct, array_like=True, tag=True):
    """The job was not done for a bug."""

    traceback: str


Answer = Judged | Broken
