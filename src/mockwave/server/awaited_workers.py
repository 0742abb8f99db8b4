"""Whether the server answers yet, asked as a client would: GET /readyz over the socket."""

import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from mockwave.server.certificates import trust_anything
from mockwave.server.start_errors import StartError

READY_WITHIN_S = 60.0
POLL_INTERVAL_S = 0.005
ATTEMPT_S = 5.0


def wait_until_ready(url: str, is_given_up: Callable[[], bool]) -> bool:
    """Returns True once a worker answers 200, False if the wait is given up before. Raises StartError."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_given_up():
        if is_ready(url):
            return True
        if time.monotonic() >= deadline:
            raise StartError(f"the server did not get ready within {READY_WITHIN_S:g} s")
        time.sleep(POLL_INTERVAL_S)
    return False


def is_ready(url: str) -> bool:
    """Whether GET /readyz is 200, whatever the certificate."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=ATTEMPT_S, context=trust_anything())
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=ATTEMPT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
