"""The rules of one owner, a route or a mock server, in its Snapshot: JSON text until the first request needs them.

A server may have a hundred thousand routes with rules, most of which get no request. A short list is read when it is
needed, a long one in steps (`read`), with its quick tests. A list stored by another version of mockwave that can no
longer be read answers with a problem document that says why.
"""

import asyncio
from collections.abc import Generator
from typing import Final

import msgspec
from msgspec import structs

from mockwave._rule_tests import RuleTests
from mockwave.judging.judging_messages import GivenRules
from mockwave.mocks.quick_tests import make_tests, write_rule
from mockwave.pauses import Pauses
from mockwave.rules.deferral import Deferral
from mockwave.rules.expression_engines import load_engines
from mockwave.rules.outcomes.answers import DeclaredAnswer, RouteAnswer, TemplatedAnswer
from mockwave.rules.outcomes.delays import LONGEST_MS
from mockwave.rules.outcomes.outcomes import RateLimit, single_outcomes
from mockwave.rules.outcomes.route_templates import RouteTemplate
from mockwave.rules.rule_reading import RuleFaults, read_on
from mockwave.rules.rules import Decision, Rule, RuleSet, batched
from mockwave.rules.stored_rules import read_stored, read_stored_in_steps, split_stored

SHORT_BYTES: Final = 4096
"""The longest list that is read while a request waits, in a few tenths of a millisecond."""

BODY_WORDS: Final = (b'"body"', b'"form"', b'"multipart"', b'"jsonPath"', b'"template"')
"""Members of a rule that may need the request's body; a false match in some other text costs little."""

TEMPLATE_WORD: Final = b'"template"'
PARAMETER_WORDS: Final = (b'"pathParameter', TEMPLATE_WORD)


COSTLY_WORDS: Final = (b"atch", b"regex")
"""Parts of the names of operators with patterns and expressions; one may take milliseconds to compile."""


