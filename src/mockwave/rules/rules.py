"""Deciding by a list of rules: a request in, the Decision of the first rule that answers out.

Each rule is asked in this order, with cheap questions and those without consequences first:

1. Does its condition hold?
2. Is its time over (`until`)?
3. Without a seed: does its `probability` let it answer?
4. Is it its turn: may it still answer (`times`, a sequence), is its scenario in the right state, and with a seed, does
   its `probability` let it answer? That is one step of the shared state, which applies its consequences at once.

A rule is passed over if one answer is no, or if it goes on (`next`); then its delay is carried to the rule or route
that answers.
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from mockwave.model import Violation
from mockwave.rules.draws import DELAY, FREE_DRAWS, Draws, SeededDraws
from mockwave.rules.outcomes.answers import Answer
from mockwave.rules.outcomes.delays import LONGEST_MS
from mockwave.rules.outcomes.outcomes import AnyOutcome, RateLimit, SingleOutcome
from mockwave.rules.outcomes.rate_limits import refuse_rate
from mockwave.rules.outcomes.then import PlacedTemplate
from mockwave.rules.outcomes.throttles import Throttle
from mockwave.state.states import States, Step


class Condition(Protocol):
    needs_body: bool
    is_costly: bool

    def holds(self, view: Any) -> bool: ...


class Key(Protocol):
    needs_body: bool

    def of(self, view: Any) -> bytes: ...


class Decision(Struct, frozen=True, eq=False, kw_only=True):
    """The answer to a request, and the rule that decided it, by its name in the log.

    A Decision that `goes_on` leaves the answer to the lists and the route below, and adds delay and throttle: pass it
    on as `carried`. `draws` and `key` are for templates.
    """

    rule: str
    answer: Answer
    delay_ms: int = 0
    throttle: Throttle | None = None
    fault: str = ""
    goes_on: bool = False
    draws: Draws = FREE_DRAWS
    key: bytes = b""


class Rule(Struct, frozen=True, eq=False, kw_only=True):
    """One rule. `name` is its own, or `#` and its place; `shown_name` is its name in the log, which tells its owner."""

    name: str
    shown_name: str
    condition: Condition | None = None
    outcome: AnyOutcome | RateLimit
    key: Key | None = None
    until_s: float = 0.0
    """Seconds since the epoch; 0 for no end."""
    probability: float = 1.0
    """Drawn here; a rule with a seed draws it in its step."""
    step: Step | None = None
    """None if it has no state."""
    unchanging: Decision | None = None
    """Its Decision, if that is the same each time."""
    ready: Mapping[SingleOutcome, Decision] = {}
    """The unchanging Decisions of its outcomes."""

    @property
    def needs_body(self) -> bool:
        return (self.condition is not None and self.condition.needs_body) or (
            self.key is not None and self.key.needs_body
        )

    def decide(
        self, view: Any, states: States, server_id: bytes, owner: bytes, known_key: bytes | None = None
    ) -> Decision | None:
        """The rule's Decision, once its condition holds; None if it is passed over. `known_key` is its key, if that is
        known."""
        if self.until_s and time.time() >= self.until_s:
            return None
        if self.unchanging is not None:
            return self.unchanging
        if self.probability < 1 and random.random() >= self.probability:
            return None
        key = known_key
        if key is None:
            key = b"" if self.key is None else self.key.of(view)
        outcome = self.outcome
        if isinstance(outcome, RateLimit):
            is_over, _, resets_in_ms = states.count(self.name, outcome.limit, outcome.window_ms, server_id, owner, key)
            if not is_over:
                return None
            return Decision(rule=self.shown_name, answer=refuse_rate(outcome, resets_in_ms))
        hits = 0
        draws: Draws = FREE_DRAWS
        if self.step is not None:
            taken = states.advance(self.step, server_id, owner, key)
            if taken is None:
                return None
            hits, turn = taken
            if self.step.draws_turns:
                draws = SeededDraws(self.step.seed, turn)
        chosen = outcome.choose(hits, draws)
        return self.ready.get(chosen) or self._decide_on(chosen, draws, key)

    def _decide_on(self, chosen: SingleOutcome, draws: Draws, key: bytes) -> Decision:
        return Decision(
            rule=self.shown_name,
            answer=chosen.answer,
            delay_ms=0 if chosen.delay is None else chosen.delay.draw(draws.number(DELAY)),
            throttle=chosen.throttle,
            fault=chosen.fault,
            goes_on=chosen.goes_on,
            draws=draws,
            key=key,
        )


class RuleSet:
    """The rules of one route or mock server, in order. `warnings` are for their author; `templates` are checked where
    there is time for it."""

    __slots__ = ("_conditions", "is_costly", "needs_body", "rules", "templates", "warnings")

    def __init__(
        self,
        rules: Sequence[Rule],
        warnings: Sequence[Violation] = (),
        templates: Sequence[PlacedTemplate] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.warnings = tuple(warnings)
        self.templates = tuple(templates)
        self.needs_body = any(rule.needs_body for rule in self.rules)
        self.is_costly = any(rule.condition is not None and rule.condition.is_costly for rule in self.rules)
        self._conditions = tuple((None if rule.condition is None else rule.condition.holds, rule) for rule in rules)

    def decide(
        self, view: Any, states: States, server_id: bytes, owner: bytes, carried: Decision | None = None
    ) -> Decision | None:
        """The Decision of the first rule that answers, with the delay and throttle of rules that went on, here and, as
        `carried`, in the previous list. None if no rule answers or adds anything."""
        for holds, rule in self._conditions:
            if holds is not None and not holds(view):
                continue
            decision = rule.decide(view, states, server_id, owner)
            if decision is None:
                continue
            if carried is not None:
                decision = add_up(carried, decision)
            if not decision.goes_on:
                return decision
            carried = decision
        return carried

    def decide_as_told(
        self,
        holds: Sequence[bool],
        keys: Sequence[bytes],
        states: States,
        server_id: bytes,
        owner: bytes,
        carried: Decision | None = None,
    ) -> Decision | None:
        """Like `decide`, if another process has found which conditions hold, and what the keys are."""
        for does, key, rule in zip(holds, keys, self.rules, strict=True):
            decision = rule.decide(None, states, server_id, owner, key) if does else None
            if decision is None:
                continue
            if carried is not None:
                decision = add_up(carried, decision)
            if not decision.goes_on:
                return decision
            carried = decision
        return carried


def add_up(carried: Decision, decision: Decision) -> Decision:
    """The Decision with what was carried to it: delays add up; the throttle is its own, or else the carried one."""
    return Decision(
        rule=decision.rule,
        answer=decision.answer,
        delay_ms=min(carried.delay_ms + decision.delay_ms, LONGEST_MS),
        throttle=decision.throttle or carried.throttle,
        fault=decision.fault,
        goes_on=decision.goes_on,
        draws=decision.draws,
        key=decision.key,
    )


def decide_always(shown_name: str, outcome: SingleOutcome) -> Decision:
    """The Decision of a rule without state or chance."""
    return Decision(
        rule=shown_name,
        answer=outcome.answer,
        delay_ms=0 if outcome.delay is None else outcome.delay.fixed_ms,
        throttle=outcome.throttle,
        fault=outcome.fault,
        goes_on=outcome.goes_on,
    )


NO_RULES = RuleSet(())
