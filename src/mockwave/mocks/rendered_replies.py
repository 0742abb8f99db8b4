"""Replies of rules with templates: rendered for each request, here if that is quick, else by a Renderer.

The output has to be valid in a response: a status, header values without control characters. If a template cannot be
rendered, or its output is invalid, the answer is a 500 problem document that names the rule and the place.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random
from secrets import token_hex
from typing import Final, Protocol

from mockwave._responder import Reply
from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES
from mockwave.mocks.replies import BODILESS_STATUSES
from mockwave.mocks.ruled_replies import build_reply
from mockwave.problems import Refusal
from mockwave.response_fields import STATUS_CODES
from mockwave.rules.draws import TEMPLATE, SeededDraws
from mockwave.rules.outcomes.answers import TemplatedAnswer
from mockwave.rules.request_view import RequestView
from mockwave.rules.rules import Decision
from mockwave.templates import Template, TemplateContext, TemplateError

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Renders(Protocol):
    async def render(self, owner: str, templates: Sequence[Template], context: TemplateContext) -> list[str]:
        """Renders the texts of the templates. Raises TemplateError, Refusal."""


def templates_of(answer: TemplatedAnswer) -> list[Template]:
    """The templates of the answer: its status, its headers in order, its body."""
    texts = (answer.status, *(value for _, value in answer.headers), answer.body)
    return [text for text in texts if isinstance(text, Template)]


def make_context(decision: Decision, view: RequestView, state: Mapping[str, str]) -> TemplateContext:
    draws = decision.draws
    chance = Random(draws.bits(TEMPLATE)) if isinstance(draws, SeededDraws) else None
    return TemplateContext(view, state, chance, request_id=token_hex(16))


def render_here(answer: TemplatedAnswer, context: TemplateContext) -> list[str] | None:
    """Renders the answer's templates here; None if that takes too long. Raises TemplateError."""
    texts = []
    for template in templates_of(answer):
        text = template.render_here(context)
        if text is None:
            return None
        texts.append(text)
    return texts


def build_rendered(answer: TemplatedAnswer, texts: list[str], decision: Decision, route_id: bytes, cors: bool) -> Reply:
    """Builds the Reply of the answer from the rendered texts. Raises Refusal."""
    rest = iter(texts)
    status = answer.status
    if isinstance(status, Template):
        status = read_status(next(rest), decision)
    headers = []
    for name, value in answer.headers:
        text = next(rest) if isinstance(value, Template) else value
        if _CONTROL.search(text) or len(text) > MAXIMUM_HEADER_BYTES:
            reason = f"its template for {name} made an invalid header value: {text[:100]!r}"
            raise refuse_rendering(decision, reason)
        headers.append((name, text))
    body = next(rest).encode(errors="replace") if isinstance(answer.body, Template) else answer.body
    if status in BODILESS_STATUSES:
        body = b""
    return build_reply(status, tuple(headers), answer.content_type, body, route_id, cors)


def read_status(text: str, decision: Decision) -> int:
    stripped = text.strip()
    if len(stripped) == 3 and stripped.isascii() and stripped.isdigit() and int(stripped) in STATUS_CODES:
        return int(stripped)
    raise refuse_rendering(decision, f"its template for statusCode made an invalid status: {text[:100]!r}")


def refuse_rendering(decision: Decision, reason: str | TemplateError) -> Refusal:
    whose = f"rule {decision.rule}" if decision.rule else "the route's own template"
    return Refusal(500, "template-fault", f"{whose}: {reason}")
