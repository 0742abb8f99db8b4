"""Stubs, in order of precedence → routes with rules: the same stub answers a request there and here.

Elsewhere the first stub of one list that fits a request answers it. Here rules of the server come first, then the route
with the most precise path, its rules in their order, and then its own fields. So, method by method:

1. A stub whose path no pattern can say becomes a rule of the server.
2. What stands before such a rule, and may answer a request that it would take, becomes one too. If the rule has no
   state, and takes every request to the path of a route, it leaves that path out instead, and stands among the rules of
   that route in its order (`shared_stubs.py`): the route stays one.
3. A stub for more paths (`/a/{x}`) that stands before one for fewer (`/a/b`) has to be asked first: it is a rule of the
   server as well, or, where it has no condition, the end of the other, which nothing reaches.
4. All that is left on one path becomes one route: its rules, and after them those of the stubs for more paths, which
   answer where its own do not. The first of them without a condition ends the list; it is the route's own answer. Where
   there is none, the route answers 404, as a tool does that has no stub for a request.

Two patterns of which neither takes all paths of the other are left to the order of the Matcher.
"""

import json
import re
from bisect import bisect_left, bisect_right
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.covering import as_operator
from mockwave.formats.stubs.settling import Settling
from mockwave.formats.stubs.shared_stubs import EVERY_PATH, StubPaths
from mockwave.formats.stubs.stub_responses import Response, as_utf8, encode_text
from mockwave.formats.stubs.stubs import (
    MAXIMUM_NAME_BYTES,
    Condition,
    Stub,
    all_of,
    any_of,
    asked_parameters,
    printable,
)
from mockwave.model import METHODS, MOST_RULES
from mockwave.paths import PathError, PathPattern, SegmentKind, parse_path

NO_STUB: Final = Response(
    status_code=404, body=b"No stub of this path answers this request.\n", content_type="text/plain"
)

MAXIMUM_ROUTED: Final = 200_000
"""The most rules of all routes: a stub for many paths is one of each route whose path it matches. And the most paths
that rules of the server leave to routes."""

encode_rules = msgspec.json.Encoder().encode


class Arranged(msgspec.Struct):
    """The routes made from stubs; the server's rules as JSON text, with the place of each; and the number of all
    rules."""

    routes: list[ImportedRoute]
    rules: bytes
    rule_pointers: list[str]
    rule_count: int

    def as_server(self, name: str, pointer: str = "", **rest: Any) -> ImportedServer:
        """The mock server that has them, with what else is said of it."""
        return ImportedServer(
            name=name,
            pointer=pointer,
            routes=self.routes,
            rules=self.rules,
            rule_pointers=self.rule_pointers,
            rule_count=self.rule_count,
            **rest,
        )


def arrange_stubs(stubs: list[Stub], notes: Notes) -> Arranged:
    """Returns the routes and rules made from the stubs."""
    usable = [stub for stub in stubs if _is_usable(stub, notes)]
    arrangement = _Arrangement(usable, notes)
    while not arrangement.settle_all():
        pass  # it ends: each round makes at least one more stub a rule of the server
    arrangement.route_all()
    routes = arrangement.take_routes()
    server_rules = arrangement.take_server_rules()
    _note_made(usable, arrangement, notes)
    return Arranged(
        routes,
        encode_rules([rule for rule, _ in server_rules]) if server_rules else b"",
        [pointer for _, pointer in server_rules],
        sum(len(route.rule_pointers) for route in routes) + len(server_rules),
    )


def _is_usable(stub: Stub, notes: Notes) -> bool:
    if not stub.methods:
        return False
    reason = notes.excluded.get(stub.pointer)
    if reason is not None:
        notes.leave_out(stub.pointer, reason)
        return False
    if stub.path is None:
        return True
    try:
        names = parse_path(stub.path).parameter_names
    except PathError as error:
        notes.leave_out(stub.pointer, str(error))
        return False
    for name in asked_parameters(stub.when):
        if name not in names:
            notes.leave_out(stub.pointer, f"asks for the parameter {name[:60]!r}, which its path does not have")
            return False
    return True


