"""One worker process of this engine: its event loop, listening socket, TLS, timer wheel, and its end.

SIGTERM drains. No new connections are accepted, except those that wait in the kernel's queue; idle connections close;
requests in flight get their answers, which close their connections. When the last one has gone, unstored entries are
stored. The supervisor limits the time.
"""

import asyncio
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from functools import partial
from typing import cast

import uvloop

from mockwave._fast_lane import FastLane
from mockwave.application import Application
from mockwave.engines.http1.connection import Connection
from mockwave.settings import Settings
from mockwave.worker import FORESEEN

TICK_S = 0.5
LINGER_S = 2.0
"""How long a closing connection waits for the client to read its last answer."""

LAST_READ_S = 0.02
GONE_POLL_S = 0.02

logger = logging.getLogger("mockwave.engine")


def serve(settings: Settings, listener: socket.socket, backlog: int, report_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM on this bound socket; calls `report_ready` when it listens.

    Exits with 1 if it cannot start, after logging why.
    """
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_serve(settings, listener, backlog, report_ready))
    loop.close()


async def _serve(settings: Settings, listener: socket.socket, backlog: int, report_ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    application = Application(settings)
    try:
        await application.start()
    except Exception as fault:
        logger.error("a worker cannot start: %s", fault, exc_info=None if isinstance(fault, FORESEEN) else fault)
        sys.exit(1)
    lane = _build_lane(settings, application)
    context = _build_tls(settings)
    listener.listen(backlog)
    connect = partial(Connection, lane, application, "http" if context is None else "https")
    server = await loop.create_server(
        connect,
        sock=listener,
        backlog=backlog,
        ssl=context,
        ssl_handshake_timeout=None if context is None else settings.header_timeout_s,
        ssl_shutdown_timeout=None if context is None else LINGER_S,
    )
    turning = loop.create_task(_turn(lane))
    report_ready()
    await stopping.wait()
    await _let_the_last_in(listener, connect, context)
    server.close()
    lane.drain()
    for connection in tuple(lane.connections):
        cast("Connection", connection).end_stream()
    while lane.connections:
        await asyncio.sleep(GONE_POLL_S)
    turning.cancel()
    await application.stop()


def _build_lane(settings: Settings, application: Application) -> FastLane:
    loop = asyncio.get_running_loop()
    lane = FastLane(
        application.worker.responder,
        tick_s=TICK_S,
        header_timeout_s=settings.header_timeout_s,
        keep_alive_s=settings.keep_alive_s,
        progress_timeout_s=settings.answer_timeout_s,
        linger_s=LINGER_S,
        max_connections=settings.max_connections,
        max_in_flight=settings.max_in_flight,
    )
    lane.call_later, lane.call_soon = loop.call_later, loop.call_soon
    return lane


def _build_tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _turn(lane: FastLane) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        lane.wheel.turn()


async def _let_the_last_in(
    listener: socket.socket, connect: Callable[[], Connection], context: ssl.SSLContext | None
) -> None:
    """Accepts the connections that the kernel has already made for this worker; closing the socket would reset them."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        connection.setblocking(False)
        await loop.connect_accepted_socket(connect, connection, ssl=context)
    # Their requests are read before they are told to close.
    await asyncio.sleep(LAST_READ_S)
