"""Rules as tests write them: `when(query={"page": "2"})` and its answer, turned into the JSON of docs/rules.md."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from mockwave.model import RuleObject

Matchers = Mapping[str, Any]
"""Name → the expected text, or operators such as {"matches": "[0-9]+"}."""


def write_condition(
    *,
    query: Matchers | None = None,
    headers: Matchers | None = None,
    cookies: Matchers | None = None,
    form: Matchers | None = None,
    path_parameters: Matchers | None = None,
    json: Any = UNSET,
    body: Any = None,
    others: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes the `when` of a rule. `json` is the expected body as a value; `body` is the expected text, or a list of
    operators; `others` are further fields of a `when`, unchanged."""
    named = {"query": query, "headers": headers, "cookies": cookies, "form": form, "pathParameters": path_parameters}
    condition: dict[str, Any] = {
        field: {name: _write_matcher(value) for name, value in matchers.items()}
        for field, matchers in named.items()
        if matchers is not None
    }
    operators = [] if body is None else list(body) if isinstance(body, list | tuple) else [_write_matcher(body)]
    operators += [] if json is UNSET else [{"equalToJson": json}]
    if operators:
        condition["body"] = operators
    return {**condition, **(others or {})}


def write_answer(
    status: int, body: str | None, media_type: str, headers: Mapping[str, str | list[str]] | None, delay_ms: int
) -> dict[str, Any]:
    """The `then` of a rule."""
    answer: dict[str, Any] = {"statusCode": status}
    if body is not None:
        answer["responseBody"] = body
    if media_type:
        answer["contentType"] = media_type
    if headers:
        answer["responseHeaders"] = dict(headers)
    if delay_ms:
        answer["delay"] = delay_ms
    return answer


def name_rule(rules: list[RuleObject], given: str) -> str:
    """The name of the next rule: the given one, or a unique one."""
    return given or f"when-{len(rules) + 1}"


def _write_matcher(value: Any) -> Any:
    """Operators stay as they are; any other value means equality with its text."""
    if isinstance(value, Mapping):
        return dict(value)
    return {"equalTo": str(value).lower() if isinstance(value, bool) else str(value)}
