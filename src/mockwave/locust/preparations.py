"""What a load test needs is made when it starts, and gone when it ends.

The mock servers of all users' classes, and, if no host is given, a server to hold them. Of a distributed test the
master does all of that: with Locust's own options it hands the ids and the token to its workers, before those spawn
users.
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
    """A user class that needs a mock server; `prepare` makes it and returns its id."""

    @classmethod
    def prepare(cls, client: MockwaveClient) -> str: ...


class _Preparation:
    """What this process has made for the running test."""

    def __init__(self, server: EphemeralServer | None, access: Access, made: list[str]) -> None:
        self.server = server
        self.access = access
        self.made = made


_running: dict[int, _Preparation] = {}
"""By the identity of their Environment: there is usually one."""


def read_option(environment: Environment, name: str) -> Any:
    return getattr(environment.parsed_options, name, None)


def find_mock_server(environment: Environment, user_class: type) -> str:
    """The id of the mock server that a user's class has. Raises RuntimeError where none was prepared."""
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
        "--mock-server-id", default="", help="Ask this mock server; without it one is made, and deleted at the end."
    )


def _look_at_clock(**_: Any) -> None:
    """gevent's loop has last looked at the clock before all modules were loaded, and Locust's --run-time would count
    from then on: a short run was over before it began."""
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
        return  # a master that quits says so before its workers know: they still ask
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
