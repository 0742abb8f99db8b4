"""Conditions and requests for the tests of conditions."""

from typing import Any

from mockwave.model import Violation
from mockwave.rules.conditions import Condition, compile_condition
from mockwave.rules.request_view import RequestView
from tests.contract.rule_schemas import find_schema_faults


def compile_when(when: Any, *, of_server: bool = True, path_parameters: tuple[str, ...] | None = None) -> Condition:
    """The condition of `when`, which has no fault, and conforms to `openapi.yaml` as well."""
    faults: list[Violation] = []
    condition = compile_condition(
        when, at="/rules/0/when", of_server=of_server, path_parameters=path_parameters, faults=faults
    )
    assert faults == []
    assert find_schema_faults({"when": when}) == []
    return condition


def find_faults(
    when: Any, *, of_server: bool = True, path_parameters: tuple[str, ...] | None = None
) -> dict[str, tuple[str, str]]:
    """The rule broken and the message, by the pointer below `when`."""
    faults: list[Violation] = []
    compile_condition(when, at="", of_server=of_server, path_parameters=path_parameters, faults=faults)
    return {fault.pointer: (fault.rule, fault.message) for fault in faults}


def view(
    *,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    headers: list[tuple[str, str]] | None = None,
    body: bytes | str | None = b"",
    client: str = "127.0.0.1",
    path_parameters: dict[str, str] | None = None,
) -> RequestView:
    """A request, as a mock gets it."""
    return RequestView(
        method=method,
        path=path.encode(),
        query=query.encode(),
        headers=[(name.lower().encode(), value.encode()) for name, value in headers or []],
        body=body.encode() if isinstance(body, str) else body,
        client=client,
        path_parameters=path_parameters or {},
    )
