"""Stored rules: JSON text that was checked when it was stored, against a route that may have changed since.

So the route is not checked again: a response that the document no longer declares, or a fault that the engine cannot
do, is found when a rule answers with it; and a condition that can never hold does no harm.
"""

from collections.abc import Collection, Generator, Iterator
from typing import Final

import msgspec

from mockwave.rules.deferral import Deferral
from mockwave.rules.outcomes.faults import FAULTS
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import finish_reading, read_in_steps
from mockwave.rules.rules import RuleSet


class AnyName(Collection[str]):
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


ANY_ROUTE: Final = RouteTraits(path_parameters=AnyName(), declares_any=True)


split_stored = msgspec.json.Decoder(list[msgspec.Raw]).decode
"""The rules of a stored list, each still as its text: to read ten thousand in one go would take too long."""


def read_stored_in_steps(
    stored: bytes, *, of_server: bool, deferral: Deferral | None = None
) -> Generator[None, None, RuleSet]:
    """Reads the rules, and yields now and then, so that other requests can be let in. With a `deferral`, what takes
    long to compile is put off. Raises RuleFaults if another version of mockwave has stored rules that this one cannot
    read."""
    route = None if of_server else ANY_ROUTE
    given = split_stored(stored)
    return read_in_steps(
        given,
        at="/rules",
        of_server=of_server,
        route=route,
        engine_faults=FAULTS,
        may_never_hold=True,
        deferral=deferral,
    )


def read_stored(stored: bytes, *, of_server: bool, deferral: Deferral | None = None) -> RuleSet:
    """Like `read_stored_in_steps`, in one go."""
    return finish_reading(read_stored_in_steps(stored, of_server=of_server, deferral=deferral))
