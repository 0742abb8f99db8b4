"""How many rules of long lists a worker keeps in memory as read: a rule takes some 1.5 KB, and each list of each route
may have ten thousand.

The list read longest ago is forgotten first, and read again when it is next needed. Compiled code keeps its quick
tests, and the Replies that it always leads to.
"""

import weakref
from typing import Final

from mockwave.mocks.listed_rules import ListedRules

MOST_KEPT: Final = 100_000


class KeptLists:
    """The long lists of one worker that have been read."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._sizes: dict[weakref.ref[ListedRules], int] = {}
        """Numbers of rules, in the order in which the lists were read. Lists whose route has changed are removed."""
        self._total = 0

    def keep(self, listed: ListedRules) -> None:
        """To be called with a list that has been read, whenever it is tried the long way."""
        known = weakref.ref(listed, self._drop)
        rules = listed.read_here()
        if rules is None or not listed.is_long or known in self._sizes:
            return
        self._sizes[known] = len(rules.rules)
        self._total += len(rules.rules)
        while self._total > self._most and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            forgotten = oldest()
            if forgotten is not None:
                forgotten.forget()
            self._drop(oldest)

    def _drop(self, known: "weakref.ref[ListedRules]") -> None:
        self._total -= self._sizes.pop(known, 0)
