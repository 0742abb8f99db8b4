"""What the process that checks requests is told, and what it answers: frames (`frames.py`) of msgpack.

A job is a Job, then as many bytes as it says of the rules, if they are new to the process, and of the body. Its answer
is Prepared, where the rules were new, then Checked; or, at any time, Exceeded or Faulty.
"""

from msgspec import Struct

from mockwave.validation.check_limits import Limits
from mockwave.validation.verdicts import Faults, Measures


class Job(Struct, array_like=True, tag=True):
    """A request to hold to rules, which the process knows by their number once it has got them, until it is told to
    forget them. `path`, `query` and `headers` as in RequestParts; `name` is what the log calls the operation."""

    rules_number: int
    rules_bytes: int | None
    forgotten_rules: list[int]
    name: str
    path: dict[str, bytes]
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int
    limits: Limits
    cpu_limit_s: float


class Prepared(Struct, array_like=True, tag=True):
    """The rules are compiled, and kept."""

    measures: Measures


class Checked(Struct, array_like=True, tag=True):
    """The request is checked; `too_many`: it was not, because it exceeds a limit of number. With the memory that
    the process has come to hold."""

    faults: Faults | None
    too_many: str
    resident_bytes: int


class Exceeded(Struct, array_like=True, tag=True):
    """The job takes more memory than there is for it."""


class Faulty(Struct, array_like=True, tag=True):
    """The job was not done for a bug."""

    traceback: str


Answer = Prepared | Checked | Exceeded | Faulty
