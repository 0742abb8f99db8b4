"""The result of checking a request: its faults, or why the check did not finish.

A check that takes too long for the event loop ends with CheckNeeded, which has everything that another process needs. A
caller that can wait has the request checked there, and tries again with the Verdict.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from mockwave.model import Violation
from mockwave.validation.weights import Weight

Headers = Sequence[tuple[bytes, bytes]]


class Faults(Struct, frozen=True):
    """What is wrong with a request: `status` is 401 for credentials, 415 for the media type, else 422.

    `challenges` are those of WWW-Authenticate.
    """

    status: int
    violations: list[Violation]
    challenges: list[str] = []


Reason = Literal["too-costly", "rules", "busy", "fault"]
"""Why a check did not finish: it takes too much, its operation's rules take too much, others are being checked, or
there is a bug."""


class Unchecked(Struct, frozen=True):
    """The check did not finish; `detail` tells the client what to do."""

    reason: Reason
    detail: str


class Verdict(Struct, frozen=True):
    """The result of a check: faults, or why it did not finish; with neither the request is valid."""

    faults: Faults | None = None
    unchecked: Unchecked | None = None


class Measures(Struct, frozen=True):
    """The measured rules of an operation: the weights of its schemas, in order, and how long compiling took."""

    weights: tuple[Weight, ...]
    compilation_s: float


class RequestParts(Struct, frozen=True):
    """The parts of a request that are checked. `path` has the parameters of the path, as sent."""

    path: dict[str, bytes]
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class CheckNeeded(Exception):
    """The request must first be checked in another process.

    `rules_number` identifies the operation's rules while this process lives; `encode_rules` returns them; `name` is the
    operation's name in the log; `learn` takes their Measures.
    """

    def __init__(
        self,
        request: RequestParts,
        rules_number: int,
        name: str,
        encode_rules: Callable[[], bytes],
        learn: Callable[[Measures], None],
    ) -> None:
        super().__init__(name)
        self.request = request
        self.rules_number = rules_number
        self.name = name
        self.encode_rules = encode_rules
        self.learn = learn
