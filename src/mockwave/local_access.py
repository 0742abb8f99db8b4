"""What a client on this machine needs to call a server: its address, a token, and trust in its certificate.

A server that runs on a data folder writes its address into `run/server.json`, and the folder's secret makes the token;
so on one machine neither address nor token has to be given. A token is never made for a server elsewhere.
"""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from mockwave.client.clients import LOOPBACK_HOSTS
from mockwave.data_folder import DataFolder
from mockwave.management.keys import read_secret
from mockwave.management.tokens import mint_token
from mockwave.server.certificates import trust_certificate
from mockwave.server.presence import RunningServer, find_running_server
from mockwave.settings import DEFAULT_PORT, default_data_dir

OWN_TOKEN_LIVES_S = 3600


class Access(Struct, frozen=True):
    """`token` is empty if none can be made; `tls` is None if the certificate is trusted in the usual way."""

    url: str
    token: str
    tls: ssl.SSLContext | None = None


def find_access(data_dir: Path | None = None, url: str = "", token: str = "", subject: str = "mockwave") -> Access:
    """Returns access to the server at `url`, or else to the one on the data folder (None: the platform's), or else to
    the default address. Raises KeyFileError if the folder's secret cannot be read."""
    folder = DataFolder(data_dir or default_data_dir())
    running = find_running_server(folder)
    url = url or (running.url if running else f"http://127.0.0.1:{DEFAULT_PORT}")
    if not token and urlsplit(url).hostname in LOOPBACK_HOSTS:
        token = _make_token(folder, running, subject)
    tls = None
    if running and running.url == url and running.tls_certificate:
        tls = trust_certificate(running.tls_certificate)
    return Access(url, token, tls)


def _make_token(folder: DataFolder, running: RunningServer | None, subject: str) -> str:
    secret = read_secret(folder)
    if not secret:
        return ""
    return mint_token(
        secret,
        expires_in_s=OWN_TOKEN_LIVES_S,
        subject=subject,
        audience=running.audience if running else "",
        issuer=running.issuer if running else "",
    )
