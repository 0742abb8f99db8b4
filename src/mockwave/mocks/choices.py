"""Choices: the values in the Matcher for routes with several Replies, and the choice of a request's Reply.

A plain hit is answered with the route's own Reply and never comes here. `route_options.py` defines the others.
"""

from typing import Any

from msgspec import Struct

from mockwave._header_fields import values_of
from mockwave._matcher import Match
from mockwave._responder import Choice, Reply, RuledAnswer
from mockwave.bodies.syntaxes import is_json
from mockwave.mocks.preferences import NO_PREFERENCES, read_request_preferences
from mockwave.mocks.replies import BODILESS_STATUSES
from mockwave.mocks.route_options import Options
from mockwave.store.records import RouteRecord, ServerRecord


class ConsideredChoice(Struct, frozen=True):
    """Stands in place of a Choice if choosing takes more than a glance at the headers: its server is dynamic, or
    validates requests. It is not a Reply, so it is never a plain hit."""

    default: Reply
    options: Options


AnyChoice = Choice | ConsideredChoice
"""The value in the Matcher for a route with several Replies."""


def build_choice(route: RouteRecord, default: Reply, server: ServerRecord) -> AnyChoice:
    """Builds the value in the Matcher for a route with variants: its own Reply, with access to the others.

    A Choice keeps the variants encoded until a request needs one; most are never needed.
    """
    encoded = route.variants or b""
    # A body that could not be made is empty, and an empty text is not valid JSON.
    has_no_default = not route.body and is_json(route.content_type) and route.status_code not in BODILESS_STATUSES
    if not (has_no_default or server.dynamic or server.validate_requests or server.seed is not None):
        return Choice(default, encoded, route.parts)
    options = Options(default, encoded, route.parts, server, f"{route.method} {route.path}", has_no_default)
    is_considered = has_no_default or server.dynamic or (server.validate_requests and options.asks_of_requests)
    return ConsideredChoice(default, options) if is_considered else Choice(default, options)


def answer_of(found: Match[Any]) -> Reply | ConsideredChoice:
    """Returns the route's answer if no rule answers."""
    value = found.value
    answer: Reply | ConsideredChoice = value.default if isinstance(value, RuledAnswer) else value
    return answer


def choose_reply(choice: AnyChoice, headers: list[tuple[bytes, bytes]], query: bytes, server: ServerRecord) -> Reply:
    """Chooses the Reply of the server's route to a request with these headers and this query."""
    preferences = read_request_preferences(headers, query)
    accept = read_accept_header(headers)
    has_wishes = preferences != NO_PREFERENCES or accept not in (None, b"*/*")
    if isinstance(choice, Choice) and not has_wishes:
        return choice
    options = options_of(choice, server)
    if not (has_wishes or options.is_dynamic or options.has_no_default):
        return choice.default
    reply, is_kept = options.answer(accept, preferences)
    if is_kept and isinstance(choice, Choice):
        options.keep_at(choice, headers, query, reply)
    return reply


def options_of(choice: AnyChoice, server: ServerRecord) -> Options:
    """All possible answers of the route."""
    if isinstance(choice, Choice) and isinstance(choice.options, bytes):
        choice.options = Options(choice.default, choice.options, choice.parts, server)
    options: Options = choice.options
    return options


def read_accept_header(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """The value of Accept, with its field lines joined; None without one."""
    accepts = values_of(headers, b"accept")
    return b", ".join(accepts) if accepts else None
