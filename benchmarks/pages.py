"""Open pages on a mock server, as browsers hold them open: the streams they follow, and the calls they repeat.

One thread follows them, and throws away what it reads: only their cost for the server is measured.
"""

import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.contestants.mockwave import RunningMockwave
from benchmarks.exchanges import WrongAnswer

FOLLOWED = {
    "log": ("/events", "/mock-servers/{id}/logs/stream"),
    "figures": ("/events",),
    "routes": ("/events",),
}
"""By panel, the streams of an open page."""

REPEATED = {
    "log": (),
    "figures": ("/mock-servers/{id}/figures?step=5&since={recently}",),
    "routes": ("/mock-servers/{id}/routes?usage=true&limit=1000&brief=true&offset=0",),
}
"""By panel, the calls that a page repeats."""

AGAIN_S = 5.0
READ_BYTES = 1 << 18
PATIENCE_S = 10.0


@contextmanager
def open_pages(running: RunningMockwave, panel: str, count: int) -> Iterator[None]:
    """Keeps so many pages open on the panel while the block runs."""
    paths = [path.format(id=running.mock_server_id) for path in FOLLOWED[panel]] * count
    streams = [open_stream(running, path) for path in paths]
    calls = [path.format(id=running.mock_server_id, recently=int(time.time())) for path in REPEATED[panel]] * count
    is_over = threading.Event()
    threads = [threading.Thread(target=read_streams, args=(streams, is_over), daemon=True)]
    if calls:
        threads.append(threading.Thread(target=repeat_calls, args=(running, calls, is_over), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        for stream in streams:
            stream.close()


def open_stream(running: RunningMockwave, path: str) -> socket.socket:
    """Returns a connection whose answer has begun. Raises WrongAnswer."""
    stream = socket.create_connection((running.base.host, running.base.port), PATIENCE_S)
    head = f"GET {path} HTTP/1.1\r\nHost: {running.base.host}\r\nAuthorization: Bearer {running.token}\r\n\r\n"
    stream.sendall(head.encode())
    began = stream.recv(READ_BYTES)
    if not began.startswith(b"HTTP/1.1 200"):
        raise WrongAnswer(f"GET {path}: {began[:200].decode(errors='replace')}")
    stream.setblocking(False)
    return stream


def read_streams(streams: Sequence[socket.socket], is_over: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while not is_over.is_set():
            for key, _ in selector.select(0.2):
                if not key.fileobj.recv(READ_BYTES):  # type: ignore[union-attr]
                    selector.unregister(key.fileobj)


def repeat_calls(running: RunningMockwave, calls: Sequence[str], is_over: threading.Event) -> None:
    client = running.management()
    while not is_over.is_set():
        for path in calls:
            client.call("GET", path)
            if is_over.wait(AGAIN_S / len(calls)):
                break
    client.close()
