"""Whether a worker's event loop runs while something happens: /healthz is asked all the time, on new connections."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.harness import MockwaveServer

PAUSE_S = 0.005


@contextmanager
def answers_meanwhile(server: MockwaveServer, within_s: float) -> Iterator[None]:
    """Fails if /healthz takes longer than `within_s` while the block runs. The server has one worker."""
    slowest_s: list[float] = [0.0]
    faults: list[Exception] = []
    is_over = threading.Event()

    def beat() -> None:
        try:
            with server.connection() as connection:
                while not is_over.is_set():
                    slowest_s[0] = max(slowest_s[0], _ask(connection))
                    time.sleep(PAUSE_S)
        except Exception as fault:
            faults.append(fault)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
    assert not faults
    assert slowest_s[0] <= within_s


def _ask(connection: http.client.HTTPConnection) -> float:
    """Returns the seconds until the answer."""
    started = time.monotonic()
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    return time.monotonic() - started
