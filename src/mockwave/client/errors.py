"""The errors of calls.

    MockwaveError
    ├── NoAnswer           nobody answered: no server, a broken connection, a time limit
    ├── UnexpectedAnswer   something answered that is not a mockwave server
    └── ProblemError       the server refused the call, with a problem document (RFC 9457)
        ├── InvalidRequest     400
        ├── Unauthorized       401
        ├── Forbidden          403
        ├── NotFound           404
        ├── TooLarge           413
        ├── TooManyRequests    429
        └── Unavailable        503

Each is a ForeseenError: its text says what is wrong, a line for each fault.
"""

import http.client

import msgspec

from mockwave.errors import ForeseenError
from mockwave.model import Violation
from mockwave.problems import ProblemDocument


class MockwaveError(ForeseenError):
    """A call that did not succeed."""


class NoAnswer(MockwaveError):
    """The server did not answer; it may be gone, or one of its workers. `__cause__` is httpx's error.

    `is_refused` if nobody listens there."""

    def __init__(self, text: str, *, is_refused: bool = False) -> None:
        super().__init__(text)
        self.is_refused = is_refused


class UnexpectedAnswer(MockwaveError):
    """The answer does not come from a mockwave server: another server may answer at this URL."""


class ProblemError(MockwaveError):
    """The server answered with an error.

    `status` is the HTTP status, `type` the problem's URN (`urn:mockwave:problem:…`), `title` and `detail` say what is
    wrong, and `errors` lists each fault of the input with its `location` ("body", "query", …), its RFC 6901 `pointer`
    there, the broken `rule` and a `message`. `error_count` is the number of faults; `errors` has at most the first 100.
    `retry_after_s` is the server's Retry-After in seconds, if it sent one.
    """

    def __init__(self, problem: ProblemDocument, retry_after_s: float | None = None) -> None:
        super().__init__("\n".join(describe_problem(problem)))
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def type(self) -> str:
        return self.problem.type

    @property
    def title(self) -> str:
        return self.problem.title

    @property
    def detail(self) -> str:
        return self.problem.detail

    @property
    def errors(self) -> list[Violation]:
        return self.problem.errors

    @property
    def error_count(self) -> int:
        count = self.problem.error_count
        return len(self.problem.errors) if count is msgspec.UNSET else count

    @property
    def lines(self) -> list[str]:
        """What is wrong, a line for each fault."""
        return describe_problem(self.problem)


class InvalidRequest(ProblemError):
    """400: the request has faults; `errors` names them."""


class Unauthorized(ProblemError):
    """401: the token is missing, expired or for another server."""


class Forbidden(ProblemError):
    """403: the token does not allow this."""


class NotFound(ProblemError):
    """404: there is no such mock server, route or log entry, or the bearer may not see it."""


class TooLarge(ProblemError):
    """413: the body is larger than the server takes."""


class TooManyRequests(ProblemError):
    """429: too many such calls at once; `retry_after_s` says when to try again."""


class Unavailable(ProblemError):
    """503: the server cannot do this now, and could not while the client waited."""


ERRORS: dict[int, type[ProblemError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    413: TooLarge,
    429: TooManyRequests,
    503: Unavailable,
}


def read_problem(status: int, body: bytes) -> ProblemDocument:
    """Reads the answer's problem document, or makes one from its status if it has none (because a proxy answered,
    say)."""
    try:
        return msgspec.json.decode(body, type=ProblemDocument)
    except msgspec.DecodeError:
        title = http.client.responses.get(status, "")
        return ProblemDocument(
            type="about:blank",
            title=title,
            status=status,
            detail=f"the server answered {status} {title}".rstrip(),
        )


def describe_problem(problem: ProblemDocument) -> list[str]:
    """The problem in lines: its detail, or every fault with its pointer."""
    if len(problem.errors) < 2 and not any(error.pointer for error in problem.errors):
        return [problem.detail]
    return [f"{error.pointer or error.location}: {error.message}" for error in problem.errors]
