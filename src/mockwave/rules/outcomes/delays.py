"""Delays: a number of milliseconds, or a distribution that one is drawn from, never more than its `max`.

A draw is the inverse of the distribution's function at a number from 0 to 1 (not 1), so one number makes one delay and
the same number the same delay. What lies below 0 is 0, what lies above `max` is `max`.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from mockwave.response_fields import DELAYS_MS
from mockwave.rules.given_objects import GivenObject

if TYPE_CHECKING:
    from statistics import NormalDist

LONGEST_MS: Final = DELAYS_MS[-1]
LARGEST_SIGMA: Final = 10.0
_LEAST = 2.0**-53
"""The least number that is drawn: 0 has no place in an inverse."""


class Delay(Struct, frozen=True, kw_only=True):
    """A delay in milliseconds. `fixed_ms` where it is the same each time, else -1."""

    fixed_ms: int = -1
    kind: str = "fixed"
    first: float = 0.0
    second: float = 0.0
    max_ms: int = LONGEST_MS

    def draw(self, drawn: float) -> int:
        """The delay that a number from 0 to 1 (not 1) stands for, in whole milliseconds."""
        if self.fixed_ms >= 0:
            return self.fixed_ms
        value = INVERSES[self.kind](max(drawn, _LEAST), self.first, self.second)
        return int(min(max(value, 0.0), self.max_ms) + 0.5)


@cache
def _normal() -> "NormalDist":
    # Here, because it takes milliseconds to load, and few mocks draw such delays.
    from statistics import NormalDist

    return NormalDist()


def _lognormal(drawn: float, median: float, sigma: float) -> float:
    # The exponent is at most 10 times 8.3: no overflow.
    return median * math.exp(sigma * _normal().inv_cdf(drawn))


INVERSES: Final[dict[str, Callable[[float, float, float], float]]] = {
    "uniform": lambda drawn, lower, upper: lower + (upper - lower) * drawn,
    "normal": lambda drawn, mean, sigma: mean + sigma * _normal().inv_cdf(drawn),
    "lognormal": _lognormal,
    "exponential": lambda drawn, mean, _: -mean * math.log1p(-drawn),
}

MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "fixed": ("milliseconds",),
    "uniform": ("lower", "upper"),
    "normal": ("mean", "sigma"),
    "lognormal": ("median", "sigma", "p99"),
    "exponential": ("mean",),
}


def read_delay(given: GivenObject, name: str) -> Delay | None:
    """The delay that the member says; None where there is none, or none that can be."""
    if name not in given:
        return None
    if not isinstance(given.members[name], dict):
        milliseconds = given.integer(name, 0, LONGEST_MS)
        return None if milliseconds is None else Delay(fixed_ms=milliseconds)
    distribution = given.child(name)
    assert distribution is not None
    kind = distribution.one_of("type", tuple(MEMBERS), is_required=True)
    if kind is None:
        return None
    distribution.refuse_unknown(("type", *MEMBERS[kind], "max"))
    max_ms = distribution.integer("max", 0, LONGEST_MS) if "max" in distribution else LONGEST_MS
    if kind == "fixed":
        milliseconds = distribution.integer("milliseconds", 0, LONGEST_MS, is_required=True)
        if milliseconds is None or max_ms is None:
            return None
        return Delay(fixed_ms=min(milliseconds, max_ms))
    found = _read_lognormal(distribution) if kind == "lognormal" else _read_plain(distribution, kind)
    if found is None or max_ms is None:
        return None
    return Delay(kind=kind, first=found[0], second=found[1], max_ms=max_ms)


def _read_plain(given: GivenObject, kind: str) -> tuple[float, float] | None:
    numbers = [given.number(name, 0, LONGEST_MS, is_required=True) for name in MEMBERS[kind]]
    first, second = numbers[0], numbers[1] if len(numbers) > 1 else 0.0
    if first is None or second is None:
        return None
    if kind == "uniform" and second < first:
        given.refuse("upper", "range", f"expected a number from lower ({first:g}) on, got {second:g}")
        return None
    return first, second


def _read_lognormal(given: GivenObject) -> tuple[float, float] | None:
    """Median and sigma; 1 in 100 is above the `p99`."""
    median = given.number("median", 0, LONGEST_MS, is_required=True)
    if given.refuse_together(("sigma", "p99")):
        return None
    if "p99" not in given:
        sigma = given.number("sigma", 0, LARGEST_SIGMA, is_required=True)
        return None if median is None or sigma is None else (median, sigma)
    p99 = given.number("p99", 0, LONGEST_MS)
    if median is None or p99 is None:
        return None
    if median <= 0 or p99 < median:
        given.refuse("p99", "range", f"expected a number from median ({median:g}, above 0) on, got {p99:g}")
        return None
    return median, math.log(p99 / median) / _normal().inv_cdf(0.99)
