"""Mixed traffic for Locust: what a load test of an application that uses a mock looks like from the mock's side.

Run by question `mixed`; by hand, with a server that has the routes asked for here:
    locust --locustfile benchmarks/locustfile.py --host http://127.0.0.1:4010 --mockwave-token T --mock-server-id mock_…
"""

import random
from argparse import ArgumentParser

from locust import FastHttpUser, constant, events, task

from benchmarks.locust_names import MOCK_SERVER_ID, TOKEN

NUMBERS = random.Random(20_261_123)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument(f"--{TOKEN}", default="", help="bearer token of the management API")
    parser.add_argument(f"--{MOCK_SERVER_ID}", default="", help="mock server asked for")


events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]


class MockUser(FastHttpUser):
    """One who asks mocks, and now and then looks at the log."""

    wait_time = constant(0)

    def on_start(self) -> None:
        options = self.environment.parsed_options
        mock_server_id = options.mock_server_id
        self.base = f"/bin/{mock_server_id}"
        self.management = f"/mock-servers/{mock_server_id}"
        self.authorization = {"Authorization": f"Bearer {options.mockwave_token}"}

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

    @task(3)
    def read_routes(self) -> None:
        self.client.get(f"{self.management}/routes", headers=self.authorization, name="management: routes")

    @task(2)
    def read_logs(self) -> None:
        self.client.get(f"{self.management}/logs?limit=10", headers=self.authorization, name="management: logs")
