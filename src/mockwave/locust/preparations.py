"""Preparations of a load test, made when it starts and removed when it ends.

They are the mock servers of all user classes and, if no host is given, a server for them. In a distributed test the
master makes them, and passes the ids and the token to its workers with Locust's own options, before those spawn users.
"""

import logging
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Protocol

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from mockwave.client.clients import MockwaveClient
from mockwave.local_access import Access, find_access
from mockwave.testing.ephemeral_servers import EphemeralServer, start

PREPARED = "mockwave_prepared"
"""Among the options: user class → id of its mock server."""


class Prepared(Protocol):
    """A user class with a mock server; `prepare` makes it and returns its id."""

    @classmethod
    def prepare(cls, client: MockwaveClient) -> str: ...


class _Preparation:
    """The preparations that this process has made for the running test."""

    def __init__(self, server: EphemeralServer | None, access: Access, made: list[str]) -> None:
        self.server = server
        self.access = access
        self.made = made


_running: dict[int, _Preparation] = {}
"""By the identity of their Environment; usually there is one."""


def read_option(environment: Environment, name: str) -> Any:
    return getattr(environment.parsed_options, name, None)


def find_mock_server(environment: Environment, user_class: type) -> str:
    """The id of a user class's mock server. Raises RuntimeError if none was prepared."""
    given = read_option(environment, "mock_server_id")
    prepared = read_option(environment, PREPARED) or {}
    mock_server_id = given or prepared.get(user_class.__name__)
    if not mock_server_id:
        raise RuntimeError(f"no mock server was made for {user_class.__name__}: did the test_start of mockwave fail?")
    return str(mock_server_id)


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--mockwave-token",
        default=os.environ.get("MOCKWAVE_TOKEN", ""),
        help="Bearer token of mockwave's management API; one is made for a server on this machine.",
    )
    parser.add_argument(
        "--mockwave-data-dir", default="", help="Data folder of the mockwave server on this machine, to make a token."
    )
    parser.add_argument(
        "--mock-server-id", default="", help="Use this mock server; by default one is made, and deleted at the end."
    )


def _look_at_clock(**_: Any) -> None:
    """Updates the clock of gevent's loop, which was last read before all modules were loaded. Locust's --run-time would
    count from then on, and a short run would be over before it began."""
    gevent.get_hub().loop.update_now()


def _prepare(environment: Environment, **_: Any) -> None:
    wanting = [each for each in environment.user_classes if hasattr(each, "prepare")]
    if isinstance(environment.runner, WorkerRunner) or not wanting or environment.parsed_options is None:
        return
    _clear_away(_running.pop(id(environment), None))
    server: EphemeralServer | None = None
    host = environment.host or next((each.host for each in wanting if each.host), "")
    if not host:
        server = start(workers=len(os.sched_getaffinity(0)))
        host = environment.host = server.url
        for each in environment.user_classes:
            each.host = host
    made: list[str] = []
    preparation = _Preparation(server, _find_access(environment, host, server), made)
    _running[id(environment)] = preparation
    prepared = {}
    with _connect(preparation.access) as client:
        if not read_option(environment, "mock_server_id"):
            for each in wanting:
                prepared[each.__name__] = each.prepare(client)
                made.append(prepared[each.__name__])
    setattr(environment.parsed_options, PREPARED, prepared)
    environment.parsed_options.mockwave_token = preparation.access.token


def _end(environment: Environment, **_: Any) -> None:
    runner = environment.runner
    if isinstance(runner, MasterRunner) and any((runner.clients.running, runner.clients.spawning)):
        return  # a quitting master says so before its workers know, so they still send requests
    _clear_away(_running.pop(id(environment), None))


def _end_all(**_: Any) -> None:
    while _running:
        _clear_away(_running.popitem()[1])


def _clear_away(preparation: "_Preparation | None") -> None:
    if preparation is None:
        return
    if preparation.server is not None:
        preparation.server.stop()  # with all that it holds
        return
    with _connect(preparation.access) as client:
        for mock_server_id in preparation.made:
            client.delete_server(mock_server_id)


def _find_access(environment: Environment, host: str, server: EphemeralServer | None) -> Access:
    if server is not None:
        return Access(server.url, server.token)
    data_dir = read_option(environment, "mockwave_data_dir")
    token = read_option(environment, "mockwave_token") or ""
    return find_access(Path(data_dir) if data_dir else None, host.rstrip("/"), token, subject="locust")


def _connect(access: Access) -> MockwaveClient:
    return MockwaveClient(access.url, access.token, tls=access.tls)


logging.getLogger("httpx").setLevel(logging.WARNING)  # Locust shows what others log, each request at level INFO

events.init_command_line_parser.add_listener(_add_options)  # type: ignore[no-untyped-call]
events.init.add_listener(_look_at_clock)  # type: ignore[no-untyped-call]
events.test_start.add_listener(_prepare)  # type: ignore[no-untyped-call]
events.test_stop.add_listener(_end)  # type: ignore[no-untyped-call]
events.quit.add_listener(_end_all)  # type: ignore[no-untyped-call]
