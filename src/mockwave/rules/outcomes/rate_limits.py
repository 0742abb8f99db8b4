"""Rate limits: the 429 of a request above one, as RFC 6585 §4 has it, with the RateLimit headers that clients know."""

from functools import lru_cache

import msgspec

from mockwave.problems import PROBLEM_MEDIA_TYPE, STATUS_TEXTS, ProblemDocument
from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.answers import StaticAnswer
from mockwave.rules.outcomes.outcomes import RateLimit

HIGHEST_LIMIT = 1_000_000_000
LONGEST_WINDOW_MS = 24 * 60 * 60 * 1000


def read_rate_limit(given: GivenObject) -> RateLimit | None:
    """Its `key` is read by who reads keys."""
    given.refuse_unknown(("limit", "windowMs", "key"))
    limit = given.integer("limit", 1, HIGHEST_LIMIT, is_required=True)
    window_ms = given.integer("windowMs", 1, LONGEST_WINDOW_MS, is_required=True)
    return None if limit is None or window_ms is None else RateLimit(limit=limit, window_ms=window_ms)


def refuse_rate(rate: RateLimit, resets_in_ms: int) -> StaticAnswer:
    """The answer to a request that is one too many, in a window that goes on for so long, rounded up to seconds."""
    return _refuse_for(rate.limit, rate.window_ms, max(1, -(-resets_in_ms // 1000)))


@lru_cache(maxsize=1024)
def _refuse_for(limit: int, window_ms: int, seconds: int) -> StaticAnswer:
    """Kept, as each client that is above the limit in one second gets the same."""
    wait_s = str(seconds)
    window_s = -(-window_ms // 1000)
    return StaticAnswer(
        status=429,
        headers=(
            ("Retry-After", wait_s),
            ("RateLimit-Policy", f"{limit};w={window_s}"),
            ("RateLimit-Limit", str(limit)),
            ("RateLimit-Remaining", "0"),
            ("RateLimit-Reset", wait_s),
        ),
        content_type=PROBLEM_MEDIA_TYPE.decode(),
        body=problem_body(429, "rate-limited", f"more than {limit} requests in {window_ms} ms"),
    )


def problem_body(status: int, name: str, detail: str) -> bytes:
    """A problem document of any status (RFC 9457)."""
    title = STATUS_TEXTS.get(status, "")
    return msgspec.json.encode(
        ProblemDocument(type=f"urn:mockwave:problem:{name}", title=title, status=status, detail=detail)
    )
