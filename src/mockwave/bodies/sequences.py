"""Bodies of several parts, one after another: sequences of values, and multipart.

Sequences are the sequential media types of OpenAPI 3.2 §4.14.4: JSON Lines, JSON text sequences (RFC 7464 §2.2), and
server-sent events (HTML §9.2.6), where each value is an event with the fields of the protocol. In a multipart body (RFC
7578 §4, RFC 2046 §5.1) each member of the value is a part; the boundary is always the same.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from mockwave.bodies.json_bodies import write_json, write_text
from mockwave.bodies.media_types import essence_of

BOUNDARY: Final = "mockwave-boundary-7f3a9c"

_NOT_IN_NAMES = re.compile(r'["\r\n]')


def write_line(value: Any) -> bytes:
    """One line of JSON Lines."""
    return write_json(value) + b"\n"


def write_record(value: Any) -> bytes:
    """One text of a JSON text sequence."""
    return b"\x1e" + write_json(value) + b"\n"


def write_event(value: Any) -> bytes:
    """One event; a value that is not an object is its data."""
    fields = value if isinstance(value, dict) else {"data": value}
    lines = [f"{name}: {line}" for name, field in fields.items() for line in write_text(field).splitlines() or [""]]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode("utf-8", "replace")


WRITERS: Final[dict[str, Callable[[Any], bytes]]] = {
    "application/jsonl": write_line,
    "application/jsonlines": write_line,
    "application/x-jsonlines": write_line,
    "application/x-ndjson": write_line,
    "application/json-seq": write_record,
    "text/event-stream": write_event,
}


SEQUENCE_TYPES: Final = frozenset(WRITERS)


def write_sequence(value: Any, media_type: str) -> bytes:
    """Writes the items of an array, or a single value, as a sequence of `media_type`: one of WRITERS, or
    `+json-seq`."""
    writer = WRITERS.get(essence_of(media_type), write_record)
    return b"".join(map(writer, value if isinstance(value, list) else [value]))


def write_multipart(value: Any) -> bytes:
    """Writes the members of an object, or the items of an array, each as a part: strings as text, other values as
    JSON."""
    members = value.items() if isinstance(value, dict) else [("", each) for each in value]
    parts = [
        (name, each) for name, member in members for each in (member if name and isinstance(member, list) else [member])
    ]
    lines: list[bytes] = []
    for name, each in parts:
        lines.append(f"--{BOUNDARY}".encode())
        if name:
            escaped = _NOT_IN_NAMES.sub(lambda match: f"%{ord(match[0]):02X}", name)
            lines.append(f'Content-Disposition: form-data; name="{escaped}"'.encode("utf-8", "replace"))
        if isinstance(each, dict | list):
            lines.append(b"Content-Type: application/json")
        lines += [b"", write_text(each).encode("utf-8", "replace")]
    lines += [f"--{BOUNDARY}--".encode(), b""]
    return b"\r\n".join(lines)
