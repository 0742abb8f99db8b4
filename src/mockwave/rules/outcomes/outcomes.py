"""Outcomes of a rule once it is its turn: one answer, a sequence of them, or one drawn by weight."""

from bisect import bisect_right
from itertools import chain

from msgspec import Struct

from mockwave.rules.draws import CHOICE, Draws
from mockwave.rules.outcomes.answers import ROUTE_ANSWER, Answer, TemplatedAnswer
from mockwave.rules.outcomes.delays import Delay
from mockwave.rules.outcomes.throttles import Throttle


class SingleOutcome(Struct, frozen=True, eq=False, kw_only=True):
    """One answer. If it `goes_on`, it adds its delay and throttle to the answer of the rules below or the route."""

    answer: Answer = ROUTE_ANSWER
    delay: Delay | None = None
    throttle: Throttle | None = None
    fault: str = ""
    goes_on: bool = False

    @property
    def is_unchanging(self) -> bool:
        """Whether its Decision is the same each time. A template needs to know its draws and key."""
        has_fixed_delay = self.delay is None or self.delay.fixed_ms >= 0
        return has_fixed_delay and not isinstance(self.answer, TemplatedAnswer)

    def choose(self, hits: int, draws: Draws) -> "SingleOutcome":
        return self


class WeightedOutcome(Struct, frozen=True, eq=False, kw_only=True):
    """One of several, by weight. `bounds` are the cumulative weights, each above 0."""

    choices: tuple[SingleOutcome, ...]
    bounds: tuple[float, ...]

    def choose(self, hits: int, draws: Draws) -> SingleOutcome:
        # `hi` is needed since rounding may reach the last bound itself.
        place = bisect_right(self.bounds, draws.number(CHOICE) * self.bounds[-1], hi=len(self.bounds) - 1)
        return self.choices[place]


class SequenceOutcome(Struct, frozen=True, eq=False, kw_only=True):
    """Answers in turn. `ends` are the numbers of hits at which each step is over; the last is their total."""

    steps: tuple[SingleOutcome | WeightedOutcome, ...]
    ends: tuple[int, ...]
    cycles: bool = False

    def choose(self, hits: int, draws: Draws) -> SingleOutcome:
        if self.cycles:
            hits %= self.ends[-1]
        step = self.steps[min(bisect_right(self.ends, hits), len(self.steps) - 1)]
        return step.choose(hits, draws)


class RateLimit(Struct, frozen=True, eq=False, kw_only=True):
    """A number of requests in a window of time; requests above it are refused."""

    limit: int
    window_ms: int


AnyOutcome = SingleOutcome | SequenceOutcome | WeightedOutcome


def single_outcomes(outcome: AnyOutcome | RateLimit) -> tuple[SingleOutcome, ...]:
    """All possible answers, except the refusals of a rate limit."""
    if isinstance(outcome, SequenceOutcome):
        return tuple(chain.from_iterable(map(single_outcomes, outcome.steps)))
    if isinstance(outcome, WeightedOutcome):
        return outcome.choices
    return (outcome,) if isinstance(outcome, SingleOutcome) else ()
