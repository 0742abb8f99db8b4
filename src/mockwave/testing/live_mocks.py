"""LiveMock: one MockServer of a running server, as tests set it up and ask it what it was sent.

Everything is done by the management API. A route answers once `route` has returned, and the log shows every request
answered before it is asked for, so that no test has to wait.
"""

import json as json_format
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import msgspec
from msgspec import UNSET

from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import NotFound
from mockwave.model import LogEntry, Method, MockRoute, MockRouteCreate, MockServer, MockServerUpdate
from mockwave.testing.expectations import Expectation, describe_requests, explain_count

Headers = Mapping[str, str | list[str]]


class LiveMock:
    """A MockServer at `url`; `id` is its id, `server` what the API says of it, `client` calls the API."""

    def __init__(self, client: MockwaveClient, server: MockServer) -> None:
        self.client = client
        self.server = server
        self.routes: list[LiveRoute] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.delete()

    @property
    def id(self) -> str:
        return self.server.id

    @property
    def url(self) -> str:
        """Base of the mock, without a trailing slash."""
        return self.server.url

    def route(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        json: Any = UNSET,
        text: str | None = None,
        headers: Headers | None = None,
        content_type: str | None = None,
        delay_ms: int = 0,
    ) -> "LiveRoute":
        """Answers `method path` with `json`, or `text`, or nothing; a route that this mock has already is replaced.

        `path` may have parameters (`/pets/{petId}`) and a rest (`/files/**`). `headers` are names and values, or lists
        of values. Raises InvalidRequest.
        """
        body, media_type = write_body(json, text)
        fields = MockRouteCreate(
            method=cast(Method, method.upper()),
            path=path,
            status_code=status,
            response_headers=dict(headers or {}),
            response_body=UNSET if body is None else body,
            content_type=content_type or media_type or UNSET,
            delay=delay_ms,
        )
        known = next((route for route in self.routes if route.key == (fields.method, path)), None)
        if known is None:
            known = LiveRoute(self, self.client.create_route(self.id, fields))
            self.routes.append(known)
        else:
            known.replace(self.client.update_route(self.id, known.id, fields))
        return known

    def from_specification(self, specification: str | Path, **options: Any) -> Self:
        """Makes the routes of an OpenAPI document: the path of a file, or the text itself where it has several lines.

        `options` are further fields of MockServerUpdate: `validate_requests`, `dynamic`, `use_examples`, `seed`.
        Raises InvalidRequest, OSError.
        """
        is_text = isinstance(specification, str) and ("\n" in specification or specification.lstrip().startswith("{"))
        text = str(specification) if is_text else Path(specification).read_text(encoding="utf-8-sig")
        return self.configure(specification=text, **options)

    def configure(self, **changes: Any) -> Self:
        """Changes fields of the MockServer, those of MockServerUpdate. Raises InvalidRequest."""
        self.server = self.client.update_server(self.id, MockServerUpdate(**changes))
        return self

    def requests(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        status: int | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = UNSET,
        body: str | None = None,
    ) -> list[LogEntry]:
        """The requests so far, oldest first: those that meet all that is given.

        `path` as that of a route (`/pets/{petId}`) or as it was sent; `query` and `headers` name some of a request's;
        `json` is compared as a value, `body` as text.
        """
        wanted = Expectation(method, path, status, query, headers, json, body)
        return [entry for entry in self._read_log() if not wanted.find_differences(entry)]

    def assert_called(
        self,
        times: int | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = UNSET,
        body: str | None = None,
    ) -> list[LogEntry]:
        """Fails unless there were so many such requests (None: at least one), and shows those that came nearest.

        Conditions as of `requests`, whose list it returns. Raises AssertionError.
        """
        __tracebackhide__ = True
        wanted = Expectation(method, path, status, query, headers, json, body)
        log = self._read_log()
        found = [entry for entry in log if not wanted.find_differences(entry)]
        if len(found) != times if times is not None else not found:
            raise AssertionError(explain_count(wanted, times, found, log))
        return found

    def assert_all_called(self) -> None:
        """Fails unless every route that the test made has answered a request. Raises AssertionError."""
        __tracebackhide__ = True
        log = self._read_log()
        called = {entry.route_id for entry in log}
        idle = [f"  {method} {path}" for route in self.routes if route.id not in called for method, path in [route.key]]
        if idle:
            raise AssertionError("\n".join(["routes without a request:", *idle, describe_requests(log)]))

    def assert_no_unmatched(self) -> None:
        """Fails if a request found no route. Preflights of browsers need none. Raises AssertionError."""
        __tracebackhide__ = True
        unmatched = [entry for entry in self._read_log() if not entry.matched and entry.mocked_by != "preflight"]
        if unmatched:
            shown = [f"  {method} {path}" for route in self.routes for method, path in [route.key]]
            routes = ["routes that the test made:", *shown] if shown else ["the test made no route"]
            raise AssertionError("\n".join([describe_requests(unmatched, "requests that found no route"), *routes]))

    def delete(self) -> None:
        """Deletes the MockServer with its routes and its log, if it is still there."""
        try:
            self.client.delete_server(self.id)
        except NotFound:
            return

    def _read_log(self) -> list[LogEntry]:
        """Oldest first."""
        return list(self.client.iterate_logs(self.id))[::-1]


class LiveRoute:
    """A route that a test made."""

    def __init__(self, mock: LiveMock, route: MockRoute) -> None:
        self._mock = mock
        self._route = route

    @property
    def id(self) -> str:
        return self._route.id

    @property
    def key(self) -> tuple[str, str]:
        """Method and path."""
        return self._route.method, self._route.path

    @property
    def url(self) -> str:
        """The mock's base and the path as it stands, parameters included."""
        return self._mock.url + self._route.path

    @property
    def requests(self) -> list[LogEntry]:
        """The requests that it has answered, oldest first."""
        return list(self._mock.client.iterate_logs(self._mock.id, route_id=self.id))[::-1]

    def replace(self, route: MockRoute) -> None:
        """The route as it has been written anew."""
        self._route = route


def write_body(json: Any, text: str | None) -> tuple[str | None, str]:
    """A body and its media type. Raises TypeError where both are given."""
    if json is not UNSET and text is not None:
        raise TypeError("give json or text, not both")
    if json is UNSET:
        return text, "" if text is None else "text/plain; charset=utf-8"
    try:
        return json_format.dumps(json, ensure_ascii=False), ""
    except TypeError:
        return msgspec.json.encode(json).decode(), ""  # structs, dataclasses, dates
