"""A route whose own body and headers are templates: they are read like a rule's `then` with the same texts.

Its status is a number, as in the contract; only rules can have a template as status.
"""

from collections.abc import Sequence

from msgspec import Struct

from mockwave.pointers import pointer_below
from mockwave.rules.outcomes.answers import TemplatedAnswer
from mockwave.rules.outcomes.then import PlacedTemplate, TemplateCompiler


class RouteTemplate(Struct, frozen=True, kw_only=True):
    """The answer of such a route, parsed at first use. `delay_ms` is the route's."""

    dialect: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes
    delay_ms: int

    @property
    def has_tags(self) -> bool:
        """Whether any text may have tags. A text without tags is sent as it is."""
        return any("{{" in value or "{%" in value for _, value in self.headers) or (
            b"{{" in self.body or b"{%" in self.body
        )

    def read(self) -> tuple[TemplatedAnswer, Sequence[PlacedTemplate]]:
        """Reads the answer, and its templates by their pointers in the body of the call that sets the route."""
        templates: list[PlacedTemplate] = []
        compile_text = TemplateCompiler(self.dialect, templates)
        headers = []
        for name, value in self.headers:
            headers.append((name, compile_text(value, pointer_below("/responseHeaders", name)) or value))
        body = compile_text(self.body.decode(errors="replace"), "/responseBody") or self.body
        answer = TemplatedAnswer(status=self.status, headers=tuple(headers), content_type=self.content_type, body=body)
        return answer, templates
