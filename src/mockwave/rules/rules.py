"""Decides by a list of rules: a request in, the Decision of the first rule that answers out.

Each rule is asked in this order; cheap questions and those without consequences come first:

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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

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

if TYPE_CHECKING:
    from mockwave.rules.rule_index import RuleIndex

FEWEST_INDEXED: Final = 16
"""The fewest rules for which an index is made."""

BATCH: Final = 128

Holds = Callable[[Any], bool]


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
    """One rule. `name` is its own, or `#` and its place; `shown_name`, for the log, includes its owner."""

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
        """Returns the rule's Decision, once its condition holds; None if it is passed over. `known_key` is its key, if
        already known."""
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
    """The rules of one route or mock server, in order. `warnings` are for their author; `templates` are checked only
    when there is time."""

    __slots__ = ("_conditions", "_index", "_numbers", "is_costly", "needs_body", "rules", "templates", "warnings")

    def __init__(
        self,
        rules: Sequence[Rule],
        warnings: Sequence[Violation] = (),
        templates: Sequence[PlacedTemplate] = (),
    ) -> None:
        self.warnings = tuple(warnings)
        self.templates = tuple(templates)
        self._numbers: dict[Decision, int] | None = None
        for _ in self._take_in_steps(tuple(rules)):
            pass

    @classmethod
    def make_in_steps(
        cls, rules: Sequence[Rule], warnings: Sequence[Violation], templates: Sequence[PlacedTemplate]
    ) -> Generator[None, None, "RuleSet"]:
        """Like the constructor; yields now and then, as a list may be long."""
        made = cls((), warnings, templates)
        yield from made._take_in_steps(tuple(rules))
        return made

    def _take_in_steps(self, rules: tuple[Rule, ...]) -> Generator[None, None, None]:
        self.rules = rules
        self.needs_body = self.is_costly = False
        conditions: list[tuple[Holds | None, Rule]] = []
        for part in batched(rules):
            self.needs_body = self.needs_body or any(rule.needs_body for rule in part)
            self.is_costly = self.is_costly or any(
                rule.condition is not None and rule.condition.is_costly for rule in part
            )
            conditions += [(None if rule.condition is None else rule.condition.holds, rule) for rule in part]
            yield
        self._conditions = tuple(conditions)
        self._index = None
        if len(rules) >= FEWEST_INDEXED:
            self._index = yield from make_index(rules)

    def find_holding(self, view: Any) -> Iterator[int]:
        """Returns the numbers of the rules whose conditions hold, ascending."""
        for number in range(len(self.rules)) if self._index is None else self._index.find_candidates(view):
            holds, _ = self._conditions[number]
            if holds is None or holds(view):
                yield number

    def number_of(self, decision: Decision) -> int | None:
        """Returns the number of the rule that always leads to this Decision, once its condition holds."""
        if self._numbers is None:
            lasting = [(number, rule.unchanging) for number, rule in enumerate(self.rules) if not rule.until_s]
            self._numbers = {unchanging: number for number, unchanging in lasting if unchanging is not None}
        return self._numbers.get(decision)

    def decide(
        self, view: Any, states: States, server_id: bytes, owner: bytes, carried: Decision | None = None
    ) -> Decision | None:
        """Returns the Decision of the first rule that answers, with the delay and throttle of those that went on, here
        and, as `carried`, in the list before. None: no rule answers, and none has anything to add."""
        asked: Iterable[tuple[Holds | None, Rule]] = self._conditions
        if self._index is not None:
            asked = map(self._conditions.__getitem__, self._index.find_candidates(view))
        for holds, rule in asked:
            if holds is not None and not holds(view):
                continue
            decision = rule.decide(view, states, server_id, owner)
            if decision is not None:
                carried = decision if carried is None else add_up(carried, decision)
                if not carried.goes_on:
                    break
        return carried

    def decide_as_told(
        self,
        numbers: Sequence[int],
        keys: Sequence[bytes],
        states: States,
        server_id: bytes,
        owner: bytes,
        carried: Decision | None = None,
    ) -> Decision | None:
        """Like `decide`, if it is already known which rules' conditions hold, and with which keys."""
        for number, key in zip(numbers, keys, strict=True):
            decision = self.rules[number].decide(None, states, server_id, owner, key)
            if decision is not None:
                carried = decision if carried is None else add_up(carried, decision)
                if not carried.goes_on:
                    break
        return carried


def make_index(rules: Sequence[Rule]) -> Generator[None, None, "RuleIndex"]:
    from mockwave.rules.rule_index import RuleIndex  # like conditions: only if there are any

    asked = []
    for part in batched(rules):
        conditions: list[Any] = [rule.condition for rule in part]
        asked += list(map(RuleIndex.find_asked, conditions))
        yield
    index = RuleIndex()
    yield from index.take_in_steps(asked)
    return index


def batched(rules: Sequence[Rule]) -> Iterator[Sequence[Rule]]:
    """Yields the rules in batches that take less than a millisecond to look at."""
    return (rules[start : start + BATCH] for start in range(0, len(rules), BATCH))


def add_up(carried: Decision, decision: Decision) -> Decision:
    """Adds to the Decision what was carried to it: delays add up; its own throttle precedes the carried one."""
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
    """Returns the Decision of a rule without state or chance."""
    return Decision(
        rule=shown_name,
        answer=outcome.answer,
        delay_ms=0 if outcome.delay is None else outcome.delay.fixed_ms,
        throttle=outcome.throttle,
        fault=outcome.fault,
        goes_on=outcome.goes_on,
    )


NO_RULES = RuleSet(())
