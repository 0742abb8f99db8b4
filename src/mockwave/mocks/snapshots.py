"""Records → Snapshot: all routes of one MockServer, parsed, built and compiled for serving.

A Snapshot is immutable. What it was made of is kept beside it, so that a changed route costs its own parsing and one
build of the Matcher, not the parsing of all the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mockwave._matcher import Matcher
from mockwave._responder import Choice, Reply, Snapshot
from mockwave.mocks.choices import ConsideredChoice, build_choice
from mockwave.mocks.cross_origin import Headers
from mockwave.mocks.replies import build_reply
from mockwave.paths import PathPattern, parse_path
from mockwave.store.records import RouteRecord, ServerRecord


@dataclass(frozen=True, slots=True)
class BuiltRoute:
    """A route ready to be put into a Matcher; of its record only what decides between routes is kept."""

    position: int
    generated: bool
    method: str
    pattern: PathPattern
    answer: Reply | Choice | ConsideredChoice


class SnapshotBuilder:
    """Makes the Snapshots of one server, one after the other, as its records change."""

    def __init__(self, server: ServerRecord) -> None:
        self._server = server
        self.revision = 0
        self._routes: dict[str, BuiltRoute] = {}
        self._shared_headers: dict[Headers, Headers] = {}

    def change(
        self,
        server: ServerRecord,
        revision: int,
        changed_routes: Iterable[RouteRecord],
        deleted_route_ids: Iterable[str],
    ) -> None:
        """Takes over what changed since the Snapshot before, up to `revision` of the store.

        A server of which `cors`, `dynamic`, `seed` or `validate_requests` changed needs all of its routes in
        `changed_routes`, for they are part of each answer.
        """
        for route_id in deleted_route_ids:
            self._routes.pop(route_id, None)
        for route in changed_routes:
            self._routes[route.id] = BuiltRoute(
                route.position,
                route.generated,
                route.method,
                parse_path(route.path),
                self._build_answer(route, server),
            )
        self._server = server
        self.revision = revision

    def _build_answer(self, route: RouteRecord, server: ServerRecord) -> Reply | Choice | ConsideredChoice:
        reply = build_reply(route, server.cors, self._shared_headers)
        if route.variants is None:
            return reply
        return build_choice(route, reply, server)

    def needs_all_routes(self, server: ServerRecord) -> bool:
        return parts_of_answers(server) != parts_of_answers(self._server)

    def build(self) -> Snapshot:
        """The Snapshot of what is known now. A custom route shadows a generated one of the same method and path."""
        custom = {(route.method, route.pattern.key) for route in self._routes.values() if not route.generated}
        serving = [
            route
            for route in self._routes.values()
            if not route.generated or (route.method, route.pattern.key) not in custom
        ]
        serving.sort(key=lambda route: route.position)
        matcher: Matcher[Any] = Matcher([(route.method, route.pattern, route.answer) for route in serving])
        return Snapshot(matcher, self._server, self.revision)


def parts_of_answers(server: ServerRecord) -> tuple[object, ...]:
    """What of a server is part of each of its answers."""
    return server.cors, server.dynamic, server.seed, server.validate_requests