def _belongs_to_server(stub: Stub) -> bool:
    """Whether a stub is a rule of the server wherever it stands: one for every path, which is also asked where there is
    no route; and one that counts what it answers, and would do so for each method apart."""
    if stub.path is None:
        return True
    if stub.path == EVERY_PATH:
        return stub.is_conditional
    return stub.has_state and len(stub.methods) > 1


def _note_made(stubs: list[Stub], arrangement: "_Arrangement", notes: Notes) -> None:
    made = {stubs[index].pointer for index in arrangement.reached}
    for index, stub in enumerate(stubs):
        if index not in arrangement.reached:
            if stub.pointer in made:
                continue  # one of several paths of an entry
            notes.leave_out(stub.pointer, "nothing reaches it: what stands before it answers all of its requests")
            continue
        shown = "ANY" if len(stub.methods) == len(METHODS) else "/".join(stub.methods)
        where = stub.path or (f"paths that are {json.dumps(stub.path_operator)}" if stub.path_operator else "any path")
        notes.add_made(stub.pointer, f"{shown} {where}")


class _Arrangement:
    """Turns stubs into routes and rules."""

    def __init__(self, stubs: list[Stub], notes: Notes) -> None:
        self._stubs = stubs
        self._notes = notes
        self._paths = StubPaths(stubs)
        self._settled: dict[str, Settling] = {}  # by method
        self._of_server: dict[int, list[str]] = {}  # stub → methods in which it is a rule of the server
        self._routes: dict[tuple[str, str], list[int]] = {}  # method and path key → its stubs, the first that win
        self._left_to_routes: dict[int, dict[str, list[str]]] = {}  # rule of the server → path keys → methods
        self._routed = 0  # rules of all routes
        self._left = 0  # paths that rules of the server leave to routes
        self.reached: set[int] = set()
        self._forced = {index for index, stub in enumerate(stubs) if _belongs_to_server(stub)}

    def settle_all(self) -> bool:
        """Decides which stubs are rules of the server. False if it has to be decided anew: a stub that is a rule of
        the server for one method is one for all of its methods."""
        self._of_server.clear()
        for method in METHODS:
            own = [index for index, stub in enumerate(self._stubs) if method in stub.methods]
            settled = self._settled[method] = Settling(own, self._forced, self._paths)
            settled.settle()
            for index in sorted(settled.on_server - settled.dropped):
                self._of_server.setdefault(index, []).append(method)
        found = set(self._of_server)
        is_settled = found == self._forced or all(
            len(methods) == len(self._stubs[index].methods) for index, methods in self._of_server.items()
        )
        self._forced |= found
        return is_settled

    def route_all(self) -> None:
        """Decides which stubs each route asks. Raises SpecificationError if they are too many."""
        for method in METHODS:
            self._route(method, self._settled.pop(method))

    def _route(self, method: str, settled: Settling) -> None:
        """Decides what the routes of one method ask: their own stubs, those for more paths, and rules of the server."""
        lefts = {group.key: left for group in settled.groups.values() if (left := settled.left_of(group))}
        offered = {key: self._offered(left) for key, left in lefts.items()}
        candidates = sorted(index for index in settled.on_server - settled.dropped if self._paths.can_be_shared(index))
        for key, left in lefts.items():
            covering = [broader.key for broader in settled.groups[key].covering if broader.key in lefts]
            own = self._until_end(left)
            end = own[-1] if self._paths.ends_others(own[-1]) else len(self._stubs)
            asked = set(own)
            for name in covering:
                others = offered[name]
                asked.update(others[bisect_right(others, left[0]) : bisect_left(others, end)])
            # Rules of the server stand among the rules of a route if they are after its first stub; or after that of a
            # route for more paths, which the rule leaves to routes.
            first = min([left[0], *(lefts[name][0] for name in covering)])
            for index in candidates[bisect_right(candidates, first) :]:
                if self._paths.is_shared(index, self._paths.by_key[key]):
                    self._left_to_routes.setdefault(index, {}).setdefault(key, []).append(method)
                    self._left += 1
                    asked.add(index)
            self._routes[method, key] = self._until_end(sorted(asked))
            self._routed += len(self._routes[method, key])
            if max(self._routed, self._left) > MAXIMUM_ROUTED:
                message = (
                    "stubs for many paths have to be rules of each route whose path they match, more than "
                    f"{MAXIMUM_ROUTED} in all, the most that are made; split the file, or leave some out"
                )
                refuse("", message)

    def _offered(self, left: list[int]) -> list[int]:
        """Returns those of a route's stubs that routes for fewer paths ask as well: they do not have its parameters."""
        return self._until_end([index for index in left if not self._paths.names_parameters[index]])

    def _until_end(self, indices: list[int]) -> list[int]:
        """Returns the stubs up to the first that ends the others."""
        for place, index in enumerate(indices, 1):
            if self._paths.ends_others(index):
                return indices[:place]
        return indices

    def take_server_rules(self) -> list[tuple[dict[str, Any], str]]:
        """Returns the rules of the server, each with the pointer of its stub."""
        names: dict[str, int] = {}
        rules: list[tuple[dict[str, Any], str]] = []
        for index, of_server in sorted(self._of_server.items()):
            stub = self._stubs[index]
            if len(rules) == MOST_RULES:
                self._notes.leave_out(stub.pointer, f"a mock server has at most {MOST_RULES} rules")
                continue
            self.reached.add(index)
            methods = [each for each in of_server if each not in self._methods_of_route(index)]
            if not methods:
                continue
            if stub.path is not None:
                stub = by_segments(stub, self._paths.patterns[stub.path])
            if any(PARAMETERS in response.body for response in stub.responses if response.template):
                message = "names parameters of its path, which a template of a rule for all paths does not have"
                self._notes.change(stub.pointer, message)
            when = all_of(self._where(stub, methods), stub.when, stub.unless_alone, self._elsewhere(index, methods))
            rules.append((stub.as_rule(unique_name(stub, names), when), stub.pointer))
        return rules

    def _where(self, stub: Stub, methods: list[str]) -> Condition:
        """Returns the condition on the method and the path of a stub."""
        method: Condition = {} if len(methods) == len(METHODS) else any_of([{"method": each} for each in methods])
        path: Condition
        if stub.path is None or stub.path == EVERY_PATH:
            path = {} if stub.path_operator is None else {"path": stub.path_operator}
        elif stub.names_parameters:
            path = {"path": stub.path}  # the pattern has the parameters, an operator on the whole path has none
        else:
            path = {"path": as_operator(self._paths.patterns[stub.path])}
        return all_of(path, method)

    def _methods_of_route(self, index: int) -> list[str]:
        """The methods in which a rule of the server leaves its own path to a route, so that nothing is left for it."""
        path = self._stubs[index].path
        return [] if path is None else self._left_to_routes.get(index, {}).get(self._paths.patterns[path].key, [])

    def _elsewhere(self, index: int, of_server: list[str]) -> Condition:
        """Returns the condition that a request is not to a route that asks this rule itself."""
        by_methods: dict[tuple[str, ...], list[Condition]] = {}
        for key, methods in self._left_to_routes.get(index, {}).items():
            asked = tuple(each for each in methods if each in of_server)
            if asked:
                by_methods.setdefault(asked, []).append(as_operator(self._paths.by_key[key]))
        conditions = []
        for names, operators in by_methods.items():
            paths: Condition = {"path": operators[0] if len(operators) == 1 else {"or": operators}}
            is_for_all = set(of_server) <= set(names)
            conditions.append(paths if is_for_all else all_of(paths, any_of([{"method": each} for each in names])))
        return {"not": any_of(conditions)} if conditions else {}

    def take_routes(self) -> list[ImportedRoute]:
        order = {(method, key): indices[0] for (method, key), indices in self._routes.items()}
        return [
            self._make_route(method, self._routes[method, key])
            for method, key in sorted(order, key=lambda each: order[each])
        ]

    def _make_route(self, method: str, indices: list[int]) -> ImportedRoute:
        first = self._stubs[indices[0]]
        assert first.path is not None
        pattern = self._paths.patterns[first.path]
        self.reached.update(index for index in indices if self._stubs[index].path is not None)
        answer = NO_STUB
        names: dict[str, int] = {}
        rules: list[dict[str, Any]] = []
        pointers: list[str] = []
        for index in indices:
            stub = self._stubs[index]
            is_last = index == indices[-1]
            own = (
                stub.when if stub.path is not None else {key: each for key, each in stub.when.items() if key != "path"}
            )
            when = own if is_last else all_of(own, stub.unless_alone)
            if is_last and stub.unless_alone:
                self._notes.change(stub.pointer, f"answers whatever {stub.unasked} of a request is")
            if is_last and not stub.is_conditional:
                answer = stub.responses[0]
                if stub.is_plain:
                    break
            if len(rules) == MOST_RULES:
                self._notes.leave_out(stub.pointer, f"{method} {pattern.text} has {MOST_RULES} rules already, the most")
                continue
            rules.append(stub.as_rule(unique_name(stub, names), when))
            pointers.append(stub.pointer)
        return ImportedRoute(
            pointer=first.pointer,
            method=method,
            path=pattern.text,
            path_key=pattern.key,
            status_code=answer.status_code,
            headers=answer.headers,
            body=answer.body,
            content_type=answer.content_type,
            delay_ms=answer.delay if isinstance(answer.delay, int) else 0,
            rules=encode_rules(rules) if rules else b"",
            rule_pointers=pointers,
            id=first.id,
        )


