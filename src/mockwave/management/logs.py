"""The log of a MockServer, newest first: its pages, one entry, and clearing it.

A page has as many entries as its limit, but ends early if it becomes long, since callers of the mock choose the size of
entries. If more may follow, Link leads there.
"""

from contextlib import aclosing

from mockwave.management.calls import Call, no_such_server
from mockwave.management.exchange import Answer, answer_json, answer_nothing
from mockwave.management.queries import LOG_PARAMETERS, read_log_query
from mockwave.management.written_lists import WrittenList, link_next
from mockwave.problems import Refusal
from mockwave.quoting import quote

MAXIMUM_PAGE_BYTES = 8 * 1024 * 1024


async def list_logs(call: Call) -> Answer:
    query = read_log_query(call.request.query)
    server = await call.read_server()
    page = WrittenList(call.services.begin_pauses())
    has_more = False
    places = 0  # entries, including damaged ones in the store

    def is_full() -> bool:
        return places >= query.limit or page.size_bytes >= MAXIMUM_PAGE_BYTES

    async with aclosing(call.services.logs.read_logs(server.id, query)) as chunks:
        async for entries in chunks:
            has_more = is_full()  # another chunk follows, so there may be more entries
            for entry in () if has_more else entries:
                has_more = is_full()
                if has_more:
                    break
                places += 1
                if entry is not None:
                    await page.add(entry)
            if has_more:
                break
    if not has_more:
        return await page.answer(call)
    link = link_next(call.request, LOG_PARAMETERS, query.offset + places)
    return await page.answer(call, [(b"link", link)])


async def show_entry(call: Call) -> Answer:
    server = await call.read_server()
    entry = await call.services.logs.read_entry(server.id, call.entry_id)
    if entry is None:
        raise no_such_entry(call)
    return answer_json(200, entry)


async def clear_log(call: Call) -> Answer:
    server = await call.read_server()
    if await call.services.logs.clear(server.id) is None:
        raise no_such_server(server.id)
    return answer_nothing()


def no_such_entry(call: Call) -> Refusal:
    return Refusal(
        404,
        "log-entry-not-found",
        f"the log of mock server {call.mock_server_id} has no entry {quote(call.entry_id)}; old entries are removed",
    )
