"""`GET …/routes/{routeId}/sample-request`: a valid request for a route, made in the process that reads documents.

Of a route of a document it is what its operation asks; of another one, its path, and what the first of its rules that
has a condition wants.
"""

import asyncio
from typing import cast

import msgspec
from msgspec import UNSET

from mockwave.answers.sampled_requests import SampleWish
from mockwave.answers.variants import decode_request_rules
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.rules import no_such_route
from mockwave.management.specification_imports import wait_for_reading
from mockwave.model import Method, SampleRequest
from mockwave.store.records import RouteRecord


async def show_sample_request(call: Call) -> Answer:
    server = await call.read_server()
    record = await call.services.store.read_route(server.id, call.route_id)
    if record is None:
        raise no_such_route(call)
    # In a thread: what an operation asks may be a hundred definitions, and rules a megabyte.
    wish = await asyncio.to_thread(read_wish, record)
    making = call.services.reader.sample_request(wish, server.workspace_id)
    made = await wait_for_reading(call, making, "sample", "")
    shown = SampleRequest(
        method=cast(Method, made.method),
        path=made.target,
        headers=made.headers,
        body=UNSET if made.body is None else made.body,
        made_from="rule" if wish.when else "specification" if wish.request_rules else "path",
        left_out=made.left_out,
    )
    return answer_json(200, shown)


def read_wish(record: RouteRecord) -> SampleWish:
    rules = b"" if record.variants is None else decode_request_rules(record.variants, record.parts)
    when = b""
    if not record.generated and record.rules:
        conditions = (rule.get("when") for rule in msgspec.json.decode(record.rules))
        when = next((msgspec.json.encode(each) for each in conditions if each), b"")
    return SampleWish(record.method, record.path, rules, when)
