"""ManagementUser: a Locust user of the management API, whose typed calls appear in Locust's figures."""

import re
from typing import Any, ClassVar

from locust import FastHttpUser, constant, task

from mockwave.client.call_plans import Call, Reply
from mockwave.client.callers import BlockingCaller
from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import NoAnswer
from mockwave.client.management_calls import ManagementCalls
from mockwave.locust.preparations import find_mock_server, read_option
from mockwave.model import MockRouteCreate, MockServerCreate

WORKSPACE = "wrk_locust"

_IDS = re.compile(r"/(mock_|mock-route_|log_)[0-9a-f]+")


class CountedCalls(ManagementCalls, BlockingCaller):
    """The calls of MockwaveClient, sent by a Locust user: each request has its figures, with ids left out of its
    name."""

    retry_for_s = 0.0  # a load test wants to see each 503

    def __init__(self, user: FastHttpUser, token: str) -> None:
        self._user = user
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, call: Call[Any]) -> Reply:
        headers = {**self._headers, **({"Content-Type": call.media_type} if call.media_type else {})}
        name = _IDS.sub(r"/{\1…}", call.path)
        with self._user.client.request(
            call.method,
            f"{call.path}?{call.query}" if call.query else call.path,
            name=name,
            data=call.body,  # type: ignore[arg-type]  # bytes are sent as they are
            headers=headers,
            catch_response=True,
            allow_redirects=False,
        ) as response:
            if not response.status_code:
                raise NoAnswer(f"{call.method} {call.path}: {response.error}")
            return Reply(
                response.status_code,
                {header.lower(): value for header, value in response.headers.items()},
                response.content or b"",
            )


class ManagementUser(FastHttpUser):
    """Makes a route, reads it, changes it, deletes it, and now and then reads the log.

    `self.management` has every call of `mockwave.client`, each counted; `self.mock_server_id` is the class's mock
    server. Your own tasks replace these or join them.
    """

    abstract = True
    wait_time = constant(0)

    page_entries: ClassVar[int] = 50
    """Entries of the log read at once."""

    @classmethod
    def prepare(cls, client: MockwaveClient) -> str:
        """Makes the mock server; returns its id."""
        return client.create_server(MockServerCreate(name=cls.__name__, workspace_id=WORKSPACE)).id

    def on_start(self) -> None:
        self.mock_server_id = find_mock_server(self.environment, type(self))
        self.management = CountedCalls(self, read_option(self.environment, "mockwave_token") or "")
        self._made = 0

    @task(10)
    def change_a_route(self) -> None:
        """Makes, reads, changes and deletes a route: four calls."""
        self._made += 1
        path = f"/v1/{id(self):x}/{self._made}"
        fields = MockRouteCreate(method="GET", path=path, status_code=200, response_body="{}")
        route = self.management.create_route(self.mock_server_id, fields)
        self.management.read_route(self.mock_server_id, route.id)
        self.management.update_route(self.mock_server_id, route.id, fields)
        self.management.delete_route(self.mock_server_id, route.id)

    @task(2)
    def read_server(self) -> None:
        self.management.read_server(self.mock_server_id)

    @task(1)
    def read_log(self) -> None:
        self.management.list_logs(self.mock_server_id, limit=self.page_entries)
