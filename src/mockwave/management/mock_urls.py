"""Where a mock is reached: `<public base>/bin/<mockServerId>`.

The base is the configured one, else scheme and Host of the request. The client chooses Host, so a value that is not a
host and port (RFC 9110 §7.2, RFC 3986 §3.2) is refused, and nothing else gets into a URL.
"""

import re

from mockwave.management.exchange import ManagementRequest
from mockwave.model import Violation
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.settings import Settings

# The "any" addresses of a listening socket are not addresses to call.
CALLABLE_HOSTS: dict[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1"}

_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def find_public_base(settings: Settings, request: ManagementRequest) -> str:
    """Returns the base of all mock URLs, without a slash at its end. Raises Refusal for an invalid Host."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    hosts = request.header_values(b"host")
    if hosts in ([], [b""]):
        # HTTP/1.0 allows requests without Host, which granian shows as an empty one.
        return f"{request.scheme}://{_own_authority(settings)}"
    if len(hosts) > 1 or not _HOST.fullmatch(hosts[0]):
        shown = ", ".join(host.decode("latin-1") for host in hosts)
        message = f"Host: expected a host name or address, with or without a port, got {quote(shown)}"
        raise Refusal(400, "invalid-host", message, [Violation(location="header", pointer="/host", message=message)])
    return f"{request.scheme}://{hosts[0].decode('ascii')}"


def mock_url(public_base: str, mock_server_id: str) -> str:
    return f"{public_base}/bin/{mock_server_id}"


def _own_authority(settings: Settings) -> str:
    host = CALLABLE_HOSTS.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
