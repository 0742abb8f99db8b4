from collections.abc import Callable, Sequence
from typing import Any, final

from mockwave._control import ControlBlock
from mockwave._matcher import Match, Matcher, NotMatched
from mockwave._ring import Ring
from mockwave.store.records import ServerRecord

class Reply:
    prepared: Any
    crossing: tuple[bytes, Reply] | None
    def __init__(
        self,
        status: int,
        headers: tuple[tuple[bytes, bytes], ...],
        body: bytes,
        *,
        delay_ms: int = 0,
        route_id: bytes = b"",
        flags: int = 0,
    ) -> None: ...
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def delay_ms(self) -> int: ...
    @property
    def flags(self) -> int: ...
    @property
    def route_id(self) -> bytes: ...
    def replacing(
        self,
        *,
        status: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] | None = None,
        body: bytes | None = None,
        delay_ms: int | None = None,
    ) -> Reply: ...

@final
class RuledReply(Reply):
    def __init__(
        self, reply: Reply, rule: bytes, *, fault: int = 0, pacing: Any = None, sends_nothing: bool = False
    ) -> None: ...
    @property
    def rule(self) -> bytes: ...
    @property
    def fault(self) -> int: ...
    @property
    def pacing(self) -> Any: ...
    @property
    def is_paced(self) -> bool: ...

@final
class RuledAnswer:
    def __init__(self, default: Any, rules: Any, tests: bytes = b"") -> None: ...
    def keep(self, number: int, reply: Reply) -> None: ...
    @property
    def tests(self) -> bytes: ...
    @property
    def default(self) -> Any: ...
    @property
    def rules(self) -> Any: ...

@final
class Choice(Reply):
    options: Any
    def __init__(self, default: Reply, options: Any, parts: Sequence[bytes] = ()) -> None: ...
    @property
    def default(self) -> Reply: ...
    @property
    def parts(self) -> Sequence[bytes]: ...
    def keep(self, headers: list[tuple[bytes, bytes]], query: bytes, reply: Reply) -> None: ...

@final
class Snapshot:
    def __init__(
        self,
        matcher: Matcher[Reply],
        server: ServerRecord,
        revision: int,
        at_root: Matcher[Reply] | None = None,
        prefixed: Matcher[Reply] | None = None,
        rules: RuledAnswer | None = None,
        has_ruled_routes: bool = False,
    ) -> None: ...
    @property
    def rules(self) -> RuledAnswer | None: ...
    @property
    def has_ruled_routes(self) -> bool: ...
    @property
    def server_id(self) -> bytes: ...
    @property
    def matcher(self) -> Matcher[Reply]: ...
    @property
    def server(self) -> ServerRecord: ...
    @property
    def revision(self) -> int: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def logs_requests(self) -> bool: ...
    @property
    def captures_bodies(self) -> bool: ...
    @property
    def answers_cors(self) -> bool: ...
    @property
    def validates_requests(self) -> bool: ...
    @property
    def base_paths(self) -> tuple[bytes, ...]: ...
    @property
    def header_keys(self) -> tuple[bytes, ...]: ...
    @property
    def query_keys(self) -> frozenset[bytes]: ...
    def keep_miss(self, method: str, path: bytes, reply: Reply) -> None: ...
    def match(self, method: str, path: bytes) -> Match[Reply] | NotMatched: ...

@final
class Responder:
    rule_on: Callable[..., Reply | None] | None
    def __init__(self, control: ControlBlock, ring: Ring, slot: int) -> None: ...
    @property
    def snapshots(self) -> dict[bytes, Snapshot]: ...
    @property
    def is_current(self) -> bool: ...
    @property
    def generation(self) -> int: ...
    def count_answered(self) -> int: ...
    def count_in(self, slot: int) -> None: ...
    def leave_out(self, reply: Reply) -> None: ...
    def set_generation(self, generation: int) -> None: ...
    def respond(
        self,
        method: str,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        client: tuple[str, int] | None,
    ) -> Reply | None: ...
    def respond_below(
        self,
        mock_server_id: bytes,
        start: int,
        method: str,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        client: tuple[str, int] | None,
        body: bytes | None = None,
        started_ns: int = 0,
        body_was_read: bool = False,
    ) -> Reply | None: ...
    def record(
        self,
        snapshot: Snapshot,
        reply: Reply,
        started_ns: int,
        method: str,
        path_below: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        client: tuple[str, int] | None,
        body: bytes | None = None,
    ) -> bool: ...