PARAMETERS: Final = b"request.pathParameters"
_PARAMETER = re.compile(r'request\.pathParameters(?:\.([A-Za-z_]\w*)|\["([^"]*)"\])')


def by_segments(stub: Stub, pattern: PathPattern) -> Stub:
    """The stub as a rule of the server, whose templates have no parameters: by the segments that those stand for."""
    places = {
        segment.names[0]: index
        for index, segment in enumerate(pattern.segments)
        if segment.kind is SegmentKind.PARAMETER
    }

    def replace(match: re.Match[str]) -> str:
        place = places.get(match[1] or match[2])
        return match[0] if place is None else f"request.pathSegments[{place}]"

    responses = []
    for response in stub.responses:
        text = as_utf8(response.body) if response.template else None
        if text is not None and PARAMETERS in response.body:
            response = msgspec.structs.replace(response, body=encode_text(_PARAMETER.sub(replace, text)))
        if response.template:
            headers = tuple((name, _PARAMETER.sub(replace, value)) for name, value in response.headers)
            response = msgspec.structs.replace(response, headers=headers)
        responses.append(response)
    return msgspec.structs.replace(stub, responses=responses)


def unique_name(stub: Stub, taken: dict[str, int]) -> str:
    """Returns a unique rule name: the stub's name or its place, made distinct from the names `taken`, which are kept
    with the number to try next."""
    wanted = printable(stub.name) or stub.pointer.rpartition("#")[2] or "stub"
    # Names that begin so are those of the log.
    wanted = wanted.lstrip("#").removeprefix("server:") or "stub"
    wanted = wanted.encode()[:MAXIMUM_NAME_BYTES].decode(errors="ignore")
    number = taken.get(wanted, 1)
    name = wanted
    while name in taken:
        number += 1
        ending = f" {number}"
        name = wanted.encode()[: MAXIMUM_NAME_BYTES - len(ending)].decode(errors="ignore") + ending
    taken[wanted] = number
    taken.setdefault(name, 1)
    return name
