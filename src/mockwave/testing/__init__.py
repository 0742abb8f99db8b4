"""Mock servers for tests, without pytest too; see docs/testing.md. The pytest plugin is `mockwave.pytest_plugin`."""

from mockwave.testing.ephemeral_servers import EphemeralServer, ServerNotStarted, start
from mockwave.testing.live_mocks import LiveCondition, LiveMock, LiveRoute

__all__ = ["EphemeralServer", "LiveCondition", "LiveMock", "LiveRoute", "ServerNotStarted", "start"]
