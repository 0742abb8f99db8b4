"""The socket that a worker listens on: one per worker, all on the same port (SO_REUSEPORT).

It is bound here, not by the HTTP server, for an option that no server sets: TCP_USER_TIMEOUT (tcp(7), RFC 5482). With
it the kernel ends a connection whose client takes nothing of its answer for that long: its window is closed, or it
acknowledges nothing. A client that takes a little now and then has all the time it needs. Accepted sockets inherit the
option.

The engine listens on it once its application has started: no connection may wait there before.
"""

import socket
from typing import Any

from granian._granian import SocketHolder

MAXIMUM_MS = 2**31 - 1


def bind_listener(ip: str, port: int, answer_timeout_s: int) -> socket.socket:
    """Returns a bound socket that does not block. Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        timeout_ms = min(answer_timeout_s * 1000, MAXIMUM_MS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)
        listener.bind((ip, port))
    except BaseException:
        listener.close()
        raise
    return listener


def with_own_listener(arguments: tuple[Any, ...], answer_timeout_s: int) -> tuple[Any, ...]:
    """Returns the arguments of granian's worker functions (granian 2.8, server/mp.py), with such a socket instead of
    the description from which granian would make one."""
    process_name, callback_loader, ((spec, _), file), *others = arguments
    ip, port, backlog = spec.__getstate__()
    holder = SocketHolder(bind_listener(ip, port, answer_timeout_s).detach(), False, backlog)  # type: ignore[call-arg]
    return (process_name, callback_loader, ((None, holder), file), *others)
