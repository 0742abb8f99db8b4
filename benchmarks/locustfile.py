"""Mixed traffic for Locust: a load test of an application that uses a mock, seen from the mock's side.

Run by question `mixed`, or by hand, with nothing prepared: without --host it starts its own server, and the mock server
that it asks is made when the test starts.
    locust --locustfile benchmarks/locustfile.py --headless --users 50 --spawn-rate 50 --run-time 30s
"""

import random

from locust import task

from mockwave.locust import ManagementUser, MockUser
from mockwave.model import MockRouteCreate

NUMBERS = random.Random(20_261_123)


class AskingUser(MockUser):
    """A user who asks mocks."""

    weight = 19

    routes = (
        MockRouteCreate(method="GET", path="/v1/service/status", status_code=200, response_body='{"status":"up"}'),
        MockRouteCreate(
            method="GET", path="/v1/users/{userId}/orders/{orderId}", status_code=200, response_body='{"id":1}'
        ),
        MockRouteCreate(method="POST", path="/v1/users/{userId}/orders", status_code=201, response_body='{"id":1}'),
    )

    @task(40)
    def ask_literal(self) -> None:
        self.client.get(f"{self.base}/v1/service/status", name="literal")

    @task(40)
    def ask_parametric(self) -> None:
        path = f"/v1/users/user-{NUMBERS.randrange(10_000)}/orders/{NUMBERS.randrange(10_000)}"
        self.client.get(f"{self.base}{path}", name="parametric")

    @task(10)
    def post_order(self) -> None:
        path = f"{self.base}/v1/users/user-{NUMBERS.randrange(10_000)}/orders"
        self.client.post(path, json={"item": "book", "count": 2}, name="with a body")

    @task(5)
    def miss(self) -> None:
        with self.client.get(f"{self.base}/v1/nothing/here", name="unknown path", catch_response=True) as response:
            if response.status_code == 404:
                response.success()


class LookingUser(ManagementUser):
    """A user who changes routes, and looks at them and at the log."""

    weight = 1

    page_entries = 10

    @task(5)
    def read_routes(self) -> None:
        self.management.list_routes(self.mock_server_id)
