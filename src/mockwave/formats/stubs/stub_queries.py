"""Conditions on the query of a request, as other tools have them: some values, or these and no others."""

from collections.abc import Iterable
from typing import Any

from mockwave.formats.stubs.stubs import Condition


def query_conditions(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Operators by name that hold for a query of these pairs."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {
        name: {"equalTo": found[0]} if len(found) == 1 else {"hasExactly": [{"equalTo": each} for each in found]}
        for name, found in values.items()
    }


def only_queries(operators: dict[str, Any]) -> Condition:
    """The condition that a query has these and nothing else."""
    return {"query": {"strict": True, **operators}}


def no_query() -> Condition:
    """The condition that there is no query."""
    return {"query": {"strict": True}}
