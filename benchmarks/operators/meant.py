"""Differences from WireMock that are meant, each with its reason; docs/rules.md tells them to users.

A difference is looked up from the top: the first row that fits it says why. A row has the family, patterns that the
condition and the request have to contain (empty: any), and what the two servers say (empty: anything).
"""

import re
from typing import Final, NamedTuple

from benchmarks.operators.pairs import Difference


class Meant(NamedTuple):
    family: str
    when: str
    request: str
    mine: str
    theirs: str
    reason: str


MEANT: Final[tuple[Meant, ...]] = ()


def find_reason(family: str, difference: Difference) -> str:
    """Why the difference is meant; "" if it is not."""
    for row in MEANT:
        if (
            row.family in (family, "")
            and re.search(row.when, difference.when)
            and re.search(row.request, difference.request, re.DOTALL)
            and difference.mine.startswith(row.mine)
            and difference.theirs.startswith(row.theirs)
        ):
            return row.reason
    return ""
