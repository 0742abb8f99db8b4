"""Lists of rules as tests write them: read, and asked without a request, as their conditions are tested elsewhere."""

from typing import Any

from mockwave.model import FAULT_NAMES
from mockwave.rules.outcomes.answers import StaticAnswer
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_reading import RuleFaults, read_rules
from mockwave.rules.rules import Decision, RuleSet
from mockwave.state.states import States
from tests.contract.rule_schemas import find_schema_faults
from tests.unit.state.model_states import ModelStates

SERVER, OWNER = b"s" * 16, b"o" * 16


def rules_of(*rules: Any, of_server: bool = False, route: RouteTraits | None = None) -> RuleSet:
    """These rules, which are accepted, and then conform to `openapi.yaml` as well."""
    found = read_rules(list(rules), at="/rules", of_server=of_server, route=route, engine_faults=FAULT_NAMES)
    assert [fault for rule in rules for fault in find_schema_faults(rule)] == []
    return found


def faults_of(*rules: Any, route: RouteTraits | None = None, engine_faults: Any = FAULT_NAMES) -> dict[str, str]:
    """The pointers of what is wrong with these rules, and the rule broken there."""
    try:
        read_rules(list(rules), at="/rules", of_server=False, route=route, engine_faults=engine_faults)
    except RuleFaults as faults:
        return {fault.pointer: fault.rule for fault in faults.violations}
    return {}


def view_of(method: str = "GET", **parts: Any) -> RequestView:
    return RequestView(**{"method": method, "path": b"/", "query": b"", "headers": [], "body": b"", **parts})


class Asked:
    """Rules with the state that they share, asked time and again."""

    def __init__(self, *rules: Any, states: States | None = None, **traits: Any) -> None:
        self.rules = rules_of(*rules, **traits)
        self.states: States = states or ModelStates()

    def decide(self, **parts: Any) -> Decision | None:
        return self.rules.decide(view_of(**parts), self.states, SERVER, OWNER)

    def status(self, **parts: Any) -> int | None:
        """The status of the answer; None: no rule answers."""
        decision = self.decide(**parts)
        if decision is None or decision.goes_on:
            return None
        assert isinstance(decision.answer, StaticAnswer)
        return decision.answer.status

    def statuses(self, count: int, **parts: Any) -> list[int | None]:
        return [self.status(**parts) for _ in range(count)]
