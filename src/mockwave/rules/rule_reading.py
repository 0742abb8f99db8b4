"""From the JSON of a list of rules to a RuleSet, or every fault with the JSON pointer of its place.

    rule = "when"? ( "then" | "chaos" | "rateLimit" ) "name"? "key"? "scenario"?
           "times"? "until"? "probability"? "seed"?

The author of a list chooses how long it is: `read_in_steps` yields after each rule and each step of a sequence, and
stops once there are more faults than a problem document shows.
"""

import time
from collections.abc import Callable, Collection, Generator
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from mockwave.model import MOST_RULES, Violation
from mockwave.pointers import pointer_below, show_pointer
from mockwave.problems import MAXIMUM_SHOWN_ERRORS
from mockwave.quoting import name_type, quote
from mockwave.rules.deferral import Deferral
from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.chaos import read_chaos
from mockwave.rules.outcomes.outcomes import AnyOutcome, RateLimit, SingleOutcome, single_outcomes
from mockwave.rules.outcomes.rate_limits import read_rate_limit
from mockwave.rules.outcomes.then import PlacedTemplate, ReadThen, RouteTraits, ThenReader
from mockwave.rules.rules import Condition, Key, Rule, RuleSet, decide_always
from mockwave.state.states import LABEL_BYTES, Step
from mockwave.timestamps import read_instant

MOST_TIMES: Final = 1_000_000_000
MOMENT_S: Final = 0.00015
SEEDS: Final = range(-(2**63), 2**63)

_OUTCOMES: Final = ("then", "chaos", "rateLimit")
_MEMBERS: Final = ("name", "when", *_OUTCOMES, "key", "scenario", "times", "until", "probability", "seed")


Result = TypeVar("Result")


class Checked(Struct, frozen=True):
    """Rules that may be stored: what their author should know, and the templates in them."""

    warnings: list[Violation]
    templates: list[PlacedTemplate]


class RuleFaults(Exception):
    """An invalid list of rules. `violations` are at most a few more than a problem document shows."""

    def __init__(self, violations: list[Violation], warnings: list[Violation]) -> None:
        super().__init__(violations[0].message)
        self.violations = violations
        self.warnings = warnings


def read_rules(
    rules: Any, *, at: str, of_server: bool, route: RouteTraits | None, engine_faults: Collection[str]
) -> RuleSet:
    """Reads the rules of a route (`route` has its traits) or of a mock server, whose list stands at the pointer `at`.
    `engine_faults` are the faults that the engine can do. Raises RuleFaults."""
    reading = read_in_steps(rules, at=at, of_server=of_server, route=route, engine_faults=engine_faults)
    return finish_reading(reading)


def read_on(reading: Generator[None, None, Result]) -> Result | None:
    """Goes on with the reading for a moment; returns its result at its end. Raises RuleFaults."""
    end_s = time.monotonic() + MOMENT_S
    try:
        while time.monotonic() < end_s:
            next(reading)
    except StopIteration as done:
        read: Result = done.value
        return read
    return None


def finish_reading(reading: Generator[None, None, Result]) -> Result:
    """Finishes a reading in steps in one go. Raises RuleFaults."""
    while True:
        try:
            next(reading)
        except StopIteration as done:
            read: Result = done.value
            return read


def read_in_steps(
    rules: Any,
    *,
    at: str,
    of_server: bool,
    route: RouteTraits | None,
    engine_faults: Collection[str],
    may_never_hold: bool = False,
    deferral: Deferral | None = None,
) -> Generator[None, None, RuleSet]:
    """As `read_rules`; yields after each rule, and each step of a sequence, so that others can be let in. A rule may be
    JSON text still (`msgspec.Raw`), which is read when it is its turn.

    With `may_never_hold`, a `when` that never holds is not a fault. With a `deferral`, what takes long to compile is
    put off."""
    reader = _RuleReader(
        at,
        of_server=of_server,
        route=route,
        engine_faults=engine_faults,
        may_never_hold=may_never_hold,
        deferral=deferral,
    )
    read: list[Rule] = []
    yield from reader.read_all(rules, read.append)
    return (yield from RuleSet.make_in_steps(read, reader.warnings, reader.templates))


def check_in_steps(
    rules: Any,
    *,
    at: str,
    of_server: bool,
    route: RouteTraits | None,
    engine_faults: Collection[str],
    deferral: Deferral | None = None,
) -> Generator[None, None, Checked]:
    """Like `read_in_steps`, for what is to be known of rules before they are stored. None is kept, since freeing
    thousands in one go takes as long as reading dozens."""
    reader = _RuleReader(at, of_server=of_server, route=route, engine_faults=engine_faults, deferral=deferral)
    yield from reader.read_all(rules, lambda _: None)
    return Checked(reader.warnings, reader.templates)


