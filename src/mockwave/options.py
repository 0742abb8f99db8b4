"""The options of a server: one table of their names, their values, and the Settings that they become.

Each is a long option of `mockwave serve`, and an environment variable for that and for `mockwave.app:app`: --data-dir,
MOCKWAVE_DATA_DIR. Its default is that of the field in Settings. Options that exclude each other are also refused here,
so that every way to start a server refuses the same.
"""

import ipaddress
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from mockwave.option_values import (
    DOMAIN,
    DURATION,
    FILE,
    FLAG,
    FOLDER,
    PATH_KEY,
    PATH_PREFIX,
    RETENTION,
    SECONDS,
    SIZE,
    TEXT,
    URL,
    Kind,
    OptionError,
    Retention,
    number_between,
    one_of,
    size_between,
    size_of_at_least,
)
from mockwave.settings import MAXIMUM_STATE_BYTES, MINIMUM_STATE_BYTES, Settings, default_data_dir

__all__ = ["OPTIONS", "Option", "OptionError", "build_settings", "find_option", "read_environment"]

MAXIMUM_WORKERS = 128
MINIMUM_RING_BYTES = 1024**2
MAXIMUM_RING_BYTES = 2 * 1024**3
MINIMUM_CHECK_MEMORY_BYTES = 256 * 1024**2  # of address space; the libraries of the process take much of it
PAGE_BYTES = 4096
COUNT = number_between(1, 10_000_000)

NameOf = Callable[["Option"], str]
"""The name of an option as its value was given: --name or MOCKWAVE_NAME."""


class Option(Struct, frozen=True, kw_only=True):
    """One option, `--name`, that becomes `field` of Settings.

    A flag sets it to `flag_value`. An option that `is_repeatable` has a list of values, separated by spaces in the
    environment, and `fold` turns the list into fields. `default_text` describes a default that is not a value.
    """

    name: str
    help: str
    kind: Kind
    field: str = ""
    default_text: str = ""
    flag_value: bool = True
    is_repeatable: bool = False
    fold: Callable[[Sequence[Any]], Mapping[str, Any]] | None = None

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        return f"MOCKWAVE_{self.key.upper()}"

    @property
    def key(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def shown_default(self) -> str:
        """The default as it would be typed; empty if there is nothing to show."""
        if self.default_text:
            return self.default_text
        default = DEFAULTS.get(self.field, UNSET)
        return "" if default in (UNSET, None, "") or self.kind is FLAG else self.kind.show(default)

    def fields_of(self, value: Any) -> Mapping[str, Any]:
        """The fields of Settings that the value, as read, becomes."""
        if self.fold is not None:
            return self.fold(value)
        if self.kind is FLAG:
            return {self.field: self.flag_value} if value else {}
        return {self.field: str(value) if isinstance(value, Path) else value}


def fold_retentions(retentions: Sequence[Retention]) -> Mapping[str, Any]:
    """The smallest of each kind, which satisfies them all."""
    return {
        "log_retention_entries": min((r.entries for r in retentions if r.entries is not None), default=None),
        "log_retention_age_s": min((r.age_s for r in retentions if r.age_s is not None), default=None),
    }


DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in msgspec.structs.fields(Settings)}

