"""Which mock a request is for: by its path, /bin/{mockServerId}/…, or by its host, mock-<hex>.<domain>."""

import re

from msgspec import Struct

_PATH = re.compile(rb"/bin/(mock_[0-9a-f]{32})(?=/|$)")
_HOST = re.compile(rb"mock-([0-9a-f]{32})\.(.+?)\.?(?::[0-9]*)?", re.IGNORECASE)


class MockAddress(Struct, frozen=True):
    """A mock server, and where in the request's path the mock's own path starts."""

    mock_server_id: str
    start: int


def address_by_path(path: bytes) -> MockAddress | None:
    """The mock that a raw path names; None if it names none."""
    found = _PATH.match(path)
    return None if found is None else MockAddress(found[1].decode(), found.end())


def address_by_host(headers: list[tuple[bytes, bytes]], domain: bytes) -> MockAddress | None:
    """The mock that the Host header names below `domain` (lower case); None if it names none."""
    for name, value in headers:
        if name == b"host":
            found = _HOST.fullmatch(value)
            if found is None or found[2].lower() != domain:
                return None
            return MockAddress(f"mock_{found[1].decode().lower()}", 0)
    return None
