"""The log of a MockServer: read only, newest first."""

from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.queries import read_log_query


async def list_logs(call: Call) -> Answer:
    query = read_log_query(call.request.query)
    server = await call.read_server()
    return answer_json(200, await call.services.logs.read_logs(server.id, query))