class ListedRules:
    """The rules in the text `stored`, of the owner with this 16-byte id. If the route's own answer is a `template`, it
    answers when the rules leave the answer to the route."""

    __slots__ = (
        "__weakref__",
        "_fault",
        "_given",
        "_moment",
        "_own_answer",
        "_reading",
        "_rules",
        "_stored",
        "_turn",
        "has_long_answers",
        "has_state",
        "may_read_body",
        "names_parameters",
        "of_server",
        "owner",
        "scenarios",
        "template",
        "tests",
    )

    def __init__(self, stored: bytes, owner: bytes, *, of_server: bool, template: RouteTemplate | None = None) -> None:
        self._stored = stored or b"[]"
        self._given: GivenRules | None = None
        self._rules: RuleSet | None = None
        self._fault: RuleFaults | None = None
        self._reading: Generator[None, None, RuleSet] | None = None
        """The unfinished reading of a long list."""
        self._turn: asyncio.Lock | None = None
        """Held by the request that continues it."""
        self._moment: asyncio.Future[RuleSet | None] | None = None
        """The step of the reading that runs in a thread."""
        self.owner = owner
        self.of_server = of_server
        self.template = template
        self._own_answer: TemplatedAnswer | None = None
        self.may_read_body = template is not None or any(word in stored for word in BODY_WORDS)
        self.names_parameters = template is not None or any(word in stored for word in PARAMETER_WORDS)
        self.has_state = False
        """Whether trying the rules may change state."""
        self.has_long_answers = False
        """Whether an answer may have to be made in another process."""
        self.scenarios: tuple[str, ...] = ()
        self.tests: RuleTests | None = None
        """The quick tests of a long list, once it has been read."""

    @property
    def is_long(self) -> bool:
        return len(self._stored) > SHORT_BYTES

    @property
    def _is_costly(self) -> bool:
        return any(word in self._stored for word in COSTLY_WORDS)

    @property
    def fault(self) -> RuleFaults | None:
        """Why the rules cannot be tried."""
        return self._fault

    def read_here(self) -> RuleSet | None:
        """Returns the rules; None if reading them takes longer than a request may wait, or is impossible."""
        if self._rules is None and self._fault is None and not (self.is_long or self._is_costly):
            try:
                for _ in self._take_in_steps(read_stored(self._stored, of_server=self.of_server, deferral=Deferral())):
                    pass
            except RuleFaults as fault:
                self._fault = fault
        return self._rules

    async def read(self, pauses: Pauses) -> RuleSet:
        """Reads the rules and lets others in meanwhile. Requests that come until then wait for the one that reads; if
        its client goes away, the next one continues. Raises RuleFaults."""
        if self.read_here() is None and self._fault is None:
            if self._turn is None:
                self._turn = asyncio.Lock()
            async with self._turn:
                if self._rules is None and self._fault is None:
                    await load_engines(self._stored)
                    await self._read_on(pauses)
        if self._rules is None:
            assert self._fault is not None
            raise self._fault
        return self._rules

    def forget(self) -> None:
        """Has the rules of a long list read again when they are next needed."""
        self._rules = self._reading = self._moment = None

    async def _read_on(self, pauses: Pauses) -> None:
        if self._reading is None:
            self._reading = self._read_in_steps()
        try:
            while True:
                if self._moment is None:
                    # In a thread, as when they were checked: one pattern may take longer than a step of the event loop.
                    self._moment = asyncio.ensure_future(asyncio.to_thread(read_on, self._reading))
                rules = await asyncio.shield(self._moment)  # requests after one whose client left wait for it
                self._moment = None
                if rules is not None:
                    return
                await pauses.let_others_run()
        except RuleFaults as fault:
            self._fault = fault
        except Exception:
            self._reading = self._moment = None  # it has ended, and would not repeat the reason
            raise

    def _read_in_steps(self) -> Generator[None, None, RuleSet]:
        rules = yield from read_stored_in_steps(self._stored, of_server=self.of_server, deferral=Deferral())
        if self.is_long and self.template is None:
            written = []
            for rule in split_stored(self._stored):
                written.append(write_rule(msgspec.json.decode(rule)))
                yield
            self.tests = make_tests(written)
        yield from self._take_in_steps(rules)
        return rules

    def leave_to_route(self, decision: Decision | None) -> Decision | None:
        """The Decision of all lists, with the route's own template as the answer if they leave it to the route."""
        template = self.template
        if template is None or (decision is not None and not isinstance(decision.answer, RouteAnswer)):
            return decision
        if self._own_answer is None:
            self._own_answer = template.read()[0]
        own = Decision(rule="", answer=self._own_answer, delay_ms=template.delay_ms)
        if decision is None:
            return own
        delay_ms = min(decision.delay_ms + own.delay_ms, LONGEST_MS)
        return structs.replace(decision, answer=own.answer, delay_ms=delay_ms, goes_on=False)

    @property
    def given(self) -> GivenRules:
        """Returns the part of the rules that a Judge receives."""
        if self._given is None:
            self._given = GivenRules.of(self._stored, of_server=self.of_server)
        return self._given

    def _take_in_steps(self, rules: RuleSet) -> Generator[None, None, None]:
        scenarios: set[str] = set()
        has_long_answers = self.template is not None
        for part in batched(rules.rules):
            self.has_state = self.has_state or any(map(has_state, part))
            has_long_answers = has_long_answers or any(map(may_take_long, part))
            scenarios.update(rule.step.scenario for rule in part if rule.step and rule.step.scenario)
            yield
        self.has_long_answers = has_long_answers
        self.scenarios = tuple(scenarios)
        self._rules = rules


def has_state(rule: Rule) -> bool:
    return rule.step is not None or isinstance(rule.outcome, RateLimit)


def may_take_long(rule: Rule) -> bool:
    singles = single_outcomes(rule.outcome)
    return any(isinstance(single.answer, TemplatedAnswer | DeclaredAnswer) for single in singles)
