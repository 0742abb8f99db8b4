"""`mockwave logs --follow`: entries as the log's stream brings them, each exactly once and in order.

The stream shows a part of what comes fast, and says how many it leaves out; those are read from the log. A stream that
breaks off is taken up again after what was seen of it, for as long as other calls are tried again.
"""

import time
from collections.abc import Iterator
from itertools import islice

import msgspec

from mockwave.cli.command_errors import CommandFailed
from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import NoAnswer, Unavailable
from mockwave.client.event_streams import StreamEvent
from mockwave.client.log_calls import LogFilter
from mockwave.model import LogEntry

AGAIN_S = 0.5
KNOWN_ENTRIES = 20_000


def read_newest(client: MockwaveClient, mock_server_id: str, limit: int, wanted: LogFilter) -> list[LogEntry]:
    """The newest entries, oldest first."""
    return list(islice(client.iterate_logs(mock_server_id, page_entries=limit, **wanted), limit))[::-1]


def follow_stream(client: MockwaveClient, mock_server_id: str, limit: int, wanted: LogFilter) -> Iterator[LogEntry]:
    """The newest `limit` entries, then those that come, without end. Raises CommandFailed once the mock server is gone,
    and MockwaveError."""
    known: dict[str, None] = {}
    came: list[LogEntry] = []
    is_begun = False
    for event in _listen(client, mock_server_id, wanted):
        fresh: list[LogEntry] = []
        if not is_begun:
            # The stream stands: between what is listed now and what it brings nothing is missing.
            fresh = read_newest(client, mock_server_id, limit, wanted)
            is_begun = True
        if event.name == "entry":
            came.append(msgspec.convert(event.data, LogEntry))
        elif event.name == "counts":
            if event.data["dropped"]:
                after = next(reversed(known), "")
                came = list(islice(client.follow(mock_server_id, after=after, **wanted), event.data["entries"]))
            fresh += came
            came = []
        for entry in fresh:
            if entry.id not in known:
                known[entry.id] = None
                yield entry
        while len(known) > KNOWN_ENTRIES:
            del known[next(iter(known))]
    raise CommandFailed(f"the mock server {mock_server_id} is gone")


def _listen(client: MockwaveClient, mock_server_id: str, wanted: LogFilter) -> Iterator[StreamEvent]:
    """The events of the stream until the mock server is gone, through breaks of the connection."""
    last: int | None = None
    given_up_at_s = time.monotonic() + client.retry_for_s
    while True:
        try:
            for event in client.stream_log(mock_server_id, after=last, **wanted):
                given_up_at_s = time.monotonic() + client.retry_for_s
                if event.name == "counts":  # which ends a batch; one that came in part comes again
                    last = event.number
                if event.name == "end" and "gone" in event.data["reason"]:
                    return
                yield event
        except (NoAnswer, Unavailable):
            if time.monotonic() >= given_up_at_s:
                raise
        time.sleep(AGAIN_S)