OPTIONS: tuple[Option, ...] = (
    Option(name="host", field="host", kind=TEXT, help="Name or address to listen on; 0.0.0.0 means every interface."),
    Option(name="port", field="port", kind=number_between(0, 65535), help="Port to listen on; 0 takes a free one."),
    Option(
        name="workers",
        field="workers",
        kind=number_between(1, MAXIMUM_WORKERS),
        default_text="one per core",
        help="Number of worker processes.",
    ),
    Option(
        name="data-dir",
        field="data_dir",
        kind=FOLDER,
        default_text="the user data folder of the platform",
        help="Folder for all stored data.",
    ),
    Option(
        name="ephemeral", field="ephemeral", kind=FLAG, help="Use a temporary data folder and remove it at the end."
    ),
    Option(
        name="public-url",
        field="public_url",
        kind=URL,
        help="Base of mock URLs; by default taken from each request.",
    ),
    Option(name="mock-domain", field="mock_domain", kind=DOMAIN, help="Also serve mocks at mock-<hex>.DOMAIN."),
    Option(
        name="path-prefix",
        field="path_prefix",
        kind=PATH_PREFIX,
        help="Also serve everything below this path, for a proxy that forwards it.",
    ),
    Option(
        name="insomnia-key",
        field="insomnia_key",
        kind=PATH_KEY,
        help="Let the Insomnia app on other machines change mocks, with <url>/KEY as its URL.",
    ),
    Option(
        name="no-auth",
        field="auth",
        kind=FLAG,
        flag_value=False,
        help="Require no token; only on a loopback address.",
    ),
    Option(
        name="jwt-secret",
        field="jwt_secret",
        kind=TEXT,
        default_text="made at first start, kept in the data folder",
        help="HS256 secret of tokens; safer as the environment variable, which other users cannot see.",
    ),
    Option(
        name="jwks", field="jwks_file", kind=FILE, help="JWKS file of public keys; tokens signed by them are accepted."
    ),
    Option(
        name="audience",
        field="audience",
        kind=TEXT,
        help="Audience (aud) that tokens must name; others are refused.",
    ),
    Option(name="issuer", field="issuer", kind=TEXT, help="Issuer (iss) that tokens must name; others are refused."),
    Option(
        name="log-secrets",
        field="log_secrets",
        kind=FLAG,
        help="Log the values of Authorization, Cookie and the like instead of [redacted].",
    ),
    Option(
        name="log-retention",
        kind=RETENTION,
        is_repeatable=True,
        fold=fold_retentions,
        help="Entries to keep per mock server, such as 100000, or their age, such as 7d; may be given twice, for both.",
    ),
    Option(
        name="log-overflow",
        field="log_overflow",
        kind=one_of("wait", "drop"),
        help="Whether requests wait while the log is full, or entries are dropped.",
    ),
    Option(name="tls-cert", field="tls_certificate", kind=FILE, help="Certificate chain (PEM); serves HTTPS."),
    Option(name="tls-key", field="tls_key", kind=FILE, help="Private key of the certificate (PEM)."),
    Option(
        name="http2",
        field="http2",
        kind=FLAG,
        help="Also accept HTTP/2: over TLS if a client offers it, without TLS if a client starts with it.",
    ),
    Option(
        name="engine",
        field="engine",
        kind=one_of("granian", "uvloop"),
        help="HTTP server: granian, or mockwave's own on uvloop, which is several times as fast but HTTP/1 only.",
    ),
    Option(
        name="header-timeout",
        field="header_timeout_s",
        kind=DURATION,
        help="How long a request head may take once it has begun; with --engine uvloop.",
    ),
    Option(
        name="keep-alive",
        field="keep_alive_s",
        kind=DURATION,
        help="How long a connection may wait for a request; with --engine uvloop.",
    ),
    Option(
        name="max-connections",
        field="max_connections",
        kind=number_between(1, 1_000_000),
        help="Maximum open connections per worker.",
    ),
    Option(
        name="max-in-flight",
        field="max_in_flight",
        kind=number_between(1, 10_000),
        help="How many pipelined requests per connection may wait for their delays at once; with --engine uvloop.",
    ),
    Option(name="max-body-bytes", field="max_body_bytes", kind=SIZE, help="Maximum size of a request body."),
    Option(
        name="max-import-bytes",
        field="max_import_bytes",
        kind=SIZE,
        help="Room for what is made from a specification (bodies, schemas, routes), if 20 times its size is less.",
    ),
    Option(
        name="body-memory",
        field="body_memory_bytes",
        kind=SIZE,
        help="Room for request bodies that are kept while they are read, per worker.",
    ),
    Option(
        name="body-timeout",
        field="body_timeout_s",
        kind=DURATION,
        help="How long a request body may pause.",
    ),
    Option(
        name="answer-timeout",
        field="answer_timeout_s",
        kind=DURATION,
        help="How long a client may read nothing of its answer.",
    ),
    Option(
        name="stuck-after",
        field="stuck_after_s",
        kind=SECONDS,
        help="A worker whose event loop has not run for this long is killed and replaced.",
    ),
    Option(
        name="max-query-parameters",
        field="max_query_parameters",
        kind=COUNT,
        help="Maximum query parameters of a validated request.",
    ),
    Option(
        name="max-form-fields", field="max_form_fields", kind=COUNT, help="Maximum form fields of a validated request."
    ),
    Option(name="max-cookies", field="max_cookies", kind=COUNT, help="Maximum cookies of a validated request."),
    Option(
        name="check-time",
        field="check_time_s",
        kind=DURATION,
        help="CPU time that one check may take in the process for long checks.",
    ),
    Option(
        name="check-memory",
        field="check_memory_bytes",
        kind=size_of_at_least(MINIMUM_CHECK_MEMORY_BYTES, PAGE_BYTES),
        help="Memory that the process for long checks may use, per worker.",
    ),
    Option(
        name="ring-bytes",
        field="ring_bytes",
        kind=size_of_at_least(MINIMUM_RING_BYTES, PAGE_BYTES, MAXIMUM_RING_BYTES),
        help="Room for log entries not stored yet, per worker.",
    ),
    Option(
        name="state-bytes",
        field="state_bytes",
        kind=size_between(MINIMUM_STATE_BYTES, MAXIMUM_STATE_BYTES),
        help="Room for counters and scenarios of rules, shared by all workers; 16M hold 49,000 of them.",
    ),
)


