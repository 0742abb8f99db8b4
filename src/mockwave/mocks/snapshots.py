"""Records → Snapshot: all routes of one MockServer, built and compiled for serving.

A Snapshot is immutable, and shares everything unchanged with the next one, so that a changed route costs no more than
itself. Only the answer of each record is kept, and its place in the Matcher: a server may have a hundred thousand
routes.

A custom route shadows a generated one of the same method and path, which is put back when the custom one goes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from mockwave._matcher import DuplicateRoute, Matcher, MatcherEditor
from mockwave._responder import Reply, RuledAnswer, Snapshot
from mockwave._route_numbers import RouteNumbers, read_route_id
from mockwave.mocks.base_paths import BuiltRoute, RoutesBelow
from mockwave.mocks.choices import ConsideredChoice, build_choice
from mockwave.mocks.listed_rules import ListedRules
from mockwave.mocks.quick_tests import write_tests
from mockwave.mocks.replies import SharedHeaders, build_reply
from mockwave.paths import StoredPattern, read_stored_path
from mockwave.rules.outcomes.route_templates import RouteTemplate
from mockwave.store.records import RouteRecord, ServerRecord

Answer = Reply | ConsideredChoice | RuledAnswer


class SnapshotBuilder:
    """Makes the Snapshots of one server, one after another, as its records change."""

    def __init__(self, server: ServerRecord) -> None:
        self._server = server
        self.revision = 0
        self._matcher: Matcher[Any] = Matcher([])
        self._below = RoutesBelow() if server.has_own_base_paths else None
        self._numbers = RouteNumbers()
        """The routes in the Matcher."""
        self._shadowed: dict[bytes, list[BuiltRoute]] = {}
        """By the id of a route in the Matcher: the route that it shadows."""
        self._shadowing_ids: dict[bytes, bytes] = {}
        """By the id of a route that is shadowed: the id of the one before it."""
        self._shared_headers: SharedHeaders = {}
        self._ruled_ids: set[bytes] = set()
        """The rules of routes that have some, shadowed or not."""
        self._server_rules = read_server_rules(server)

    def change(
        self,
        server: ServerRecord,
        revision: int,
        changed_routes: Sequence[RouteRecord],
        deleted_route_ids: Iterable[str],
    ) -> None:
        """Applies the changes since the previous Snapshot, up to `revision` of the store.

        A change that `needs_all_routes` needs a new builder. If this raises, the builder can no longer be used.
        """
        if server.rules != self._server.rules:
            self._server_rules = read_server_rules(server)
        editor: MatcherEditor[Any] = MatcherEditor(self._matcher)
        if self._below is not None:
            self._below.begin()
        changed_ids = [read_route_id(route.id) for route in changed_routes]
        # First everything old is removed: two routes may have changed places.
        for route_id in [*map(read_route_id, deleted_route_ids), *changed_ids]:
            self._ruled_ids.discard(route_id)
            if route_id in self._numbers or route_id in self._shadowing_ids:
                self._remove(editor, route_id)
        path, pattern = "", StoredPattern("", ())
        for route_id, route in zip(changed_ids, changed_routes, strict=True):
            if route.path != path:  # the methods of one path stand side by side
                path, pattern = route.path, read_stored_path(route.path, route.path_key)
            answer = self._build_answer(route, route_id, server)
            try:
                number = editor.add(route.method, pattern, answer, route.position)
            except DuplicateRoute:
                self._add(editor, built_route(route, route_id, pattern, answer))
            else:
                self._numbers.put(route_id, number)
                if self._below is not None:
                    self._below.put(built_route(route, route_id, pattern, answer))
        self._matcher = editor.finish()
        if self._below is not None:
            self._below.finish()
        self._server = server
        self.revision = revision

    def _build_answer(self, route: RouteRecord, route_id: bytes, server: ServerRecord) -> Answer:
        template = find_template(route)
        if template is not None:
            # The answer to its preflights, which try no rules: nothing that would have to be rendered.
            route = msgspec.structs.replace(route, headers=(), body=b"")
        reply = build_reply(route, route_id, server.cors, self._shared_headers)
        answer = reply if route.variants is None else build_choice(route, reply, server)
        if not route.rules and template is None:
            return answer
        self._ruled_ids.add(route_id)
        rules = ListedRules(route.rules, route_id, of_server=False, template=template)
        # If the route has its own template, compiled code does not answer it, whatever its rules decide.
        is_told = template is None and not rules.is_long
        return RuledAnswer(answer, rules, write_tests(route.rules) if is_told else None)

    def _add(self, editor: MatcherEditor[Any], route: BuiltRoute) -> None:
        try:
            number = editor.add(route.method, route.pattern, route.answer, route.position)
        except DuplicateRoute as conflict:
            first_id = self._numbers.id_of(conflict.first)
            if route.generated:
                self._shadow(first_id, [route])
                return
            names, position = editor.parameter_names_of(conflict.first), editor.position_of(conflict.first)
            pattern = StoredPattern(route.pattern.key, names)
            answer = editor.remove(self._numbers.pop(first_id))
            base_paths = None if self._below is None else self._below.remove(first_id)
            first = BuiltRoute(first_id, True, route.method, pattern, answer, position, base_paths)
            self._shadow(route.id, [first, *self._shadowed.pop(first_id, ())])
            number = editor.add(route.method, route.pattern, route.answer, route.position)
        self._numbers.put(route.id, number)
        if self._below is not None:
            self._below.put(route)

    def _shadow(self, shadowing_id: bytes, routes: list[BuiltRoute]) -> None:
        self._shadowed.setdefault(shadowing_id, []).extend(routes)
        for route in routes:
            self._shadowing_ids[route.id] = shadowing_id

    def _remove(self, editor: MatcherEditor[Any], route_id: bytes) -> None:
        """Removes a known route, and puts back the route that it shadowed."""
        shadowing_id = self._shadowing_ids.pop(route_id, None)
        if shadowing_id is not None:
            self._shadowed[shadowing_id] = [route for route in self._shadowed[shadowing_id] if route.id != route_id]
            return
        editor.remove(self._numbers.pop(route_id))
        if self._below is not None:
            self._below.remove(route_id)
        for route in self._shadowed.pop(route_id, ()):
            del self._shadowing_ids[route.id]
            self._add(editor, route)

    def needs_all_routes(self, server: ServerRecord) -> bool:
        """Whether the change to `server` takes a new builder with all routes."""
        return parts_of_snapshots(server) != parts_of_snapshots(self._server)

    @property
    def has_twins(self) -> bool:
        """Whether any further change needs a new builder: of two routes that are the same below a base path, one was
        left out there."""
        return self._below is not None and self._below.has_twins

    def build(self) -> Snapshot:
        """Builds the Snapshot of the current routes."""
        below = self._below
        return Snapshot(
            self._matcher,
            self._server,
            self.revision,
            None if below is None else below.at_root,
            None if below is None else below.prefixed,
            self._server_rules,
            bool(self._ruled_ids),
        )


def find_template(route: RouteRecord) -> RouteTemplate | None:
    """The template of the route's own answer; None if the answer is the same each time."""
    if not route.template:
        return None
    template = RouteTemplate(
        dialect=route.template,
        status=route.status_code,
        headers=route.headers,
        content_type=route.content_type,
        body=route.body,
        delay_ms=route.delay_ms,
    )
    return template if template.has_tags else None


def built_route(route: RouteRecord, route_id: bytes, pattern: StoredPattern, answer: Answer) -> BuiltRoute:
    return BuiltRoute(route_id, route.generated, route.method, pattern, answer, route.position, route.base_paths)


def read_server_rules(server: ServerRecord) -> RuledAnswer | None:
    if not server.rules:
        return None
    owner = bytes.fromhex(server.id.removeprefix("mock_"))
    rules = ListedRules(server.rules, owner, of_server=True)
    return RuledAnswer(None, rules, None if rules.is_long else write_tests(server.rules))


def parts_of_snapshots(server: ServerRecord) -> tuple[object, ...]:
    """The fields of a server that affect each of its answers, or how its routes are kept."""
    return server.cors, server.dynamic, server.seed, server.validate_requests, server.has_own_base_paths
