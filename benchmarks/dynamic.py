"""How long a dynamic value takes: microseconds to generate a body of ten fields, and values per second on one core.

Run with `python -m benchmarks.dynamic`. The plan is made and compiled once, as when a server loads a route; then one
body after the other is timed. Reports the median of the rounds, and the bar of 50 us beside it.
"""

import statistics
import time
from random import Random

from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import Array, Boolean, Fake, Member, Number, Object, Plans

ROUNDS = 7
BODIES = 20_000
BAR_US = 50.0

TEN_FIELDS = Object(
    (
        Member("id", Fake("string.uuid")),
        Member("firstName", Fake("person.firstName")),
        Member("lastName", Fake("person.lastName")),
        Member("email", Fake("internet.email")),
        Member("city", Fake("location.city")),
        Member("createdAt", Fake("date.past")),
        Member("age", Number(18, 1, 72)),
        Member("price", Number(100, 1, 99_900, 2)),
        Member("isActive", Boolean()),
        Member("tags", Array((), Fake("lorem.word"), 1, 3)),
    )
)


def measure() -> float:
    """Returns microseconds per body."""
    generator = Generator(Plans(TEN_FIELDS), Random(1))
    rounds = []
    for _ in range(ROUNDS):
        started_ns = time.process_time_ns()
        for _ in range(BODIES):
            generator.make_body()
        rounds.append((time.process_time_ns() - started_ns) / BODIES / 1_000)
    return statistics.median(rounds)


def main() -> None:
    body_us = measure()
    print(f"ten fields: {body_us:.1f} us a body (bar: {BAR_US:.0f}), {1_000_000 / body_us:,.0f} bodies a second")


if __name__ == "__main__":
    main()
