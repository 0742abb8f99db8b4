"""`mockwave stop`: ends the server that runs on a data folder, and waits until it has ended."""

import os
import select
import signal
import time
from pathlib import Path

import click

from mockwave.cli.command_errors import CommandFailed
from mockwave.cli.command_options import data_dir_option, option
from mockwave.data_folder import DataFolder
from mockwave.option_values import DURATION
from mockwave.server.lock_holders import find_holder
from mockwave.server.presence import find_running_server
from mockwave.settings import default_data_dir

PATIENCE = "30s"
POLL_INTERVAL_S = 0.02


@click.command()
@data_dir_option
@option("--timeout", "timeout_s", kind=DURATION, default=PATIENCE, help="How long to wait for it to end.")
def command(data_dir: Path | None, timeout_s: int) -> None:
    """Stop the server that runs on the data folder, as SIGTERM does: requests in flight get their answers.

    Exits with 0 when it has ended, or if there was none.
    """
    folder = DataFolder(data_dir or default_data_dir())
    try:
        holder = find_holder(folder)
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}") from None
    if holder is None:
        click.echo(f"no server runs on {folder.path}")
        return
    if not holder.process_id:
        raise CommandFailed(
            f"{folder.path} is in use by a process that cannot be seen from here; stop it where it was started"
        )
    running = find_running_server(folder)
    where = f" at {running.url}" if running is not None and running.pid == holder.process_id else ""
    name = f"the server{where} (process {holder.process_id})"
    begin_s = time.monotonic()
    if not _end(holder.process_id, timeout_s) or not _is_released(folder, begin_s + timeout_s):
        raise CommandFailed(
            f"{name} has not ended within {timeout_s} s; its stderr says what it waits for, and"
            f" `kill -9 {holder.process_id}` ends it without losing a log entry"
        )
    click.echo(f"stopped {name} after {time.monotonic() - begin_s:.1f} s")


def _end(process_id: int, timeout_s: float) -> bool:
    """Sends SIGTERM and returns whether the process ended in time. It uses a descriptor of the process, since its
    number may be reused."""
    try:
        process = os.pidfd_open(process_id)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        return bool(select.select([process], [], [], timeout_s)[0])
    except ProcessLookupError:
        return True
    except PermissionError:
        raise CommandFailed(f"process {process_id} belongs to another user, who has to stop it") from None
    finally:
        os.close(process)


def _is_released(folder: DataFolder, deadline_s: float) -> bool:
    """Whether the lock becomes free in time; it does when the last worker has ended."""
    while find_holder(folder) is not None:
        if time.monotonic() >= deadline_s:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True
