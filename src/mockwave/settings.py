"""What a server was started with: one frozen struct, made of its options (options.py), read by every worker.

It travels to spawned workers as plain data, so it holds nothing but numbers, strings and booleans.
"""

from msgspec import Struct

DEFAULT_PORT = 4010
MAX_SPECIFICATION_BYTES = 50 * 1024 * 1024
MINIMUM_STATE_BYTES = 64 * 1024
MAXIMUM_STATE_BYTES = 256 * 1024 * 1024
"""To derive anew what a killed worker left half done takes some 100 ms then."""


class Settings(Struct, frozen=True, kw_only=True):
    data_dir: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 1
    ephemeral: bool = False
    """The data folder is thrown away at the end: nothing is synced to disk."""
    public_url: str = ""
    """Base of mock URLs, without a trailing slash; empty: scheme and Host of the request that asks."""
    mock_domain: str = ""
    """D in mock-<hex>.D; empty: mocks are served below /bin alone."""
    path_prefix: str = ""
    """Path below which everything is served as well, for proxies that hand it on; empty: none."""
    insomnia_key: str = ""
    """Below /<key>/bin the Insomnia app may call from anywhere; empty: from this machine alone."""
    auth: bool = True
    jwks_file: str = ""
    jwt_secret: str = ""
    """HS256 secret as given; empty: the one in the data folder, made at first start."""
    audience: str = ""
    """What tokens have to name as their audience (`aud`); empty: tokens that name one are for others."""
    issuer: str = ""
    """Who has to have issued tokens (`iss`); empty: anyone with a key."""
    log_secrets: bool = False
    log_retention_entries: int | None = None
    """Entries kept per server; None: all."""
    log_retention_age_s: int | None = None
    log_overflow: str = "wait"
    """What a full ring does: `wait` slows requests down, `drop` leaves entries out and counts them."""
    engine: str = "granian"
    """What speaks HTTP: `granian`, or `uvloop`, the engine of our own (engines/http1)."""
    header_timeout_s: int = 10
    """How long a request head may take from its first byte on. For the engine uvloop, as the next."""
    keep_alive_s: int = 75
    """How long a connection may stay open without a request."""
    max_connections: int = 10_000
    """Open connections per worker, idle ones included."""
    max_in_flight: int = 64
    """Requests of one connection whose delays may run at the same time. For the engine uvloop."""
    max_body_bytes: int = 100 * 1024 * 1024
    body_memory_bytes: int = 256 * 1024 * 1024
    """Of request bodies kept at once, per worker; never less than one body may have."""
    body_timeout_s: int = 30
    answer_timeout_s: int = 60
    """How long a client may take nothing of its answer."""
    max_import_bytes: int = 64 * 1024 * 1024
    """What may come out of a specification where 20 times its own bytes are less."""
    max_captured_body_bytes: int = 64 * 1024
    max_query_parameters: int = 1_000
    """Of a request that is checked; more are refused, as are more form fields or cookies."""
    max_form_fields: int = 10_000
    max_cookies: int = 500
    check_time_s: int = 3
    """CPU time that the check of one request may take, where it is done in a process of its own."""
    check_memory_bytes: int = 1024 * 1024 * 1024
    ring_bytes: int = 16 * 1024 * 1024
    """Size of the Journal ring, per worker."""
    state_bytes: int = 16 * 1024 * 1024
    """Size of the table that all workers have counters and scenarios of rules in."""
    stuck_after_s: int = 30
    """A worker whose event loop has not run for so long is killed and replaced."""
    tls_certificate: str = ""
    tls_key: str = ""
    http2: bool = False
    supervised: bool = False
    """Started by `mockwave serve`, whose parent process holds the folder's lock and made the control block."""


def default_data_dir() -> str:
    """The platform's folder for a user's data."""
    import platformdirs  # only where no folder was named: it costs start-up time

    return platformdirs.user_data_dir("mockwave", appauthor=False)
