"""The contract's structs, as they travel in JSON.

They match the schemas of `openapi.yaml` field by field. Its camelCase exists only here, through msgspec's `rename`.
Stored records have separate structs (`store/records.py`). Additions to the contract are optional on input. Unknown
fields are ignored, since the contract's schemas are open.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Status = Literal["running", "stopped", "error"]
SpecificationSource = Literal["openapi", "custom"]
ImportOutcome = Literal["created", "changed", "unchanged"]
MockedBy = Literal["route", "preflight", "none", "rule"]
StateKind = Literal["scenario", "rule"]
FaultName = Literal[
    "EMPTY_RESPONSE",
    "MALFORMED_RESPONSE_CHUNK",
    "RANDOM_DATA_THEN_CLOSE",
    "CONNECTION_RESET_BY_PEER",
    "TRUNCATED_BODY",
    "HOLD",
    "SLOW_BODY",
]

TemplateDialect = Literal["liquid", "insomnia"]
"""Liquid, or the part of it that the Insomnia app's templates have."""

RuleObject = dict[str, Any]
"""One rule as JSON: `when` and `then`, as `docs/rules.md` describes them."""

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
FAULT_NAMES: tuple[FaultName, ...] = get_args(FaultName)
"""The faults that a rule can cause, the first four by WireMock's names. Records store a fault as its place here, from
1."""
DEFAULT_CONTENT_TYPE = "application/json"
MOST_RULES = 10_000
"""The most rules of a route, and those of a mock server."""


class Violation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault of an input: its `location` and RFC 6901 `pointer` there, the `rule` broken, and why."""

    location: str
    pointer: str
    rule: str = ""
    message: str


class ImportProblem(Struct, frozen=True):
    """Something in a Specification that could not be expressed, by its RFC 6901 pointer in the document."""

    pointer: str
    message: str


class RuleWarning(Struct, frozen=True):
    """Something in a stored input that will not do what it seems to do, by its RFC 6901 pointer in the body."""

    pointer: str
    message: str


class ImportReport(Struct, frozen=True, rename="camel"):
    """The result of importing a Specification: its operations, the routes made from them, and each thing left out."""

    operations: int
    routes: int
    problems: list[ImportProblem]


class FileReport(Struct, frozen=True, rename="camel"):
    """The result of importing a file of mocks: how many routes and rules it became; what was made, what differs from
    the file, and what was left out and why, each by its place there."""

    routes: int
    rules: int
    made: list[ImportProblem]
    changed: list[ImportProblem]
    left_out: list[ImportProblem]


class MockServer(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    id: str = msgspec.field(name="_id")
    name: str
    workspace_id: str
    url: str
    status: Status
    specification_source: SpecificationSource
    created: str
    modified: str
    use_examples: bool | UnsetType = UNSET
    validate_requests: bool | UnsetType = UNSET
    dynamic: bool | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    log_requests: bool | UnsetType = UNSET
    capture_bodies: bool | UnsetType = UNSET
    cors: bool | UnsetType = UNSET
    rules: list[RuleObject] | UnsetType = UNSET
    warnings: list[RuleWarning] | UnsetType = UNSET
    route_count: int | UnsetType = UNSET
    status_reason: str | UnsetType = UNSET
    import_report: ImportReport | UnsetType = UNSET


class MockServerCreate(Struct, kw_only=True, rename="camel"):
    name: str
    workspace_id: str
    specification: str | UnsetType = UNSET
    use_examples: bool = True
    validate_requests: bool = False
    dynamic: bool = False
    seed: int | UnsetType = UNSET
    log_requests: bool = True
    capture_bodies: bool = False
    cors: bool = True
    rules: list[RuleObject] = []


class MockServerUpdate(Struct, kw_only=True, rename="camel"):
    name: str | UnsetType = UNSET
    specification: str | UnsetType = UNSET
    use_examples: bool | UnsetType = UNSET
    status: Literal["running", "stopped"] | UnsetType = UNSET
    validate_requests: bool | UnsetType = UNSET
    dynamic: bool | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    log_requests: bool | UnsetType = UNSET
    capture_bodies: bool | UnsetType = UNSET
    cors: bool | UnsetType = UNSET
    rules: list[RuleObject] | UnsetType = UNSET


class ImportedMocks(Struct, kw_only=True, rename="camel"):
    """The mock servers made from a file; none in a dry run. `outcomes` says for each whether it is new, changed or
    unchanged."""

    format: str
    dry_run: bool
    mock_servers: list[MockServer]
    outcomes: list[ImportOutcome]
    report: FileReport


class DeclaredResponse(Struct, frozen=True, rename="camel"):
    """A response that requests to a generated route can choose: its status or range as declared, and the names of its
    examples by media type. Without a media type it has no body."""

    status: str
    media_types: dict[str, list[str]]


class MockRoute(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    id: str = msgspec.field(name="_id")
    mock_server_id: str
    method: Method
    path: str
    status_code: int
    response_headers: dict[str, str | list[str]] | UnsetType = UNSET
    response_body: str | UnsetType = UNSET
    content_type: str | UnsetType = UNSET
    delay: int | UnsetType = UNSET
    template: TemplateDialect | UnsetType = UNSET
    generated: bool | UnsetType = UNSET
    base_paths: Sequence[str] | UnsetType = UNSET
    responses: list[DeclaredResponse] | UnsetType = UNSET
    hits: int | UnsetType = UNSET
    last_used: str | UnsetType = UNSET
    rules: list[RuleObject] | UnsetType = UNSET
    warnings: list[RuleWarning] | UnsetType = UNSET


class MockRouteCreate(Struct, kw_only=True, rename="camel"):
    method: Method
    path: str
    status_code: int
    response_headers: dict[str, str | list[str]] = {}
    """A header that is sent more than once has a list of values."""
    response_body: str | UnsetType = UNSET
    content_type: str | UnsetType = UNSET
    """If unset, the Content-Type among the response headers counts, else DEFAULT_CONTENT_TYPE."""
    delay: int = 0
    template: TemplateDialect | UnsetType = UNSET
    """Response body and headers are templates."""
    rules: list[RuleObject] = []


class SampleRequest(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A valid request for a route: `path` is below the mock server's URL, with the query. `made_from` is
    `specification`, `rule` or `path`; `left_out` are members of the rule's condition that it may not meet."""

    method: Method
    path: str
    headers: dict[str, str]
    made_from: str
    body: str | UnsetType = UNSET
    left_out: list[str] = []


