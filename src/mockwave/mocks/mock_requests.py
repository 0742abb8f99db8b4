"""A request to a mock, as all modules of this room take it."""

from msgspec import Struct

from mockwave._header_fields import first_value
from mockwave.validation.check_limits import USUAL_LIMITS, Limits
from mockwave.validation.verdicts import Verdict


class MockRequest(Struct, frozen=True, kw_only=True):
    """A request to a mock: `path` as sent, below the mock's base, at least `/`; header names in lower case.

    `limits` apply to checks of the request; `verdict` is the result of an earlier check, if there was one.
    """

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    limits: Limits = USUAL_LIMITS
    verdict: Verdict | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header; None if there is none."""
        return first_value(self.headers, name)
