"""Random numbers of rules, one for each purpose.

Those of a rule with a seed come from the seed and the turn, which all workers count in common: the same turns draw the
same numbers, in any worker. They are made by SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
Generators, 2014), as in `cext/state/state_steps.h`, where a step of the shared state draws whether a rule is struck.
"""

import random
from typing import Final, Protocol

STRUCK, CHOICE, DELAY, TEMPLATE = range(4)
"""Purposes."""
PURPOSES: Final = 4

_MASK: Final = 2**64 - 1


class Draws(Protocol):
    def number(self, purpose: int) -> float:
        """A number from 0 up to, but not including, 1."""


class FreeDraws:
    """Draws without a seed."""

    def number(self, purpose: int) -> float:
        return random.random()


class SeededDraws:
    """The numbers of one turn of a rule with a seed."""

    __slots__ = ("seed", "turn")

    def __init__(self, seed: int, turn: int) -> None:
        self.seed = seed
        self.turn = turn

    def number(self, purpose: int) -> float:
        return (self.bits(purpose) >> 11) * 2.0**-53

    def bits(self, purpose: int) -> int:
        """64 random bits."""
        bits = (self.seed + (self.turn * PURPOSES + purpose + 1) * 0x9E3779B97F4A7C15) & _MASK
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
        return bits ^ (bits >> 31)


FREE_DRAWS: Final = FreeDraws()
