"""A route whose own body and headers are templates: read as a rule's `then` of the same texts would be.

Its status is a number, as the contract has it; a status that is a template is for rules.
"""

from collections.abc import Sequence

from msgspec import Struct

from mockwave.pointers import pointer_below
from mockwave.rules.outcomes.answers import TemplatedAnswer
from mockwave.rules.outcomes.then import PlacedTemplate, TemplateCompiler


class RouteTemplate(Struct, frozen=True, kw_only=True):
    """What such a route answers with; it is read when it is first asked for. `delay_ms` is the route's."""

    dialect: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes
    delay_ms: int

    @property
    def has_tags(self) -> bool:
        """Whether any of it may have some. A text without is sent as it is."""
        return any("{{" in value or "{%" in value for _, value in self.headers) or (
            b"{{" in self.body or b"{%" in self.body
        )

    def read(self) -> tuple[TemplatedAnswer, Sequence[PlacedTemplate]]:
        """The answer, and its templates by their pointers in the body of the call that sets the route."""
        templates: list[PlacedTemplate] = []
        compile_text = TemplateCompiler(self.dialect, templates)
        headers = []
        for name, value in self.headers:
            headers.append((name, compile_text(value, pointer_below("/responseHeaders", name)) or value))
        body = compile_text(self.body.decode(errors="replace"), "/responseBody") or self.body
        answer = TemplatedAnswer(status=self.status, headers=tuple(headers), content_type=self.content_type, body=body)
        return answer, templates
