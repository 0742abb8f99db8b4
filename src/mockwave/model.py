"""The contract's structs, as they travel in JSON.

Field for field the schemas of `openapi.yaml`: its camelCase exists here alone, through msgspec's `rename`. What is
stored has structs of its own (`store/records.py`); what is added to the contract is optional on input. Fields that no
struct names are ignored: the contract's schemas are open ones.
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
"""Liquid, or what of it the Insomnia app's templates can do."""

RuleObject = dict[str, Any]
"""One rule, as it stands in JSON: `when` and `then`, in the words of `docs/rules.md`."""

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
FAULT_NAMES: tuple[FaultName, ...] = get_args(FaultName)
"""What a rule can do to an answer, the first four by WireMock's names. On record a fault is its place here, from 1."""
DEFAULT_CONTENT_TYPE = "application/json"


class Violation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault of an input: its `location` and RFC 6901 `pointer` there, the `rule` broken, and why."""

    location: str
    pointer: str
    rule: str = ""
    message: str


class ImportProblem(Struct, frozen=True):
    """Something of a Specification that could not be expressed, by its RFC 6901 pointer in the document."""

    pointer: str
    message: str


class RuleWarning(Struct, frozen=True):
    """Something of an input that is stored and will not do what it seems to, by its RFC 6901 pointer in the body."""

    pointer: str
    message: str


class ImportReport(Struct, frozen=True, rename="camel"):
    """What became of a Specification: its operations, the routes made of them, and each thing left out."""

    operations: int
    routes: int
    problems: list[ImportProblem]


class FileReport(Struct, frozen=True, rename="camel"):
    """What became of a file of mocks: how many routes and rules were made of it; what was made, what is not quite what
    stands in the file, and what was left out and why, each by its place there."""

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
    """The mock servers of a file; of a dry run none. `outcomes` says of each whether it is new, changed, or was the
    same already."""

    format: str
    dry_run: bool
    mock_servers: list[MockServer]
    outcomes: list[ImportOutcome]
    report: FileReport


class DeclaredResponse(Struct, frozen=True, rename="camel"):
    """A response that a generated route can be asked for: its status or range as declared, and for each media type
    the names of its examples. No media type: it has no body."""

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
    """The values of one that is sent more than once as a list."""
    response_body: str | UnsetType = UNSET
    content_type: str | UnsetType = UNSET
    """Unset: the Content-Type among the response headers, else DEFAULT_CONTENT_TYPE."""
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
    """The rules of a server or of a route, by themselves."""

    rules: list[RuleObject]
    warnings: list[RuleWarning] | UnsetType = UNSET


class MockRulesUpdate(Struct, kw_only=True, rename="camel"):
    rules: list[RuleObject]


class MockState(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What is kept for a rule or a scenario under one key. `hits`: how often the rule has answered, or of a rate limit,
    how many requests there were in its window; `turns`: how often its seed was drawn from."""

    kind: StateKind
    name: str
    key: str = ""
    route_id: str | UnsetType = UNSET
    """Of the route whose rule it is; without, it is a rule of the server."""
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
    """Of the one that answered; without name `#` and its place from 0, of a server after `server:`."""
    fault: FaultName | UnsetType = UNSET
    matched: bool
    truncated: bool | UnsetType = UNSET
    """True where something of the request was too long to be kept whole."""
    timestamp: str


class FigureStep(Struct, kw_only=True, rename="camel"):
    """One step of time that begins at `from_`; durations in milliseconds, exact to an eighth."""

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
    """`from_`: from when on all is counted; steps without a request are left out. `ring_fills` are the whole server's,
    of the last quarter of an hour; `dropped_entries` the requests that were left out of any log (--log-overflow)."""

    from_: str = msgspec.field(name="from")
    step_ms: int
    steps: list[FigureStep]
    ring_fills: list[RingFill] = []
    dropped_entries: int = 0


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which LogEntries a client asks for, newest first. Times are inclusive, in microseconds since the epoch.

    `path` is compared with `requestPath`, whole, or its beginning where it ends in `*`; `fault` is `*` for any;
    `status_from` and `status_to` (not included) hold one status or a class of them; `text` stands somewhere in the
    path, the query or the body, in letters of either case.
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
