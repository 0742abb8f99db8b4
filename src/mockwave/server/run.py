"""The order in which a server starts and stops.

Start: the data folder's lock, the port, the limit on open files, the data folder's content, the workers, and, once they
answer, the announcement. Any obstacle before the workers start is a ForeseenError, and nothing has changed. Stop: the
workers, then everything that was taken, in reverse.
"""

import asyncio
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import NoReturn

import msgspec

from mockwave.data_folder import DataFolder
from mockwave.errors import ForeseenError
from mockwave.journal.recovery import prepare_data_dir
from mockwave.management.auth import build_authenticator
from mockwave.server.certificates import check_certificate
from mockwave.server.ephemeral import make_ephemeral_folder, remove_folder
from mockwave.server.file_limit import fit_connections
from mockwave.server.listen_addresses import Address, hold_port, resolve_address
from mockwave.server.loading import loading
from mockwave.server.locks import lock_data_folder
from mockwave.server.log_lines import configure_log_lines
from mockwave.server.presence import RunningServer, publish_server, withdraw_server
from mockwave.server.start_errors import StartError
from mockwave.server.supervisor import Supervisor
from mockwave.settings import Settings

APPLICATION = "mockwave.engines.asgi:create_app"

logger = logging.getLogger(__name__)

Announce = Callable[[RunningServer, Settings], None]
"""Called in a separate thread once the server answers, with the final Settings (port, folder)."""


def run_server(settings: Settings, announce: Announce, application: str = APPLICATION) -> int:
    """Serves until told to stop; returns the exit code. Raises ForeseenError if the server cannot start as asked.

    `announce` may also raise one: that stops the server with exit code 2. For the main thread.
    """
    configure_log_lines()
    if multiprocessing.get_start_method(allow_none=True) is None:
        # Workers could also start by spawn, but that takes several times as long.
        multiprocessing.set_start_method("fork")
    signal.signal(signal.SIGTERM, _end_while_starting)
    with ExitStack() as taken:
        if settings.ephemeral:
            path = make_ephemeral_folder()
            taken.callback(remove_folder, path)
            settings = msgspec.structs.replace(settings, data_dir=str(path))
        folder = DataFolder(settings.data_dir)
        lock = lock_data_folder(folder)
        taken.callback(os.close, lock)
        holder, address = hold_port(resolve_address(settings.host, settings.port))
        taken.callback(holder.close)
        settings = msgspec.structs.replace(
            settings, port=address.port, max_connections=fit_connections(settings.max_connections), supervised=True
        )
        _prepare(settings, application)
        taken.callback(withdraw_server, folder)
        beside = threading.Thread(
            target=lambda: _announce_when_ready(supervisor, address, settings, announce), daemon=True
        )
        supervisor = Supervisor(settings, address, application, (lock, holder.fileno()), beside.start)
        supervisor.run()
        return supervisor.exit_code


def _prepare(settings: Settings, application: str) -> None:
    """Prepares the data folder's content, keys and certificates: all that would otherwise make the workers fail one by
    one."""
    if settings.tls_certificate:
        check_certificate(settings.tls_certificate, settings.tls_key)
    try:
        asyncio.run(prepare_data_dir(settings))
        build_authenticator(settings)
    except OSError as error:
        raise StartError(f"data folder {settings.data_dir}: {error.strerror} ({error.filename})") from None
    if multiprocessing.get_start_method() == "fork":
        # Imported before the fork, so that no worker has to import it: the application, and granian's loops.
        with loading():
            importlib.import_module(application.partition(":")[0])
            importlib.import_module("granian._loops")


def _announce_when_ready(supervisor: Supervisor, address: Address, settings: Settings, announce: Announce) -> None:
    # Imported here, because an HTTP client takes long to load, and workers start meanwhile.
    from mockwave.server.awaited_workers import wait_until_ready

    scheme = "https" if settings.tls_certificate else "http"
    server = RunningServer(
        url=f"{scheme}://{address.authority}",
        pid=os.getpid(),
        tls_certificate=settings.tls_certificate,
        audience=settings.audience,
        issuer=settings.issuer,
    )
    try:
        if wait_until_ready(server.url, lambda: supervisor.is_stopping):
            publish_server(DataFolder(settings.data_dir), server)
            announce(server, settings)
    except ForeseenError as error:
        if not supervisor.is_stopping:
            print(f"mockwave: error: {error}", file=sys.stderr, flush=True)
            supervisor.stop(2)
    except Exception:
        if not supervisor.is_stopping:
            logger.exception("the server could not be announced")
            supervisor.stop(1)


def _end_while_starting(signal_number: int, _: object) -> NoReturn:
    """The handler until the supervisor takes over. It raises, so that everything taken is released."""
    sys.exit(128 + signal_number)
