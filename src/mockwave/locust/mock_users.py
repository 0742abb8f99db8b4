"""MockUser: a Locust user that calls mocks."""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from locust import FastHttpUser, constant, task

from mockwave.client.clients import MockwaveClient
from mockwave.locust.preparations import find_mock_server
from mockwave.model import MockRouteCreate, MockServerCreate
from mockwave.sampling.weighted_requests import WeightedRequests, make_requests

WORKSPACE = "wrk_locust"


class MockUser(FastHttpUser):
    """Calls the mock of a document, or of routes; its mock server is made when the test starts.

    `specification` is the path of an OpenAPI document: the user then sends valid requests for its operations, drawn by
    `weights` (by operationId or "GET /path"; 1 by default, 0 leaves it out). `routes` are custom routes to make, and
    `server_options` are further fields of MockServerCreate, such as `{"validate_requests": True}`. Your own tasks send
    to `self.base`, the path of the mock, with Locust's `self.client`.

        class Pets(MockUser):
            specification = "petstore.yaml"
            weights = {"listPets": 10, "deletePet": 0}
    """

    abstract = True
    wait_time = constant(0)

    specification: ClassVar[str | Path] = ""
    weights: ClassVar[Mapping[str, float]] = {}
    routes: ClassVar[Sequence[MockRouteCreate]] = ()
    server_options: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def prepare(cls, client: MockwaveClient) -> str:
        """Makes the mock server; returns its id. Raises MockwaveError, OSError, and ValueError for wrong weights."""
        options = dict(cls.server_options)
        if cls.specification:
            options["specification"] = read_specification(cls.specification)
            read_requests(cls)
        server = client.create_server(MockServerCreate(name=cls.__name__, workspace_id=WORKSPACE, **options))
        for route in cls.routes:
            client.create_route(server.id, route)
        return server.id

    def on_start(self) -> None:
        self.mock_server_id = find_mock_server(self.environment, type(self))
        self.base = f"/bin/{self.mock_server_id}"
        self._numbers = random.Random()

    @task
    def ask_document(self) -> None:
        """Sends one request of the document. It fails if the answer is neither the declared one nor below 400."""
        drawn = read_requests(type(self)).draw(self._numbers)
        request = drawn.request
        with self.client.request(
            request.method,
            self.base + request.path,
            name=drawn.name,
            data=request.body,  # type: ignore[arg-type]  # bytes are sent as they are
            headers=request.headers,
            catch_response=True,
            allow_redirects=False,
        ) as response:
            if response.status_code == drawn.status or 0 < response.status_code < 400:
                response.success()
            elif response.status_code:
                response.failure(f"expected {drawn.status}, got {response.status_code}")

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if not cls.specification:
            cls.tasks = [each for each in cls.tasks if each is not MockUser.ask_document]


def read_specification(specification: str | Path) -> str:
    return Path(specification).read_text(encoding="utf-8-sig")


@cache
def read_requests(user_class: type[MockUser]) -> WeightedRequests:
    """The requests of this class's users; read once per process."""
    return make_requests(read_specification(user_class.specification), user_class.weights)
