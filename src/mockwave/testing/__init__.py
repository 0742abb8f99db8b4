"""Mock servers for tests, without pytest too; see docs/testing.md. The pytest plugin is `mockwave.pytest_plugin`.

LiveMock and its like are loaded when they are asked for: what starts a server has it started first.
"""

import importlib
from typing import TYPE_CHECKING, Any

from mockwave.testing.ephemeral_servers import EphemeralServer, ServerNotStarted, start

if TYPE_CHECKING:
    from mockwave.testing.live_mocks import LiveCondition, LiveMock, LiveRoute

__all__ = ["EphemeralServer", "LiveCondition", "LiveMock", "LiveRoute", "ServerNotStarted", "start"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("mockwave.testing.live_mocks"), name)
