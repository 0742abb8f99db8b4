"""Where the server listens: names are resolved, the port is held, and URLs are made by which others reach it.

Each of granian's workers listens on its own socket with SO_REUSEPORT, so a second server of the same user would
silently share the port. One socket of the parent, the port's holder, prevents that. It binds without SO_REUSEPORT,
which fails if anybody listens on the port or holds it. Only then does it set the option, so that our own workers can
bind. It never listens, so it gets no connections. SO_REUSEADDR is on for that one bind: connections of an earlier
server in TIME_WAIT are not a reason to refuse (inet_csk_bind_conflict in Linux' net/ipv4/inet_connection_sock.c).
"""

import errno
import ipaddress
import socket
import time

from msgspec import Struct

from mockwave.server.start_errors import StartError

PORT_PATIENCE_S = 1.0
"""How long a port may stay taken: the workers of a killed server need a moment to end."""

POLL_INTERVAL_S = 0.02

UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that mean every interface, and for each the address by which to reach this machine."""


class Address(Struct, frozen=True):
    """Where to bind: an IP address as text, its family, and a port (0: any free one)."""

    family: socket.AddressFamily
    ip: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.ip).is_loopback

    @property
    def authority(self) -> str:
        """Returns the host:port by which a client on this machine reaches the server (RFC 3986 §3.2)."""
        ip = UNSPECIFIED.get(self.ip, self.ip)
        return f"[{ip}]:{self.port}" if ":" in ip else f"{ip}:{self.port}"


def resolve_address(host: str, port: int) -> Address:
    """Returns the address of a host, a name or an IP; IPv4 if a name has both. Raises StartError."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise StartError(f"--host {host}: not an address of this machine ({error})") from None
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return Address(socket.AddressFamily(family), str(address[0]), port)


def hold_port(address: Address) -> tuple[socket.socket, Address]:
    """Takes the port for this server and its workers. Returns the holder, to be kept open, and the address with its
    port.

    Raises StartError if the port is in use, or the address is not one of this machine.
    """
    deadline = time.monotonic() + PORT_PATIENCE_S
    while True:
        holder = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind((address.ip, address.port))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        except OSError as error:
            holder.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
                raise StartError(_describe_bind_error(address, error)) from None
            time.sleep(POLL_INTERVAL_S)
        else:
            return holder, Address(address.family, address.ip, holder.getsockname()[1])


def _describe_bind_error(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {address.port} on {address.ip} is in use (choose another with --port, or --port 0 for a free one)"
    return f"cannot listen on {address.ip} port {address.port}: {error.strerror}"
