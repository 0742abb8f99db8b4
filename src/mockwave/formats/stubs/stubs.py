"""A stub: a set of requests and their responses; one entry of a file that holds an ordered list of stubs.

A reader makes one for each entry, in order of precedence, and `arrangement.py` makes routes and rules from them.
"""

import hashlib
from typing import Any, Final

from msgspec import Struct

from mockwave.formats.stubs.stub_responses import Response
from mockwave.model import METHODS

MAXIMUM_NAME_BYTES: Final = 96  # as rules take them (mockwave.state.states.LABEL_BYTES)
DIGEST_CHARACTERS: Final = 8

Condition = dict[str, Any]


class Stub(Struct, kw_only=True):
    """One entry of a file.

    `methods`: those that it answers. `path` is a path pattern; where none can say it, `path_operator` is an operator on
    the whole path, None for every path. `when`: what else a request has to be. `unless_alone`: conditions that count
    only where another stub answers the requests that they refuse; where none does, they are dropped with a note, so
    that the stub stays a route without rules; `unasked` names what nobody asks for then. `responses` are answered in
    turn or by chance (`choice`). `limits` are members of the rule that say when and how often it holds: scenario,
    times, probability, key, until.
    """

    pointer: str
    name: str = ""
    methods: tuple[str, ...] = METHODS
    path: str | None = None
    path_operator: dict[str, Any] | None = None
    when: Condition = {}
    unless_alone: Condition = {}
    unasked: str = "the query"
    responses: list[Response]
    choice: str = "sequence"
    on_exhausted: str = "cycle"
    limits: dict[str, Any] = {}
    id: str = ""

    @property
    def is_conditional(self) -> bool:
        return bool(self.when or self.limits)

    @property
    def is_plain(self) -> bool:
        """Whether the fields of a route can express all its answers."""
        return len(self.responses) == 1 and self.responses[0].is_plain

    @property
    def has_state(self) -> bool:
        """Whether its answers depend on earlier ones."""
        return len(self.responses) > 1 or bool(self.limits.keys() & {"times", "scenario", "rateLimit"})

    @property
    def names_parameters(self) -> bool:
        """Whether a condition or a template needs the parameters of its path."""
        return bool(asked_parameters(self.when)) or any(
            b"pathParameters" in response.body or any("pathParameters" in value for _, value in response.headers)
            for response in self.responses
            if response.template
        )

    def as_rule(self, name: str, when: Condition) -> dict[str, Any]:
        """Returns the rule, under another name and with these conditions."""
        rule: dict[str, Any] = {"name": name}
        if when:
            rule["when"] = when
        rule |= self.limits
        if "scenario" in self.limits:
            rule["scenario"] = {member: fit_label(text) for member, text in self.limits["scenario"].items()}
        thens = [response.as_then() for response in self.responses]
        if len(thens) == 1:
            rule["then"] = thens[0]
        elif self.choice == "random":
            rule["then"] = {
                "random": [
                    {"weight": response.weight, **then} for response, then in zip(self.responses, thens, strict=True)
                ]
            }
        else:
            steps = [
                {**then, **({"repeat": response.repeat} if response.repeat > 1 else {})}
                for response, then in zip(self.responses, thens, strict=True)
            ]
            rule["then"] = {"sequence": steps, "onExhausted": self.on_exhausted}
        return rule


def printable(text: str) -> str:
    """Returns the text on one line, without characters that cannot be seen."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def fit_label(text: str) -> str:
    """Returns the text as the name of a scenario or a state. One that is cut ends in its digest, so that long names
    stay distinct, and equal ones equal."""
    label = printable(text) or "-"
    if len(label.encode()) <= MAXIMUM_NAME_BYTES:
        return label
    digest = hashlib.sha256(label.encode()).hexdigest()[:DIGEST_CHARACTERS]
    cut = label.encode()[: MAXIMUM_NAME_BYTES - DIGEST_CHARACTERS - 1].decode(errors="ignore")
    return f"{cut} {digest}"


def asked_parameters(when: Any) -> set[str]:
    """Returns the path parameters that a condition names."""
    if isinstance(when, list):
        return set().union(*map(asked_parameters, when))
    if not isinstance(when, dict):
        return set()
    named = when.get("pathParameters")
    below = (asked_parameters(when[key]) for key in ("all", "any", "not") if key in when)
    return set(named if isinstance(named, dict) else ()).union(*below)


def all_of(*conditions: Condition) -> Condition:
    """Returns a condition that holds if all of these hold; members of different kinds are put side by side."""
    given = [condition for condition in conditions if condition]
    if not given:
        return {}
    merged: Condition = {}
    rest: list[Condition] = []
    for condition in given:
        for key, value in condition.items():
            known: Any = merged.get(key)
            if key not in merged:
                merged[key] = value
            elif key in NAMED and not (known.keys() & value.keys()):
                merged[key] = {**known, **value}
            elif key in ("all", "body") and isinstance(known, list):
                merged[key] = [*known, *value]
            else:
                rest.append({key: value})
    if rest:
        merged["all"] = [*merged.get("all", []), *rest]
    return merged


NAMED: Final = frozenset(("pathParameters", "query", "headers", "cookies", "form"))
"""Conditions on values by name."""


def any_of(conditions: list[Condition]) -> Condition:
    """Returns a condition that holds if one of these holds."""
    return conditions[0] if len(conditions) == 1 else {"any": conditions}


def negate(condition: Condition) -> Condition:
    return condition["not"] if condition.keys() == {"not"} else {"not": condition}
