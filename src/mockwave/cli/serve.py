"""`mockwave serve [SPEC…]`: the server itself. Options become Settings; what cannot work is said before it starts."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from mockwave.cli.options import (
    Retention,
    data_dir_option,
    jwt_secret_option,
    option,
    read_retention,
    read_size,
    token_party_options,
)
from mockwave.cli.specifications import SpecificationFile, read_specification_file
from mockwave.server.addresses import resolve_address
from mockwave.settings import DEFAULT_PORT, Settings, default_data_dir

if TYPE_CHECKING:
    from mockwave.server.presence import RunningServer

PAGE_BYTES = 4096
MINIMUM_RING_BYTES = 1024**2
MAXIMUM_WORKERS = 128

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*(?::\d{1,5})?")
_READABLE = click.Path(exists=True, dir_okay=False, readable=True)


@click.command()
@click.argument("specifications", metavar="[SPEC]...", nargs=-1, type=click.Path(path_type=Path))
@option("--host", default="127.0.0.1", help="Name or address to listen on; 0.0.0.0 for every interface.")
@option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, help="0 takes one that is free.")
@option("--workers", type=click.IntRange(1, MAXIMUM_WORKERS), show_default="one a core", help="Worker processes.")
@data_dir_option
@option("--ephemeral", is_flag=True, help="Use a new folder and remove it at the end.")
@option(
    "--public-url", default="", metavar="URL", help="Base of mock URLs; without it, the URL that a request is sent to."
)
@option("--mock-domain", default="", metavar="DOMAIN", help="Serve mocks at mock-<hex>.DOMAIN too.")
@option("--no-auth", is_flag=True, help="Ask for no token; on a loopback address alone.")
@jwt_secret_option
@option("--jwks", type=_READABLE, help="JWKS file with public keys whose tokens are good as well.")
@token_party_options
@option("--log-secrets", is_flag=True, help="Log values of Authorization, Cookie and the like, not [redacted].")
@option(
    "--log-retention",
    multiple=True,
    type=read_retention,
    metavar="ENTRIES|AGE",
    help="Entries kept a mock server, such as 100000, or their age, such as 7d; give both to keep to both.",
)
@option(
    "--log-overflow",
    type=click.Choice(["wait", "drop"]),
    default="wait",
    help="What requests do while the log is full.",
)
@option("--tls-cert", type=_READABLE, help="Certificate chain (PEM); serves HTTPS, HTTP/2 too.")
@option("--tls-key", type=_READABLE, help="Its private key (PEM).")
@option("--http2", is_flag=True, help="Take HTTP/2 without TLS too, from clients that start with it.")
@option("--max-connections", type=click.IntRange(1, 1_000_000), default=10_000, help="Open connections a worker.")
@option("--max-body-bytes", type=read_size, default="100M", metavar="SIZE", help="Largest request body.")
@option(
    "--ring-bytes",
    type=read_size,
    metavar="SIZE",
    default="16M",
    help="Room for log entries not stored yet, a worker.",
)
def command(
    specifications: tuple[Path, ...],
    host: str,
    port: int,
    workers: int | None,
    data_dir: Path | None,
    ephemeral: bool,
    public_url: str,
    mock_domain: str,
    no_auth: bool,
    jwt_secret: str,
    jwks: str | None,
    audience: str,
    issuer: str,
    log_secrets: bool,
    log_retention: tuple[Retention, ...],
    log_overflow: str,
    tls_cert: str | None,
    tls_key: str | None,
    http2: bool,
    max_connections: int,
    max_body_bytes: int,
    ring_bytes: int,
) -> int:
    """Serve mocks and the management API, with a mock server for each OpenAPI document SPEC.

    Without SPEC, serve what the data folder holds. A SPEC that was served before on the same data folder, by its path,
    updates the mock server it made then; routes changed by hand stay.
    """
    files = [read_specification_file(path) for path in specifications]
    if ephemeral and data_dir is not None:
        raise click.UsageError("--data-dir and --ephemeral: give one of them")
    if bool(tls_cert) != bool(tls_key):
        raise click.UsageError("--tls-cert and --tls-key: give both of them")
    if no_auth and not resolve_address(host, port).is_loopback:
        raise click.UsageError(f"--no-auth: {host} is no loopback address, so anyone could change the mocks")
    settings = Settings(
        data_dir="" if ephemeral else str(data_dir or default_data_dir()),
        host=host,
        port=port,
        workers=workers or len(os.sched_getaffinity(0)),
        ephemeral=ephemeral,
        public_url=_checked_url(public_url),
        mock_domain=_checked_domain(mock_domain),
        auth=not no_auth,
        jwks_file=_absolute(jwks),
        jwt_secret=jwt_secret,
        audience=audience,
        issuer=issuer,
        log_secrets=log_secrets,
        log_retention_entries=_smallest(retention.entries for retention in log_retention),
        log_retention_age_s=_smallest(retention.age_s for retention in log_retention),
        log_overflow=log_overflow,
        max_connections=max_connections,
        max_body_bytes=max_body_bytes,
        ring_bytes=_whole_pages(max(ring_bytes, MINIMUM_RING_BYTES)),
        tls_certificate=_absolute(tls_cert),
        tls_key=_absolute(tls_key),
        http2=http2,
    )
    return _run(settings, files)


def _run(settings: Settings, files: list[SpecificationFile]) -> int:
    # Here, because everything above can refuse without granian, which takes most of the time to load.
    from mockwave.server.run import run_server

    return run_server(settings, lambda server, final: _announce(server, final, files))


def _announce(server: "RunningServer", settings: Settings, files: list[SpecificationFile]) -> None:
    # Here, in the thread that announces, because an HTTP client takes its time to load, and workers start meanwhile.
    from mockwave.cli.announcement import announce

    announce(server, settings, files)


def _absolute(path: str | None) -> str:
    return str(Path(path).absolute()) if path else ""


def _whole_pages(size: int) -> int:
    return -(-size // PAGE_BYTES) * PAGE_BYTES


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise click.UsageError(f"--public-url: {url} is no base URL; write https://mocks.example.org or with a path")
    return url.rstrip("/")


def _checked_domain(domain: str) -> str:
    if domain and not _DOMAIN.fullmatch(domain.lower()):
        raise click.UsageError(f"--mock-domain: {domain} is no domain name; write mocks.example.org")
    return domain.lower()


def _smallest(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
