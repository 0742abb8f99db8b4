"""`POST …/verifications`: whether the expected requests came, according to the log, which loses none.

    {"request": when, "count": {"exactly" | "atLeast" | "atMost": n}, "since": …, "timeoutMs": …}
    {"order": [when, …], "since": …, "timeoutMs": …}

The answer is 200 in either case; `verified` says whether it holds. With `timeoutMs` it comes as soon as it holds, else
when the time is over.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.model import LogEntry, LogQuery, Violation
from mockwave.quoting import quote
from mockwave.rules.conditions import Condition, compile_condition
from mockwave.timestamps import read_instant
from mockwave.verification.counting import Counting, Following, LogScanner, Scan
from mockwave.verification.logged_requests import LoggedRequests
from mockwave.verification.nearness import NearMiss, Nearness

LOOK_S = 0.1
MAXIMUM_TIMEOUT_MS = 60_000
MAXIMUM_STEPS = 100
MAXIMUM_COUNT = 2**53


class Count(Struct, forbid_unknown_fields=True, rename="camel"):
    """How many requests are expected; `exactly` excludes the other two."""

    exactly: int | UnsetType = UNSET
    at_least: int | UnsetType = UNSET
    at_most: int | UnsetType = UNSET

    def holds(self, count: int) -> bool:
        return (
            (self.exactly is UNSET or count == self.exactly)
            and (self.at_least is UNSET or count >= self.at_least)
            and (self.at_most is UNSET or count <= self.at_most)
        )


class Verification(Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What to verify: a `request` that came as often as `count` says, or at least once; or an `order`."""

    request: dict[str, Any] | UnsetType = UNSET
    order: list[dict[str, Any]] | UnsetType = UNSET
    count: Count | UnsetType = UNSET
    since: str | UnsetType = UNSET
    timeout_ms: int = 0


class Verified(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The result. `entries` are the newest ten of the counted requests, newest first, or the requests found for the
    order. If none was found, `nearest` are those that differ least."""

    verified: bool
    count: int
    entries: list[LogEntry]
    nearest: list[NearMiss] | UnsetType = UNSET


_bodies = BodyDecoder(Verification)


async def verify(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    query = await asyncio.to_thread(read_verification, body)
    server = await call.read_server()
    requests = LoggedRequests(
        {route_id: path for route_id, _, path in await call.services.store.read_route_lines(server.id)}
    )
    scanner = LogScanner(call.services.store, server.id, query)
    if body.order is not UNSET:
        verified = verify_order(call, scanner, body, requests)
    else:
        verified = verify_count(call, scanner, body, requests)
    return answer_json(200, await call.work_while_waited_for(verified))


async def verify_count(call: Call, scanner: LogScanner, body: Verification, requests: LoggedRequests) -> Verified:
    counting = Counting(*await asyncio.to_thread(compile_when, body.request, "/request"), requests)
    expected = Count(at_least=1) if body.count is UNSET else body.count
    await scan_until(call, scanner, counting, body.timeout_ms, lambda: expected.holds(counting.count))
    return Verified(
        verified=expected.holds(counting.count),
        count=counting.count,
        entries=list(counting.newest)[::-1],
        nearest=UNSET if counting.count else counting.nearest or UNSET,
    )


async def verify_order(call: Call, scanner: LogScanner, body: Verification, requests: LoggedRequests) -> Verified:
    steps = [
        await asyncio.to_thread(compile_when, when, f"/order/{index}") for index, when in enumerate(body.order or ())
    ]
    following = Following(steps, requests)
    await scan_until(call, scanner, following, body.timeout_ms, lambda: following.is_complete)
    return Verified(
        verified=following.is_complete,
        count=len(following.found),
        entries=following.found,
        nearest=following.nearest or UNSET,
    )


async def scan_until(
    call: Call, scanner: LogScanner, scan: Scan, timeout_ms: int, is_fulfilled: Callable[[], bool]
) -> None:
    """Scans the log, and new entries, until the verification holds or the time is over. Raises Refusal (404) if the
    server is deleted meanwhile."""
    deadline = time.monotonic() + timeout_ms / 1000
    while True:
        await call.services.logs.drain()
        await scanner.go_on(scan)
        if is_fulfilled() or time.monotonic() >= deadline or call.services.is_stopping():
            return
        await asyncio.sleep(min(LOOK_S, max(deadline - time.monotonic(), 0)))
        await call.read_server()


def read_verification(body: Verification) -> LogQuery:
    """Reads the verification, and which part of the log counts. Raises Refusal with every fault."""
    faults: list[Violation] = []

    def refuse(field: str, rule: str, message: str) -> None:
        faults.append(Violation(location="body", pointer=f"/{field}", rule=rule, message=f"{field}: {message}"))

    if (body.request is UNSET) == (body.order is UNSET):
        refuse("request", "required", "expected either request or order")
    if body.order is not UNSET:
        if not 0 < len(body.order) <= MAXIMUM_STEPS:
            refuse("order", "items", f"expected 1 to {MAXIMUM_STEPS} requests, got {len(body.order)}")
        if body.count is not UNSET:
            refuse("count", "exclusive", "an order is not counted; leave it out")
    if body.count is not UNSET:
        given: dict[str, int] = msgspec.to_builtins(body.count)
        if not given:
            refuse("count", "required", "expected exactly, atLeast or atMost")
        if "exactly" in given and len(given) > 1:
            refuse("count", "exclusive", "exactly excludes atLeast and atMost, which may stand together")
        for name, value in given.items():
            if not 0 <= value <= MAXIMUM_COUNT:
                refuse(f"count/{name}", "range", f"expected an integer from 0 to {MAXIMUM_COUNT}, got {value}")
        if given.get("atLeast", 0) > given.get("atMost", MAXIMUM_COUNT):
            refuse("count", "range", "no number is at least atLeast and at most atMost")
    if not 0 <= body.timeout_ms <= MAXIMUM_TIMEOUT_MS:
        refuse("timeoutMs", "range", f"expected an integer from 0 to {MAXIMUM_TIMEOUT_MS}, got {body.timeout_ms}")
    since_us = None
    if body.since is not UNSET:
        try:
            since_us = read_instant(body.since)
        except ValueError as fault:
            refuse("since", "format", f"{fault}, got {quote(body.since)}")
    whens = [] if body.request is UNSET else [("/request", body.request)]
    whens += [(f"/order/{index}", when) for index, when in enumerate(body.order or ())][:MAXIMUM_STEPS]
    for at, when in whens:
        compile_condition(when, at=at, of_server=True, path_parameters=None, faults=faults)
    if faults:
        raise refuse_body(faults)
    return LogQuery(since_us=since_us)


def compile_when(when: Any, at: str) -> tuple[Condition, Nearness]:
    """Compiles a valid condition, with the measure of how near other requests are."""
    return compile_condition(when, at=at, of_server=True, path_parameters=None, faults=[]), Nearness(when, at)
