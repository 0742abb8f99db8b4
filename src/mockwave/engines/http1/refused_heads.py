"""The readable parts of a request whose head is refused, for its record: method, target, Host.

A refused head may have two readings; this is the plain one, up to the first invalid byte. It never decides an answer.
"""

import re

from msgspec import Struct

from mockwave.engines.http1.heads import ABSOLUTE
from mockwave.http_grammar import TOKEN_CHARACTER

READ_BYTES = 65_536
"""The most bytes of a refused head that are read."""

_LINE = re.compile(rb"(?:\r\n)*(%b{1,64}) ([^\x00- \x7f]+)" % TOKEN_CHARACTER.encode())
_HOST = re.compile(rb"\nhost:[ \t]*([^\x00- \x7f]*)", re.IGNORECASE)


class RefusedRequest(Struct, frozen=True):
    """The fields of a Head; `headers` has one Host, if one was found."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]


def read_refused(head: bytes) -> RefusedRequest | None:
    """Reads these first bytes of a head; None if they do not begin with a method and a target."""
    line = _LINE.match(head, 0, READ_BYTES)
    if line is None:
        return None
    target = line[2]
    absolute = ABSOLUTE.match(target)
    host = _HOST.search(head, line.end(), READ_BYTES)
    name = absolute[1] if absolute is not None else host[1] if host is not None else b""
    if absolute is not None:
        target = target[absolute.end() :]
    path, _, query = target.partition(b"#")[0].partition(b"?")
    return RefusedRequest(
        method=line[1].decode("ascii"),
        path=path or b"/",
        query=query,
        headers=[(b"host", name)] if name else [],
    )