class _RuleReader:
    """Reads the rules of one list, one after another."""

    def __init__(
        self,
        at: str,
        *,
        of_server: bool,
        route: RouteTraits | None,
        engine_faults: Collection[str],
        may_never_hold: bool = False,
        deferral: Deferral | None = None,
    ) -> None:
        self._at = at
        self._of_server = of_server
        self._may_never_hold = may_never_hold
        self._path_parameters = None if route is None else route.path_parameters
        self._methods = None if route is None else route.methods
        self._engine_faults = engine_faults
        self._deferral = deferral
        self._faults: list[Violation] = []
        self._then = ThenReader(of_server=of_server, route=route, engine_faults=engine_faults)
        self._places: dict[str, str] = {}
        """The places of the rules so far, by name."""
        self._final = ""
        """The place of the first rule that answers every request."""
        self.warnings: list[Violation] = []

    @property
    def templates(self) -> list[PlacedTemplate]:
        return self._then.templates

    def read_all(self, rules: Any, take: Callable[[Rule], None]) -> Generator[None, None, None]:
        """Reads the list; each rule goes to `take`. Raises RuleFaults."""
        if not isinstance(rules, list):
            _refuse(self._faults, self._at, "type", f"expected an array of rules, got {name_type(rules)}")
        elif len(rules) > MOST_RULES:
            _refuse(self._faults, self._at, "maxItems", f"expected at most {MOST_RULES} rules, got {len(rules)}")
        else:
            yield from self._read_each(rules, take)
        if self._faults:
            raise RuleFaults(self._faults, self.warnings)

    def _read_each(self, rules: list[Any], take: Callable[[Rule], None]) -> Generator[None, None, None]:
        for index, given in enumerate(rules):
            value = msgspec.json.decode(given) if isinstance(given, msgspec.Raw) else given
            rule = yield from self.read(value, index)
            if rule is not None:
                take(rule)
            if len(self._faults) >= MAXIMUM_SHOWN_ERRORS:
                return
            yield

    def read(self, value: Any, index: int) -> Generator[None, None, Rule | None]:
        """Returns the rule; None, with faults on the list, if it is invalid."""
        at = pointer_below(self._at, index)
        given = GivenObject.of(value, at, self._faults)
        if given is None:
            return None
        fault_count = len(self._faults)
        given.refuse_unknown(_MEMBERS)
        name = self._read_name(given, index)
        condition = self._read_condition(given)
        until_s = self._read_until(given)
        outcome = yield from self._read_outcome(given, name, condition, until_s)
        if len(self._faults) > fault_count or outcome is None:
            return None
        self._warn_unreachable(given, outcome)
        return outcome

    def _read_name(self, given: GivenObject, index: int) -> str:
        name = given.label("name", LABEL_BYTES)
        if name is None:
            return f"#{index}"
        if name.startswith(("#", "server:")):
            given.refuse("name", "reserved", 'cannot begin with "#" or "server:", as names in the log do')
        elif name in self._places:
            given.refuse("name", "duplicate", f"{quote(name)} is the name of {self._places[name]} too; give it another")
        else:
            self._places[name] = show_pointer(given.at)
        return name

    def _read_condition(self, given: GivenObject) -> Condition | None:
        if "when" not in given:
            return None
        from mockwave.rules.conditions import (
            compile_condition,
        )  # imported only if there are any: it costs start-up time

        compiled: Condition = compile_condition(
            given.members["when"],
            at=given.pointer("when"),
            of_server=self._of_server,
            path_parameters=self._path_parameters,
            faults=self._faults,
            methods=self._methods,
            may_never_hold=self._may_never_hold,
            deferral=self._deferral,
        )
        return compiled

    def _read_key(self, given: GivenObject) -> Key | None:
        if "key" not in given:
            return None
        from mockwave.rules.client_keys import compile_key  # as above

        compiled: Key = compile_key(
            given.members["key"],
            at=given.pointer("key"),
            path_parameters=self._path_parameters,
            faults=self._faults,
        )
        return compiled

    def _read_until(self, given: GivenObject) -> float:
        text = given.label("until", 100)
        if text is None:
            return 0.0
        try:
            until_us = read_instant(text)
        except ValueError as error:
            given.refuse("until", "format", f"{error}, got {quote(text)}")
            return 0.0
        if until_us <= time.time() * 1e6:
            self._warn(given, "until", "is over, so this rule answers no more")
        return max(until_us / 1e6, 1e-6)

    def _read_outcome(
        self, given: GivenObject, name: str, condition: Condition | None, until_s: float
    ) -> Generator[None, None, Rule | None]:
        named = [each for each in _OUTCOMES if each in given]
        if not named:
            given.refuse((), "required", "expected then (or chaos, or rateLimit), the outcome of the rule")
            return None
        if given.refuse_together(_OUTCOMES):
            return None
        parts = _RuleParts(name, f"server:{name}" if self._of_server else name, condition, until_s)
        body = given.child(named[0])
        if body is None:
            return None
        if named[0] == "rateLimit":
            return self._read_rate_limit(given, body, parts)
        if named[0] == "chaos":
            if "probability" in given:
                given.refuse("probability", "contradiction", "cannot stand beside chaos, which has its rate")
            chaos = read_chaos(body, self._engine_faults)
            return self._read_life(given, parts, *((None, None) if chaos is None else (ReadThen(chaos[1]), chaos[0])))
        then = yield from self._then.read(body)
        return self._read_life(given, parts, then, given.number("probability", 0, 1, default=1.0))

    def _read_rate_limit(self, given: GivenObject, body: GivenObject, parts: "_RuleParts") -> Rule | None:
        for name in ("key", "scenario", "times", "seed"):
            if name in given:
                way_out = "; give it within rateLimit" if name == "key" else ""
                given.refuse(name, "contradiction", f"cannot stand beside rateLimit{way_out}")
        rate = read_rate_limit(body)
        key = self._read_key(body)
        probability = given.number("probability", 0, 1, default=1.0)
        if rate is None or probability is None:
            return None
        return parts.make(rate, key=key, probability=probability)

    def _read_life(
        self, given: GivenObject, parts: "_RuleParts", then: ReadThen | None, probability: float | None
    ) -> Rule | None:
        """The rule with its limits; those with state become a step. None if any of them is invalid."""
        times = given.integer("times", 1, MOST_TIMES)
        seed = given.integer("seed", SEEDS[0], SEEDS[-1])
        scenario, from_state, to_state = self._read_scenario(given)
        key = self._read_key(given)
        if then is None or probability is None:
            return None
        counts_hits = then.counts_hits or times is not None
        has_state = counts_hits or seed is not None or bool(scenario)
        if key is not None and not has_state and not self.templates:
            self._warn(given, "key", "nothing is kept by it: there is no scenario, sequence, times, seed or template")
        step = None
        if has_state:
            limits = [limit for limit in (times, then.hits_limit) if limit]
            step = Step(
                rule=parts.name,
                counts_hits=counts_hits,
                hits_limit=min(limits, default=0),
                draws_turns=seed is not None,
                seed=0 if seed is None else seed % 2**64,
                probability=1.0 if seed is None else probability,
                scenario=scenario,
                from_state=from_state,
                to_state=to_state,
            )
        return parts.make(then.outcome, key=key, probability=1.0 if seed is not None else probability, step=step)

    def _read_scenario(self, given: GivenObject) -> tuple[str, str, str]:
        """Reads its name, the state in which it has to be (empty for any), and its next state (empty to stay)."""
        scenario = given.child("scenario")
        if scenario is None:
            return "", "", ""
        scenario.refuse_unknown(("name", "from", "to"))
        name = scenario.label("name", LABEL_BYTES, is_required=True)
        from_state, to_state = scenario.label("from", LABEL_BYTES), scenario.label("to", LABEL_BYTES)
        if "from" not in scenario and "to" not in scenario:
            scenario.refuse((), "required", "expected from, the state it has to be in, or to, the one it goes to")
        return name or "", from_state or "", to_state or ""

    def _warn_unreachable(self, given: GivenObject, rule: Rule) -> None:
        if self._final:
            self._warn(given, "", f"is never tried: {self._final} answers every request")
        elif (
            rule.condition is None and rule.unchanging is not None and not rule.unchanging.goes_on and not rule.until_s
        ):
            self._final = show_pointer(given.at)

    def _warn(self, given: GivenObject, name: str, message: str) -> None:
        pointer = given.pointer(name) if name else given.at
        text = f"{show_pointer(pointer)}: {message}"
        self.warnings.append(Violation(location="body", pointer=pointer, rule="warning", message=text))


class _RuleParts:
    """The parts that every rule has, whatever its outcome."""

    def __init__(self, name: str, shown_name: str, condition: Condition | None, until_s: float) -> None:
        self.name = name
        self._shown_name = shown_name
        self._condition = condition
        self._until_s = until_s

    def make(
        self,
        outcome: AnyOutcome | RateLimit,
        *,
        key: Key | None,
        probability: float,
        step: Step | None = None,
    ) -> Rule:
        ready = {each: decide_always(self._shown_name, each) for each in single_outcomes(outcome) if each.is_unchanging}
        unchanging = None
        if step is None and probability >= 1 and isinstance(outcome, SingleOutcome):
            unchanging = ready.get(outcome)
        return Rule(
            name=self.name,
            shown_name=self._shown_name,
            condition=self._condition,
            outcome=outcome,
            key=key,
            until_s=self._until_s,
            probability=probability,
            step=step,
            unchanging=unchanging,
            ready=ready,
        )


def _refuse(faults: list[Violation], at: str, rule: str, message: str) -> None:
    text = f"{show_pointer(at)}: {message}"
    faults.append(Violation(location="body", pointer=at, rule=rule, message=text))
