"""LiveMock: one MockServer of a running server, as tests set it up and ask it what it was sent.

Everything is done by the management API. A route answers once `route` has returned, and the log shows every request
answered before it is asked for, so that no test has to wait.
"""

import json as json_format
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec
from msgspec import UNSET

from mockwave.client.errors import NotFound
from mockwave.client.plain_client import PlainClient
from mockwave.model import LogEntry, Method, MockRoute, MockRouteCreate, MockServer, MockServerUpdate, RuleObject
from mockwave.testing.expectations import Expectation, describe_requests, explain_count
from mockwave.testing.written_rules import Matchers, name_rule, write_answer, write_condition

if TYPE_CHECKING:
    from mockwave.client.clients import MockwaveClient

Headers = Mapping[str, str | list[str]]


class LiveMock:
    """A MockServer at `url`; `id` is its id, `server` what the API says of it, `client` calls the API."""

    def __init__(self, calls: PlainClient, server: MockServer, find_client: Callable[[], "MockwaveClient"]) -> None:
        """`calls` are what it makes itself, `find_client` is for those who ask for `client`."""
        self.calls = calls
        self.server = server
        self._find_client = find_client
        self.routes: list[LiveRoute] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.delete()

    @property
    def id(self) -> str:
        return self.server.id

    @property
    def client(self) -> "MockwaveClient":
        """Calls the management API of the server that the mock lives in."""
        return self._find_client()

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
            known = LiveRoute(self, self.calls.create_route(self.id, fields))
            self.routes.append(known)
        else:
            known.replace(self.calls.update_route(self.id, known.id, fields))
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
        self.server = self.calls.update_server(self.id, MockServerUpdate(**changes))
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
        """Fails unless every route that the test made, and each of its conditions, has answered a request. Raises
        AssertionError."""
        __tracebackhide__ = True
        log = self._read_log()
        called = {entry.route_id for entry in log}
        held = {(entry.route_id, entry.rule) for entry in log}
        idle = []
        for route in self.routes:
            method, path = route.key
            if route.id not in called:
                idle.append(f"  {method} {path}")
            names = [rule["name"] for rule in route.rules if (route.id, rule["name"]) not in held]
            idle += [f"  {method} {path}, condition {name}" for name in names]
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
            self.calls.delete_server(self.id)
        except NotFound:
            return

    def _read_log(self) -> list[LogEntry]:
        """Oldest first."""
        return list(self.calls.iterate_logs(self.id))[::-1]


class LiveRoute:
    """A route that a test made."""

    def __init__(self, mock: LiveMock, route: MockRoute) -> None:
        self._mock = mock
        self._route = route
        self.rules: list[RuleObject] = []

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
        return list(self._mock.calls.iterate_logs(self._mock.id, route_id=self.id))[::-1]

    def replace(self, route: MockRoute) -> None:
        """The route as it has been written anew, without rules."""
        self._route = route
        self.rules = []

    def when(
        self,
        *,
        query: Matchers | None = None,
        headers: Matchers | None = None,
        cookies: Matchers | None = None,
        form: Matchers | None = None,
        path_parameters: Matchers | None = None,
        json: Any = UNSET,
        body: Any = None,
        name: str = "",
        **others: Any,
    ) -> "LiveCondition":
        """A condition on the request, to be followed by what it is answered with:

            mock.route("GET", "/pets", json=[]).when(query={"page": "2"}).respond(status=404)

        Values are texts to be equal to, or operators (`{"matches": "[0-9]+"}`); `json` is what the body has to be as a
        value; `others` are further fields of a `when` (docs/rules.md): `basicAuth`, `all`, `any`, …. The first
        condition that holds answers, in the order of their making; if none does, the route's own answer goes out.
        """
        condition = write_condition(
            query=query,
            headers=headers,
            cookies=cookies,
            form=form,
            path_parameters=path_parameters,
            json=json,
            body=body,
            others=others,
        )
        return LiveCondition(self, condition, name_rule(self.rules, name))

    def add_rule(self, rule: RuleObject) -> Self:
        """Adds a rule as the API has it (docs/rules.md), after those that are there. Raises InvalidRequest."""
        rules = [*self.rules, rule]
        self._mock.calls.update_route_rules(self._mock.id, self.id, rules)
        self.rules = rules
        return self


class LiveCondition:
    """A condition of a route, which waits for its answer."""

    def __init__(self, route: LiveRoute, condition: dict[str, Any], name: str) -> None:
        self._route = route
        self._condition = condition
        self._name = name

    def respond(
        self,
        *,
        status: int = 200,
        json: Any = UNSET,
        text: str | None = None,
        headers: Headers | None = None,
        content_type: str | None = None,
        delay_ms: int = 0,
        **others: Any,
    ) -> LiveRoute:
        """What is answered while the condition holds; returns the route, for further conditions.

        `others` are further fields of a rule's `then`, such as `fault` or `sequence`. Raises InvalidRequest.
        """
        body, media_type = write_body(json, text)
        answer = write_answer(status, body, content_type or media_type, headers, delay_ms)
        return self._route.add_rule({"name": self._name, "when": self._condition, "then": {**answer, **others}})


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
