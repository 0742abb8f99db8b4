"""Requests and renders for the tests of templates."""

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

from mockwave.model import Violation
from mockwave.rules.request_view import RequestView
from mockwave.templates import Dialect, TemplateContext, compile_template

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_000, tzinfo=UTC)


def a_request(
    *,
    method: str = "POST",
    path: bytes = b"/orders/7%2F8/items",
    query: bytes = b"user=ada&tag=x&tag=y&text=a%20b",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes | None = b'{"name": "Zoe", "items": [1, "two", {"a": null}], "total": 12.5, "is": true}',
) -> RequestView:
    """A request that has something of everything."""
    return RequestView(
        method=method,
        path=path,
        query=query,
        headers=headers
        or [
            (b"content-type", b"application/json"),
            (b"x-plan", b"pro"),
            (b"accept", b"a/b"),
            (b"accept", b"c/d"),
            (b"cookie", b"theme=dark; session=s1"),
            (b"x-session-id", b"SECRET"),
        ],
        body=body,
        client="192.0.2.7",
        path_parameters={"id": "7/8"},
        request_id="r-1",
    )


def render(
    text: str,
    dialect: Dialect = "liquid",
    view: RequestView | None = None,
    state: Mapping[str, str] | None = None,
    seed: int = 1,
) -> str:
    """The text of a template for a request; what it has no tags for stays as it is."""
    faults: list[Violation] = []
    template = compile_template(text, dialect, at="/responseBody", faults=faults)
    assert not faults
    assert template is not None
    return template.render(TemplateContext(view or a_request(), state or {}, Random(seed), NOW, "r-1"))


def fault_of(text: str, dialect: Dialect = "liquid") -> str:
    """What is said of a template that cannot be read."""
    faults: list[Violation] = []
    compile_template(text, dialect, at="/responseBody", faults=faults)
    (fault,) = faults
    assert (fault.location, fault.pointer, fault.rule) == ("body", "/responseBody", "template")
    return fault.message
