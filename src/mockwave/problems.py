"""Problem documents (RFC 9457): the one place where a refusal becomes bytes.

Both planes answer errors with these: type, title, status, detail, and `errors` with a location and an RFC 6901 pointer
for each fault of the input. The sender chooses how many faults there are, so only the first ones are listed, with their
number as `errorCount`. The code that finds a fault raises Refusal; the code that speaks HTTP renders it.
"""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from msgspec import UNSET, Struct, UnsetType

from mockwave.model import Violation

MAXIMUM_SHOWN_ERRORS = 100
PROBLEM_MEDIA_TYPE = b"application/problem+json"

TITLES: dict[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
"""Of the problems that mockwave itself answers with."""

STATUS_TEXTS: dict[int, str] = {status.value: status.phrase for status in HTTPStatus} | TITLES
"""Of all registered status codes (RFC 9110 §15)."""


class ProblemDocument(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """RFC 9457 §3.1. `errors` and `errorCount` are extension members (§3.2)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Violation] = []
    error_count: int | UnsetType = UNSET
    """How many errors there are, if not all of them are listed."""


class Refusal(Exception):
    """A request that cannot be served: its status, the name of its problem type, the reason, and each fault found.

    `count` is the number of faults, if not all of them are given.
    """

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        violations: Sequence[Violation] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
        *,
        count: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.violations = list(violations)
        self.count = len(self.violations) if count is None else count
        self.headers = list(headers)

    def document(self) -> bytes:
        """The problem document as JSON bytes."""
        return msgspec.json.encode(
            ProblemDocument(
                type=f"urn:mockwave:problem:{self.name}",
                title=TITLES[self.status],
                status=self.status,
                detail=self.detail,
                errors=self.violations[:MAXIMUM_SHOWN_ERRORS],
                error_count=self.count if self.count > MAXIMUM_SHOWN_ERRORS else UNSET,
            )
        )


NO_THREAD = "can't start new thread"


def refuse_for_memory(fault: BaseException) -> Refusal | None:
    """The Refusal for a request that ran out of memory, or None for other faults. It recognises MemoryError, and the
    RuntimeError by which Python reports that there is no room for a thread's stack."""
    if not isinstance(fault, MemoryError) and str(fault) != NO_THREAD:
        return None
    detail = "the worker has no memory left for this; send less at once, or give the server more (ulimit -v, cgroup)"
    return Refusal(503, "out-of-memory", detail, headers=[(b"retry-after", b"1")])
