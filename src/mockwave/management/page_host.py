"""The page's own host: `mockwave.localhost`, a name of this machine (RFC 6761 §6.3) under which no mock is served.

Mocks share the origin of the management API, so without tokens nothing would keep the scripts of a mock's page from the
API. Under this host there are only the page and the API, and nothing that anybody else wrote.
"""

from collections.abc import Iterable

PAGE_HOST = "mockwave.localhost"


def is_page_authority(authority: str) -> bool:
    """Whether a Host, with its port or without, is the page's."""
    return authority.lower().partition(":")[0] == PAGE_HOST


def is_for_page_host(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"host" and is_page_authority(value.decode("latin-1")) for name, value in headers)
