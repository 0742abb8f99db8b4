"""Rules tried on one request: those of the server, then those of the route, then the answer without rules.

    rule_on        at once, for a plain hit: by the responder, if nothing has to be waited for
    decide         on the long way: reads the rules first, and moves slow conditions to another process
    reply_of       the Reply of the Decision, unless it leaves the answer to the route
    mark           the route's answer, as changed by a rule that leaves the answer to it

Trying rules may change counters and states, which happens once for each request: taken steps are remembered
(`TakenSteps`), since the rules may have to be tried again. If a rule answers, the request is not checked against the
document.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from mockwave._matcher import Match
from mockwave._responder import Reply, RuledAnswer, Snapshot
from mockwave.judging.judge import Judge
from mockwave.judging.judging_messages import Judgment
from mockwave.mocks.choices import AnyChoice
from mockwave.mocks.kept_lists import KeptLists
from mockwave.mocks.listed_rules import ListedRules
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.rendered_replies import (
    Renders,
    build_rendered,
    make_context,
    refuse_rendering,
    render_here,
    templates_of,
)
from mockwave.mocks.replies import build_problem_reply
from mockwave.mocks.ruled_replies import (
    choose_declared,
    empty_reply,
    find_static_reply,
    mark_reply,
)
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.rules.outcomes.answers import DeclaredAnswer, NoAnswer, StaticAnswer, TemplatedAnswer
from mockwave.rules.request_view import LONG_CHARACTERS, MANY_VALUES, RequestView
from mockwave.rules.rule_reading import RuleFaults
from mockwave.rules.rules import Decision, RuleSet
from mockwave.state.states import STARTED, StateBusy, States, Step
from mockwave.templates import TemplateError
from mockwave.validation.check_limits import BODY_BYTES_ON_LOOP, TooLongForLoop

Headers = list[tuple[bytes, bytes]]


class Asked(Struct, frozen=True, eq=False):
    """The rules for a request: those of its server and of its route. `route_answer` is the route's answer without them,
    None if no route matches; `path_parameters` are those of its path."""

    lists: tuple[ListedRules, ...]
    route_answer: Reply | AnyChoice | None
    path_parameters: Mapping[str, str]

    @property
    def may_read_body(self) -> bool:
        return any(listed.may_read_body for listed in self.lists)

    @property
    def route_id(self) -> bytes:
        answer = self.route_answer
        if answer is None:
            return b""
        return answer.route_id if isinstance(answer, Reply) else answer.default.route_id


class TakenSteps:
    """The shared state as one request changes it: each step is taken once, however often it is requested."""

    __slots__ = ("_states", "_taken")

    def __init__(self, states: States) -> None:
        self._states = states
        self._taken: dict[object, Any] = {}

    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes, /) -> tuple[int, int] | None:
        question = id(step), owner, key
        if question not in self._taken:
            self._taken[question] = self._states.advance(step, server_id, owner, key)
        turn: tuple[int, int] | None = self._taken[question]
        return turn

    def count(
        self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes, /
    ) -> tuple[bool, int, int]:
        question = rule, owner, key
        if question not in self._taken:
            self._taken[question] = self._states.count(rule, limit, window_ms, server_id, owner, key)
        counted: tuple[bool, int, int] = self._taken[question]
        return counted

    def read_state(self, scenario: str, server_id: bytes, key: bytes, /) -> str | None:
        return self._states.read_state(scenario, server_id, key)


class Rulings:
    """Tries rules, in one worker. `engine_faults` are the faults that its engine can do."""

    def __init__(
        self,
        states: States,
        engine_faults: Collection[str],
        renderer: Renders,
        judge: Judge,
        count_answered: Callable[[], int],
    ) -> None:
        self._states = states
        self._renderer = renderer
        self._judge = judge
        self._engine_faults = engine_faults
        self._count_answered = count_answered
        self._kept = KeptLists()

    # At once

    def rule_on(
        self,
        snapshot: Snapshot,
        ruled: RuledAnswer | None,
        route_reply: Reply,
        method: str,
        path: bytes,
        query: bytes,
        headers: Headers,
        body: bytes,
        client: str,
    ) -> Reply | None:
        """Returns the Reply to a request that gets `route_reply` without rules; None, with nothing done, if deciding
        takes longer."""
        lists: list[ListedRules] = []
        if snapshot.rules is not None:
            lists.append(snapshot.rules.rules)
            take_tests(snapshot.rules)
        if ruled is not None:
            lists.append(ruled.rules)
            take_tests(ruled)
        parameters: Mapping[str, str] = NO_PARAMETERS
        has_state = may_take_longer = False
        for listed in lists:
            rules = listed.read_here()
            if rules is None:
                return None
            has_state = has_state or listed.has_state
            may_take_longer = may_take_longer or listed.has_long_answers or rules.needs_body or rules.is_costly
            if has_state and may_take_longer:  # it would have to be asked again, which changes state twice
                return None
            if rules.needs_body and len(body) > BODY_BYTES_ON_LOOP:
                return None
            if listed.names_parameters and not parameters:
                found = snapshot.match(method, path)
                parameters = found.parameters() if isinstance(found, Match) else parameters
        if has_state and is_long_head(path, query, headers):  # as above: to ask about it may take longer
            return None
        view = RequestView(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            client=client,
            path_parameters=parameters,
            is_on_loop=True,
        )
        try:
            decision = self._decide(snapshot.server_id, lists, view, self._states)
            if decision is None:
                return route_reply
            answer = decision.answer
            route_id, cors = route_reply.route_id, snapshot.answers_cors
            if isinstance(answer, StaticAnswer):
                reply = find_static_reply(answer, decision, route_id, cors, self._engine_faults)
                if ruled is not None and ruled.has_tests:
                    keep_reply(ruled, decision, reply)
                return reply
            if isinstance(answer, DeclaredAnswer):
                return None
            if isinstance(answer, TemplatedAnswer):
                rendered = self._render_here(snapshot, lists, route_id, answer, decision, view)
                return None if rendered is None else self.mark(snapshot, rendered, decision)
            if isinstance(answer, NoAnswer):
                route_reply = empty_reply(route_id)
            return self.mark(snapshot, route_reply, decision)
        except (TooLongForLoop, StateBusy):
            return None

    def _decide(
        self, server_id: bytes, lists: Sequence[ListedRules], view: RequestView, states: States
    ) -> Decision | None:
        """Decides by the lists, which have been read."""
        decision: Decision | None = None
        for listed in lists:
            rules = listed.read_here()
            assert rules is not None
            decision = rules.decide(view, states, server_id, listed.owner, decision)
            if decision is not None and not decision.goes_on:
                break
        return lists[-1].leave_to_route(decision)

    def _render_here(
        self,
        snapshot: Snapshot,
        lists: Sequence[ListedRules],
        route_id: bytes,
        answer: TemplatedAnswer,
        decision: Decision,
        view: RequestView,
    ) -> Reply | None:
        context = make_context(decision, view, self._states_of(snapshot.server_id, lists, decision))
        cors = snapshot.answers_cors
        try:
            texts = render_here(answer, context)
            return None if texts is None else build_rendered(answer, texts, decision, route_id, cors)
        except TemplateError as fault:
            return build_problem_reply(refuse_rendering(decision, fault), cors, route_id)
        except Refusal as refusal:
            return build_problem_reply(refusal, cors, route_id)

    def _states_of(self, server_id: bytes, lists: Sequence[ListedRules], decision: Decision) -> Mapping[str, str]:
        """The state of each scenario in the rules, for the key of this request."""
        names = {name for listed in lists for name in listed.scenarios}
        return {name: self._states.read_state(name, server_id, decision.key) or STARTED for name in names}

    # On the long way

    def find_asked(self, snapshot: Snapshot, request: MockRequest) -> Asked | None:
        """Finds the rules for the request; None if there are none."""
        if snapshot.rules is None and not snapshot.has_ruled_routes:
            return None
        found = snapshot.match(request.method, request.path)
        value = found.value if isinstance(found, Match) else None
        ruled = value if isinstance(value, RuledAnswer) else None
        lists = tuple(each.rules for each in (snapshot.rules, ruled) if each is not None)
        if not lists:
            return None
        parameters = found.parameters() if isinstance(found, Match) else NO_PARAMETERS
        return Asked(lists, value if ruled is None else ruled.default, parameters)

    async def decide(
        self, snapshot: Snapshot, asked: Asked, request: MockRequest, client: str
    ) -> tuple[Decision | None, RequestView]:
        """Returns what the rules decide, and the request as they saw it. Raises Refusal if they cannot be tried."""
        rules = await self._read_all(asked.lists)
        reads_body = any(each.needs_body for each in rules)

        def see(is_on_loop: bool) -> RequestView:
            return RequestView(
                method=request.method,
                path=request.path,
                query=request.query,
                headers=request.headers,
                body=request.body,
                client=client,
                path_parameters=asked.path_parameters,
                is_on_loop=is_on_loop,
            )

        taken = TakenSteps(self._states)
        try:
            view = see(True)
            try:
                if len(request.body) <= BODY_BYTES_ON_LOOP or not reads_body:
                    return self._decide(snapshot.server_id, asked.lists, view, taken), view
            except TooLongForLoop:
                pass
            view = see(False)
            given = [listed.given for listed in asked.lists]
            judgments = await self._judge.judge(snapshot.server.id, given, view)
            await self._read_all(asked.lists)
            return self._decide_as_told(snapshot.server_id, asked.lists, judgments, taken), view
        except StateBusy as busy:
            raise Refusal(503, "state-busy", f"rules: {busy}", headers=[(b"retry-after", b"1")]) from busy

    async def _read_all(self, lists: Sequence[ListedRules]) -> list[RuleSet]:
        """The rules of all lists, which are at hand until something is waited for. Raises Refusal."""
        while True:
            for listed in lists:
                try:
                    await listed.read(Pauses(self._count_answered))
                except RuleFaults as fault:
                    raise refuse_unreadable(listed, fault) from None
                self._kept.keep(listed)
            found = [listed.read_here() for listed in lists]
            # While one was read, others may have been too, so that an earlier one is forgotten.
            if all(rules is not None for rules in found):
                return [rules for rules in found if rules is not None]

    def _decide_as_told(
        self, server_id: bytes, lists: Sequence[ListedRules], judgments: Sequence[Judgment], states: States
    ) -> Decision | None:
        """Like `_decide`, with the findings of another process."""
        decision: Decision | None = None
        for listed, judgment in zip(lists, judgments, strict=True):
            rules = listed.read_here()
            assert rules is not None
            decision = rules.decide_as_told(judgment.numbers, judgment.keys, states, server_id, listed.owner, decision)
            if decision is not None and not decision.goes_on:
                break
        return lists[-1].leave_to_route(decision)

    async def reply_of(self, snapshot: Snapshot, asked: Asked, decision: Decision, view: RequestView) -> Reply | None:
        """The Reply of the rule that answers; None if it leaves the answer to the route, see `mark`. Raises Refusal."""
        answer = decision.answer
        cors = snapshot.answers_cors
        if isinstance(answer, StaticAnswer):
            return find_static_reply(answer, decision, asked.route_id, cors, self._engine_faults)
        if isinstance(answer, NoAnswer):
            return self.mark(snapshot, empty_reply(asked.route_id), decision)
        if isinstance(answer, DeclaredAnswer):
            if asked.route_answer is None:
                return None
            reply = choose_declared(answer, asked.route_answer, list(view.headers), snapshot.server)
            return self.mark(snapshot, reply, decision)
        if isinstance(answer, TemplatedAnswer):
            try:
                reply = await self._render(snapshot, asked, answer, decision, view)
            except Refusal as refusal:
                reply = build_problem_reply(refusal, cors, asked.route_id)
            return self.mark(snapshot, reply, decision)
        return None

    async def _render(
        self, snapshot: Snapshot, asked: Asked, answer: TemplatedAnswer, decision: Decision, view: RequestView
    ) -> Reply:
        context = make_context(decision, view, self._states_of(snapshot.server_id, asked.lists, decision))
        try:
            texts = render_here(answer, context)
            if texts is None:
                texts = await self._renderer.render(snapshot.server.id, templates_of(answer), context)
        except TemplateError as fault:
            raise refuse_rendering(decision, fault) from None
        return build_rendered(answer, texts, decision, asked.route_id, snapshot.answers_cors)

    def mark(self, snapshot: Snapshot, reply: Reply, decision: Decision) -> Reply:
        """The Reply with the name of the rule, its delay, pace and fault."""
        return mark_reply(reply, decision, self._engine_faults, snapshot.answers_cors)


NO_PARAMETERS: Final[Mapping[str, str]] = {}


def is_long_head(path: bytes, query: bytes, headers: Headers) -> bool:
    """Whether conditions on the head may take more steps than many rules have at once."""
    return (
        len(path) + len(query) > LONG_CHARACTERS
        or query.count(b"&") >= MANY_VALUES
        or len(headers) > MANY_VALUES
        or any(len(value) > LONG_CHARACTERS for _, value in headers)
    )


def take_tests(ruled: RuledAnswer) -> None:
    """Has the tests of a long list used from now on, once they are written."""
    tests = ruled.rules.tests
    if tests is not None and not ruled.has_tests:
        ruled.use_tests(tests)


def keep_reply(ruled: RuledAnswer, decision: Decision, reply: Reply) -> None:
    """Keeps the constant Reply of a rule, for requests for which quick tests show that the rule holds."""
    listed: ListedRules = ruled.rules
    rules = listed.read_here()
    number = None if rules is None else rules.number_of(decision)
    if number is not None:
        ruled.keep(number, reply)


def refuse_unreadable(listed: ListedRules, fault: RuleFaults) -> Refusal:
    of = "the mock server" if listed.of_server else "the route"
    first = fault.violations[0]
    return Refusal(500, "rules-unreadable", f"the rules of {of} cannot be used: {first.message}", fault.violations)
