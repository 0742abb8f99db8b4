"""Shared plans: other plans refer to them by number, so each is stored once.

A plan gets its number after the plans that it refers to, so references lead only to lower numbers and never in a
circle. Only plans that a root needs become parts of the document: most plans that were tried at several levels are in
none.
"""

from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from mockwave.answers.parts import PartPool
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import (
    Array,
    Either,
    Nullable,
    Object,
    Plan,
    PlanPart,
    Plans,
    Reference,
    Selection,
    encode_plan_part,
)

SAMPLES: Final = 24
SHARED: Final = (Object, Array, Either, Nullable, Selection)
OBJECTS: Final = (Object, Selection)
REFERRING: Final = frozenset((*SHARED, Reference))  # plans that may refer to others


class SharedPlans:
    """The shared plans of one document."""

    def __init__(self, pool: PartPool) -> None:
        self._pool = pool
        self._plans: list[Plan] = []
        self._numbers: dict[bytes, int] = {}
        self._needed: list[tuple[int, ...]] = []  # the numbers to which the plan of that index refers
        self._packed: dict[int, int] = {}  # number of a plan → its part

    def __getitem__(self, number: int) -> Plan:
        return self._plans[number]

    def share(self, plan: Plan) -> Reference:
        """Returns a reference to `plan`, or to an equal plan that is already shared."""
        number = self._numbers.setdefault(msgspec.msgpack.encode(plan), len(self._plans))
        if number == len(self._plans):
            self._needed.append(tuple(_find_references(plan)))
            self._plans.append(plan)
        return Reference(number)

    def pack(self, plan: Plan) -> int:
        """Makes the part of `plan`, which names the parts of the plans that it needs."""
        return self._pack(plan, _find_references(plan))

    def sample(self, plan: Plan) -> list[str]:
        """Returns values of `plan` as JSON text, always the same ones."""
        generator = Generator(self._complete(plan), Random(0))
        return [generator.make_text() for _ in range(SAMPLES)]

    def _pack(self, plan: Plan, needed: Iterable[int]) -> int:
        return self._pool.add(
            encode_plan_part(PlanPart(plan, tuple((number, self._pack_shared(number)) for number in sorted(needed))))
        )

    def _pack_shared(self, number: int) -> int:
        # Plans refer only to lower numbers, and are nested only as deeply as their values.
        part = self._packed.get(number)
        if part is None:
            part = self._packed[number] = self._pack(self._plans[number], self._needed[number])
        return part

    def _complete(self, plan: Plan) -> Plans:
        """`plan` with all shared plans that it needs; each refers only to earlier ones."""
        numbers: set[int] = set()
        waiting = list(_find_references(plan))
        while waiting:
            number = waiting.pop()
            if number not in numbers:
                numbers.add(number)
                waiting.extend(self._needed[number])
        return Plans(plan, tuple((number, self._plans[number]) for number in sorted(numbers)))


def _find_references(plan: Plan) -> set[int]:
    """The numbers to which `plan` itself refers."""
    found: set[int] = set()
    waiting = [plan]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Reference):
            found.add(each.number)
        elif isinstance(each, OBJECTS):  # most of its members are scalars
            waiting += [member.plan for member in each.members if type(member.plan) in REFERRING]
            waiting += [member.plan for member in each.pool if type(member.plan) in REFERRING]
        elif isinstance(each, Array):
            waiting += each.first
            waiting.append(each.item)
        elif isinstance(each, Either):
            waiting += each.plans
        elif isinstance(each, Nullable):
            waiting.append(each.plan)
    return found
