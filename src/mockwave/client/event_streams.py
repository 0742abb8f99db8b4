"""Server-Sent Events (WHATWG HTML §9.2.6), as far as mockwave sends them: `id`, `event` and one line of `data`."""

from typing import Any

import msgspec
from msgspec import Struct

from mockwave.client.errors import UnexpectedAnswer

MAXIMUM_EVENT_BYTES = 64 * 1024 * 1024


class StreamEvent(Struct, frozen=True):
    """An event: `name` is its kind, `data` its JSON, `number` its id; `after=number` continues after it."""

    name: str
    data: Any
    number: int | None = None


class EventReader:
    """Makes events from the bytes of a stream as they come."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[StreamEvent]:
        """Returns the events that this piece completes. Raises UnexpectedAnswer."""
        *blocks, self._rest = (self._rest + piece).split(b"\n\n")
        if len(self._rest) > MAXIMUM_EVENT_BYTES:
            raise UnexpectedAnswer(f"an event of the stream has more than {MAXIMUM_EVENT_BYTES:,} bytes")
        events = [_read_event(block) for block in blocks]
        return [event for event in events if event is not None]


def _read_event(block: bytes) -> StreamEvent | None:
    """Returns None for a comment, or an unknown event."""
    fields = dict(line.partition(b": ")[::2] for line in block.split(b"\n"))
    if b"event" not in fields or b"data" not in fields:
        return None
    number = fields.get(b"id", b"")
    try:
        return StreamEvent(
            fields[b"event"].decode(),
            msgspec.json.decode(fields[b"data"]),
            int(number) if number.removeprefix(b"-").isdigit() else None,
        )
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnexpectedAnswer(f"the stream is not one of a mockwave server: {error}") from None
