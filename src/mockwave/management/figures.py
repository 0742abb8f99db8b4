"""Figures of a MockServer: requests by time, status class and duration, made from its log."""

import time

from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.queries import read_figure_query

USUAL_US = 15 * 60 * 1_000_000
MAXIMUM_STEPS = 1000


async def show_figures(call: Call) -> Answer:
    query = read_figure_query(call.request.query)
    server = await call.read_server()
    step_us = query.step_s * 1_000_000
    now_us = time.time_ns() // 1000
    since_us = now_us - USUAL_US if query.since_us is None else query.since_us
    # Steps begin at the same instants, whenever they are requested.
    since_us = min(max(since_us, now_us - MAXIMUM_STEPS * step_us, 0), now_us) // step_us * step_us
    return answer_json(200, await call.services.logs.read_figures(server.id, since_us, step_us))
