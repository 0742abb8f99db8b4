"""Users for Locust: of mocks, and of the management API; see docs/testing.md. Needs the package locust."""

from mockwave.locust.management_users import ManagementUser
from mockwave.locust.mock_users import MockUser

__all__ = ["ManagementUser", "MockUser"]
