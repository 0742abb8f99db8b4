"""Calls whose answer does not end: the log as it grows, and changes of mock servers.

`stream_log` is for watching: if a log grows fast, it shows a part and counts the rest. `follow` (log_calls.py) yields
each entry exactly once.
"""

from typing import Unpack

from mockwave.client.call_plans import Listen, Plan, make_call, read_nothing
from mockwave.client.event_streams import StreamEvent
from mockwave.client.log_calls import LogFilter, write_conditions
from mockwave.client.methods import iterates


@iterates(StreamEvent)
def stream_log(mock_server_id: str, *, after: int | None = None, **conditions: Unpack[LogFilter]) -> Plan[None]:
    """Events of the log as it grows: `entry` with a LogEntry as JSON, `counts` with how many came (`entries`), how many
    of them are not shown (`dropped`, beyond 200 a second) and their status `classes`, and at last `end` with a reason.

    Begins with what comes now, or with what came after the event with the number `after`.
    Raises InvalidRequest, NotFound, Unauthorized, Unavailable (too many streams), NoAnswer.
    """
    path, query = "/mock-servers/{}/logs/stream", write_conditions(conditions)
    call = make_call("GET", path, read_nothing, ids=[mock_server_id], query=query)
    yield Listen(call, after)


@iterates(StreamEvent)
def stream_events(*, after: int | None = None) -> Plan[None]:
    """Events of the mock servers that the bearer sees: `server` with a MockServer as JSON, whenever it or its routes
    were changed, `deleted` with its `_id`, and at last `end` with a reason.

    Begins with what comes now, or with what came after the event with the number `after`.
    Raises InvalidRequest, Unauthorized, Unavailable (too many streams), NoAnswer.
    """
    yield Listen(make_call("GET", "/events", read_nothing), after)
