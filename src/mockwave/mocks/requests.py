"""A request to a mock, as every room here takes it."""

from msgspec import Struct


class MockRequest(Struct, frozen=True, kw_only=True):
    """A request to a mock: `path` as sent, below the mock's base, at least `/`; header names in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header, None where there is none."""
        return next((value for key, value in self.headers if key == name), None)
