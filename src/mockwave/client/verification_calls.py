"""Calls that ask of the log whether what should have come came, and why a request was answered as it was.

Their results are structs of the rooms that find them out; those load what compiles conditions, which takes longer than
all of the client. So they are imported when an answer is read.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mockwave.client.call_plans import Call, Reply, make_call
from mockwave.client.methods import call

if TYPE_CHECKING:
    from mockwave.management.verifications import Verified
    from mockwave.verification.explaining import Explanation


@call
def verify(
    mock_server_id: str,
    request: dict[str, Any] | None = None,
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    order: Sequence[dict[str, Any]] | None = None,
    since: str | None = None,
    timeout_ms: int = 0,
) -> "Call[Verified]":
    """Whether such requests came: those that meet the condition `request` (a `when`, see docs/rules.md), so many times,
    or at least once; or requests that meet the conditions of `order`, one after another.

    `since` is an RFC 3339 date-time. With `timeout_ms` (at most 60,000) the answer waits until it holds. `verified`
    says whether it does, `count` and `entries` what was found, `nearest` what differs least where nothing was.
    Raises InvalidRequest, NotFound, Unauthorized.
    """
    count = {"exactly": exactly, "atLeast": at_least, "atMost": at_most}
    given_count = {name: number for name, number in count.items() if number is not None}
    fields = {"request": request, "count": given_count or None, "order": order, "since": since}
    body: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    if timeout_ms:
        body["timeoutMs"] = timeout_ms
    path = "/mock-servers/{}/verifications"
    return make_call("POST", path, _read_verified, ids=[mock_server_id], body=body, is_repeatable=True)


@call
def read_explanation(mock_server_id: str, entry_id: str) -> "Call[Explanation]":
    """Why the request of a log entry was answered as it was: its route and, of each rule, what held and what did not;
    or the routes that come closest. Raises NotFound, Unauthorized."""
    path = "/mock-servers/{}/logs/{}/explanation"
    return make_call("GET", path, _read_explanation, ids=[mock_server_id, entry_id])


def _read_verified(reply: Reply) -> "Verified":
    from mockwave.management.verifications import Verified  # see above

    return msgspec.json.decode(reply.body, type=Verified)


def _read_explanation(reply: Reply) -> "Explanation":
    from mockwave.verification.explaining import Explanation  # see above

    return msgspec.json.decode(reply.body, type=Explanation)
