"""The program of contestant bare_granian: `INTERFACE PORT WORKERS BODY_FILE`. Plain applications, as one writes them.

The settings are those of mockwave's own server (src/mockwave/server/supervisor.py): only the application differs.
"""

import multiprocessing
import sys
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, TaskImpl
from granian.http import HTTP1Settings
from granian.log import LogLevels

from benchmarks.sites import RESPONSE_HEADERS
from mockwave.server.supervisor import HEAD_LIMIT_BYTES, LISTEN_BACKLOG
from mockwave.settings import Settings


def build_asgi_application(body: bytes) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": RESPONSE_HEADERS})
        await send({"type": "http.response.body", "body": body})

    return application


def build_rsgi_application(body: bytes) -> Any:
    headers = [(name.decode(), value.decode()) for name, value in RESPONSE_HEADERS]

    async def application(scope: Any, protocol: Any) -> None:
        protocol.response_bytes(200, headers, body)

    return application


APPLICATIONS = {
    "asgi": (Interfaces.ASGI, build_asgi_application),
    "rsgi": (Interfaces.RSGI, build_rsgi_application),
}


def main() -> None:
    interface_name, port, workers, body_file = sys.argv[1:]
    interface, build_application = APPLICATIONS[interface_name]
    application = build_application(Path(body_file).read_bytes())
    multiprocessing.set_start_method("fork")
    server = Granian(
        "bare",
        address="127.0.0.1",
        port=int(port),
        interface=interface,
        workers=int(workers),
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        runtime_mode=RuntimeModes.st,
        runtime_threads=1,
        task_impl=TaskImpl.asyncio,
        backlog=LISTEN_BACKLOG,
        backpressure=Settings(data_dir="").max_connections,
        http1_settings=HTTP1Settings(max_buffer_size=HEAD_LIMIT_BYTES),
        log_level=LogLevels.error,
    )
    server.serve(target_loader=lambda: application, wrap_loader=False)


if __name__ == "__main__":
    main()
