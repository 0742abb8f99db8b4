"""The rules of one owner, a route or a mock server, as its Snapshot keeps them: JSON text until the first request needs
them.

A server may have a hundred thousand routes with rules, most of which are never called. A short list is read at once, a
long one in steps (`read`). If a list that another version of mockwave stored can no longer be read, its answer is a
problem document that says why.
"""

import asyncio
from typing import Final

from msgspec import structs

from mockwave.judging.judging_messages import GivenRules
from mockwave.pauses import Pauses
from mockwave.rules.expression_engines import load_engines
from mockwave.rules.outcomes.answers import DeclaredAnswer, RouteAnswer, TemplatedAnswer
from mockwave.rules.outcomes.delays import LONGEST_MS
from mockwave.rules.outcomes.outcomes import RateLimit, single_outcomes
from mockwave.rules.outcomes.route_templates import RouteTemplate
from mockwave.rules.rule_reading import RuleFaults, read_on
from mockwave.rules.rules import Decision, Rule, RuleSet
from mockwave.rules.stored_rules import read_stored, read_stored_in_steps

SHORT_BYTES: Final = 4096
"""The longest list that is read while a request waits, in a few tenths of a millisecond."""

BODY_WORDS: Final = (b'"body"', b'"form"', b'"multipart"', b'"jsonPath"', b'"template"')
"""Members of a rule that may need the request's body; a false match in some other text costs little."""

TEMPLATE_WORD: Final = b'"template"'
PARAMETER_WORDS: Final = (b'"pathParameter', TEMPLATE_WORD)


COSTLY_WORDS: Final = (b"atch", b"regex")
"""What operators with patterns and expressions have in their names; to compile one may take milliseconds."""


class ListedRules:
    """The rules in the text `stored`, of the owner with this 16-byte id. If the route's own answer is a `template`, it
    answers what the rules leave to the route."""

    __slots__ = (
        "_fault",
        "_own_answer",
        "_rules",
        "_stored",
        "has_long_answers",
        "has_state",
        "may_read_body",
        "names_parameters",
        "of_server",
        "owner",
        "scenarios",
        "template",
    )

    def __init__(self, stored: bytes, owner: bytes, *, of_server: bool, template: RouteTemplate | None = None) -> None:
        self._stored = stored or b"[]"
        self._rules: RuleSet | None = None
        self._fault: RuleFaults | None = None
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

    @property
    def fault(self) -> RuleFaults | None:
        """Why the rules cannot be tried."""
        return self._fault

    def read_here(self) -> RuleSet | None:
        """The rules; None where reading them takes longer than a request may be kept waiting, or cannot be done."""
        if (
            self._rules is None
            and self._fault is None
            and len(self._stored) <= SHORT_BYTES
            and not any(word in self._stored for word in COSTLY_WORDS)
        ):
            try:
                self._take(read_stored(self._stored, of_server=self.of_server))
            except RuleFaults as fault:
                self._fault = fault
        return self._rules

    async def read(self, pauses: Pauses) -> RuleSet:
        """The rules, read with others let in meanwhile. Raises RuleFaults."""
        if self._rules is None:
            await load_engines(self._stored)
        if self.read_here() is None and self._fault is None:
            reading = read_stored_in_steps(self._stored, of_server=self.of_server)
            try:
                # In a thread, as when they were checked.
                while (read := await asyncio.to_thread(read_on, reading)) is None:
                    await pauses.let_others_run()
                self._take(read)
            except RuleFaults as fault:
                self._fault = fault
        if self._rules is None:
            assert self._fault is not None
            raise self._fault
        return self._rules

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
        """The part of the rules that a Judge receives."""
        return GivenRules(self._stored, self.of_server)

    def _take(self, rules: RuleSet) -> None:
        self.has_state = any(rule.step is not None or isinstance(rule.outcome, RateLimit) for rule in rules.rules)
        self.has_long_answers = self.template is not None or any(map(has_long_answers, rules.rules))
        self.scenarios = tuple({rule.step.scenario for rule in rules.rules if rule.step and rule.step.scenario})
        self._rules = rules


def has_long_answers(rule: Rule) -> bool:
    singles = single_outcomes(rule.outcome)
    return any(isinstance(single.answer, TemplatedAnswer | DeclaredAnswer) for single in singles)
