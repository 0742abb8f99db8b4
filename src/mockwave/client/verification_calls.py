"""Calls that ask the log whether the expected requests came, and why a request was answered as it was.

Their results are structs of other rooms, which load the compiler of conditions; that takes longer than the whole
client. So they are imported when an answer is read.
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
    """Returns whether requests came that meet the condition `request` (a `when`, see docs/rules.md), as often as given
    or at least once; or requests that meet the conditions of `order`, one after another.

    `since` is an RFC 3339 date-time. With `timeout_ms` (at most 60,000) the server waits until the verification holds.
    `verified` says whether it does; `count` and `entries` are the requests found; if there are none, `nearest` are
    those that differ least. Raises InvalidRequest, NotFound, Unauthorized.
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
    """Returns why the request of a log entry was answered as it was: its route and, for each rule, whether its
    condition held; or the closest routes. Raises NotFound, Unauthorized."""
    path = "/mock-servers/{}/logs/{}/explanation"
    return make_call("GET", path, _read_explanation, ids=[mock_server_id, entry_id])


def _read_verified(reply: Reply) -> "Verified":
    from mockwave.management.verifications import Verified  # see above

    return msgspec.json.decode(reply.body, type=Verified)


def _read_explanation(reply: Reply) -> "Explanation":
    from mockwave.verification.explaining import Explanation  # see above

    return msgspec.json.decode(reply.body, type=Explanation)
