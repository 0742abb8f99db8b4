"""Why a request was answered as it was: computed from its log entry and what is stored now, never while it is answered.

Changes since the request may have changed the answer; `changedSince` says whether there were any.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from mockwave.model import LogEntry
from mockwave.pointers import pointer_below
from mockwave.rules.conditions import Difference, compile_condition
from mockwave.rules.request_view import RequestView
from mockwave.verification.closest_routes import ClosestRoute, RouteLine

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode


MOST_EXPLAINED = 500
"""Rules of a list that are explained whatever comes of them; of those after them, as many that hold."""

PACE = frozenset(("delay", "throttle"))
LIMITS = ("probability", "times", "until", "scenario", "rateLimit", "chaos")


class ExplainedRule(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A rule that the request met. `difference` is the first of its conditions that does not hold."""

    name: str
    owner: str
    answered: bool
    holds: bool
    difference: Difference | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Explanation(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """Why this route, rule and response, or why none; `closest` are the nearest routes, where none answered.
    `rules_left_out`: how many rules of long lists are not among `rules`, since they do not hold. `truncated`: the log
    has only a part of the request, so a rule that answered may not hold for what is left."""

    entry_id: str = msgspec.field(name="_id")
    reason: str
    changed_since: bool
    route: RouteLine | UnsetType = UNSET
    rules: list[ExplainedRule]
    rules_left_out: int = 0
    closest: list[ClosestRoute] | UnsetType = UNSET
    truncated: bool | UnsetType = UNSET


class ExplainedList(Struct):
    """What became of the rules of one list. `is_over`: one of them asked no rules below."""

    rules: list[ExplainedRule]
    left_out: int = 0
    is_over: bool = False


def explain_rules(owner: str, stored: bytes, view: RequestView, answered_by: str) -> ExplainedList:
    """What became of each rule of the list as stored, b"" for none; `answered_by` is the name that the log has."""
    explained: list[ExplainedRule] = []
    left_out = 0
    for index, rule in enumerate(_decode(stored) if stored else ()):
        name = str(rule.get("name") or f"#{index}")
        condition = compile_condition(
            rule.get("when", {}),
            at=pointer_below(pointer_below("/rules", index), "when"),
            of_server=owner == "server",
            path_parameters=None if owner == "server" else view.path_parameters.keys(),
            faults=[],
            may_never_hold=True,
        )
        difference = condition.explain(view)
        is_named = name_in_log(name, owner) == answered_by
        answered = is_named and not leaves_answer(rule)
        most = MOST_EXPLAINED if difference is not None else 2 * MOST_EXPLAINED
        if len(explained) >= most and not is_named:
            left_out += 1
            continue
        explained.append(
            ExplainedRule(
                name=name,
                owner=owner,
                answered=answered,
                holds=difference is None,
                difference=UNSET if difference is None else difference,
                note=UNSET if difference is not None or answered else note_on(rule),
            )
        )
        if is_named and not goes_on(rule):
            return ExplainedList(explained, left_out, is_over=True)
    return ExplainedList(explained, left_out)


def name_in_log(name: str, owner: str) -> str:
    return f"server:{name}" if owner == "server" else name


def goes_on(rule: dict[str, Any]) -> bool:
    """Whether the rules below are tried after this one whenever it holds."""
    then = rule.get("then")
    if isinstance(then, dict):
        return "next" in then
    chaos = rule.get("chaos")
    return isinstance(chaos, dict) and not (chaos.get("statuses") or chaos.get("faults"))


def leaves_answer(rule: dict[str, Any]) -> bool:
    """Whether the rule adds to an answer and does not answer itself."""
    then = rule.get("then")
    return goes_on(rule) or (isinstance(then, dict) and then.keys() <= PACE)


def note_on(rule: dict[str, Any]) -> str:
    """Why a rule may not have answered although its condition holds."""
    if goes_on(rule):
        return "its condition holds; what it adds was added to what answered below"
    if leaves_answer(rule):
        return "its condition holds; it left the answer to the route, and asked no rules below"
    limits: list[str] = [name for name in LIMITS if name in rule]
    then = rule.get("then")
    if isinstance(then, dict):
        limits += [name for name in ("sequence", "random") if name in then]
    if limits:
        return f"its condition holds; its {', '.join(limits)} passed the request on"
    return "its condition holds now; it was not there, or was another one, when the request came"


def find_reason(
    entry: LogEntry, closest: list[ClosestRoute], rules: Sequence[ExplainedRule] = (), *, is_route_gone: bool = False
) -> str:
    """The reason for the answer in one sentence; `rules` are the explained rules."""
    status = entry.response_status_code
    rule = "" if not entry.rule else entry.rule
    fault = "" if not entry.fault else f", spoilt by the fault {entry.fault}"
    if (
        rule
        and not any(each.answered for each in rules)
        and any(name_in_log(each.name, each.owner) == rule for each in rules)
    ):
        route = "the route answered" if entry.matched else "no route matched"
        return f"the rule {rule} left the answer to what comes below it, and {route}: {status}{fault}"
    if rule:
        return f"the rule {rule} answered with {status}{fault}"
    if entry.mocked_by == "preflight":
        return "a preflight, or an OPTIONS that no route declares, was answered by mockwave itself"
    if entry.matched and is_route_gone:
        return f"no rule answered, so the route did, with {status}; it has been deleted since, and its rules with it"
    if entry.matched:
        return f"no rule answered, so the route did, with {status}"
    if status == 503:
        return "the mock server did not serve: it was stopped, in error, or the request was refused for a while"
    if not closest:
        return f"the mock server has no routes, so the answer was {status}"
    nearest = closest[0]
    what = ", ".join(f"{each.kind} {each.expected!r} for {each.actual!r}" for each in nearest.differences)
    return f"no route answers this method and path ({status}); the nearest is {nearest.method} {nearest.path}: {what}"
