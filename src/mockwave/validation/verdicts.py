"""What comes of checking a request: its faults, or why it was not checked to the end.

A check that takes too long for the event loop ends with CheckNeeded, which has all that another process needs to know.
Whoever can wait has it checked there, and asks again with the Verdict.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from mockwave.model import Violation
from mockwave.validation.weights import Weight

Headers = Sequence[tuple[bytes, bytes]]


class Faults(Struct, frozen=True):
    """What is wrong with a request: `status` is 401 for its credentials, 415 for its media type, else 422.

    `challenges` are those of WWW-Authenticate.
    """

    status: int
    violations: list[Violation]
    challenges: list[str] = []


Reason = Literal["too-costly", "rules", "busy", "fault"]
"""Why a request was not checked to the end: for what that takes, or what its operation's rules take, since others are
being checked, for a bug."""


class Unchecked(Struct, frozen=True):
    """The request was not checked to the end; `detail` tells the client what to do."""

    reason: Reason
    detail: str


class Verdict(Struct, frozen=True):
    """What a request was found to be; without either, valid."""

    faults: Faults | None = None
    unchecked: Unchecked | None = None


class Measures(Struct, frozen=True):
    """What the rules of an operation came to: the weights of its schemas, in their order, and how long they took to
    compile."""

    weights: tuple[Weight, ...]
    compilation_s: float


class RequestParts(Struct, frozen=True):
    """What is checked of a request. `path` holds the parameters of the path, as sent."""

    path: dict[str, bytes]
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class CheckNeeded(Exception):
    """The request must be checked elsewhere first.

    `rules_number` is of the operation's rules, for as long as this process lives; `encode_rules` returns them, `name`
    is what the log calls the operation; `learn` is to be called with what they came to.
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
