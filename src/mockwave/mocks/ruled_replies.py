"""Decision → Reply: the answer of a rule, as bytes if they are the same each time.

A static answer's Reply is made once for each route for which it answers, and kept with the answer. A declared response
is chosen as if the client had named it with Prefer. An answer that is left to the route is the route's, spoilt or
slowed down.
"""

from collections.abc import Collection
from typing import Final

from mockwave._responder import Choice, Reply, RuledReply
from mockwave.mocks.choices import AnyChoice, options_of, read_accept_header
from mockwave.mocks.pacing import Pacing, pacing_of
from mockwave.mocks.preferences import Preferences
from mockwave.mocks.replies import (
    BODILESS_STATUSES,
    MOCKED_BY_ROUTE,
    MOCKED_BY_RULE,
    build_headers,
    build_problem_reply,
)
from mockwave.model import FAULT_NAMES
from mockwave.problems import Refusal
from mockwave.rules.outcomes.answers import DeclaredAnswer, StaticAnswer
from mockwave.rules.outcomes.faults import FAULTS_WITH_HEAD
from mockwave.rules.rules import Decision
from mockwave.store.records import ServerRecord

LONGEST_DELAY_MS: Final = 4_000_000
MOST_KEPT: Final = 1024
"""Most Replies kept for one static answer of a server's rule, by the route that would have answered."""

NUMBERS_OF_FAULTS: Final[dict[str, int]] = {name: number for number, name in enumerate(FAULT_NAMES, 1)}


def mark_reply(reply: Reply, decision: Decision, engine_faults: Collection[str], cors: bool) -> Reply:
    """The Reply as the rule sends it: with its name, delay, fault and pace. Without a rule it is a route's own."""
    fault = decision.fault
    if fault and fault not in engine_faults:
        refusal = Refusal(
            500,
            "fault-not-available",
            f"rule {decision.rule}: {fault} is impossible with this server's engine; start it with --engine uvloop",
        )
        return RuledReply(build_problem_reply(refusal, cors, reply.route_id), decision.rule.encode())
    pacing: Pacing | None = pacing_of(decision.throttle, fault)
    delay_ms = min(reply.delay_ms + decision.delay_ms, LONGEST_DELAY_MS)
    if delay_ms != reply.delay_ms:
        reply = reply.replacing(delay_ms=delay_ms)
    if not decision.rule:
        return reply
    return RuledReply(
        reply,
        decision.rule.encode(),
        fault=NUMBERS_OF_FAULTS[fault] if fault else 0,
        pacing=pacing,
        sends_nothing=fault != "" and fault not in FAULTS_WITH_HEAD,
    )


def find_static_reply(
    answer: StaticAnswer, decision: Decision, route_id: bytes, cors: bool, engine_faults: Collection[str]
) -> Reply:
    """The Reply of a static answer to a request that the route with this id (empty for none) matches. It is kept if the
    Decision's delay and pace are the answer's usual ones."""
    made: dict[tuple[bytes, bool, int, object, str], Reply] | None = answer.made
    if made is None:
        made = answer.made = {}
    question = route_id, cors, decision.delay_ms, decision.throttle, decision.fault
    reply = made.get(question)
    if reply is None:
        reply = mark_reply(build_static_reply(answer, route_id, cors), decision, engine_faults, cors)
        if len(made) >= MOST_KEPT:
            made.clear()
        made[question] = reply
    return reply


def build_static_reply(answer: StaticAnswer, route_id: bytes, cors: bool) -> Reply:
    body = b"" if answer.status in BODILESS_STATUSES else answer.body
    return build_reply(answer.status, answer.headers, answer.content_type, body, route_id, cors)


def build_reply(
    status: int, headers: tuple[tuple[str, str], ...], content_type: str, body: bytes, route_id: bytes, cors: bool
) -> Reply:
    """Builds a response of a rule; with an empty body no content type is sent, as for a custom route."""
    return Reply(
        status,
        build_headers(headers, content_type if body else "", cors),
        body,
        route_id=route_id,
        flags=MOCKED_BY_ROUTE if route_id else MOCKED_BY_RULE,
    )


def choose_declared(
    answer: DeclaredAnswer, route_answer: Reply | AnyChoice, headers: list[tuple[bytes, bytes]], server: ServerRecord
) -> Reply:
    """Chooses the response that the rule names among those that the document declares for its route."""
    preferences = Preferences(example=answer.example or None, dynamic=answer.dynamic)
    if not isinstance(route_answer, AnyChoice):
        # A route with a single response sends it, whatever its name.
        return route_answer
    options = options_of(route_answer, server)
    default = route_answer if isinstance(route_answer, Choice) else route_answer.default
    if answer == DeclaredAnswer():
        return default
    return options.answer_declared(answer.response, read_accept_header(headers), preferences)


def empty_reply(route_id: bytes) -> Reply:
    """The placeholder for a response if a fault leaves none."""
    return Reply(200, (), b"", route_id=route_id, flags=MOCKED_BY_ROUTE if route_id else MOCKED_BY_RULE)