def find_option(name: str) -> Option:
    return next(option for option in OPTIONS if option.name == name)


def read_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from MOCKWAVE_… variables alone; empty ones count as not given.

    For a worker inside another ASGI server, which decides where to listen. Raises OptionError, which names the
    variable.
    """
    given: dict[str, Any] = {}
    for option in OPTIONS:
        text = environment.get(option.variable, "")
        if text:
            try:
                given[option.key] = read_value(option, text)
            except OptionError as error:
                raise OptionError(f"{option.variable}: {error}") from None
    settings = build_settings(given, lambda option: option.variable)
    if settings.ephemeral:
        raise OptionError("MOCKWAVE_EPHEMERAL: only `mockwave serve` can remove its folder; give MOCKWAVE_DATA_DIR")
    return settings


def read_value(option: Option, text: str) -> Any:
    return [option.kind.read(part) for part in text.split()] if option.is_repeatable else option.kind.read(text)


def build_settings(given: Mapping[str, Any], name_of: NameOf, **defaults: Any) -> Settings:
    """Settings from the given values, as read, by the options' keys; `defaults` are fields that differ from those of
    Settings. Raises OptionError, which names an option by `name_of`, if the values exclude each other."""
    fields = dict(defaults)
    for option in OPTIONS:
        if option.key in given:
            fields.update(option.fields_of(given[option.key]))
    if fields.get("ephemeral"):
        if "data_dir" in fields:
            raise OptionError(f"{_names(name_of, 'data-dir', 'ephemeral')}: give one of them")
        fields["data_dir"] = ""
    settings = Settings(**{"data_dir": default_data_dir(), **fields} if "data_dir" not in fields else fields)
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise OptionError(f"{_names(name_of, 'tls-cert', 'tls-key')}: give both of them")
    if not settings.auth and not is_loopback(settings.host):
        name = name_of(find_option("no-auth"))
        raise OptionError(f"{name}: {settings.host} is not a loopback address, so anyone could change the mocks")
    if settings.http2 and settings.engine != "granian":
        names = _names(name_of, "http2", "engine")
        raise OptionError(f"{names}: only the engine granian speaks HTTP/2; leave one of them out")
    return settings


def is_loopback(host: str) -> bool:
    """Whether a name or address (of one interface or of all) can be reached from this machine only."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)


def _names(name_of: NameOf, *names: str) -> str:
    return " and ".join(name_of(find_option(name)) for name in names)
