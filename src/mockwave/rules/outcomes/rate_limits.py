"""Rate limits: the 429 for a request above the limit (RFC 6585 §4).

Its headers are RateLimit and RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10, with a name of the policy,
and RateLimit-Limit, -Remaining and -Reset of the earlier drafts, which most clients know.
"""

from functools import lru_cache

import msgspec

from mockwave.problems import PROBLEM_MEDIA_TYPE, STATUS_TEXTS, ProblemDocument
from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.answers import StaticAnswer
from mockwave.rules.outcomes.outcomes import RateLimit

HIGHEST_LIMIT = 1_000_000_000
LONGEST_WINDOW_MS = 24 * 60 * 60 * 1000
POLICY = "default"


def read_rate_limit(given: GivenObject) -> RateLimit | None:
    """Reads a rate limit, except its `key`, which is read like other keys."""
    given.refuse_unknown(("limit", "windowMs", "key"))
    limit = given.integer("limit", 1, HIGHEST_LIMIT, is_required=True)
    window_ms = given.integer("windowMs", 1, LONGEST_WINDOW_MS, is_required=True)
    return None if limit is None or window_ms is None else RateLimit(limit=limit, window_ms=window_ms)


def refuse_rate(rate: RateLimit, resets_in_ms: int) -> StaticAnswer:
    """The answer to a request above the limit, in a window that stays open for this long, rounded up to seconds."""
    return _refuse_for(rate.limit, rate.window_ms, max(1, -(-resets_in_ms // 1000)))


@lru_cache(maxsize=1024)
def _refuse_for(limit: int, window_ms: int, seconds: int) -> StaticAnswer:
    """The answer is kept, since every client above the limit within one second gets the same."""
    wait_s = str(seconds)
    window_s = -(-window_ms // 1000)
    return StaticAnswer(
        status=429,
        headers=(
            ("Retry-After", wait_s),
            ("RateLimit-Policy", f'"{POLICY}";q={limit};w={window_s}'),
            ("RateLimit", f'"{POLICY}";r=0;t={wait_s}'),
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
