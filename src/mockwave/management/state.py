"""The state of a MockServer's rules, in the table that all workers share: shown, set, and reset.

It is not stored: it ends with the server process. The next request to any worker sees what a call has set. Once the
table is full, a new entry replaces the one that has not been used for longest.
"""

import re
import time
from collections.abc import Iterator
from typing import TypedDict

from msgspec import UNSET

from mockwave._route_numbers import read_route_id
from mockwave._state_table import KIND_RULE, KIND_SCENARIO, StateEntry
from mockwave.management.call_bodies import BodyDecoder, refuse_body
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json, answer_nothing
from mockwave.management.queries import STATE_PAGE_PARAMETERS, StateQuery, read_state_choice, read_state_query
from mockwave.management.written_lists import WrittenList, link_next
from mockwave.model import MockState, MockStateUpdate, Violation
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.state.states import LABEL_BYTES, StateBusy, fit_key, show_key

KINDS = {"rule": KIND_RULE, "scenario": KIND_SCENARIO}
COUNTS = range(2**63)

_ROUTE_ID = re.compile(r"mock-route_([0-9a-f]{32})")
_bodies = BodyDecoder(MockStateUpdate)


class _Choice(TypedDict):
    """The wanted entries, in the table's terms."""

    kind: int
    owner: bytes | None
    name: str | None
    key: bytes | None


async def list_state(call: Call) -> Answer:
    query = read_state_query(call.request.query)
    server = await call.read_server()
    server_id = read_server_id(server.id)
    pauses = call.services.begin_pauses()
    page = WrittenList(pauses)
    choice = _choose(query)
    position = passed = 0
    while choice is not None:
        entries, position = _read(call, position, server_id, choice)
        for entry in entries:
            if page.count == query.limit:
                link = link_next(call.request, STATE_PAGE_PARAMETERS, query.offset + page.count)
                return await page.answer(call, [(b"link", link)])
            if passed < query.offset:
                passed += 1
            else:
                await page.add(_show(entry, server_id))
        if not position:
            break
        await pauses.let_others_run()
    return await page.answer(call)


async def set_state(call: Call) -> Answer:
    body = _bodies.decode(call.request)
    server = await call.read_server()
    faults = list(_check(body))
    if faults:
        raise refuse_body(faults)
    server_id, key = read_server_id(server.id), fit_key(body.key)
    try:
        if body.state is not UNSET:
            call.services.states.set_state(body.name, body.state, server_id, key)
            return answer_json(200, MockState(kind="scenario", name=body.name, key=body.key, state=body.state))
        assert body.hits is not UNSET  # _check has made sure
        owner = server_id if body.route_id is UNSET else await _find_owner(call, body.route_id)
        call.services.states.set_counters(body.name, body.hits, body.turns, server_id, owner, key)
    except StateBusy as busy:
        raise refuse_busy(busy) from busy
    return answer_json(
        200,
        MockState(kind="rule", name=body.name, key=body.key, route_id=body.route_id, hits=body.hits, turns=body.turns),
    )


async def reset_state(call: Call) -> Answer:
    query = read_state_choice(call.request.query)
    server = await call.read_server()
    server_id = read_server_id(server.id)
    pauses = call.services.begin_pauses()
    choice = _choose(query)
    position = 0
    while choice is not None:
        try:
            _, position = call.services.states.clear(position, server_id, **choice)
        except StateBusy as busy:
            raise refuse_busy(busy) from busy
        if not position:
            break
        await pauses.let_others_run()
    return answer_nothing()


def read_server_id(mock_server_id: str) -> bytes:
    """The 16 bytes of a server's id."""
    return bytes.fromhex(mock_server_id.removeprefix("mock_"))


def refuse_busy(busy: StateBusy) -> Refusal:
    return Refusal(503, "state-busy", str(busy), headers=[(b"retry-after", b"1")])


def _read(call: Call, position: int, server_id: bytes, choice: _Choice) -> tuple[list[StateEntry], int]:
    try:
        return call.services.states.read(position, server_id, **choice)
    except StateBusy as busy:
        raise refuse_busy(busy) from busy


async def _find_owner(call: Call, route_id: str) -> bytes:
    record = await call.services.store.read_route(call.mock_server_id, route_id)
    if record is None:
        raise Refusal(404, "mock-route-not-found", f"mock server {call.mock_server_id} has no route {quote(route_id)}")
    return read_route_id(record.id)


def _choose(query: StateQuery) -> _Choice | None:
    """Returns None if no entry can match. The route may be gone, while its state is still there."""
    owner = None
    if query.route_id is not None:
        found = _ROUTE_ID.fullmatch(query.route_id)
        if found is None or query.kind == "scenario":
            return None
        owner = bytes.fromhex(found[1])
    if query.name is not None and len(query.name.encode()) > LABEL_BYTES:
        return None
    return _Choice(
        kind=KIND_RULE if owner is not None else 0 if query.kind is None else KINDS[query.kind],
        owner=owner,
        name=query.name,
        key=None if query.key is None else fit_key(query.key),
    )


def _show(entry: StateEntry, server_id: bytes) -> MockState:
    key = show_key(entry.key)
    if entry.kind == KIND_SCENARIO:
        return MockState(kind="scenario", name=entry.name, key=key, state=entry.state)
    return MockState(
        kind="rule",
        name=entry.name,
        key=key,
        route_id=UNSET if entry.owner == server_id else f"mock-route_{entry.owner.hex()}",
        hits=entry.hits,
        turns=entry.turns or UNSET,
        window_opened_ms_ago=max(0, time.monotonic_ns() - entry.opened_ns) // 1_000_000 if entry.opened_ns else UNSET,
    )


def _check(body: MockStateUpdate) -> Iterator[Violation]:
    texts = [("name", body.name)]
    if body.kind == "scenario":
        if body.state is UNSET:
            yield _fault("state", "required", "is required for a scenario: its new state")
        else:
            texts.append(("state", body.state))
        for field, value in (("routeId", body.route_id), ("hits", body.hits)):
            if value is not UNSET:
                yield _fault(
                    field, "contradiction", "belongs to rules; a scenario belongs to the whole server, and has a state"
                )
    else:
        if body.hits is UNSET:
            yield _fault("hits", "required", "is required for a rule: how often it has answered")
        elif body.hits not in COUNTS:
            yield _fault("hits", "range", "expected an integer from 0 to 2^63 - 1")
        if body.turns not in COUNTS:
            yield _fault("turns", "range", "expected an integer from 0 to 2^63 - 1")
        if body.state is not UNSET:
            yield _fault("state", "contradiction", "belongs to scenarios; a rule has hits")
    for field, text in texts:
        if not text or len(text.encode()) > LABEL_BYTES:
            yield _fault(field, "length", f"expected 1 to {LABEL_BYTES} bytes in UTF-8, got {len(text.encode())}")


def _fault(field: str, rule: str, message: str) -> Violation:
    return Violation(location="body", pointer=f"/{field}", rule=rule, message=f"{field}: {message}")
