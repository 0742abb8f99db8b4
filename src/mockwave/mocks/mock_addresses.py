"""Which mock a request is for by its host, mock-<hex>.<domain>; `mounts.py` finds it by path."""

import re

from mockwave.mounts import MockAddress

_HOST = re.compile(rb"mock-([0-9a-f]{32})\.(.+?)\.?(?::[0-9]*)?", re.IGNORECASE)


def address_by_host(headers: list[tuple[bytes, bytes]], domain: bytes) -> MockAddress | None:
    """Returns the mock that the Host header names below `domain` (lower case); None if it names none."""
    for name, value in headers:
        if name == b"host":
            found = _HOST.fullmatch(value)
            if found is None or found[2].lower() != domain:
                return None
            return MockAddress(f"mock_{found[1].decode().lower()}", 0)
    return None
