"""Rules as they are stored: JSON text that was checked when it was, against a route that may have changed since.

So nothing of the route is asked again: what a document no longer declares, or the engine cannot do, is found when a
rule answers with it; and what can never hold does no harm.
"""

from collections.abc import Collection, Generator, Iterator
from typing import Final

import msgspec

from mockwave.rules.outcomes.faults import FAULTS
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import finish_reading, read_in_steps
from mockwave.rules.rules import RuleSet


class AnyName(Collection[str]):
    """Has whichever name is asked for."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


ANY_ROUTE: Final = RouteTraits(path_parameters=AnyName(), declares_any=True)


def read_stored_in_steps(stored: bytes, *, of_server: bool) -> Generator[None, None, RuleSet]:
    """The rules; yields now and then, so that others can be let in. Raises RuleFaults where another version of mockwave
    has stored what this one cannot read."""
    route = None if of_server else ANY_ROUTE
    given = msgspec.json.decode(stored)
    return read_in_steps(
        given, at="/rules", of_server=of_server, route=route, engine_faults=FAULTS, may_never_hold=True
    )


def read_stored(stored: bytes, *, of_server: bool) -> RuleSet:
    """As `read_stored_in_steps`, in one go."""
    return finish_reading(read_stored_in_steps(stored, of_server=of_server))
