"""The settings of a server: one frozen struct, made from its options (options.py) and read by every worker.

What needs them is handed them where it is made: by `server/run.py` in the parent, by `worker.py` and the engines' own
`serve` in a worker, as `Services.settings` in management.

It travels to spawned workers as plain data, so it holds nothing but numbers, strings and booleans.
"""

from msgspec import Struct

DEFAULT_PORT = 4010
MAX_SPECIFICATION_BYTES = 50 * 1024 * 1024
MINIMUM_STATE_BYTES = 64 * 1024
MAXIMUM_STATE_BYTES = 256 * 1024 * 1024
"""With this size, repairing what a killed worker left half done takes some 100 ms."""


class Settings(Struct, frozen=True, kw_only=True):
    data_dir: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 1
    ephemeral: bool = False
    """The data folder is removed at the end, so nothing is synced to disk."""
    public_url: str = ""
    """Base of mock URLs, without a trailing slash; if empty, scheme and Host of the request."""
    mock_domain: str = ""
    """D in mock-<hex>.D; if empty, mocks are served below /bin only."""
    path_prefix: str = ""
    """Path below which everything is served as well, for proxies that forward it; empty for none."""
    insomnia_key: str = ""
    """Below /<key>/bin the Insomnia app may call from anywhere; if empty, only from this machine."""
    auth: bool = True
    jwks_file: str = ""
    jwt_secret: str = ""
    """HS256 secret as given; if empty, the secret in the data folder, made at first start."""
    audience: str = ""
    """The audience (`aud`) that tokens have to name; if empty, tokens that name one are refused."""
    issuer: str = ""
    """The issuer (`iss`) that tokens have to name; if empty, anyone with a key may issue them."""
    log_secrets: bool = False
    log_retention_entries: int | None = None
    """Entries kept per server; None for all."""
    log_retention_age_s: int | None = None
    log_overflow: str = "wait"
    """What happens when a ring is full: `wait` slows requests down, `drop` leaves entries out and counts them."""
    engine: str = "granian"
    """The HTTP server: `granian`, or `uvloop`, which is mockwave's own (engines/http1)."""
    header_timeout_s: int = 10
    """How long a request head may take from its first byte on. For the uvloop engine, like the next one."""
    keep_alive_s: int = 75
    """How long a connection may stay open without a request."""
    max_connections: int = 10_000
    """Open connections per worker, idle ones included."""
    max_in_flight: int = 64
    """Requests of one connection whose delays may run at the same time. For the uvloop engine."""
    max_body_bytes: int = 100 * 1024 * 1024
    body_memory_bytes: int = 256 * 1024 * 1024
    """Room for all request bodies kept at once, per worker; at least as much as one body may have."""
    body_timeout_s: int = 30
    answer_timeout_s: int = 60
    """How long a client may read nothing of its answer."""
    max_import_bytes: int = 64 * 1024 * 1024
    """Limit for what is made from a specification, if 20 times its own bytes are less."""
    max_captured_body_bytes: int = 64 * 1024
    max_query_parameters: int = 1_000
    """For a validated request; more are refused, and so are more form fields or cookies."""
    max_form_fields: int = 10_000
    max_cookies: int = 500
    check_time_s: int = 3
    """CPU time that the check of one request may take in the separate process."""
    check_memory_bytes: int = 1024 * 1024 * 1024
    ring_bytes: int = 16 * 1024 * 1024
    """Size of the Journal ring, per worker."""
    state_bytes: int = 16 * 1024 * 1024
    """Size of the table of rules' counters and scenarios, which all workers share."""
    stuck_after_s: int = 30
    """A worker whose event loop has not run for this long is killed and replaced."""
    tls_certificate: str = ""
    tls_key: str = ""
    http2: bool = False
    supervised: bool = False
    """Started by `mockwave serve`, whose parent process holds the folder's lock and made the control block."""


def default_data_dir() -> str:
    """The platform's folder for a user's data."""
    import platformdirs  # imported only if no folder was named: it costs start-up time

    return platformdirs.user_data_dir("mockwave", appauthor=False)
