"""A typed client of the management API, blocking and for asyncio; see docs/client.md.

The two clients are loaded at first use, and httpx with them: `mockwave serve` makes its calls without it.
"""

import importlib
from typing import TYPE_CHECKING

from mockwave.client.errors import (
    Forbidden,
    InvalidRequest,
    MockwaveError,
    NoAnswer,
    NotFound,
    ProblemError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
)
from mockwave.client.event_streams import StreamEvent
from mockwave.client.log_calls import LogFilter
from mockwave.client.pages import Page
from mockwave.client.route_calls import RouteFilter
from mockwave.client.server_calls import NotOneServer
from mockwave.client.service_calls import Readiness
from mockwave.client.state_calls import StateFilter
from mockwave.model import (
    DeclaredResponse,
    Figures,
    FigureStep,
    ImportProblem,
    ImportReport,
    LogEntry,
    MockRoute,
    MockRouteCreate,
    MockRules,
    MockServer,
    MockServerCreate,
    MockServerUpdate,
    MockState,
    MockStateUpdate,
    RuleObject,
    RuleWarning,
    Violation,
)

if TYPE_CHECKING:
    from mockwave.client.clients import AsyncMockwaveClient, MockwaveClient

__all__ = [
    "AsyncMockwaveClient",
    "DeclaredResponse",
    "FigureStep",
    "Figures",
    "Forbidden",
    "ImportProblem",
    "ImportReport",
    "InvalidRequest",
    "LogEntry",
    "LogFilter",
    "MockRoute",
    "MockRouteCreate",
    "MockRules",
    "MockServer",
    "MockServerCreate",
    "MockServerUpdate",
    "MockState",
    "MockStateUpdate",
    "MockwaveClient",
    "MockwaveError",
    "NoAnswer",
    "NotFound",
    "NotOneServer",
    "Page",
    "ProblemError",
    "Readiness",
    "RouteFilter",
    "RuleObject",
    "RuleWarning",
    "StateFilter",
    "StreamEvent",
    "TooLarge",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Violation",
]


def __getattr__(name: str) -> type:
    if name not in ("AsyncMockwaveClient", "MockwaveClient"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    client: type = getattr(importlib.import_module("mockwave.client.clients"), name)
    globals()[name] = client
    return client