class MockRules(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The rules of a server or a route, without the rest of it."""

    rules: list[RuleObject]
    warnings: list[RuleWarning] | UnsetType = UNSET


class MockRulesUpdate(Struct, kw_only=True, rename="camel"):
    rules: list[RuleObject]


class MockState(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The state of a rule or scenario for one key. `hits` says how often the rule has answered, or for a rate limit how
    many requests its window has had; `turns` says how often its seed was drawn from."""

    kind: StateKind
    name: str
    key: str = ""
    route_id: str | UnsetType = UNSET
    """The route whose rule it is; unset for a rule of the server."""
    state: str | UnsetType = UNSET
    hits: int | UnsetType = UNSET
    turns: int | UnsetType = UNSET
    window_opened_ms_ago: int | UnsetType = UNSET


class MockStateUpdate(Struct, kw_only=True, rename="camel"):
    kind: StateKind
    name: str
    key: str = ""
    route_id: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    hits: int | UnsetType = UNSET
    turns: int = 0


class LogEntry(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    id: str = msgspec.field(name="_id")
    mock_server_id: str
    route_id: str | UnsetType = UNSET
    request_method: str
    request_path: str
    request_query: str | UnsetType = UNSET
    request_headers: dict[str, str]
    request_body: str | UnsetType = UNSET
    client_address: str | UnsetType = UNSET
    response_status_code: int
    response_time_ms: float | UnsetType = UNSET
    mocked_by: MockedBy | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    """The rule that answered: its name, or `#` and its place from 0; for a rule of the server, after `server:`."""
    fault: FaultName | UnsetType = UNSET
    matched: bool
    truncated: bool | UnsetType = UNSET
    """True if part of the request was too long to be kept whole."""
    timestamp: str


class FigureStep(Struct, kw_only=True, rename="camel"):
    """One step of time that begins at `from_`. Durations are in milliseconds, exact to an eighth."""

    from_: str = msgspec.field(name="from")
    requests: int
    classes: dict[str, int]
    p50_ms: float
    p99_ms: float
    faults: int = 0


class RingFill(Struct, kw_only=True, rename="camel"):
    """How full the fullest of all workers' rings was, 0 to 1, in the five seconds that begin at `from_`."""

    from_: str = msgspec.field(name="from")
    share: float


class Figures(Struct, kw_only=True, rename="camel"):
    """All requests since `from_` are counted; steps without a request are left out. `ring_fills` are those of the whole
    server, in the last quarter of an hour; `dropped_entries` counts the requests that no log has (--log-overflow)."""

    from_: str = msgspec.field(name="from")
    step_ms: int
    steps: list[FigureStep]
    ring_fills: list[RingFill] = []
    dropped_entries: int = 0


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which LogEntries a client wants, newest first. Times are inclusive, in microseconds since the epoch.

    `path` is compared with the whole `requestPath`, or with its beginning if it ends in `*`. A `fault` of `*` means
    any. `status_from` and `status_to` (exclusive) span one status or a class. `text` is searched in path, query and
    body, ignoring case.
    """

    limit: int = 50
    offset: int = 0
    method: str | None = None
    path: str | None = None
    route_id: str | None = None
    matched: bool | None = None
    rule: str | None = None
    fault: FaultName | Literal["*"] | None = None
    status_from: int = 0
    status_to: int = 1000
    since_us: int | None = None
    until_us: int | None = None
    slower_than_us: int = 0
    text: str | None = None
