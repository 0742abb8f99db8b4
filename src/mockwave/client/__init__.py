"""A typed client of the management API, blocking and for asyncio; see docs/client.md."""

from mockwave.client.clients import AsyncMockwaveClient, MockwaveClient
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
