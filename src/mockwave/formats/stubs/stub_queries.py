"""Conditions on the query of a request, as other tools have them: these values, with or without others."""

from collections.abc import Iterable
from typing import Any

from mockwave.formats.stubs.stubs import Condition


def query_conditions(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Returns operators by name that hold for a query with these pairs."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {
        name: {"equalTo": found[0]} if len(found) == 1 else {"hasExactly": [{"equalTo": each} for each in found]}
        for name, found in values.items()
    }


def only_queries(operators: dict[str, Any]) -> Condition:
    """Returns the condition that a query has these parameters only."""
    return {"query": {"strict": True, **operators}}


def no_query() -> Condition:
    """Returns the condition that there is no query."""
    return {"query": {"strict": True}}
